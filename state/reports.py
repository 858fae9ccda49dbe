"""Slice `reports`: payer reports, by originator, and what each node did with them. Catalogue, xmtpd §2.

A report is many facts of many nodes: each node's part in it is kept by itself, as its own lines tell it, so that the
order in which logs interleave changes nothing (R17). The stage of a report, its quorum and who is missing are read
off them (`state.report_views`). What the chain says comes without a report's id and is kept beside: by range where it
was submitted, by index where it was settled.

A transition that xmtpd's own guards do not allow is kept as an anomaly and changes no status, as the guarded update
of its database would change no row. An indexer may set `submitted` from any status: the chain is right.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin
from state.report_events import Skipped
from state.trouble import Trouble

REPORTS_KEPT = 64
"""Reports kept for an originator: those that end last. Where there are more, everything goes that ends where the one
too many ends, so that what is kept follows from what was said, in whatever order (R17).
"""
RANGES_KEPT = 64
"""Of what one node's indexer said of an originator, the ranges that end last; and as many indices."""
EXPIRED_KEPT = 16
"""Reports given up by one node's generator, the latest."""
ANOMALIES_KEPT = 8
"""For one node and report, the latest."""
ORIGINATORS_KEPT = 4096
"""Originators kept, those with the smallest ids; no network has so many."""


class Submission(enum.Enum):
    """What a node's database says of a report, as its lines imply."""

    PENDING = "pending"
    SUBMITTED = "submitted"
    SETTLED = "settled"
    REJECTED = "rejected"


class Anomaly(msgspec.Struct, frozen=True, gc=False):
    """A line that xmtpd's own rules do not allow in the state that the node's lines had shown."""

    what: str
    origin: Origin


class Part(msgspec.Struct, frozen=True, gc=False):
    """One node's part in one report."""

    worker: int
    """The node's id."""
    start: int
    end: int
    born: Origin
    """The first line about it: from then on at the latest the node holds the report."""
    last: Origin
    generated: Origin | None = None
    verdict: bool | None = None
    """True attested, False refused."""
    reason: str | None = None
    judged: Origin | None = None
    attesting: Trouble | None = None
    """It could not be judged. Over once there is a verdict."""
    submission: Submission = Submission.PENDING
    submission_since: Origin | None = None
    """None while no line has said anything of it."""
    before: Submission | None = None
    """The status before the worker's own last change, should its next line say that it could not be written."""
    before_since: Origin | None = None
    unwritten: bool = False
    """Whether the next status that is told could not be written."""
    sent: int = 0
    """Times it was sent to the chain."""
    on_chain: Origin | None = None
    """The first line that says that the chain has it."""
    submitting: Trouble | None = None
    rejected_by: str | None = None
    """`invalid range` or `expired`."""
    index: int | None = None
    """Its place on the chain among the originator's reports."""
    remaining: int | None = None
    """Leaves left to settle, by the node's own last transaction."""
    remaining_since: Origin | None = None
    settled: Origin | None = None
    """The first line that says that all is settled."""
    settling: Trouble | None = None
    inconsistent: int = 0
    forced: int = 0
    """Times its indexer set the status by what the chain said; also where only the settlement worker shows it."""
    anomalies: tuple[Anomaly, ...] = ()
    anomaly_total: int = 0
    unsure: bool = False
    """Whether no line of the node has told of it since a gap in its log: its database may say more by now."""


Speaker: TypeAlias = tuple[str, int]
"""A node's name, by its log, and its id, by the line."""


class Report(msgspec.Struct, frozen=True, gc=False):
    """One report: everything that nodes said of one id."""

    id: str
    start: int
    end: int
    parts: Map[Speaker, Part] = Map()


class Range(msgspec.Struct, frozen=True, gc=False):
    """A report on the chain, as one indexer read it."""

    root: str
    active: tuple[int, ...]
    first: Origin
    last: Origin
    times: int = 1
    """More than once after a reorganisation of the chain, or a restart."""
    signers: int | None = None


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """What is left to settle of the report at an index, as one indexer read it."""

    remaining: int
    count: int
    """Leaves of the latest event."""
    fees: str
    first: Origin
    last: Origin
    settled: Origin | None = None
    """When nothing was left first."""


class Chain(msgspec.Struct, frozen=True, gc=False):
    """An originator's reports on the chain, as one node or watcher read them."""

    submitted: Map[tuple[int, int], Range] = Map()
    """By range: `end` first, so that the order of keys is that of the chain."""
    settled: Map[int, Settlement] = Map()
    """By index."""
    transacted: tuple[int, int] | None = None
    """Index and rest of the node's own latest transaction, until the line that names its report."""
    cleared: int = 0
    """Times the node dropped usage that a settled report covers."""
    cleared_last: Origin | None = None


class Generation(msgspec.Struct, frozen=True, gc=False):
    """How one node's generator stands to an originator."""

    last: Origin
    why: Skipped | None = None
    """Why its last round made no report; None where it made one."""
    boundary: int | None = None
    """Where the pending reports start that it found."""
    blocked: int = 0
    """Rounds without a break that found reports pending at that boundary."""
    blocked_since: Origin | None = None
    failing: Trouble | None = None
    expired: tuple[str, ...] = ()
    """Reports that it gave up as too old, the latest."""
    unsure: bool = False
    """Whether no round of it has been told since a gap in the node's log."""


class Received(msgspec.Struct, frozen=True, gc=False):
    """Envelopes about an originator's reports that reached a node. Which report, and from whom, no line says."""

    last: Origin
    reports: int = 0
    attestations: int = 0


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A node has not got all envelopes of a report that it should judge."""

    worker: int
    start: int
    end: int
    seen: int
    first: Origin
    last: Origin


class Originator(msgspec.Struct, frozen=True, gc=False):
    """All that is known of one originator's reports."""

    reports: Map[str, Report] = Map()
    chain: Map[str, Chain] = Map()
    generation: Map[Speaker, Generation] = Map()
    received: Map[str, Received] = Map()
    waiting: Map[Speaker, Waiting] = Map()
    forgotten_through: int | None = None
    """Reports that end there, or before, have been dropped by retention."""


Reports: TypeAlias = Map[int, Originator]
"""Keyed by originator."""
Change: TypeAlias = tuple[Reports, tuple[int, ...]]
