"""Where a part of a node's log is missing, and so what it has not said is no evidence (R15, R23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from state.origin import Origin
    from waits.functions import View


def missed(view: View, node: str) -> Origin | None:
    """The end of the last gap in a node's log: what it did until then it may have told where nobody read it."""
    mine = view.state.listening.get(node)
    return None if mine is None else mine.missed


def start_missed(view: View, node: str) -> Origin | None:
    """The same, where no process start was read since: what a start sets, and what counts from it, is not known."""
    gap, life = missed(view, node), view.state.nodes.get(node)
    started = None if life is None else life.started
    return None if gap is None or (started is not None and started.seq > gap.seq) else gap


def missed_at(view: View, node: str) -> int:
    """The same, as journal time; 0 where nothing is missing."""
    gap = missed(view, node)
    return 0 if gap is None else gap.at


def missed_behind(view: View, node: str, line: Origin | None) -> bool:
    """Whether there is a gap in a node's log behind one of its lines, or anywhere where it has no such line."""
    gap = missed(view, node)
    return gap is not None and (line is None or line.seq < gap.seq)
