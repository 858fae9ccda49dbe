"""Whether chains part is a matter of what is known now, not of what was known when it was asked first."""

from __future__ import annotations

from state.events import BlockAdded, ProcessReady, ProcessStarted
from tests.waits.builders import Run, rule


def blocks(begin: int, ids: str) -> list[BlockAdded]:
    """Each one above the other."""
    return [BlockAdded(height, one) for height, one in enumerate(ids, begin)]


def test_tips_that_agreed_may_part() -> None:
    """R29: the same two tips are judged by what the logs tell of the chains below them, so that a restart changes
    nothing. A log that is muddled, or that was written by two processes, may tell of another chain below the same tip.
    """
    watched = rule("diverged()")
    histories = []
    for restarts in (False, True):
        run = Run("node1", "node2").load(watched)
        run.says("node1", ProcessStarted("monero"), ProcessReady(), *blocks(0, "abc"))
        run.says("node2", ProcessStarted("monero"), ProcessReady(), *blocks(0, "abcde"))
        assert run.told == []
        if restarts:
            run.restarted(watched)
        run.at(1).says("node2", *blocks(2, "xye"))
        if restarts:
            run.restarted(watched)
        histories.append(run.told)
    assert histories == [[(1, "firing")]] * 2
