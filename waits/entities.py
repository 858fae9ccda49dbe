"""Kinds of things that a rule can be bound to one of with `each:`, what names one, and which labels it gives (R26).

A kind can be bound to once a function of the library gives its members; nodes come from the roster. What names an
entity stays the same while something is wrong with it: of a report the originator and the start of its range, not the
id that every retry renews.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from waits.terms import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from waits.functions import Function

Entity: TypeAlias = "str | int"
"""One of them: its name as text, or the height at which a fork begins."""
NODE_LABEL = "node"


class Entities(msgspec.Struct, frozen=True):
    """One kind of entities."""

    name: str
    """As `each:` names it, and as the variable in formulas is called."""
    kind: Kind
    labels: tuple[str, ...]
    """Names of the labels that an entity gives, in the order in which its text has their values."""
    separator: str = "/"
    """Between those values. The first one may hold it too, as a node's name can."""
    form: str = ".+"
    """What the text of one looks like."""
    example: str = ""
    """None: no formula can name one."""

    def labels_of(self, entity: Entity) -> dict[str, str]:
        """The labels of one."""
        parts = str(entity).rsplit(self.separator, len(self.labels) - 1) if len(self.labels) > 1 else [str(entity)]
        return dict(zip(self.labels, parts, strict=True))

    def text_of(self, labels: Mapping[str, str]) -> str:
        """The one that gives these labels."""
        return self.separator.join([labels[name] for name in self.labels])

    def fits(self, text: str) -> bool:
        """Whether a text names one, be it there or not."""
        return re.fullmatch(self.form, text) is not None

    @property
    def has_node(self) -> bool:
        """Whether each of them is something of one node."""
        return NODE_LABEL in self.labels

    def node_of(self, entity: Entity) -> str | None:
        """The node that one is about; None where it is about no single one."""
        return self.labels_of(entity)[NODE_LABEL] if self.has_node else None


NODE = Entities("node", Kind.NODE, (NODE_LABEL,))
FORK = Entities("fork", Kind.FORK, ("fork",))
REPORT = Entities("report", Kind.REPORT, ("originator", "start"), ":", r"\d+:\d+", "100:80")
WORKER = Entities("worker", Kind.WORKER, (NODE_LABEL, "worker"), form=".+/[^/]+", example="node1/generator")
CURSOR = Entities("cursor", Kind.CURSOR, (NODE_LABEL, "originator"), form=r".+/\d+", example="node1/100")
ORIGINATOR = Entities("originator", Kind.ORIGINATOR, ("originator",), form=r"\d+", example="100")
ALL: tuple[Entities, ...] = (NODE, FORK, REPORT, WORKER, CURSOR, ORIGINATOR)
OF_KIND: Mapping[Kind, Entities] = {one.kind: one for one in ALL}
LABELS: tuple[str, ...] = tuple(dict.fromkeys([label for one in ALL for label in one.labels]))
"""Names of labels that entities give; no rule may write one of them itself."""

EACH: dict[str, Entities] = {NODE.name: NODE}
"""What a rule can be bound to, by name: kinds whose members can be told."""
MEMBERS: dict[str, Function] = {}
"""The function that gives the members of a kind that is present, as a tuple of entities in order, None where it
cannot be told; by name. Nodes come from the roster.
"""


def members(entities: Entities) -> Callable[[Function], Function]:
    """Register the function of the network that gives the members of a kind. Raises ValueError."""

    def register(function: Function) -> Function:
        if function.takes or function.kind is not Kind.LIST:
            raise ValueError(f"{function.name}: members are a list, and of the network as a whole")
        MEMBERS[entities.name] = function
        EACH[entities.name] = entities
        return function

    return register


def node_of(takes: Sequence[Kind], arguments: Sequence[Any]) -> str | None:
    """The node that a function's first argument is, or is something of."""
    entities = OF_KIND.get(takes[0]) if takes else None
    return None if entities is None else entities.node_of(arguments[0])


def goes(takes: Sequence[Kind]) -> bool:
    """Whether a function is about something that can be gone, as everything but a node can."""
    return any(kind in OF_KIND and kind is not Kind.NODE for kind in takes)


def about(labels: Mapping[str, str]) -> str:
    """What an alert with these labels is about: `node1`, `100:80`; empty where it is the network as a whole."""
    given = [name for name in LABELS if name in labels]
    for one in ALL:
        if set(one.labels) == set(given):
            return one.text_of(labels)
    return "/".join([labels[name] for name in given])


def agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two alerts can be about the same: what both their entities name is equal, as Prometheus' `equal`."""
    return all(one[name] == other[name] for name in LABELS if name in one and name in other)
