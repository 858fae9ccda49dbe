"""Hypothesis strategies for events of every kind, from small pools so that they meet."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from state.events import Direction, Event
from state.kinds import ALL
from state.report_events import Sign, Skipped, Worker
from tests.state.journal import block_id

TEXTS = st.sampled_from(["p:1", "p:2", "a", "b", block_id(1), block_id(2), "blocks", "connections", "p2p", "", "RPC0"])
NUMBERS = st.sampled_from([-1, 0, 1, 2, 3, 4, 5, 60, 5000, 9_999_999_999_999_999_999])
FIELDS: dict[object, st.SearchStrategy[object]] = {
    str: TEXTS,
    int: NUMBERS,
    Direction: st.sampled_from(Direction),
    bool: st.booleans(),
    Worker: st.sampled_from(Worker),
    Sign: st.sampled_from(Sign),
    Skipped: st.sampled_from(Skipped),
    int | None: NUMBERS | st.none(),
    bool | None: st.booleans() | st.none(),
    tuple[str, ...]: st.lists(TEXTS, max_size=3).map(tuple),
    tuple[int, ...]: st.lists(NUMBERS, max_size=5).map(tuple),
    tuple[tuple[int, int], ...]: st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3).map(tuple),
    tuple[tuple[int, str], ...]: st.lists(st.tuples(NUMBERS, TEXTS), max_size=3).map(tuple),
}


def of_kind(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Events of one kind with any values."""
    return st.builds(kind, **{field.name: FIELDS[field.type] for field in msgspec.structs.fields(kind)})


FEW: dict[str, st.SearchStrategy[object]] = {
    "worker": st.sampled_from([100, 200]),
    "report": st.sampled_from(["aa" * 32, "bb" * 32]),
    "originator": st.just(100),
    "start": st.sampled_from([0, 9]),
    "end": st.sampled_from([9, 20]),
    "index": st.sampled_from([0, 1]),
    "remaining": st.sampled_from([0, 1, 2]),
    "status": st.sampled_from(["submitted", "rejected", "settled"]),
    "error": st.sampled_from(["", "no funds"]),
}
"""Values of fields by name, so few that events are about the same things."""


def of_report(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Events of one kind about very few reports."""
    fields = msgspec.structs.fields(kind)
    return st.builds(kind, **{field.name: FEW.get(field.name, FIELDS[field.type]) for field in fields})


REPORT_EVENTS: st.SearchStrategy[Event] = st.one_of(
    [of_report(kind) for kind in ALL if kind.__module__ == "state.report_events"]
)
EVENTS: st.SearchStrategy[Event] = st.one_of([of_kind(kind) for kind in ALL])
HISTORIES = st.lists(
    st.tuples(EVENTS, st.sampled_from(["node1", "node2"]), st.sampled_from([0, 1, 10**9, -(10**9), 10**12])),
    max_size=40,
)
"""Events with the node that says each and how much later its clock is."""
