"""A webhook: each change posted as JSON, at least once, those of one alert in order, each with a key that names it for
ever, so that whoever is told twice can know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec

from observer.sending.addresses import Address
from observer.sending.notices import OWN, Notice
from observer.sending.posting import Outcome, Poster
from observer.times import written

VERSION = 1
"""Of the body. What is added later does not change it."""


class Webhook:
    """A `Notifier` for whatever takes JSON. In the header the key is percent-encoded, as a header is ASCII."""

    repeats = False

    def __init__(self, address: Address) -> None:
        """The address is posted to as it stands."""
        self.name = address.name
        self.id = address.id
        self._poster = Poster(address)

    def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
        """Send one after the other; gives what became of each."""
        for one in notices:
            yield (one,), self._poster.post("", body_of(one), {"Idempotency-Key": quote(one.key, safe="/:")})

    def close(self) -> None:
        """Let the connection go."""
        self._poster.close()


def body_of(one: Notice) -> bytes:
    """The request."""
    return msgspec.json.encode(
        {
            "version": VERSION,
            "by": OWN,
            "idempotency_key": one.key,
            "network": one.network,
            "alert": one.alert,
            "transition": one.number,
            "status": one.kind,
            "labels": one.labels,
            "annotations": one.annotations,
            "starts_at": written(one.starts_at),
            "ends_at": None if one.ends_at is None else written(one.ends_at),
            "at": written(one.at),
            "generator_url": one.generator_url,
        }
    )
