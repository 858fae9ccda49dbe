"""Alertmanager's `POST /api/v2/alerts`. It wants to hear what fires again and again, and what no longer does once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from observer.sending.addresses import Address
from observer.sending.firing import lasting
from observer.sending.notices import Notice
from observer.sending.posting import Outcome, Poster, Refused
from observer.times import written

TOGETHER = 64
"""Alerts in one request, as Prometheus has it."""
PATH = "/api/v2/alerts"


class Alertmanager:
    """A `Notifier` for Alertmanager."""

    repeats = True

    def __init__(self, address: Address) -> None:
        """The address is that of the server, with the prefix that it is served under."""
        self.name = address.name
        self.id = address.id
        self._poster = Poster(address)

    def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
        """Send; gives what became of each part. Where a part is refused, each of it is tried by itself: one alert that
        is not taken must not silence the others.
        """
        for start in range(0, len(notices), TOGETHER):
            together = notices[start : start + TOGETHER]
            outcome = self._post(together, now)
            if isinstance(outcome, Refused) and len(together) > 1:
                for one in together:
                    yield (one,), self._post((one,), now)
            else:
                yield together, outcome

    def _post(self, notices: Sequence[Notice], now: int) -> Outcome:
        return self._poster.post(PATH, body_of(notices, now))

    def close(self) -> None:
        """Let the connection go."""
        self._poster.close()


def body_of(notices: Sequence[Notice], now: int) -> bytes:
    """The request: what fires ends in four minutes, unless it is said again."""
    return msgspec.json.encode([_alert(lasting(one, now)) for one in notices])


def _alert(one: Notice) -> dict[str, object]:
    found: dict[str, object] = {
        # An empty label is none.
        "labels": {name: value for name, value in one.labels.items() if value},
        "annotations": {name: text for name, text in one.annotations.items() if text},
        "startsAt": written(one.starts_at),
    }
    if one.ends_at is not None:
        found["endsAt"] = written(max(one.ends_at, one.starts_at))
    if one.generator_url:
        found["generatorURL"] = one.generator_url
    return found
