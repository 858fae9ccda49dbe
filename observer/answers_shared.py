"""What several commands answer with `--json` alike. The answers are split by what is asked for: a command begins
sooner by every model that it does not define.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What all have in common; the validator is built when it is needed."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class EvidenceAnswer(Answer):
    """A line behind an answer."""

    sequence: int
    at: str
    node: str
    source: str
    file: str = Field(description="The file that holds the line, as named when it was read")
    offset: int = Field(description="Of the line in that file, in decompressed bytes, before redaction")
    line: str


class TipAnswer(Answer):
    """Nodes at one tip."""

    height: int
    tip: str | None
    nodes: list[str]


class DivergedAnswer(Answer):
    """Two nodes on different chains."""

    nodes: list[str]
    since_height: int


class AgreementAnswer(Answer):
    """How the nodes' tips stand to each other."""

    agreed: bool | None = Field(description="Whether all tips are one; null where some are unknown and the rest agree")
    tips: list[TipAnswer]
    diverged: list[DivergedAnswer]
    unknown: list[str] = Field(description="Nodes whose height is not known")


class TroubleAnswer(Answer):
    """Something that goes wrong again and again."""

    count: int
    text: str = Field(description="What the last one said")
    first_at: str
    last_at: str


class FailingAnswer(TroubleAnswer):
    """The same, of one node."""

    node: str


class RefusedAnswer(Answer):
    """A node that refused a report."""

    node: str
    reason: str


class ActiveAnswer(Answer):
    """The nodes that count in a quorum."""

    nodes: list[str]
    n: int
    quorum: int
    basis: str = Field(description="Where it is known from")
    at: str | None = Field(description="When the chain's line said so")
