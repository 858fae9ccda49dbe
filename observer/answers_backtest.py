"""What `observer backtest --json` answers: names that are documented and stay (`observer schema backtest`).

Times are RFC 3339 in UTC, durations integer nanoseconds of journal time. What is unknown is null.
"""

from __future__ import annotations

from pydantic import Field

from observer.answers_shared import Answer


class EntityTested(Answer):
    """One rule at one thing that it is bound to."""

    labels: dict[str, str]
    fired: int
    first_at: str | None
    firing_ns: int


class RuleTested(Answer):
    """How one rule would have done on one recording."""

    rule: str
    severity: str
    judged: bool = Field(description="false: it never observed what it needs, so that it is silent says nothing")
    unjudged: list[str] = Field(description="Why it could not be judged, or for whom")
    fired: int
    pending: int = Field(description="How often it was pending and did not last")
    first_at: str | None
    firing_ns: int
    entities: list[EntityTested]


class RecordingTested(Answer):
    """One recording."""

    recording: str
    network: str
    begins_at: str
    ends_at: str
    rules: list[RuleTested]


class DelayAnswer(Answer):
    """Times from the beginning of an incident to the first firing that matches it."""

    min_ns: int
    median_ns: int
    max_ns: int


class ScoreAnswer(Answer):
    """How firings stand to incidents."""

    incidents: int = Field(description="Those that could be judged")
    detected: int
    firings: int
    right: int = Field(description="Firings that match an incident")
    precision: float | None = Field(description="Of the firings, how many match; null without one")
    recall: float | None = Field(description="Of the incidents, how many were detected; null without one")
    time_to_detect: DelayAnswer | None


class MissAnswer(Answer):
    """An incident that no firing matches."""

    place: str = Field(description="file:line of the incident")
    recording: str
    rules: list[str]
    labels: dict[str, str]
    begins_at: str
    ends_at: str
    unjudged: bool = Field(description="None of its rules could be judged there: neither detected nor missed")


class FalseAnswer(Answer):
    """A firing that matches no incident."""

    recording: str
    rule: str
    labels: dict[str, str]
    fired_at: str
    ended_at: str | None = Field(description="null where it was firing to the end")
    annotations: dict[str, str]


class Scored(Answer):
    """Rules against incidents that are known to have been."""

    in_all: ScoreAnswer
    by_rule: dict[str, ScoreAnswer]
    misses: list[MissAnswer]
    false: list[FalseAnswer]


class BacktestAnswer(Answer):
    """`observer backtest --json`."""

    rules: str = Field(description="The file")
    recordings: list[RecordingTested]
    scored: Scored | None = Field(description="null without --incidents")
