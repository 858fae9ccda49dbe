"""What a node cannot store, or read back: its database, and the envelopes that it tries again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.ordered import ordered
from waits.functions import ANY_LINE, Reads, View, measures
from waits.terms import Kind

if TYPE_CHECKING:
    from state.origin import Origin

STORAGE = ("database", "sink")
"""Troubles of storing."""


def _trouble_lines(view: View, node: str) -> list[Origin | None]:
    life = view.state.nodes.get(node)
    return [] if life is None else [one.last for name, one in ordered(life.troubles) if name in STORAGE]


@measures(
    Kind.NUMBER,
    Reads("nodes", ("troubles",)),
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    evidence=_trouble_lines,
)
def storage_failures(view: View, node: str) -> int:
    """How often the node could not reach its database, or store an envelope in it."""
    life = view.state.nodes.get(node)
    return 0 if life is None else sum([life.troubles[one].count for one in STORAGE if one in life.troubles])


@measures(Kind.TEXT, Reads("nodes", ("troubles",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def storage_error(view: View, node: str) -> str | None:
    """What the node said last of why."""
    life = view.state.nodes.get(node)
    found = [] if life is None else [life.troubles[one] for one in STORAGE if one in life.troubles]
    return max(found, key=lambda one: (one.last.at, one.last.seq)).text if found else None
