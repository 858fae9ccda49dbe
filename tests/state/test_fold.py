"""The fold: total, pure, and telling what it touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.encoding import encode
from state.events import Event, PeerHeightStated, TransactionDropped
from state.kinds import ALL, KINDS
from state.ordered import ordered
from state.origin import Origin
from state.reducers import REDUCERS
from state.snapshot import SLICES, NetworkState, fold, fold_all
from tests.state.any_event import HISTORIES, of_kind
from tests.state.journal import START, Journal, S, captured

RICH = fold_all(NetworkState(), captured("level1", 3))


def test_every_event_has_a_name() -> None:
    """Events are listed by name, each once, and each of them can be named on the command line."""
    assert [kind.__name__ for kind in ALL] == sorted(KINDS)
    assert len(ALL) > 30
    assert set(REDUCERS) <= set(ALL)


@pytest.mark.parametrize("kind", ALL)
@given(data=st.data())
@settings(derandomize=True, max_examples=15, deadline=None)
def test_fold_is_total(kind: type[Event], data: st.DataObject) -> None:
    """Law: every kind of event with any values folds into an empty snapshot and into a rich one."""
    event = data.draw(of_kind(kind))
    for state in (NetworkState(), RICH):
        after, touched = fold(state, event, Origin("node3", S, S, 1, 1))
        assert isinstance(after, NetworkState)
        assert bool(touched) == (after is not state)


@pytest.mark.parametrize("event", [PeerHeightStated("p:1", 7, "a"), TransactionDropped("a")])
def test_event_that_nothing_folds(event: Event) -> None:
    """An event without a reducer changes nothing and touches nothing."""
    journal = Journal().say(START)
    before = journal.state
    assert journal.say(event).state is before
    assert journal.touched == ()


@given(HISTORIES)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_touched_is_what_changed(history: list[tuple[Event, str, int]]) -> None:
    """Law: the slices that are named as touched are exactly those that changed, with keys that hold what the node said."""
    journal = Journal()
    for event, node, after in history:
        before = journal.state
        journal.say(event, by=node, after=after)
        changed = {name for name in SLICES if getattr(journal.state, name) is not getattr(before, name)}
        assert {name for name, _ in journal.touched} == changed
        for name, key in journal.touched:
            entities = getattr(journal.state, name)
            assert key in entities or (name == "chain" and isinstance(key, tuple) and key[0] == "block")
            assert name in ("identities", "reports") or isinstance(key, tuple) or key == node


@given(HISTORIES)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_old_snapshots_stay_true(history: list[tuple[Event, str, int]]) -> None:
    """Law: folding on leaves every former snapshot as it was, and folding again gives the same ones."""
    kept: list[tuple[NetworkState, bytes]] = []
    journal, again = Journal(), Journal()
    for event, node, after in history:
        kept.append((journal.state, encode(journal.state)))
        journal.say(event, by=node, after=after)
        again.say(event, by=node, after=after)
        assert again.state == journal.state
        assert again.touched == journal.touched
    assert all(encode(state) == stored for state, stored in kept)


@given(HISTORIES)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_one_node_says_nothing_of_another(history: list[tuple[Event, str, int]]) -> None:
    """R16, law: facts are per node, so what one node says never changes what another's hold."""
    journal = Journal()
    for event, node, after in history:
        before = journal.state
        journal.say(event, by=node, after=after)
        other = "node2" if node == "node1" else "node1"
        for name in ("nodes", "peers", "chain", "listening", "registry", "streams", "clocks", "workers", "indexers"):
            assert getattr(journal.state, name).get(other) is getattr(before, name).get(other)


def test_folding_all_is_folding_one_by_one() -> None:
    """A sequence is folded in its order."""
    said = captured("level0", 1)
    state = NetworkState()
    for event, origin in said:
        state, _ = fold(state, event, origin)
    assert fold_all(NetworkState(), said) == state
    assert fold_all(state, []) is state


def test_order_of_what_is_touched_is_canonical() -> None:
    """R18: slices are folded by name, not in the order in which their modules happened to be imported."""
    for reducers in REDUCERS.values():
        assert [name for name, _ in reducers] == sorted(name for name, _ in reducers)
        assert {name for name, _ in reducers} <= set(SLICES)
    assert [name for name, _ in Journal().say(START).say(START).touched] == ["nodes", "peers"]


def test_ordered_is_canonical() -> None:
    """R18: maps and sets are walked by key in one order, whatever order they were made in; a mixture of kinds is refused."""
    assert ordered({"b": 1, "a": 2, "ä": 3, "Z": 4}) == [("Z", 4), ("a", 2), ("b", 1), ("ä", 3)]
    assert ordered({10, 9, -1}) == [-1, 9, 10]
    assert ordered({("b", 1): 0, ("a", 2): 0}) == [(("a", 2), 0), (("b", 1), 0)]
    with pytest.raises(TypeError):
        ordered({"a": 0, 1: 0})
