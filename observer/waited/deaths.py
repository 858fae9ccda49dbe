"""Nodes that died of themselves: what the logs show of a process that ended without having stated its stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from observer.answers import DeathAnswer
from observer.times import clock, written
from state.nodes import Status
from state.ordered import ordered
from waits.durations import duration
from waits.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from observer.judged import Judged


class Death(NamedTuple):
    """A node's death, as known at some moment."""

    node: str
    restarted: int | None
    """Journal time at which its next life stated its start."""
    silent_since: int | None
    said: str | None = None
    """What the process said as it crashed."""


def uncleans(judged: Judged) -> dict[str, int]:
    """By node, how many of its lives have ended without a stop statement."""
    return {name: node.unclean for name, node in ordered(judged.player.state.nodes)}


def deaths(judged: Judged, before: Mapping[str, int], begun: int) -> list[Death]:
    """Who has died since a moment at which the uncleanly ended lives were these."""
    found = []
    for name in judged.engine.graph.roster:
        node = judged.player.state.nodes.get(name)
        crash = None if node is None or node.status is not Status.CRASHED else node.status_since
        if node is not None and crash is not None and crash.at >= begun:
            found.append(Death(name, None, None, node.crash))
        elif node is not None and node.unclean > before.get(name, 0):
            found.append(Death(name, None if node.started is None else node.started.at, None))
        elif (since := _deserted(judged, name)) is not None and since >= begun:
            found.append(Death(name, None, since))
    return found


def _deserted(judged: Judged, name: str) -> int | None:
    """Since when a node has been silent for long, with every peer having lost it."""
    since: int | None = _value(judged, "quiet_for", name)
    if since is None or judged.engine.at - since <= judged.parameters["silent_after"]:
        return None
    return since if _value(judged, "deserted", name) else None


def _value(judged: Judged, function: str, node: str) -> Any:
    graph = judged.engine.graph
    return graph.value(graph.cell(FUNCTIONS[function], (node,)))


def death_answer(death: Death, at: int) -> DeathAnswer:
    """A death in words, as of a journal time."""
    silent, again = death.silent_since, death.restarted
    if silent is not None:
        text = f"it has written nothing for {duration(at - silent)}, and every peer has lost it"
    elif death.said is not None:
        text = f"it crashed: {death.said}"
    else:
        when = "" if again is None else f" at {clock(again)}"
        text = f"it started again{when}, and had not stopped before"
    return DeathAnswer(
        node=death.node,
        restarted_at=None if again is None else written(again),
        silent_since=None if silent is None else written(silent),
        text=text,
    )
