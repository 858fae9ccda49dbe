"""Every kind of event, from every module that declares some."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Importing them declares their events.
from state import events, report_events, sync_events
from state.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

assert events  # noqa: S101 - importing them is what counts
assert report_events  # noqa: S101
assert sync_events  # noqa: S101


def _kinds(of: type[Event]) -> Iterator[type[Event]]:
    """Kinds that no other kind derives from."""
    for kind in of.__subclasses__():
        if kind.__subclasses__():
            yield from _kinds(kind)
        else:
            yield kind


ALL: tuple[type[Event], ...] = tuple(sorted(_kinds(Event), key=lambda kind: kind.__name__))
KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in ALL}
"""Event types by name, as `observer events --kind` takes them."""
