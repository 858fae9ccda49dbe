"""Slice `reports`: payer reports and what each node did with them. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """What one node last said of a report."""

    last: Origin
    verdict: str
    reason: str | None = None


class Report(msgspec.Struct, frozen=True, gc=False):
    """One report over an originator's range (after, through]."""

    originator: int
    after: int
    through: int
    judgements: Map[str, Judgement] = Map()


Reports: TypeAlias = Map[str, Report]
"""Keyed by report id."""
