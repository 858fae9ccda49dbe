"""The system, the names of its loggers, and the kinds of fields that its lines have."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from parsers.keyed import KeyedSystem, Pairs
from parsers.problems import PROBLEM_TEXT_LIMIT, problem
from parsers.statements import Line
from parsers.text import one_line
from parsers.zap import FORMAT, PROBLEM_NEEDLES
from state.events import ProblemLogged, ProcessCrashed

xmtpd = KeyedSystem("xmtpd", FORMAT, PROBLEM_NEEDLES)

UNNAMED = ""
"""The logger of the watchers' main functions."""
ROOT = "xmtpd"
API = "xmtpd.api"
SYNC = "xmtpd.sync-worker"
PUBLISHER = "xmtpd.publish-worker"
DATABASE = "xmtpd.database-worker"
REPORTS = "xmtpd.payer-report"
GENERATOR = "xmtpd.payer-report.generator-worker"
ATTESTATION = "xmtpd.payer-report.attestation-worker"
SUBMITTER = "xmtpd.payer-report.submitter-worker"
SETTLEMENT = "xmtpd.payer-report.settlement-worker"
STORE = "{xmtpd.payer-report|xmtpd.indexer.settlement-chain.payer-report-manager}.store"
"""Of the workers, and of the indexer."""
ADMIN = "xmtpd.payer-report-manager-admin"
MIGRATOR = "xmtpd.migrator.{reader|transformer|writer-database|writer-chain}"

MOST_ORIGINATORS = 4096
"""In one map or list of a line: a longer one is unreadable."""
ERROR_LIMIT = PROBLEM_TEXT_LIMIT

Id: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
"""Of a node, or of an originator that is none (the app chain, a migrator)."""
Sequence: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""A sequence, a block, or how many of something."""
Signed: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
ReportId: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-fA-F]{64}\Z")]
Amount: TypeAlias = Annotated[str, Meta(pattern=r"\A-?[0-9]{1,78}\Z")] | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""Up to 256 bits: in quotes, or as Go writes a number."""
Clock: TypeAlias = Annotated[dict[Id, Sequence], Meta(max_length=MOST_ORIGINATORS)]
"""Originator to sequence; in JSON its keys are texts."""
Ids: TypeAlias = Annotated[tuple[Id, ...], Meta(max_length=MOST_ORIGINATORS)]


class Fields(msgspec.Struct, frozen=True, gc=False):
    """What is taken of the fields of a line; others are passed over, and of two of a name the last counts."""


class Nothing(Fields, frozen=True):
    """Fields that are only looked at for being whole."""


class Failure(Fields, frozen=True, kw_only=True):
    """What went wrong."""

    error: str = ""

    @property
    def why(self) -> str:
        """Fit for an event."""
        return short(self.error)


class About(Fields, frozen=True):
    """Something about one originator, or peer."""

    originator_id: Id


def short(error: str) -> str:
    """The text of an error, of which the beginning tells the most."""
    return one_line(error, ERROR_LIMIT)


def by_originator(clock: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """A vector clock as events hold it."""
    return tuple(sorted(clock.items()))


def first_id(pairs: Pairs, name: str) -> int:
    """The first field of a name: what the logger of a stream inherits stands before a line's own fields. Raises
    ValueError.
    """
    found = next((value for key, value in pairs if key == name), None)
    if type(found) is not int or not 0 <= found < 1 << 32:
        raise ValueError(f"no {name}")
    return found


class _Said(Fields, frozen=True):
    error: str = ""
    message: str = ""
    """Of an RPC's error: a field of the same name as the message of the line (§4.3)."""


_decode_said = msgspec.json.Decoder(_Said).decode


def _problem(line: Line) -> tuple[ProblemLogged | ProcessCrashed, ...]:
    """Any line of level warning or worse. zap ends the process behind a FATAL line, and panics behind a PANIC."""
    text = line.message
    if b'"error"' in line.fields or b'"message"' in line.fields:
        try:
            said = _decode_said(line.fields)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            # What the message says stands all the same.
            said = _Said()
        if said.error or said.message:
            text = f"{text}: {said.error or said.message}"
    logged = problem(line.level, line.category, text)
    return (logged, ProcessCrashed(logged.text)) if line.level == "FATAL" else (logged,)


xmtpd.every_problem = _problem
