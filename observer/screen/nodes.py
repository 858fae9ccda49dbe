"""The table of nodes: one row each, with as much of what is odd as there is room for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from observer.screen.row import Piece, Row, padded, width_of
from observer.screen.told import time_said
from observer.screen.view import NodeView, View
from observer.wording import UNKNOWN, counted
from parsers.text import one_line
from waits.durations import NS, duration

NAME_SHOWN = 24
ODD_SHOWN = 200
TIP_SHOWN = 8
BEHIND = 2
"""Blocks that a node may be below the highest and still be well: each of them takes a moment to come."""


class Column(NamedTuple):
    """One column."""

    title: str
    cell: Callable[[NodeView, int], str]
    """Of a node, with ages counted to a time."""
    right: bool = False


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _ago(at: int | None, as_of: int) -> str:
    return UNKNOWN if at is None else duration(max(0, as_of - at) // NS * NS)


def _last(node: NodeView, as_of: int) -> str:
    """How long ago it wrote while its log is read; else when it wrote last."""
    if node.log == "attached" or node.last_at is None:
        return _ago(node.last_at, as_of)
    return time_said(node.last_at)


def _reads(node: NodeView, as_of: int) -> str:
    return UNKNOWN if node.peers is None else f"{node.reads_from} of {node.peers}"


NAME = Column("node", lambda node, _at: one_line(node.name, NAME_SHOWN))
STATUS = Column("status", lambda node, _at: one_line(node.status or UNKNOWN, 12))
LAST = Column("last line", _last, right=True)
CHAIN = (
    NAME,
    STATUS,
    Column("height", lambda node, _at: _number(node.height), right=True),
    Column("behind", lambda node, _at: _number(node.behind), right=True),
    Column("tip", lambda node, _at: one_line(node.tip or UNKNOWN, TIP_SHOWN)),
    Column("conns", lambda node, _at: _number(node.connections), right=True),
    LAST,
)
REPLICATING = (
    NAME,
    Column("id", lambda node, _at: _number(node.number), right=True),
    STATUS,
    Column("reads", _reads, right=True),
    Column("clock age", lambda node, at: _ago(node.clock_at, at), right=True),
    LAST,
)


class Table(NamedTuple):
    """Rows of the table, the head apart."""

    head: Row
    rows: list[Row]
    order: tuple[NodeView, ...]
    """The nodes, as the rows have them."""


def node_table(view: View, width: int) -> Table:
    """All nodes by name: those that have something odd come first once there are many."""
    columns = REPLICATING if view.replicates else CHAIN
    order = tuple(sorted(view.nodes, key=lambda one: (*_place(one, view), _by_name(one.name))))
    cells = [[column.cell(node, view.as_of) for column in columns] for node in order]
    widths = [
        max([width_of(column.title), *(width_of(row[place]) for row in cells)]) for place, column in enumerate(columns)
    ]
    head = [padded(column.title, wide, right=column.right) for column, wide in zip(columns, widths, strict=True)]
    rows = [_row(node, row, columns, widths) for node, row in zip(order, cells, strict=True)]
    return Table((Piece(" ".join(head), "bold"), Piece(" odd", "bold")), rows, order)


def _row(node: NodeView, cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> Row:
    style = "red" if node.grave else "" if node.log == "attached" else "dim"
    text = " ".join(
        padded(cell, wide, right=column.right) for cell, column, wide in zip(cells, columns, widths, strict=True)
    )
    odd = one_line("; ".join(node.odd), ODD_SHOWN)
    return (Piece(text, style), Piece(f" {odd}", "yellow")) if odd else (Piece(text, style),)


FEW = 8
"""Nodes up to which they stand by name alone, so that each has its place."""


def _place(node: NodeView, view: View) -> tuple[int, ...]:
    if len(view.nodes) <= FEW:
        return (0,)
    return (0 if node.grave else 1 if node.odd or (node.behind or 0) > BEHIND else 2,)


def _by_name(name: str) -> list[tuple[int, str]]:
    """node2 before node10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


def well_said(hidden: Sequence[NodeView]) -> str:
    """Nodes that have no row, counted by how they stand."""
    if not hidden:
        return "… and the watchers"
    counts: dict[str, int] = {}
    for one in hidden:
        counts[one.status or UNKNOWN] = counts.get(one.status or UNKNOWN, 0) + 1
    states = ", ".join(f"{count} {one_line(name, 12)}" for name, count in sorted(counts.items()))
    odd = sum(bool(one.odd) for one in hidden)
    tail = f"; {odd} with something odd" if odd else ""
    return f"… {counted(len(hidden), 'more node')}: {states}{tail}"
