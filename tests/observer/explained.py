"""Reading stories: what was told, in a form that a test can write by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Step: TypeAlias = dict[str, Any]
Explain: TypeAlias = Callable[..., dict[str, Any]]


def clock(step: Step) -> str:
    """The time of day of a step, to the millisecond."""
    return str(step["at"])[11:23]


def told(answer: dict[str, Any], *kinds: str) -> list[tuple[str, str | None, str]]:
    """(time, node, words) of the steps of some kinds, or of all."""
    return [(clock(step), step["node"], step["text"]) for step in answer["steps"] if not kinds or step["kind"] in kinds]
