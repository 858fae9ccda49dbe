"""Severities of alerts, by how grave they are."""

from __future__ import annotations

from waits.rules import INCIDENT

_SEVERITIES = {"critical": 0, "page": 0, "error": 1, "warning": 2, "info": 4, "none": 5, INCIDENT: 6}
UNRANKED = 3


def rank(severity: str) -> int:
    """The worst is the smallest; a severity that is not known stands between warning and info."""
    return _SEVERITIES.get(severity.lower(), UNRANKED)
