"""Something that goes wrong again and again, in one shape for every slice."""

from __future__ import annotations

import msgspec

from state.origin import Origin


class Trouble(msgspec.Struct, frozen=True, gc=False):
    """Failures of one kind."""

    count: int
    text: str
    """What the last one said."""
    first: Origin
    last: Origin


def again(known: Trouble | None, text: str, origin: Origin) -> Trouble:
    """One more failure."""
    if known is None:
        return Trouble(1, text, origin, origin)
    return Trouble(known.count + 1, text, known.first, origin)
