"""monerod's log statements. Facts from the catalogue, Pithead §2, and from runs of 0.18.

Texts are matched from the start of the message and never by file and line, which differ per build. Heights
in the log come in two kinds, the height of a block and a count of blocks; each function says which it has.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from parsers.easylogging import FORMAT, PROBLEM_NEEDLES
from parsers.problems import problem
from parsers.statements import LEVELS, Line
from parsers.templated import TemplatedSystem
from parsers.text import one_line
from state import listening
from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    BlockRejected,
    BlocksPopped,
    BlocksRemovalAsked,
    CandidateSeen,
    ChainLoaded,
    ConnectFailed,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    GenesisCreated,
    HostBlocked,
    HostUnblocked,
    ListeningStated,
    NetworkLost,
    PeerFailed,
    PeerHandshaked,
    PeerHeightStated,
    ProcessReady,
    ProcessStarted,
    ProcessStopped,
    ProcessStopping,
    ReorgFinished,
    ReorgStarted,
    RolledBack,
    ServiceBound,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TargetLowered,
    TransactionDropped,
    TransactionPooled,
)

monero = TemplatedSystem("monero", FORMAT, PROBLEM_NEEDLES)
DIRECTIONS = {"INC": Direction.IN, "OUT": Direction.OUT}

# --- process -----------------------------------------------------------------------------------------


@monero.parses("Monero '{name:rest}", category="global", needle="Monero ")
def process_started(name: str) -> ProcessStarted:
    """The banner, first line of every process: `Monero 'Name' (vVersion)`. daemon/main.cpp"""
    found = re.fullmatch(r"([^']{1,64})' \(v([^)\s]{1,64})\)\s*", name)
    if found is None:
        raise ValueError("a banner without name and version")
    return ProcessStarted("monero", version=one_line(found[2]), name=one_line(found[1]))


@monero.parses("Starting p2p net loop...", category="global")
def process_ready() -> ProcessReady:
    """The last line of the start, after core, RPC and p2p are up. daemon/p2p.h"""
    return ProcessReady()


@monero.parses("p2p net loop stopped", category="global")
def p2p_stopped() -> ProcessStopping:
    """The first line of an orderly stop, however it was asked for. daemon/p2p.h"""
    return ProcessStopping()


@monero.parses("Stopping {...} RPC server...", category="global", needle=" RPC server...")
def rpc_stopping() -> ProcessStopping:
    """Comes before or after the p2p loop's own line, by build. daemon/rpc.h"""
    return ProcessStopping()


@monero.parses("Node stopped.", category="global")
def node_stopped() -> ProcessStopping:
    """Not the last line yet. daemon/daemon.cpp"""
    return ProcessStopping()


@monero.parses("Cryptonote protocol stopped successfully", category="global")
def process_stopped() -> ProcessStopped:
    """The last line of an orderly stop. daemon/protocol.h"""
    return ProcessStopped()


@monero.parses("Binding (IPv{version:int}) on {address}", category="net.p2p", needle="Binding ")
def p2p_bound(version: int, address: str) -> ServiceBound | None:
    """Where peers reach the node. p2p/net_node.inl"""
    return ServiceBound("p2p", address) if version == 4 else None  # noqa: PLR2004 - IPv4


@monero.parses("Binding on {host} (IPv4):{port:int}", category="global", needle="Binding ")
def rpc_bound(host: str, port: int) -> ServiceBound:
    """Where RPC is served. http_server_impl_base.h"""
    return ServiceBound("rpc", f"{host}:{port}")


@monero.parses("ZMQ now listening at {address}", category="net.zmq")
def zmq_bound(address: str) -> ServiceBound:
    """Where ZMQ is served. rpc/zmq_server.cpp"""
    return ServiceBound("zmq", address)


SHOWN_BY = {
    listening.BLOCKS: "blockchain",
    listening.CONNECTIONS: "net.p2p",
    listening.RELAY: "net.p2p.msg",
    listening.SYNC: "global",
    listening.TRANSACTIONS: "txpool",
}
"""The category that must be at INFO for a topic to be shown (§2.2)."""
INFORMS = frozenset(("INFO", "DEBUG", "TRACE", "VERBOSE"))


