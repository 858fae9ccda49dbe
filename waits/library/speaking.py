"""Whether a node that did not judge a report would have been seen to: what makes its silence worth something."""

from __future__ import annotations

from typing import Any

from state.quorums import name_of
from state.views import is_over
from waits.functions import Reads, View, measures
from waits.library.hearing import last_line
from waits.library.replication import STANDS, lost_at, readers_of, standings
from waits.library.reports import FACT, TOLD_READS, boundary, known
from waits.terms import Kind


def mute(view: View, report: str) -> list[str]:
    """Nodes that count, have not judged the latest report there, and have written nothing at all since it was made,
    while not all who read from them have lost them: their logs may be lost.
    """
    here = boundary(view, report)
    if here is None:
        return []
    found = []
    for name in _unjudging(view, report):
        last = None if _lost_by_all(view, name) else (last_line(view, name) or 0)
        if last is not None and last <= here.best.created.at:
            found.append(name)
    return found


def _unjudging(view: View, report: str) -> list[str]:
    """Nodes that count, have not judged the latest report there, and are not known to be down."""
    here = boundary(view, report)
    active = None if here is None else known(view, here.originator).active
    if here is None or active is None:
        return []
    named = [name_of(view.state, number) for number in here.best.unjudged(active.nodes)]
    return [name for name in named if name is not None and not is_over(view.state, name)]


def _lost_by_all(view: View, name: str) -> bool:
    streams = [stream for _other, stream in readers_of(view, name)]
    return bool(streams) and all(lost_at(view, stream, name, view.at) for stream in streams)


def _why(view: View, report: str) -> str | None:
    found = mute(view, report)
    here = boundary(view, report)
    if not found or here is None:
        return None
    return f"{', '.join(found[:8])} wrote nothing since report {here.best.id[:8]} was made, and may be heard no more"


def _turns(view: View, report: str) -> int | None:
    """When an attempt to read from one of them will have stood for so long that it has succeeded."""
    found = [
        stream.tried.at + STANDS + 1
        for name in _unjudging(view, report)
        for _other, stream in readers_of(view, name)
        if stream.broken and stream.tried is not None
    ]
    return min([at for at in found if at > view.at], default=None)


_SPOKEN: dict[str, Any] = {
    **FACT,
    "follows": (*FACT["follows"], "the_doubted"),
    "volatile": True,
    "listens": mute,
    "turns": _turns,
    "why": _why,
}


@measures(Kind.TRUTH, *TOLD_READS, Reads("streams", ("peers",), anywhere=True, aspect=standings), **_SPOKEN)
def spoken(view: View, report: str) -> bool | None:
    """Whether each node that counts, and has not judged the latest report there, has written any line since it was
    made, or is known to be down. Unknown while one has not: what it did may not have been kept.
    """
    return None if boundary(view, report) is None or mute(view, report) else True
