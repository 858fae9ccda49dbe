"""Slice `identities`: which names stand for one node (R12)."""

from __future__ import annotations

import pytest

from state.events import ServiceBound
from state.identities import PEER_ADDRESS, ambiguous, node_of
from tests.state.journal import START, Journal


def bound(address: str, service: str = "p2p") -> ServiceBound:
    """A service listens."""
    return ServiceBound(service, address)


def test_node_is_known_by_its_p2p_address() -> None:
    """R12: peers know a node by the address that its p2p service listens at, and by no other service's."""
    journal = Journal().say(bound("127.0.0.1:28101"), bound("127.0.0.1:28201", "rpc"))
    assert node_of(journal.state.identities, PEER_ADDRESS, "127.0.0.1:28101") == "node1"
    assert node_of(journal.state.identities, PEER_ADDRESS, "127.0.0.1:28201") is None
    assert node_of(journal.state.identities, "other kind", "127.0.0.1:28101") is None
    assert len(journal.state.identities) == 1


@pytest.mark.parametrize("address", ["0.0.0.0:18080", "[::]:18080", ":::18080", ":18080"])
def test_every_interface_is_nobodys_name(address: str) -> None:
    """An address that binds every interface names nobody, or every node would be every other."""
    assert len(Journal().say(bound(address)).state.identities) == 0


def test_alias_of_two_nodes_is_ambiguous() -> None:
    """R12: an alias that several nodes claim resolves to none of them and stays visible."""
    journal = Journal().say(bound("10.0.0.7:18080"), by="node2").say(bound("10.0.0.7:18080"), bound("10.0.0.8:18080"))
    identities = journal.state.identities
    assert node_of(identities, PEER_ADDRESS, "10.0.0.7:18080") is None
    assert node_of(identities, PEER_ADDRESS, "10.0.0.8:18080") == "node1"
    assert ambiguous(identities) == [((PEER_ADDRESS, "10.0.0.7:18080"), ("node1", "node2"))]


def test_first_claim_is_kept() -> None:
    """A claim repeated after a restart changes nothing, and an old address stays a name of its node."""
    journal = Journal().say(bound("a:1"), START, bound("b:1"))
    before = journal.state
    journal.say(bound("a:1"))
    assert journal.state.identities is before.identities
    assert journal.state.identities[PEER_ADDRESS, "a:1"].by["node1"] == journal.at(1)
    assert [node_of(journal.state.identities, PEER_ADDRESS, one) for one in ("a:1", "b:1")] == ["node1", "node1"]


def test_claim_is_touched_by_its_alias() -> None:
    """A new claim is told by (kind, alias) beside the node's own slice."""
    journal = Journal().say(bound("a:1"), bound("a:2"))
    assert journal.touched == (("identities", (PEER_ADDRESS, "a:2")), ("nodes", "node1"))