@monero.parses("New log categories: {categories:rest}", category="logging")
def log_categories(categories: str) -> ListeningStated:
    """`pattern:LEVEL,…`, the last pattern that fits a category decides. Also logged on `set_log`. mlog.cpp"""
    rules = [rule.rpartition(":") for rule in categories[:4096].strip().split(",")]

    def shown(category: str) -> bool:
        fitting = [level for pattern, _, level in rules if level in LEVELS and _fits(category, pattern)]
        return bool(fitting) and fitting[-1] in INFORMS

    return ListeningStated(
        shown=tuple(topic for topic, category in SHOWN_BY.items() if shown(category)),
        hidden=tuple(topic for topic, category in SHOWN_BY.items() if not shown(category)),
    )


def _fits(category: str, pattern: str) -> bool:
    return pattern.count("*") <= 1 and "[" not in pattern and fnmatchcase(category, pattern)


@monero.parses(
    "[{address} {direction}] calling /set_log_{what}", category="daemon.rpc", needle=" calling /set_log_", line=True
)
def log_levels_changed(line: Line, address: str, direction: str, what: str) -> ListeningStated | None:
    """`set_log_level` or `set_log_categories`. The file form states the new levels in its next line; in the
    console form what is shown from here on is unknown until it is seen. core_rpc_server.h
    """
    return ListeningStated(shown=(), hidden=()) if line.category is None else None


# --- sync --------------------------------------------------------------------------------------------


@monero.parses(
    "[{address} {direction}] Sync data returned a new top block candidate: {ours:int} -> {theirs:int}",
    category="global",
)
def candidate_seen(address: str, direction: str, ours: int, theirs: int) -> CandidateSeen:
    """Both numbers are counts, also where the text says "ahead". cryptonote_protocol_handler.inl"""
    return CandidateSeen(ours, theirs, address)


@monero.parses("SYNCHRONIZATION started", category="global")
def sync_started() -> SyncStarted:
    """Second line of the candidate's message."""
    return SyncStarted()


@monero.parses("Synced {count:int}/{target:int}", category="global", needle="Synced ")
def sync_progressed(count: int, target: int) -> SyncProgressed:
    """Counts. What follows depends on level and progress."""
    return SyncProgressed(count, target)


@monero.parses("Synced {count:int} blocks in {...}", category="global", needle="Synced ")
def sync_summary(count: int) -> None:
    """Blocks fetched, not a height; known so that it is no surprise."""


@monero.parses("You are now synchronized with the network.", category="global")
def sync_finished() -> SyncFinished:
    """Once in the life of a process."""
    return SyncFinished()


@monero.parses("Target height decreasing from {before:int} to {now:int}", category="net.cn")
def target_lowered(before: int, now: int) -> TargetLowered:
    """Counts; 0 when no peer is ahead any more."""
    return TargetLowered(before, now)


@monero.parses("monerod is now disconnected from the network", level="WARNING", category="global")
def network_lost() -> NetworkLost:
    """Never printed by a node that aims for nothing, so its absence proves nothing."""
    return NetworkLost()


@monero.parses("[{address} {direction}] Remote blockchain height: {count:int}, id: <{tip:hash}>", category="net.cn")
def peer_height(address: str, direction: str, count: int, tip: str) -> PeerHeightStated:
    """A count."""
    return PeerHeightStated(address, count, tip)


# --- peers -------------------------------------------------------------------------------------------


@monero.parses("[{address} {connection:uuid} {direction}] NEW CONNECTION", category="net.p2p")
def connection_opened(address: str, connection: str, direction: str) -> ConnectionOpened:
    """The uuid is the node's own and joins it with its end. p2p/net_node.inl"""
    return ConnectionOpened(connection, address, DIRECTIONS[direction])


@monero.parses("[{address} {connection:uuid} {direction}] CLOSE CONNECTION", category="net.p2p", line=True)
def connection_closed(line: Line, address: str, connection: str, direction: str) -> ConnectionClosed:
    """The thread tells who ended it: `[RPC0]` is an operator's command. p2p/net_node.inl"""
    return ConnectionClosed(connection, address, DIRECTIONS[direction], by=one_line(line.thread or "").strip("[] "))


@monero.parses("[{address} OUT] New connection handshaked", category="net.p2p")
def peer_handshaked(address: str) -> PeerHandshaked:
    """Logged on the outgoing side only."""
    return PeerHandshaked(address)


@monero.parses("{...}Connect failed to {address}", category="net.p2p")
def connect_failed(address: str) -> ConnectFailed:
    """Behind a 0, and behind `[priority]` where the peer was named to the node. p2p/net_node.inl"""
    return ConnectFailed(address.rstrip("."), "connect failed")


