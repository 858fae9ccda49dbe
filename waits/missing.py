"""Why something is unknown, in words: which log does not show it (R23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waits.durations import time_of_day
from waits.functions import FUNCTIONS
from waits.sight import Attachment

if TYPE_CHECKING:
    from waits.graph import Cell, Graph

NODES_NAMED = 4


def missing(graph: Graph, cell: Cell) -> str:
    """Why the value of a cell is unknown."""
    if cell.used is not None:
        return missing(graph, cell.used)
    over = cell.function.over
    if over is not None:
        base = FUNCTIONS[over]
        children = [graph.cell(base, (name,)) for name in graph.roster]
        unknown = [child for child in children if child.value is None]
        if not unknown:
            return "no node takes part" if graph.roster else "no node is known"
        said = [missing(graph, child) for child in unknown[:NODES_NAMED]]
        more = f"; and {len(unknown) - NODES_NAMED} more" if len(unknown) > NODES_NAMED else ""
        return "; ".join(said) + more
    node = cell.node
    return "nothing in the logs tells" if node is None else _of_node(graph, cell, node)


def _of_node(graph: Graph, cell: Cell, node: str) -> str:
    unheard = _unheard(graph, node)
    if unheard is not None:
        return unheard
    listening = graph.view.state.listening.get(node)
    for topic in cell.function.topics:
        shown = None if listening is None else listening.topics.get(topic)
        if shown is False:
            return f"the log of {node} does not show {topic} (its log level hides them)"
        if listening is None or topic not in listening.seen:
            return f"the log of {node} has shown no line about {topic} since its last start"
    if cell.function.volatile:
        heard = any(ear.attachment is Attachment.ATTACHED for ear in graph.view.ears.of(node))
        return f"{node} has written nothing yet" if heard else f"the log of {node} has ended"
    return cell.function.unless.format(node=node)


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
