"""Indexers: how each node follows the contracts of its chains (catalogue, xmtpd §8 F and §4.3, trap 8)."""

from __future__ import annotations

from state.indexers import CONTRACTS_KEPT, Indexer
from state.sync_events import (
    IndexerAdvanced,
    IndexerCaughtUp,
    IndexerFailed,
    IndexerLost,
    IndexerRebuilt,
    IndexerReorged,
)
from tests.state.journal import Journal


def one(journal: Journal, address: str = "0xa") -> Indexer:
    """A contract as node1 follows it."""
    return journal.state.indexers["node1"].contracts[address]


def advanced(block: int, contract: str = "payer-registry") -> IndexerAdvanced:
    """An indexer has come to a block."""
    return IndexerAdvanced("settlement", contract, "0xa", block)


def test_block() -> None:
    """§4.4, chain height: the latest word stands; a line that does not name the contract does not take its name."""
    journal = Journal().say(advanced(5), advanced(9, ""))
    assert (one(journal).chain, one(journal).contract, one(journal).block) == ("settlement", "payer-registry", 9)
    assert one(journal).last == journal.at(2)


def test_subscription() -> None:
    """§4.4, chain caught up and link lost: it follows from when the past was read until it loses its subscription. Trap 9: `subscription rebuilt` names no contract."""
    journal = Journal().say(advanced(5))
    assert (one(journal).following, one(journal).following_since) == (None, None)
    journal.say(IndexerCaughtUp("settlement", "0xa"))
    assert (one(journal).following, one(journal).following_since) == (True, journal.at(2))
    journal.say(IndexerLost("settlement", "0xa", "eof"), IndexerRebuilt("settlement"))
    assert (one(journal).following, one(journal).following_since, one(journal).block) == (False, journal.at(3), 5)
    journal.say(IndexerCaughtUp("settlement", "0xa"), IndexerLost("settlement", "0xa", "reset"))
    losses = one(journal).losses
    assert losses is not None
    assert (losses.count, losses.text, losses.first) == (2, "reset", journal.at(3))


def test_reorganisation() -> None:
    """§4.4, reorg: counted, with where it went back to; the block is what was said of it last."""
    journal = Journal().say(advanced(9), IndexerReorged("settlement", "0xa", 7), IndexerReorged("settlement", "0xa", 6))
    assert (one(journal).reorgs, one(journal).reorged_to, one(journal).reorged) == (2, 6, journal.at(3))
    assert one(journal).block == 9


def test_block_that_it_cannot_get_past() -> None:
    """§4.4, indexer poison log: the same block again and again counts; another one begins anew."""

    def failed(block: int | None) -> IndexerFailed:
        return IndexerFailed("settlement", "", "0xa", "no such column", block)

    journal = Journal().say(advanced(4), failed(5), failed(5), failed(5))
    failing = one(journal).failing
    assert failing is not None
    assert (failing.count, failing.first, one(journal).failing_block) == (3, journal.at(2), 5)
    assert one(journal).contract == "payer-registry"
    failing = one(journal.say(failed(6))).failing
    assert failing is not None
    assert (failing.count, one(journal).failing_block) == (1, 6)


def test_contracts_are_bounded() -> None:
    """Further contracts are not entered and touch nothing; those that are known go on."""
    lines = [IndexerAdvanced("app", "", f"0x{number}", 1) for number in range(CONTRACTS_KEPT + 1)]
    journal = Journal().say(*lines)
    assert journal.touched == ()
    assert len(journal.state.indexers["node1"].contracts) == CONTRACTS_KEPT
    assert one(journal.say(IndexerAdvanced("app", "", "0x0", 2)), "0x0").block == 2