@monero.parses("[{address} OUT] {...}Failed to HANDSHAKE with peer {peer}", category="net.p2p")
def handshake_failed(address: str, peer: str) -> ConnectFailed:
    """A connection was there and the handshake was not."""
    return ConnectFailed(address, "handshake failed")


@monero.parses(
    "[{address} OUT] COMMAND_HANDSHAKE invoke failed. ({code:number}, {error}",
    level="WARNING",
    category="net.p2p",
)
def handshake_refused(address: str, code: str, error: str) -> PeerFailed:
    """The reason of the CLOSE that follows."""
    return PeerFailed(address, f"handshake: {error}")


@monero.parses("[{address} {direction}] COMMAND_TIMED_SYNC invoke failed.{...}", level="WARNING", category="net.p2p")
def timed_sync_failed(address: str, direction: str) -> PeerFailed:
    """The reason of the CLOSE that follows."""
    return PeerFailed(address, "timed sync failed")


@monero.parses("[{address} {direction}] {...}kicking idle peer, last update {...}", category="net.cn")
def idle_kicked(address: str, direction: str) -> PeerFailed:
    """The reason of the CLOSE that follows."""
    return PeerFailed(address, "kicked as idle")


@monero.parses("dropping connections to {address}", level="WARNING", category="net.cn")
def dropping(address: str) -> PeerFailed:
    """The reason of the CLOSE that follows. cryptonote_protocol_handler.inl"""
    return PeerFailed(address, "dropped by the node")


@monero.parses("Host {host} blocked.", category="global", needle=" blocked.")
def host_blocked(host: str) -> HostBlocked:
    """A ban, by an operator or for misbehaviour."""
    return HostBlocked(host)


@monero.parses("Subnet {host} blocked.", category="global", needle=" blocked.")
def subnet_blocked(host: str) -> HostBlocked:
    """As a host."""
    return HostBlocked(host)


@monero.parses("Host {host} unblocked.", category="global", needle=" unblocked.")
def host_unblocked(host: str) -> HostUnblocked:
    """Logged at the next contact after a ban has run out, not when it does."""
    return HostUnblocked(host)


@monero.parses("Subnet {host} unblocked.", category="global", needle=" unblocked.")
def subnet_unblocked(host: str) -> HostUnblocked:
    """As a host. p2p/net_node.inl"""
    return HostUnblocked(host)


@monero.parses("All bans cleared.", category="global", needle="All bans cleared")
def bans_cleared() -> HostUnblocked:
    """Every ban at once."""
    return HostUnblocked("")


# --- chain -------------------------------------------------------------------------------------------


@monero.parses("Blockchain not loaded, generating genesis block.", category="blockchain")
def genesis_created() -> GenesisCreated:
    """There was no chain on disk. blockchain.cpp"""
    return GenesisCreated()


@monero.parses("Blockchain initialized. last block: {height:int},", category="blockchain")
def chain_loaded(height: int) -> ChainLoaded:
    """A height. blockchain.cpp"""
    return ChainLoaded(height)


@monero.parses(
    "+++++ BLOCK SUCCESSFULLY ADDED",
    then=("id:\t<{block:hash}>", "HEIGHT {height:int}, difficulty:"),
    category="blockchain",
)
def block_added(block: str, height: int) -> BlockAdded:
    """Five lines, of which id and height count; a height. blockchain.cpp"""
    return BlockAdded(height, block)


@monero.parses(
    "----- BLOCK ADDED AS ALTERNATIVE ON HEIGHT {height:int}",
    then=("id:\t<{block:hash}>",),
    category="global",
)
def alternative_added(height: int, block: str) -> AlternativeAdded:
    """A height. Displaced blocks of the old main chain are listed so as well. blockchain.cpp"""
    return AlternativeAdded(height, block)


@monero.parses("###### REORGANIZE on height: {split:int} of {old_tip:int}", category="global")
def reorg_started(split: int, old_tip: int) -> ReorgStarted:
    """Heights. The same beginning also where a checkpoint decides. blockchain.cpp"""
    return ReorgStarted(split, old_tip)


@monero.parses("REORGANIZE SUCCESS! on height: {split:int}, new blockchain size: {count:int}", category="global")
def reorg_finished(split: int, count: int) -> ReorgFinished:
    """A height and a count, of that moment. blockchain.cpp"""
    return ReorgFinished(split, count)


