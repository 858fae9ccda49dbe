"""Statements of the indexers: how far they are, what they lost, and what the contracts said."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from parsers.statements import Line
from parsers.text import one_line
from parsers.xmtpd.system import About, Amount, Failure, Fields, Ids, Sequence, xmtpd
from state.report_events import ChainReportSettled, ChainReportSubmitted
from state.sync_events import (
    IndexerAdvanced,
    IndexerCaughtUp,
    IndexerFailed,
    IndexerLost,
    IndexerRebuilt,
    IndexerReorged,
    PayerBooked,
)

CONTRACT = (
    "xmtpd.indexer.{app-chain.group-message-broadcaster|app-chain.identity-update-broadcaster|"
    "settlement-chain.payer-registry|settlement-chain.payer-report-manager}"
)
STREAMER = "xmtpd.indexer.{app-chain|settlement-chain}.rpc-log-streamer"
REORG_HANDLER = f"{CONTRACT}.reorg-handler"
PAYER_STORER = "xmtpd.indexer.settlement-chain.payer-registry.storer"
REPORT_STORER = "xmtpd.indexer.settlement-chain.payer-report-manager.storer"
_CHAIN, _CONTRACT = 2, 3
"""Where chain and contract stand in a logger's name."""


def _chain(line: Line) -> str:
    return (line.category or "").split(".")[_CHAIN]


def _contract(line: Line) -> str:
    return (line.category or "").split(".")[_CONTRACT]


class Contract(Failure, frozen=True):
    """A line about one contract, which its logger inherits the address of."""

    contract_address: str = ""
    block_number: Sequence | None = None

    @property
    def address(self) -> str:
        """Fit for an event."""
        return one_line(self.contract_address, 128)


class AtBlock(Fields, frozen=True):
    """A line about one block of a contract's chain."""

    block_number: Sequence
    contract_address: str = ""

    @property
    def address(self) -> str:
        """Fit for an event."""
        return one_line(self.contract_address, 128)


# --- progress ----------------------------------------------------------------------------------------


@xmtpd.says(CONTRACT, "reached block number")
def block_reached(line: Line, fields: AtBlock) -> IndexerAdvanced:
    """At most every five minutes, and only when there is something to index (§4.3, 8).
    indexer/common/log_handler.go:39
    """
    return IndexerAdvanced(_chain(line), _contract(line), fields.address, fields.block_number)


@xmtpd.says(CONTRACT, "received event UpdateProgress", level="DEBUG")
def block_passed(line: Line, fields: AtBlock) -> IndexerAdvanced:
    """Blocks in which there is nothing to index. indexer/common/log_handler.go:45"""
    return IndexerAdvanced(_chain(line), _contract(line), fields.address, fields.block_number)


@xmtpd.says(CONTRACT, "stored log", level="DEBUG")
def log_stored(line: Line, fields: AtBlock) -> IndexerAdvanced:
    """indexer/common/log_handler.go:89"""
    return IndexerAdvanced(_chain(line), _contract(line), fields.address, fields.block_number)


@xmtpd.says(STREAMER, "backfill complete, switching to subscription")
def indexer_caught_up(line: Line, fields: Contract) -> IndexerCaughtUp:
    """Once for each subscription. indexer/rpc_streamer/rpc_log_streamer.go:226"""
    return IndexerCaughtUp(_chain(line), fields.address)


@xmtpd.says(STREAMER, "subscription error, rebuilding", level="WARNING")
def indexer_lost(line: Line, fields: Contract) -> IndexerLost:
    """indexer/rpc_streamer/rpc_log_streamer.go:202 and 332"""
    return IndexerLost(_chain(line), fields.address, fields.why)


@xmtpd.says(STREAMER, "subscription rebuilt")
def indexer_rebuilt(line: Line) -> IndexerRebuilt:
    """Without the contract (§4.3, 9). indexer/rpc_streamer/rpc_log_streamer.go:549"""
    return IndexerRebuilt(_chain(line))


# --- reorganisations and failures --------------------------------------------------------------------


@xmtpd.says(STREAMER, "reorg detected, rolled back to block", level="WARNING")
def reorg_rolled_back(line: Line, fields: AtBlock) -> IndexerReorged:
    """indexer/rpc_streamer/rpc_log_streamer.go:229"""
    return IndexerReorged(_chain(line), fields.address, fields.block_number)


@xmtpd.says(STREAMER, "reorg detected during bridging backfill", level="WARNING")
def reorg_while_bridging(line: Line, fields: AtBlock) -> IndexerReorged:
    """indexer/rpc_streamer/rpc_log_streamer.go:298"""
    return IndexerReorged(_chain(line), fields.address, fields.block_number)


@xmtpd.says(REORG_HANDLER, "handling reorged event")
def reorged_event(line: Line, fields: AtBlock) -> IndexerReorged:
    """indexer/settlement_chain/contracts/payer_registry_reorg_handler.go:24 and its likes"""
    return IndexerReorged(_chain(line), fields.address, fields.block_number)


def _failed(line: Line, fields: Contract, contract: str) -> IndexerFailed:
    return IndexerFailed(_chain(line), contract, fields.address, fields.why, fields.block_number)


@xmtpd.says(CONTRACT, "error storing log", level="ERROR")
def log_not_stored(line: Line, fields: Contract) -> IndexerFailed:
    """Tried again and again: an event that the indexer cannot get past. indexer/common/log_handler.go:118"""
    return _failed(line, fields, _contract(line))


