"""What `observer events`, `lines` and `replay` answer with `--json`: names that are documented and stay
(`observer schema NAME`).

Times are RFC 3339 in UTC and journal times. What is unknown is null.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from observer.answers_shared import Answer


class EventAnswer(Answer):
    """`observer events --json`: one object a line."""

    sequence: int
    at: str
    node_time: str
    node: str
    source: str
    offset: int | None = Field(description="Of the line in its file, in decompressed bytes; null of a gap, no line")
    kind: str
    facts: dict[str, Any]
    line: str


class LineAnswer(Answer):
    """`observer lines --json`: one object a line."""

    sequence: int
    at: str
    node: str
    source: str
    offset: int
    text: str


class HappeningAnswer(Answer):
    """`observer replay --json`: one object a line."""

    at: str
    sequence: int
    node: str | None
    kind: str
    text: str
    facts: dict[str, Any]
