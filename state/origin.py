"""Where and when something was said: the provenance that every fact carries."""

from __future__ import annotations

import msgspec


class Origin(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One line of one node's log, as seen from the journal.

    `time` is the node's own clock and a fact about the node; `at`, `seq` and `source` say where the line
    stands in this journal. The digest (R17) covers `time` only, so that the same logs imported in another
    order give the same digest.
    """

    node: str
    time: int
    """Nanoseconds UTC on the node's clock."""
    at: int
    """Nanoseconds UTC in journal time, never decreasing (R2)."""
    seq: int
    """Sequence of the entry in the journal; the first is 1."""
    source: int
    """Number of the source in the recording's table of sources."""