@xmtpd.says(CONTRACT, "error updating block tracker", level="ERROR")
def progress_not_stored(line: Line, fields: Contract) -> IndexerFailed:
    """indexer/common/log_handler.go:53 and 95"""
    return _failed(line, fields, _contract(line))


@xmtpd.says(CONTRACT, "reorg handling failed", level="ERROR")
def reorg_failed(line: Line, fields: Contract) -> IndexerFailed:
    """indexer/common/log_handler.go:64"""
    return _failed(line, fields, _contract(line))


@xmtpd.says(STREAMER, "failed rebuilding subscription after max disconnect time", level="FATAL")
def indexer_given_up(line: Line, fields: Contract) -> IndexerFailed:
    """The process ends behind it. indexer/rpc_streamer/rpc_log_streamer.go:205 and 335"""
    return _failed(line, fields, "")


@xmtpd.says(STREAMER, "failed to rebuild subscription, closing", level="ERROR")
def indexer_not_rebuilt(line: Line, fields: Contract) -> IndexerFailed:
    """indexer/rpc_streamer/rpc_log_streamer.go:542"""
    return _failed(line, fields, "")


@xmtpd.says(STREAMER, "failed to subscribe to contract", level="ERROR")
def indexer_not_subscribed(line: Line, fields: Contract) -> IndexerFailed:
    """indexer/rpc_streamer/rpc_log_streamer.go:185"""
    return _failed(line, fields, "")


@xmtpd.says(STREAMER, "error getting next page", level="ERROR")
def page_not_read(line: Line, fields: Contract) -> IndexerFailed:
    """indexer/rpc_streamer/rpc_log_streamer.go:241"""
    return _failed(line, fields, "")


@xmtpd.says(STREAMER, "error during bridging backfill", level="ERROR")
def bridging_failed(line: Line, fields: Contract) -> IndexerFailed:
    """indexer/rpc_streamer/rpc_log_streamer.go:300"""
    return _failed(line, fields, "")


# --- what the contracts said -------------------------------------------------------------------------


class _Submitted(About, frozen=True):
    start_sequence_id: Sequence
    last_sequence_id: Sequence
    active_node_ids: Ids
    payers_merkle_root: str = ""

    def event(self, *, known: bool) -> ChainReportSubmitted:
        """Of the indexer of one node."""
        return ChainReportSubmitted(
            self.originator_id,
            self.start_sequence_id,
            self.last_sequence_id,
            self.active_node_ids,
            one_line(self.payers_merkle_root, 128),
            known=known,
        )


@xmtpd.says(REPORT_STORER, "successfully stored payer report submitted event")
def chain_report_new(fields: _Submitted) -> ChainReportSubmitted:
    """The only line at INFO with the active nodes; the node did not have the report.
    indexer/settlement_chain/contracts/payer_report_manager_storer.go:103
    """
    return fields.event(known=False)


@xmtpd.says(REPORT_STORER, "skipping store report, report already exists", level="DEBUG")
def chain_report_known(fields: _Submitted) -> ChainReportSubmitted:
    """indexer/settlement_chain/contracts/payer_report_manager_storer.go:116"""
    return fields.event(known=True)


Index: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9]{1,19}\Z")] | Sequence
"""In quotes."""


class _Settled(About, frozen=True, kw_only=True):
    payer_report_index: Index
    count: Sequence
    fees_settled: Amount
    remaining: Sequence = 0

    @property
    def event(self) -> ChainReportSettled:
        """What is fully settled has none remaining."""
        index = int(self.payer_report_index)
        return ChainReportSettled(self.originator_id, index, self.count, self.remaining, str(self.fees_settled))


@xmtpd.says(REPORT_STORER, "payer report fully settled")
def chain_report_settled(fields: _Settled) -> ChainReportSettled:
    """indexer/settlement_chain/contracts/payer_report_manager_storer.go:146"""
    return fields.event


class _PartlySettled(_Settled, frozen=True, kw_only=True):
    remaining: Sequence


@xmtpd.says(REPORT_STORER, "payer report partially settled")
def chain_report_partly_settled(fields: _PartlySettled) -> ChainReportSettled:
    """indexer/settlement_chain/contracts/payer_report_manager_storer.go:154"""
    return fields.event


class _Booked(Fields, frozen=True):
    payer_address: str
    amount: Amount

    def event(self, what: str) -> PayerBooked:
        """See `PayerBooked`."""
        return PayerBooked(what, one_line(self.payer_address, 128), str(self.amount))


@xmtpd.says(PAYER_STORER, "deposit successful", level="DEBUG")
def payer_deposited(fields: _Booked) -> PayerBooked:
    """indexer/settlement_chain/contracts/payer_registry_storer.go:129"""
    return fields.event("deposit")


@xmtpd.says(PAYER_STORER, "withdrawal requested successful", level="DEBUG")
def payer_withdrew(fields: _Booked) -> PayerBooked:
    """indexer/settlement_chain/contracts/payer_registry_storer.go:179"""
    return fields.event("withdrawal")


@xmtpd.says(PAYER_STORER, "usage settled", level="DEBUG")
def payer_settled(fields: _Booked) -> PayerBooked:
    """indexer/settlement_chain/contracts/payer_registry_storer.go:224"""
    return fields.event("settlement")
