"""What nodes say of their own lives: processes, sync, problems, bans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.events import (
    NetworkLost,
    ProcessCrashed,
    ProcessReady,
    ProcessStarted,
    ProcessStopped,
    ProcessStopping,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TargetLowered,
)
from state.nodes import OVER, Status
from state.ordered import ordered
from state.views import is_watcher
from waits.functions import ANY_LINE, Reads, View, measures, shorthand
from waits.library.missed import missed, start_missed
from waits.terms import Grown, Kind, Term, term
from waits.truth import every

if TYPE_CHECKING:
    from state.origin import Origin

LIFE = (ProcessStarted, ProcessReady, ProcessStopping, ProcessStopped, ProcessCrashed)
SEVERITIES = ("warning", "error", "fatal")
"""From the mildest to the worst."""


def _status_since(view: View, node: str) -> list[Origin | None]:
    known = view.state.nodes.get(node)
    return [] if known is None else [known.status_since]


def _started(view: View, node: str) -> list[Origin | None]:
    known = view.state.nodes.get(node)
    return [] if known is None else [known.started]


def _status(view: View, node: str) -> Status | None:
    known = view.state.nodes.get(node)
    return None if known is None else known.status


def _status_text(view: View, node: str) -> str | None:
    status = _status(view, node)
    return None if status is None else f"it is {status.value}"


_of_status = measures(
    Kind.TRUTH,
    Reads("nodes", ("status",)),
    takes=(Kind.NODE,),
    needs=(LIFE,),
    detail=_status_text,
    evidence=_status_since,
)


@_of_status
def initialised(view: View, node: str) -> bool | None:
    """Whether the node's present process has come up: all its services run."""
    status = _status(view, node)
    return None if status is None else status is Status.UP


def _not_all(view: View, nodes: list[str], values: list[bool | None]) -> str | None:
    """Which nodes are not up, and how they stand."""
    said = [
        f"not known of {node}" if value is None or status is None else f"{node} is {status.value}"
        for node, value in zip(nodes, values, strict=True)
        if (status := _status(view, node)) is not Status.UP or not value
    ]
    return "; ".join(said[:8]) or None


@measures(Kind.TRUTH, over="initialised", needs=(LIFE,), detail=_not_all)
def all_initialised(_view: View, nodes: list[str], values: list[bool | None]) -> bool | None:
    """Whether every expected node has come up."""
    return every(values) if nodes else None


@_of_status
def up(view: View, node: str) -> bool | None:
    """Whether the node's last word on its life is that it is up. A node that is silent may not be."""
    status = _status(view, node)
    return None if status is None else status is Status.UP


@measures(Kind.TRUTH, over="up", needs=(LIFE,), detail=_not_all)
def all_up(_view: View, nodes: list[str], values: list[bool | None]) -> bool | None:
    """Whether every expected node is up."""
    return every(values) if nodes else None


@_of_status
def stopped(view: View, node: str) -> bool | None:
    """Whether the node has stated the end of an orderly stop and not started again."""
    status = _status(view, node)
    return None if status is None else status is Status.STOPPED


_MISSED = Reads("listening", ("missed",))
_STARTED = (_MISSED, Reads("nodes", ("started",)))


def may_have_ended(view: View, node: str) -> bool:
    """Whether it may have stated an end that nobody read, and has shown nothing of its life since."""
    return _status(view, node) is None and missed(view, node) is not None


@measures(
    Kind.TRUTH, Reads("nodes", ("status",)), _MISSED, takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_status_since
)
def stated_stop(view: View, node: str) -> bool | None:
    """Whether the node's last word on its life was its end, in order or by a crash; false where it has said nothing of
    its life: silence is then nothing that anybody has told of.
    """
    return None if may_have_ended(view, node) else _status(view, node) in OVER


@measures(
    Kind.TRUTH,
    Reads("nodes", ("status",)),
    _MISSED,
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    detail=_status_text,
    evidence=_status_since,
)
def crashed(view: View, node: str) -> bool | None:
    """Whether the node's process said that it cannot go on, and none has started since."""
    return None if may_have_ended(view, node) else _status(view, node) is Status.CRASHED


