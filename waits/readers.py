"""Who reads an entry of a slice, field by field: a field that is the same object as before has not changed."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from waits.entities import node_of
from waits.functions import ANY_LINE, Reads

if TYPE_CHECKING:
    from collections.abc import Callable

    from state.reducers import Key
    from waits.cells import Cell

ANYTHING = ""
"""As a field: the entry, whatever of it is another."""
SOURCE = "source"
"""As the name of a slice: how the sources of a node stand."""
LIFE = Reads("nodes", ("status",))
PRESENCE = "?"
"""As a field: whether the entry is there at all."""
SAYING = ("nodes", "peers", "chain", "listening", "clocks", "registry", "streams", "workers", "indexers")
"""Slices keyed by node: one of them gets an entry with the first word that the node says."""
SAID = tuple([Reads(name, (PRESENCE,)) for name in SAYING])


class Aspect(NamedTuple):
    """What is read of a field, where that is not all of it."""

    field: str
    of: Callable[[Any, Any], Any]
    part: Any

    def differs(self, old: Any, new: Any) -> bool:
        """Whether it is another one in a field that is."""
        return bool(self.of(old, self.part) != self.of(new, self.part))


class Reading(NamedTuple):
    """What a cell reads."""

    slice: str
    key: Key | None
    """None: at every key."""
    fields: tuple[str | Aspect, ...]


def readings(cell: Cell) -> list[Reading]:
    """Everything that a cell reads: what its function declares, and whether its node is heard."""
    function, node = cell.function, cell.node
    reads = list(function.reads)
    if reads and node is not None and not function.lasting:
        # Whether the node is heard at all: see `Graph.heard`.
        reads.append(LIFE)
    if node is not None and ANY_LINE in function.needs:
        reads += SAID
    found = [Reading(one.slice, _key(cell, one), _fields(cell, one)) for one in reads]
    if node is not None and any(one.slice != SOURCE for one in reads):
        found.append(Reading(SOURCE, node, (ANYTHING,)))
    return found


def _fields(cell: Cell, reads: Reads) -> tuple[str | Aspect, ...]:
    if reads.aspect is None:
        return reads.fields or (ANYTHING,)
    part = None if reads.part is None else reads.part(*cell.arguments)
    return (Aspect(reads.fields[0], reads.aspect, part),)


def _key(cell: Cell, reads: Reads) -> Key | None:
    given = cell.arguments
    if reads.anywhere:
        return None
    if reads.keyed is not None:
        return reads.keyed(*given)
    if reads.by_block:
        return ("block", given[-1])
    return node_of(cell.function.takes, given)


class Readers:
    """Cells by the fields that they read of one entry, or of every entry of a slice."""

    __slots__ = ("_anything", "_cells", "_compared")

    def __init__(self) -> None:
        """Nobody reads it."""
        self._cells: dict[str | Aspect, dict[int, Cell]] = {}
        """By what they read, then by number."""
        self._anything: dict[int, Cell] = {}
        """Those that read all of it."""
        self._compared: list[tuple[Callable[[Any], Any], dict[int, Cell], list[tuple[Aspect, dict[int, Cell]]]]] = []
        """Each field that is read: its value, who reads it, and who reads an aspect of it."""

    def __bool__(self) -> bool:
        return bool(self._cells)

    def add(self, field: str | Aspect, cell: Cell) -> None:
        """A cell reads a field, or an aspect of one."""
        known = field in self._cells
        self._cells.setdefault(field, {})[cell.number] = cell
        if not known:
            self._compare()

    def remove(self, field: str | Aspect, cell: Cell) -> None:
        """A cell reads it no more."""
        cells = self._cells.get(field, {})
        cells.pop(cell.number, None)
        if not cells and self._cells.pop(field, None) is not None:
            self._compare()

    def _compare(self) -> None:
        self._anything = self._cells.get(ANYTHING, {})
        aspects: dict[str, list[Aspect]] = {}
        for one in self._cells:
            if isinstance(one, Aspect):
                aspects.setdefault(one.field, []).append(one)
        whole = [one for one in self._cells if isinstance(one, str) and one not in (ANYTHING, PRESENCE)]
        self._compared = [
            (attrgetter(field), self._cells.get(field, {}), [(one, self._cells[one]) for one in aspects.get(field, ())])
            for field in dict.fromkeys([*whole, *aspects])
        ]

    def every(self, stale: dict[int, Cell]) -> None:
        """Collect all of them."""
        for field in (ANYTHING, PRESENCE):
            stale.update(self._cells.get(field, {}))
        for _value_of, whole, aspects in self._compared:
            for cells in (whole, *[one for _aspect, one in aspects]):
                stale.update(cells)

    def collect(self, old: Any, new: Any, stale: dict[int, Cell]) -> None:
        """Collect cells that read a field which is another one now; in whatever order, as they are sorted later."""
        if old is None or new is None:
            self.every(stale)
            return
        if self._anything:
            stale.update(self._anything)
        for value_of, whole, aspects in self._compared:
            before, after = value_of(old), value_of(new)
            if before is not after:
                stale.update(whole)
                for aspect, cells in aspects:
                    if aspect.differs(before, after):
                        stale.update(cells)
