"""Small batches made by hand."""

from __future__ import annotations

from observer.database.batches import Batch, EventRow, TransitionRow, block_row
from replay.blocks import Columns, Segment
from replay.recording import Heard
from state.events import ProcessStarted
from waits.alerts import Transition

SECOND = 10**9
NOON = 1_795_262_400 * SECOND
"""2026-11-21T12:00:00Z"""


def line_block(seq: int, at: int = NOON) -> Batch:
    """One line of one source, as a block."""
    body = b"line\n"
    segment = Segment(1, 1, len(body), 0, 1, last_at=at)
    columns = Columns(at, [segment], (5).to_bytes(4, "little"), bytes(8), b"", [])
    event = EventRow(seq, 0, at, "n1", ProcessStarted("monero", "v0.18"))
    return Batch("net", blocks=(block_row(seq, columns, body, {1: Heard(seq, at, 5 * seq)}),), events=(event,))


def told(number: int, state: str = "firing", rule: str = "NodeDied", reason: str | None = None) -> TransitionRow:
    """A change of an alert."""
    one = Transition(
        NOON + number, number, rule, state, "critical", {"node": "n1"}, {"summary": "n1 died"}, (), (1,), reason, NOON
    )
    return TransitionRow(number, one)
