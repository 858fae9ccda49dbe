"""Why something is unknown, in words: which log does not show it (R23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waits.durations import time_of_day
from waits.entities import NODE, OF_KIND
from waits.functions import FUNCTIONS
from waits.library.missed import missed
from waits.sight import Attachment

if TYPE_CHECKING:
    from state.origin import Origin
    from waits.cells import Cell
    from waits.functions import Function
    from waits.graph import Graph

NODES_NAMED = 4
NOTHING_TELLS = "nothing in the logs tells"


def missing(graph: Graph, cell: Cell) -> str:
    """Why the value of a cell is unknown."""
    function = cell.function
    said = None if function.why is None else function.why(graph.view, *cell.arguments)
    if said:
        return said
    if cell.used is not None:
        return missing(graph, cell.used)
    if function.over is not None:
        return _of_nodes(graph, FUNCTIONS[function.over])
    return _of_entity(graph, cell) if cell.node is None else _of_node(graph, cell, cell.node)


def _of_nodes(graph: Graph, base: Function) -> str:
    children = [graph.cell(base, (name,)) for name in graph.roster]
    unknown = [child for child in children if child.value is None]
    if not unknown:
        return "no node takes part" if graph.roster else "no node is known"
    return _several([missing(graph, child) for child in unknown[:NODES_NAMED]], len(unknown))


def _of_entity(graph: Graph, cell: Cell) -> str:
    """Of what is about no single node."""
    takes = cell.function.takes
    unheard = graph.blind_to(cell)
    if unheard:
        return _several([_unheard(graph, node) or f"{node} is heard" for node in unheard[:NODES_NAMED]], len(unheard))
    entities = OF_KIND.get(takes[0]) if takes else None
    if entities is None:
        return NOTHING_TELLS
    kind = "" if entities is NODE else f"{entities.name} "
    return f"{NOTHING_TELLS} it of {kind}{cell.arguments[0]}"


def _several(said: list[str], number: int) -> str:
    more = f"; and {number - len(said)} more" if number > len(said) else ""
    return "; ".join(said) + more


def _of_node(graph: Graph, cell: Cell, node: str) -> str:
    unheard = _unheard(graph, node)
    if unheard is not None:
        return unheard
    hidden = _hidden(graph, cell, node)
    if hidden is not None:
        return hidden
    if cell.function.volatile:
        heard = any(ear.attachment is Attachment.ATTACHED for ear in graph.view.ears.of(node))
        return f"{node} has written nothing yet" if heard else f"the log of {node} has ended"
    gap = missed(graph.view, node)
    if gap is not None:
        return f"{_gap(node, gap)}; no line has stated it since"
    return cell.function.unless.format(node=node)


def _hidden(graph: Graph, cell: Cell, node: str) -> str | None:
    """Why the log of a node shows nothing of a topic that is needed; None where it does."""
    listening, gap = graph.view.state.listening.get(node), missed(graph.view, node)
    for topic in cell.function.topics:
        if listening is not None and listening.topics.get(topic) is False:
            return f"the log of {node} does not show {topic} (its log level hides them)"
        if listening is None or topic not in listening.seen:
            if gap is not None:
                return f"{_gap(node, gap)}; nothing about {topic} since"
            return f"the log of {node} has shown no line about {topic} since its last start"
    return None


def _gap(node: str, gap: Origin) -> str:
    return f"a part of the log of {node} is missing up to {time_of_day(gap.at)}"


def _unheard(graph: Graph, node: str) -> str | None:
    """Why nothing about a node is known at present; None where its log is read."""
    ears = graph.view.ears.of(node)
    primary = [ear for ear in ears if ear.primary]
    if not primary:
        return f"no log of {node} is in a format that can be read" if ears else f"{node} has no log"
    if graph.heard(node):
        return None
    ear = max(primary, key=lambda one: (one.since, one.number))
    if not ear.since:
        return f"the log of {node} has not begun"
    how = {
        Attachment.ENDED: f"ends at {time_of_day(ear.since)} without a stop statement",
        Attachment.LOST: f"was lost at {time_of_day(ear.since)}",
        Attachment.LAGGING: f"has not been read to its end since {time_of_day(ear.since)}",
    }
    return f"the log of {node} {how.get(ear.attachment, 'is not being read')}"
