"""Events: what one log statement says, typed. They carry ids as written; `identities` resolves them (R12).

An event never says where it came from: the `Origin` travels beside it. Heights are those of a block
(Monero's first is 0); a *count* is a number of blocks, so the height of the tip plus one. Texts are
bounded and free of control characters by the time they get here.
"""

from __future__ import annotations

import enum

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Something a node stated."""


# --- process -----------------------------------------------------------------------------------------


class ProcessStarted(Event, frozen=True):
    """A process began: what was running before is gone."""

    system: str
    version: str = ""
    name: str = ""


class ProcessReady(Event, frozen=True):
    """Every service of the process is up."""

    system: str = ""
    """What it is, where its line tells and no line at its start did."""


class ProcessStopping(Event, frozen=True):
    """An orderly stop has begun."""


class ProcessStopped(Event, frozen=True):
    """The orderly stop is complete; nothing more is written by this process."""


class ProcessCrashed(Event, frozen=True):
    """The process says that it cannot go on; nothing more is written by it."""

    error: str


class ServiceBound(Event, frozen=True):
    """A service listens at an address."""

    service: str
    address: str


class ListeningStated(Event, frozen=True):
    """The node stated its log levels: which topics its log shows from here on, and which it hides."""

    shown: tuple[str, ...]
    hidden: tuple[str, ...]


class ProblemLogged(Event, frozen=True):
    """A line of level warning or worse, whatever else it says. `fingerprint` names its shape."""

    severity: str
    category: str
    fingerprint: str
    text: str


class StatementUnreadable(Event, frozen=True):
    """A recognised statement had a field that could not be read, so what it says is lost."""

    statement: str


class LogMissed(Event, frozen=True):
    """A part of the node's log was there and was not read (R15). It follows from a Mark, not from a line, so the time
    of its origin is that of the journal.
    """

    bytes: int | None = None
    """How much, where that is known: at least."""
    why: str = ""


# --- sync --------------------------------------------------------------------------------------------


class CandidateSeen(Event, frozen=True):
    """A peer's tip differs from ours. Both are counts."""

    ours: int
    theirs: int
    address: str


class SyncStarted(Event, frozen=True):
    """The node began to catch up with a peer."""


class SyncProgressed(Event, frozen=True):
    """Catching up: `count` blocks of `target` are there."""

    count: int
    target: int


class SyncFinished(Event, frozen=True):
    """The node says it is synchronised."""


class TargetLowered(Event, frozen=True):
    """The count that the node aims for went down, as peers with more blocks left."""

    before: int
    now: int


class PeerHeightStated(Event, frozen=True):
    """A peer told its count and tip."""

    address: str
    count: int
    tip: str


# --- peers -------------------------------------------------------------------------------------------


class Direction(enum.Enum):
    """Who opened a connection, seen from the node that logs it."""

    IN = "in"
    OUT = "out"


class ConnectionOpened(Event, frozen=True):
    """A connection exists. `connection` is the node's own id for it."""

    connection: str
    address: str
    direction: Direction


class ConnectionClosed(Event, frozen=True):
    """A connection ended. `by` is the thread that ended it, empty where the form does not show it."""

    connection: str
    address: str
    direction: Direction
    by: str = ""


class PeerFailed(Event, frozen=True):
    """Why the next end of a connection with this address comes: what the node complained of."""

    address: str
    reason: str


class ConnectFailed(Event, frozen=True):
    """No connection could be made."""

    address: str
    reason: str


class PeerHandshaked(Event, frozen=True):
    """The handshake of an outgoing connection succeeded."""

    address: str


class HostBlocked(Event, frozen=True):
    """A host or subnet is banned."""

    host: str


class HostUnblocked(Event, frozen=True):
    """A ban ended; an empty host means all of them."""

    host: str


class NetworkLost(Event, frozen=True):
    """The node says it is disconnected from the network."""


# --- chain -------------------------------------------------------------------------------------------


class GenesisCreated(Event, frozen=True):
    """The node found no chain on disk and began one."""


class ChainLoaded(Event, frozen=True):
    """The node loaded its chain from disk; `height` is that of the tip."""

    height: int


class BlockAdded(Event, frozen=True):
    """A block became the tip of the node's main chain."""

    height: int
    block: str


class AlternativeAdded(Event, frozen=True):
    """A block was stored beside the main chain (also: was displaced from it, during a reorganisation)."""

    height: int
    block: str


class BlockReceived(Event, frozen=True):
    """A peer sent a block. Its height is not taken: builds disagree on what they print there."""

    block: str
    address: str


class BlockRejected(Event, frozen=True):
    """A block was refused."""

    block: str
    height: int
    parent: str
    reason: str


class ReorgStarted(Event, frozen=True):
    """The main chain is about to be replaced from `split` (the first height that differs) on."""

    split: int
    old_tip: int


class ReorgFinished(Event, frozen=True):
    """The replacement succeeded; `count` is the size of the new chain at that moment."""

    split: int
    count: int


class RolledBack(Event, frozen=True):
    """A replacement failed and the former chain stands again up to `height`."""

    height: int


class BlocksPopped(Event, frozen=True):
    """The node removed blocks down to `height` by itself."""

    height: int


class BlocksRemovalAsked(Event, frozen=True):
    """Somebody asked the node to remove blocks from its tip: an intent, of which no line tells the outcome."""


# --- transactions ------------------------------------------------------------------------------------


class TransactionPooled(Event, frozen=True):
    """A transaction entered the pool."""

    transaction: str


class TransactionDropped(Event, frozen=True):
    """A transaction left the pool without being mined."""

    transaction: str
