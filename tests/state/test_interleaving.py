"""Facts depend only on what each source says, never on how the sources interleave (R17)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from state import views
from state.encoding import decode, digest, encode
from state.events import BlockAdded, ConnectionOpened, Event
from state.origin import Origin
from state.snapshot import NetworkState, fold_all
from tests.state.any_event import EVENTS, REPORT_EVENTS
from tests.state.journal import Said, captured

NODES = (1, 2, 3)
RUNS = st.lists(st.tuples(st.sampled_from(NODES), st.integers(1, 60)), max_size=60)
"""Which node's next events come, and how many of them; whatever is left comes node by node."""


def interleaved(level: str, runs: list[tuple[int, int]]) -> Said:
    """The captured events in another order of sources, renumbered as a journal would."""
    left = {node: list(captured(level, node)) for node in NODES}
    order = []
    for node, run in [*runs, *((node, len(left[node])) for node in NODES)]:
        order += left[node][:run]
        left[node] = left[node][run:]
    return tuple(
        (event, Origin(origin.node, origin.time, seq * 1000, seq, origin.source + 7))
        for seq, (event, origin) in enumerate(order, 1)
    )


@pytest.mark.parametrize("level", ["level0", "selective"])
@given(runs=RUNS)
@settings(derandomize=True, max_examples=25, deadline=None)
def test_interleaving_changes_no_fact(level: str, runs: list[tuple[int, int]]) -> None:
    """R17, law: any interleaving of the nodes' events gives the same digest, and the same answers."""
    plain = fold_all(NetworkState(), [one for node in NODES for one in captured(level, node)])
    mixed = fold_all(NetworkState(), interleaved(level, runs))
    assert digest(mixed) == digest(plain)
    assert views.agreement(mixed) == views.agreement(plain)
    for name in views.names(plain):
        assert views.connections(mixed, name) == views.connections(plain, name)


@given(
    histories=st.tuples(*[st.lists(EVENTS, max_size=25)] * 2) | st.tuples(*[st.lists(REPORT_EVENTS, max_size=25)] * 2),
    order=st.lists(st.booleans(), max_size=50),
)
@settings(derandomize=True, max_examples=400, deadline=None)
def test_interleaving_of_any_events(histories: tuple[list[Event], list[Event]], order: list[bool]) -> None:
    """R17, law: the same for two nodes that say anything at all."""
    left = [list(one) for one in histories]
    times = [0, 0]
    mixed: list[tuple[Event, Origin]] = []
    for second in [*order, *([False] * len(left[0])), *([True] * len(left[1]))]:
        if left[second]:
            times[second] += 1
            mixed.append(
                (left[second].pop(0), Origin(f"node{second:d}", times[second], len(mixed), len(mixed), second))
            )
    plain = sorted(mixed, key=lambda one: (one[1].node, one[1].time))
    renumbered = [(event, replace(origin, at=seq, seq=seq)) for seq, (event, origin) in enumerate(plain)]
    assert digest(fold_all(NetworkState(), mixed)) == digest(fold_all(NetworkState(), renumbered))


@given(runs=RUNS)
@settings(derandomize=True, max_examples=6, deadline=None)
def test_interleaving_of_a_whole_run(runs: list[tuple[int, int]]) -> None:
    """R17, law: the same for the longest run, with its reorganisations, bans, freezes and crashes."""
    plain = fold_all(NetworkState(), [one for node in NODES for one in captured("level1", node)])
    assert digest(fold_all(NetworkState(), interleaved("level1", runs))) == digest(plain)


@given(runs=RUNS, stop=st.integers(0, 900))
@settings(derandomize=True, max_examples=15, deadline=None)
def test_checkpoint_and_tail_are_the_whole(runs: list[tuple[int, int]], stop: int) -> None:
    """Law: a snapshot stored anywhere and folded on equals the fold from the start."""
    said = interleaved("selective", runs)
    stored = decode(encode(fold_all(NetworkState(), said[:stop])))
    assert fold_all(stored, said[stop:]) == fold_all(NetworkState(), said)


@pytest.mark.parametrize("level", ["level0", "level1", "selective"])
def test_order_within_a_source_matters(level: str) -> None:
    """The law is not empty: events of one node in another order make another snapshot."""
    said = captured(level, 3)
    assert digest(fold_all(NetworkState(), said)) != digest(fold_all(NetworkState(), reversed(said)))


def test_captures_hold_what_is_folded() -> None:
    """The captures are rich enough for these laws to mean something."""
    kinds = {type(event) for node in NODES for event, _ in captured("level1", node)}
    assert {BlockAdded, ConnectionOpened} <= kinds
    assert len(kinds) > 20
