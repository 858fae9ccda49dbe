"""Registry: a node's own id, and who counts (catalogue, xmtpd §4.4)."""

from __future__ import annotations

import pytest

from state import registry
from state.registry import NodeRegistry
from state.sync_events import NodeIdStated, RegistryFailed, RegistryNodeChanged, RegistryStated
from tests.state.journal import Journal
from tests.state.reporting import on_chain


def mine(journal: Journal) -> NodeRegistry:
    """What node1 has said."""
    return journal.state.registry["node1"]


def test_own_id() -> None:
    """§4.4, node identity bound: the node's latest word of itself stands."""
    journal = Journal().say(NodeIdStated(100), NodeIdStated(200))
    assert (mine(journal).own, mine(journal).own_said) == (200, journal.at(2))


def test_active_nodes_of_the_latest_report() -> None:
    """§4.4, `payer report submitted event` is the only line with the active set; one without it changes nothing."""
    journal = Journal().say(on_chain(active=(100, 200)), on_chain(active=(100, 200, 300)), on_chain(active=()))
    assert (mine(journal).active, mine(journal).active_said) == ((100, 200, 300), journal.at(2))
    assert len(Journal().say(on_chain(active=())).state.registry) == 0


def test_nodes_join() -> None:
    """Key finding 7: a running node forgets none of its registry; new ones join, and a new address stands."""
    journal = Journal().say(RegistryStated(((100, "a"), (200, "b"))), RegistryStated(((200, "c"), (300, "d"))))
    assert dict(mine(journal).known.items()) == {100: "a", 200: "c", 300: "d"}
    assert mine(journal).known_said == journal.at(2)
    before = journal.state.registry
    assert journal.say(RegistryNodeChanged(100)).state.registry is before


def test_nodes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further nodes are not entered; one that is known goes on being told of."""
    monkeypatch.setattr(registry, "NODES_KEPT", 2)
    journal = Journal().say(RegistryStated(((100, "a"), (200, "b"), (300, "c"), (100, "d"))))
    assert dict(mine(journal).known.items()) == {100: "d", 200: "b"}


def test_failures_are_counted() -> None:
    """§4.4, registry failure: what was known stays."""
    journal = Journal().say(NodeIdStated(100), RegistryFailed("timeout"), RegistryFailed("refused"))
    failing = mine(journal).failing
    assert failing is not None
    assert (failing.count, failing.text, mine(journal).own) == (2, "refused", 100)