@measures(Kind.TEXT, Reads("nodes", ("crash",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_status_since)
def crash(view: View, node: str) -> str | None:
    """What it said as it crashed."""
    known = view.state.nodes.get(node)
    return None if known is None else known.crash


@measures(Kind.TRUTH, Reads("nodes", ("system",)), Reads("clocks", ("served",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def watches(view: View, node: str) -> bool:
    """Whether it is no node of the network but a program that watches it."""
    seen = view.state.clocks.get(node)
    return is_watcher(view.state, node) or (seen is not None and len(seen.served) > 0)


@measures(Kind.LIST, over="up", needs=(LIFE,))
def nodes_up(_view: View, nodes: list[str], values: list[bool | None]) -> tuple[str, ...] | None:
    """The nodes that are up, as far as is known; unknown where it is known of none."""
    if all(value is None for value in values):
        return None
    return tuple([node for node, value in zip(nodes, values, strict=True) if value])


@measures(Kind.NUMBER, uses="nodes_up", takes=(Kind.NODE,), needs=(LIFE,))
def others_up(_view: View, running: tuple[str, ...], node: str) -> int:
    """How many other nodes are up: somebody whom the node could be connected to."""
    return len([one for one in running if one != node])


@measures(Kind.NUMBER, Reads("nodes", ("restarts",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_started)
def restarts(view: View, node: str) -> int:
    """How often the node's process has started after the node had already shown life."""
    known = view.state.nodes.get(node)
    return 0 if known is None else known.restarts


@shorthand(Kind.NODE)
def restarted(node: Term) -> Term:
    """Whether the node has restarted since the condition began."""
    return Grown(restarts(node)) >= 1


@measures(Kind.NUMBER, Reads("nodes", ("unclean",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_started)
def uncleans(view: View, node: str) -> int:
    """How many lives of the node ended without a stop statement, as its next start showed."""
    known = view.state.nodes.get(node)
    return 0 if known is None else known.unclean


@measures(
    Kind.TRUTH,
    Reads("nodes", ("synced",)),
    takes=(Kind.NODE,),
    needs=((ProcessStarted, SyncFinished, SyncProgressed),),
)
def synced(view: View, node: str) -> bool | None:
    """Whether the node believes itself synchronised, however far behind it may have fallen since."""
    known = view.state.nodes.get(node)
    return None if known is None else known.synced


@measures(
    Kind.TRUTH,
    Reads("nodes", ("syncing",)),
    takes=(Kind.NODE,),
    needs=((ProcessStarted, SyncStarted, SyncFinished, SyncProgressed, TargetLowered, NetworkLost),),
)
def syncing(view: View, node: str) -> bool | None:
    """Whether the node is catching up with a peer."""
    known = view.state.nodes.get(node)
    return None if known is None else known.syncing


def _worst(view: View, node: str, level: str) -> str | None:
    known = view.state.nodes.get(node)
    if known is None:
        return None
    shapes = [one for _shape, one in ordered(known.problems) if one.severity in at_least(level)]
    shapes.sort(key=lambda one: -one.count)
    return "; ".join(f"{one.count} x {one.text[:120]}" for one in shapes[:3]) or None


def _latest_problems(view: View, node: str, level: str) -> list[Origin | None]:
    known = view.state.nodes.get(node)
    if known is None:
        return []
    found = [one.last for _shape, one in ordered(known.problems) if one.severity in at_least(level)]
    return list(sorted(found, key=lambda origin: origin.seq)[-3:])


def at_least(level: str) -> tuple[str, ...]:
    """Severities from this one on."""
    return SEVERITIES[SEVERITIES.index(level) :]


@measures(
    Kind.NUMBER,
    Reads("nodes", ("severities",)),
    takes=(Kind.NODE, Kind.TEXT),
    needs=(ANY_LINE,),
    choices=SEVERITIES,
    detail=_worst,
    evidence=_latest_problems,
)
def problems(view: View, node: str, level: str) -> int:
    """How many lines of this level or worse the node has written: `warning`, `error` or `fatal`."""
    known = view.state.nodes.get(node)
    return 0 if known is None else sum([known.severities.get(one, 0) for one in at_least(level)])


def _bans_missed(view: View, node: str) -> bool:
    """Whether bans may have begun and ended where nobody read of it; a process start ends all."""
    return start_missed(view, node) is not None


def _hosts(view: View, node: str) -> str | None:
    hosts = banned_hosts.compute(view, node)
    return f"it bans {hosts}" if hosts else None


def _ban_lines(view: View, node: str) -> list[Origin | None]:
    known = view.state.peers.get(node)
    return [] if known is None else [line for _host, line in ordered(known.blocked)]


@measures(
    Kind.NUMBER,
    Reads("peers", ("blocked",)),
    *_STARTED,
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    detail=_hosts,
    evidence=_ban_lines,
)
def bans(view: View, node: str) -> int | None:
    """How many hosts and subnets the node bans."""
    known = view.state.peers.get(node)
    if _bans_missed(view, node):
        return None
    return 0 if known is None else len(known.blocked)


@measures(Kind.TEXT, Reads("peers", ("blocked",)), *_STARTED, takes=(Kind.NODE,), needs=(ANY_LINE,))
def banned_hosts(view: View, node: str) -> str | None:
    """The hosts and subnets that the node bans."""
    if _bans_missed(view, node):
        return None
    known = view.state.peers.get(node)
    return "" if known is None else ", ".join([host for host, _line in ordered(known.blocked)][:8])


@measures(Kind.TEXT, Reads("nodes", ("lives", "status")), takes=(Kind.NODE,), needs=(LIFE,), evidence=_started)
def life_story(view: View, node: str) -> str | None:
    """How the node's life stands, and how the one before it ended."""
    known = view.state.nodes.get(node)
    if known is None or known.status is None:
        return None
    if not known.lives:
        return f"is {known.status.value}"
    return f"is {known.status.value}; the life before {_ENDED[known.lives[-1].clean]}"


_ENDED: dict[bool | None, str] = {
    True: "ended in order",
    False: "ended without a stop statement",
    None: "ended where a part of the log is missing",
}


@shorthand(Kind.NODE)
def errors(node: Term) -> Term:
    """Lines of level error or worse that the node has written."""
    return problems(node, term("error"))