@monero.parses("Rollback to height {height:int} was successful.", category="blockchain")
def rolled_back(height: int) -> RolledBack:
    """A reorganisation failed. blockchain.cpp"""
    return RolledBack(height)


@monero.parses("Popping blocks... {height:int}", category="global")
def blocks_popped(height: int) -> BlocksPopped:
    """At start, where the top block's version is not the ideal one: the count left. blockchain.cpp"""
    return BlocksPopped(height - 1)


@monero.parses("[{address} {direction}] calling /pop_blocks", category="daemon.rpc")
def blocks_removal_asked(address: str, direction: str) -> BlocksRemovalAsked:
    """The RPC removes blocks and logs no line of its own about it. core_rpc_server.h"""
    return BlocksRemovalAsked()


@monero.parses("[{address} {direction}] Received NOTIFY_NEW_FLUFFY_BLOCK <{block:hash}>", category="net.p2p.msg")
def block_received(address: str, direction: str, block: str) -> BlockReceived:
    """Its height is a height in current builds and a count in older ones, so it is left."""
    return BlockReceived(block, address)


@monero.parses(
    "Block recognized as orphaned and rejected, id = <{block:hash}>, height {height:int}, "
    "parent in alt {alternative:int}, parent in main {main:int} (parent <{parent:hash}>",
    level="ERROR",
    category="verify",
)
def block_rejected(block: str, height: int, alternative: int, main: int, parent: str) -> BlockRejected:
    """A height. Comes once per connection that sent it. blockchain.cpp"""
    return BlockRejected(block, height, parent, "orphaned")


# --- transactions ------------------------------------------------------------------------------------


@monero.parses("Transaction added to pool: txid <{transaction:hash}>", category="txpool")
def transaction_pooled(transaction: str) -> TransactionPooled:
    """May come twice for one transaction. tx_pool.cpp"""
    return TransactionPooled(transaction)


@monero.parses("Tx <{transaction:hash}> removed from tx pool due to outdated, age: {...}", category="txpool")
def transaction_dropped(transaction: str) -> TransactionDropped:
    """No line is written when a transaction is mined. tx_pool.cpp"""
    return TransactionDropped(transaction)


# --- known, and of no consequence here ---------------------------------------------------------------

monero.knows(
    "PoW:\t<{hash:hash}>",
    "difficulty:\t{difficulty:int}",
    "block reward: {...}",
    " alternative blockchain size: {...}",
    "PERF {...}",
    "[{address} {direction}] {bytes:int} bytes {way} for category command-{command:int} initiated by {who}",
    "[{address} {direction}] [{flags}] state: {...} in state {phase}",
    "[{address} {direction}] Received NOTIFY_{...}",
    "[{address} {direction}] -->>NOTIFY_{...}",
    "[{address} OUT] COMMAND_HANDSHAKE Failed",
    "[{address} OUT] Failed to do_send",
    "[{address} {direction}] [levin_protocol] -->> start_outer_call failed",
    "Failed to invoke command {command:int} return code {...}",
    "HTTP [{address}] {...}",
    "[HTTP] {...}",
    "Calling RPC method {...}",
    "[{address} {direction}] Calling RPC method {...}",
    "[{address} {direction}] calling /{...}",
    "Including transaction <{hash:hash}>",
    "Exception: {...}",
    "Unwound call stack:",
    "    [{frame:int}] {...}",
    "**********{...}",
    'Use "help{...}',
    'Use the "help" command {...}',
    "Moving from main() into the daemonize now.",
    "Killing the net_node",
    "Joined extra background net_node threads",
    "You can set the level of process detailization {...}",
    "where <level> is between {...}",
    "The daemon will start synchronizing with the network. {...}",
    "clearing used stripe peers",
    "switching safe mode o{...}",
    "Setting LIMIT: {limit:int} kbps",
    "Set limit-{...}",
    "Initializing {...}",
    "Loading {...}",
    "Deinitializing {...}",
    "Stopping cryptonote protocol...",
    "Core initialized OK",
    "p2p server initialized OK",
    "Cryptonote protocol initialized OK",
    "core RPC server {...}",
    "Starting core RPC server...",
    "Net service bound {...}",
    "ZMQ Server started",
    "Run net_service loop{...}",
    "net_service loop stopped.",
    "Set server type to: {...}",
    "Validating txpool contents for v{version:int}",
    "LMDB memory map size: {...}",
    "The blockchain is on a rotating drive: {...}",
)

monero.every_problem = lambda line: problem(line.level, line.category, line.message)
