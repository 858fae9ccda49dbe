"""Events of replication: vector clocks, streams between nodes, indexers of chains, publishing. Facts from the
catalogue, xmtpd §3 and §8 A to I.

An originator is who numbers envelopes: a node (100, 200, ...), the app chain (0 and 1) or a migrator (10 to 14).
A sequence is an originator's number of an envelope, from 1.
"""

from __future__ import annotations

from state.events import Event

# --- identity and registry ---------------------------------------------------------------------------


class NodeIdStated(Event, frozen=True):
    """The node's own id in the registry."""

    number: int
    key: str = ""


class RegistryStated(Event, frozen=True):
    """Nodes that the registry showed for the first time, with their addresses; those before stay."""

    nodes: tuple[tuple[int, str], ...]


class RegistryNodeChanged(Event, frozen=True):
    """The registry has something else on a node."""

    number: int


class RegistryFailed(Event, frozen=True):
    """The registry could not be read."""

    error: str


class DatabaseConnected(Event, frozen=True):
    """The node reached its database."""

    namespace: str


class DatabaseFailed(Event, frozen=True):
    """A look at the database failed; `what` is what was looked for."""

    what: str
    error: str


class ContractsLoaded(Event, frozen=True):
    """Which contracts the node works with."""

    environment: str


# --- streams -----------------------------------------------------------------------------------------


class StreamAttempted(Event, frozen=True):
    """The node sets out to read from a peer. No line at INFO says that it succeeded."""

    peer: int
    address: str


class StreamSubscribed(Event, frozen=True):
    """The node asks a peer for everything behind its clock."""

    peer: int


class StreamFailed(Event, frozen=True):
    """No stream could be opened, and it will be tried again. `peer` is None where only the address is named."""

    address: str
    error: str
    peer: int | None = None


class StreamEnded(Event, frozen=True):
    """A stream that stood has ended; `error` is empty where the peer ended it in order."""

    peer: int
    address: str
    error: str = ""


class StreamFellBack(Event, frozen=True):
    """A peer is older and is read in the older way."""

    peer: int
    address: str


class StreamRebuilt(Event, frozen=True):
    """A peer's entry in the registry changed, and its stream is built anew. The line does not say which."""


class EnvelopesReceived(Event, frozen=True):
    """A stream brought envelopes."""

    peer: int
    count: int


class PeerRefused(Event, frozen=True):
    """A peer's request was not authentic."""

    procedure: str
    error: str
    peer: int | None = None


# --- clocks ------------------------------------------------------------------------------------------


class ClockStated(Event, frozen=True):
    """The node's whole vector clock: (originator, highest sequence), by originator."""

    sequences: tuple[tuple[int, int], ...]


class SequenceStated(Event, frozen=True):
    """How far the node has followed one originator."""

    originator: int
    sequence: int


class EnvelopeGap(Event, frozen=True):
    """Sequences from `expected` on up to before `sequence` did not come. The envelope is taken all the same."""

    peer: int
    originator: int
    sequence: int
    expected: int


class EnvelopeOutOfOrder(Event, frozen=True):
    """An envelope came that should have come before, or had come."""

    peer: int
    originator: int
    sequence: int
    expected: int


class EnvelopeDropped(Event, frozen=True):
    """An envelope was not valid and is gone for good."""

    peer: int
    error: str


class SinkFailed(Event, frozen=True):
    """An envelope could not be stored; the same one is tried until it can, and everything behind it waits."""

    error: str


class FeesDiffered(Event, frozen=True):
    """Node and originator count the fee of one envelope differently, so that their reports will differ (#1818)."""

    ours: str
    theirs: str


class CursorServed(Event, frozen=True):
    """What a node serves as its vector clock, as network-watcher got it at the beginning of a stream."""

    publisher: int
    sequences: tuple[tuple[int, int], ...]


class WatchChanged(Event, frozen=True):
    """network-watcher's stream of a node's cursor stands (`connected`), or has ended."""

    publisher: int
    connected: bool
    error: str = ""
    updates: int | None = None
    """Of the stream that has ended."""


# --- publishing --------------------------------------------------------------------------------------


class BatchPublished(Event, frozen=True):
    """Envelopes of the node's own clients got their sequences."""

    size: int
    inserted: int | None = None


class PublishingFailed(Event, frozen=True):
    """A batch could not be published. `attempt` is None where it was given up."""

    error: str
    attempt: int | None = None


class PublisherTimedOut(Event, frozen=True):
    """A client waited in vain; `reached` is the node's own last sequence."""

    reached: int


class PayerRefused(Event, frozen=True):
    """A payer had too little left to publish."""

    payer: str
    balance: int
    fees: int


class PayerBooked(Event, frozen=True):
    """The ledger of a payer changed: `deposit`, `withdrawal` or `settlement`, as the indexer or a sender saw it."""

    what: str
    payer: str
    amount: str


# --- chains, as indexers follow them -----------------------------------------------------------------


class IndexerAdvanced(Event, frozen=True):
    """An indexer has come to a block. Said at most every five minutes, and only where there is something to index."""

    chain: str
    contract: str
    """What is indexed, by its name in the logger; empty where only its address is known."""
    address: str
    block: int


class IndexerCaughtUp(Event, frozen=True):
    """An indexer has read the past and follows what comes."""

    chain: str
    address: str


class IndexerLost(Event, frozen=True):
    """An indexer lost its subscription and builds it anew."""

    chain: str
    address: str
    error: str


class IndexerRebuilt(Event, frozen=True):
    """A subscription stands again. The line does not say of which contract."""

    chain: str


class IndexerReorged(Event, frozen=True):
    """The chain took back blocks, and an indexer went back to this one."""

    chain: str
    address: str
    block: int


class IndexerFailed(Event, frozen=True):
    """An indexer could not do what it should. The same block again and again is one that it cannot get past."""

    chain: str
    contract: str
    address: str
    error: str
    block: int | None = None


# --- the rest ----------------------------------------------------------------------------------------


class RatesRead(Event, frozen=True):
    """The rates of the contract were read."""

    count: int


class RatesStale(Event, frozen=True):
    """The rates were read too long ago to count by."""

    age_ms: int


class MigrationAdvanced(Event, frozen=True):
    """A table has been migrated up to a sequence."""

    table: str
    sequence: int


class MigrationFailed(Event, frozen=True):
    """A batch of a table could not be migrated."""

    table: str
    error: str


class PartitionCreated(Event, frozen=True):
    """Room for a band of an originator's envelopes was made."""

    originator: int
    start: int


class MisbehaviourDetected(Event, frozen=True):
    """A node reports that another one breaks the protocol."""

    what: str
    number: int
    """Id of the node that is accused."""
