"""Rows of a screen: pieces of text with the names of their styles, and their width in columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias


class Piece(NamedTuple):
    """Text in one style."""

    text: str
    style: str = ""
    """As rich names it."""


Row: TypeAlias = tuple[Piece, ...]


def row(*parts: str | tuple[str, str]) -> Row:
    """A row of texts, each plain or with a style; empty ones are left out."""
    pieces = (Piece(one) if isinstance(one, str) else Piece(*one) for one in parts)
    return tuple(one for one in pieces if one.text)


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text of exactly so many columns."""
    text = cut(text, width)
    blanks = " " * (width - width_of(text))
    return blanks + text if right else text + blanks


def cut(text: str, width: int) -> str:
    """A text of at most so many columns; where something is missing its last one is an ellipsis."""
    if width_of(text) <= width:
        return text
    if width <= 0:
        return ""
    if text.isascii():
        return text[: width - 1] + "…"
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 1).rstrip() + "…"


def fitted(pieces: Iterable[Piece], width: int) -> Row:
    """A row of at most so many columns."""
    found: list[Piece] = []
    for one in pieces:
        wide = width_of(one.text)
        if wide > width:
            found.append(Piece(cut(one.text, width), one.style))
            return tuple(found)
        found.append(one)
        width -= wide
    return tuple(found)


def text_of(pieces: Iterable[Piece]) -> str:
    """A row without its styles."""
    return "".join(one.text for one in pieces)
