"""What `observer alerts --json` lists: names that are documented and stay (`observer schema alerts`).

Times are RFC 3339 in UTC. What is unknown is null.
"""

from __future__ import annotations

from pydantic import Field

from observer.answers_shared import Answer, EvidenceAnswer


class LeafStanding(Answer):
    """One leaf of a formula."""

    text: str
    has: str = Field(description="The value it has")
    needs: str = Field(description="The value it needs for the formula")
    truth: bool | None = Field(description="Whether it is as it needs to be; null where that is unknown")
    detail: str | None = Field(description="Who is missing, or why it is unknown")


class AlertAnswer(Answer):
    """One of the transitions that `observer alerts --json` lists, in order."""

    at: str
    sequence: int = Field(description="Of the last entry that had come by then")
    rule: str
    state: str = Field(description="pending, firing, resolved, blind, unblind or relabelled")
    severity: str = Field(description="incident where it is listed and never sent")
    labels: dict[str, str] = Field(description="With `node` where it is about a node")
    annotations: dict[str, str]
    reason: str | None
    since: str | None = Field(description="Since when the formula has been true")
    leaves: list[LeafStanding]
    evidence: list[EvidenceAnswer]
