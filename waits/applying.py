"""Whether a rule can be watched for at an entity at all: what no log of its nodes can ever tell is not waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from state.listening import TOPIC_OF
from state.ordered import ordered
from waits.entities import node_of
from waits.functions import ANY_LINE, Function
from waits.terms import Call, Literal, Term, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from state.events import Event
    from waits.graph import Graph


class Applying:
    """What the logs of one network can tell, by how they came and by the systems that write them."""

    def __init__(self, graph: Graph, tells: Mapping[str, frozenset[type[Event]]]) -> None:
        """`tells` says which kinds of events the logs of a system can give."""
        self._graph = graph
        self._tells = dict(tells)
        self._told: dict[tuple[str, str], bool] = {}
        """By system and function, whether such logs can show what it needs: asked for every entity that comes."""

    def why_not(self, calls: Sequence[Call], each: str | None, entity: Any) -> str | None:
        """Why a rule that makes these calls can never be judged of an entity of its kind, however long its logs are
        read; None where it can.
        """
        view = self._graph.view
        for call in calls:
            nodes = self._about(call, each, entity)
            applies = call.function.applies
            if applies is not None and nodes and not any(applies(view, node) for node in nodes):
                return call.function.unless.format(node=", ".join(nodes[:4]))
            reason = self.never_told(call.function, nodes)
            if reason is not None:
                return reason
        return None

    def never_told(self, function: Function, nodes: Sequence[str]) -> str | None:
        """Why the systems of some nodes, or of all where it is about none, never log what a function needs; None where
        one of them may, or is not known.
        """
        known = self._graph.view.ears
        ears = [ear for node in nodes for ear in known.of(node)] if nodes else known.all()
        systems = ordered({ear.system for ear in ears if ear.primary})
        if not systems or any(system not in self._tells for system in systems):
            return None
        if any(self._can_tell(system, function) for system in systems):
            return None
        return f"no log of {' or '.join(systems)} tells {function.name}"

    def _can_tell(self, system: str, function: Function) -> bool:
        known = self._told.get((system, function.name))
        if known is None:
            known = self._told[system, function.name] = can_tell(self._tells[system], function)
        return known

    def _about(self, call: Call, each: str | None, entity: Any) -> list[str]:
        """The nodes that a call in a rule is about; more than one where it stands in `for node in nodes`."""
        given: Term | None = call.arguments[0] if call.arguments else None
        if isinstance(given, Variable) and given.name != each:
            return self._graph.roster
        named = given.value if isinstance(given, Literal) else entity
        node = None if given is None else node_of(call.function.takes, (named,))
        return [] if node is None else [node]


def can_tell(kinds: frozenset[type[Event]], function: Function) -> bool:
    """Whether logs that give these kinds of events can show what a function needs."""
    topics = {TOPIC_OF[kind] for kind in kinds if kind in TOPIC_OF}
    return topics.issuperset(function.topics) and all(
        group == ANY_LINE or not kinds.isdisjoint(group) for group in function.needs
    )
