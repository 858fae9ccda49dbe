"""Statements of a node's process: its start and end, its identity, registry, database, rates."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from parsers.keyed import Rest
from parsers.statements import Line
from parsers.text import one_line
from parsers.xmtpd.system import API, DATABASE, MOST_ORIGINATORS, ROOT, About, Failure, Fields, Id, Sequence, xmtpd
from state.events import ProcessReady, ProcessStarted, ProcessStopped, ProcessStopping, ServiceBound
from state.sync_events import (
    ContractsLoaded,
    DatabaseConnected,
    DatabaseFailed,
    NodeIdStated,
    PartitionCreated,
    RatesRead,
    RatesStale,
    RegistryFailed,
    RegistryNodeChanged,
    RegistryStated,
    SequenceStated,
)

_VERSION = re.compile(r"\S{1,64}\Z", re.ASCII)
WATCHERS = ("chain-watcher", "network-watcher")
REGISTRY = "xmtpd.node-registry-watchdog"
RATES = "xmtpd.contract-rates-fetcher"


# --- start and end -----------------------------------------------------------------------------------


def started(system: str, version: str) -> ProcessStarted:
    """A process of any of the programs. Raises ValueError for what is no version."""
    if _VERSION.match(version) is None:
        raise ValueError("no version")
    return ProcessStarted(system, version=one_line(version), name=system)


@xmtpd.says(ROOT, "version: ", begins=True)
def process_started(version: Rest) -> ProcessStarted:
    """The first line of a node. cmd/replication/main.go:62"""
    return started("xmtpd", version)


@xmtpd.says("", "version: ", begins=True)
def watcher_started(line: Line, version: Rest) -> ProcessStarted | None:
    """The first line of a watcher, whose logger has no name yet: only the caller tells which one it is.
    cmd/chain-watcher/main.go:99, cmd/network-watcher/main.go:87
    """
    program = (line.place or "").partition("/")[0]
    return started(program, version) if program in WATCHERS else None


class _Identity(About, frozen=True):
    public_key: str = ""


@xmtpd.says(ROOT, "registrant identified")
def node_identified(fields: _Identity) -> NodeIdStated:
    """The only line that binds a log to its node's id (§0, 3). registrant/registrant.go:59"""
    return NodeIdStated(fields.originator_id, one_line(fields.public_key, 256))


class _Environment(Fields, frozen=True):
    environment: str = ""


@xmtpd.says(ROOT, "Loading contract configuration")
def contracts_loaded(fields: _Environment) -> ContractsLoaded:
    """config/validation.go:184"""
    return ContractsLoaded(one_line(fields.environment, 128))


class _Address(Fields, frozen=True):
    address: str

    @property
    def shown(self) -> str:
        """Fit for an event."""
        return one_line(self.address, 256)


@xmtpd.says(API, "started api server")
def api_started(fields: _Address) -> tuple[ServiceBound, ProcessReady]:
    """What xmtpd's own end-to-end tests wait for. api/server.go:173"""
    return ServiceBound("api", fields.shown), ProcessReady()


@xmtpd.says("xmtpd.metrics", "serving metrics http")
def metrics_served(fields: _Address) -> ServiceBound:
    """metrics/metrics.go:57"""
    return ServiceBound("metrics", fields.shown)


@xmtpd.says(ROOT, "received OS signal, shutting down")
def signalled() -> ProcessStopping:
    """server/server.go:671"""
    return ProcessStopping()


@xmtpd.says(API, "closing", needle=API)
def api_closing() -> ProcessStopping:
    """The API is the first part that closes. api/server.go:181"""
    return ProcessStopping()


@xmtpd.says(API, "closed", needle=API)
def api_closed() -> ProcessStopped:
    """The last line at INFO; other parts say `closed` as well, at DEBUG. api/server.go:195"""
    return ProcessStopped()


# --- registry ----------------------------------------------------------------------------------------


class _Node(Fields, frozen=True):
    """As Go writes the struct, or by names that a later build may give it."""

    NodeID: Id | None = None
    node_id: Id | None = None
    HTTPAddress: str | None = None
    http_address: str | None = None

    @property
    def entry(self) -> tuple[int, str]:
        """Id and address. Raises ValueError."""
        number = self.node_id if self.NodeID is None else self.NodeID
        if number is None:
            raise ValueError("a node without an id")
        return number, one_line(self.HTTPAddress or self.http_address or "", 256)


class _NewNodes(Fields, frozen=True):
    body: Annotated[tuple[_Node, ...], Meta(max_length=MOST_ORIGINATORS)]


@xmtpd.says(REGISTRY, "processing new nodes", level="DEBUG")
def registry_read(fields: _NewNodes) -> RegistryStated:
    """Nodes that are new to the node; one that is removed is never taken out (§0, 7).
    registry/node_registry_contract.go:187
    """
    return RegistryStated(tuple(sorted(node.entry for node in fields.body)))


@xmtpd.says(REGISTRY, "processing changed node")
def registry_changed(fields: About) -> RegistryNodeChanged:
    """registry/node_registry_contract.go:210"""
    return RegistryNodeChanged(fields.originator_id)


@xmtpd.says(REGISTRY, "failed to refresh data", level="ERROR")
def registry_failed(fields: Failure) -> RegistryFailed:
    """The same text is said of the rates. registry/node_registry_contract.go:150"""
    return RegistryFailed(fields.why)


# --- database ----------------------------------------------------------------------------------------


class _Namespace(Fields, frozen=True):
    namespace: str = ""


@xmtpd.says(ROOT, "successfully connected to database")
def database_connected(fields: _Namespace) -> DatabaseConnected:
    """db/pgx.go:343"""
    return DatabaseConnected(one_line(fields.namespace, 128))


@xmtpd.says(DATABASE, "database check failed", level="ERROR")
def database_check_failed(fields: Failure) -> DatabaseFailed:
    """db/worker/worker.go:77 and 95"""
    return DatabaseFailed("check", fields.why)


@xmtpd.says("xmtpd.subscribe-worker.database-subscription", "error querying for database subscription", level="ERROR")
def subscription_query_failed(fields: Failure) -> DatabaseFailed:
    """db/subscription.go:119"""
    return DatabaseFailed("subscription", fields.why)


class _Filled(About, frozen=True):
    sequence_id: Sequence


@xmtpd.says(DATABASE, "partition fill ratio", level="DEBUG")
def partition_filled(fields: _Filled) -> SequenceStated:
    """The highest sequence of one originator, at the start and every 30 minutes (§3). db/worker/worker.go:141"""
    return SequenceStated(fields.originator_id, fields.sequence_id)


class _Partition(About, frozen=True):
    start_sequence_id: Sequence


@xmtpd.says(DATABASE, "created partition for node")
def partition_created(fields: _Partition) -> PartitionCreated:
    """db/worker/worker.go:180"""
    return PartitionCreated(fields.originator_id, fields.start_sequence_id)


# --- rates -------------------------------------------------------------------------------------------


class _Count(Fields, frozen=True):
    count: Sequence


@xmtpd.says(RATES, "refreshed rates", level="DEBUG")
def rates_read(fields: _Count) -> RatesRead:
    """fees/contract_rates.go:157"""
    return RatesRead(fields.count)


class _Age(Fields, frozen=True):
    duration_ms: Sequence


@xmtpd.says(RATES, "last rates refresh was too long ago for accurate rates", level="WARNING")
def rates_stale(fields: _Age) -> RatesStale:
    """fees/contract_rates.go:164"""
    return RatesStale(fields.duration_ms)
