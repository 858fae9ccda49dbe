"""A part of an answer, by its path: `nodes.node3.height`."""

from __future__ import annotations

from typing import Any

from observer.exits import Failed


def selected(value: Any, path: str) -> Any:
    """The part of an answer at a path of names, with dots or slashes between them. Raises Failed."""
    parts = [part for part in path.replace("/", ".").split(".") if part]
    place = 0
    while place < len(parts):
        # A name may hold dots itself, so the longest that fits is taken.
        for end in range(len(parts), place, -1):
            found = _member(value, parts[place:end])
            if found is not _MISSING:
                value, place = found, end
                break
        else:
            raise Failed(f"{path}: there is no {parts[place]!r} there; there is {_members(value)}")
    return value


_MISSING = object()


def _member(value: Any, parts: list[str]) -> Any:
    if isinstance(value, dict):
        return next((value[name] for name in value if name.replace("/", ".") == ".".join(parts)), _MISSING)
    if isinstance(value, list) and len(parts) == 1 and parts[0].isdecimal() and int(parts[0]) < len(value):
        return value[int(parts[0])]
    return _MISSING


def _members(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(list(value)[:20]) or "nothing"
    return f"0 to {len(value) - 1}" if isinstance(value, list) and value else "nothing below it"
