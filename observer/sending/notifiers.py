"""What can be sent to (`--notify KIND=ADDRESS`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from observer.exits import Failed
from observer.sending.addresses import address_of
from observer.sending.alertmanager import Alertmanager
from observer.sending.notices import Notice
from observer.sending.posting import Outcome
from observer.sending.webhook import Webhook
from parsers.text import one_line


class Notifier(Protocol):
    """One destination."""

    name: str
    """For people. Holds no secret."""
    id: str
    """For the outbox. Holds none either."""
    repeats: bool
    """Whether it only wants to know what fires now, and to be told again each minute."""

    def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
        """Send; gives what became of each part, in order. May wait, so it belongs into a thread."""
        ...

    def close(self) -> None:
        """Let connections go."""
        ...


def notifier_of(text: str) -> Notifier:
    """A destination as it is given: `alertmanager=http://host:9093`, `webhook=https://host/path`, `webhook=@FILE` with
    the address in a file; behind a `#` `bearer_file=FILE` or `basic_file=FILE`. Raises Failed.
    """
    kind, equals, address = text.partition("=")
    if kind == "alertmanager" and equals:
        return Alertmanager(address_of(kind, address))
    if kind == "webhook" and equals:
        return Webhook(address_of(kind, address))
    raise Failed(
        f"--notify {one_line(kind, 60)}: is no kind of destination; write alertmanager=http://HOST:9093 or "
        "webhook=https://HOST/PATH"
    )


def notifiers_of(texts: Sequence[str]) -> list[Notifier]:
    """All of them. One that is given twice would be told twice. Raises Failed."""
    found = [notifier_of(text) for text in texts]
    for place, one in enumerate(found):
        if one.id in [other.id for other in found[:place]]:
            raise Failed(f"--notify {one.name}: is given twice; leave one out")
    return found
