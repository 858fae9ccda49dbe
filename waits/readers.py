"""Who reads an entry of a slice, field by field: a field that is the same object as before has not changed."""

from __future__ import annotations

from operator import attrgetter, is_not
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from waits.graph import Cell

ANYTHING = ""
"""As a field: the entry, whatever of it is another."""


class Readers:
    """Cells by the fields that they read of one entry, or of every entry of a slice."""

    __slots__ = ("_cells", "_fields", "_values")

    def __init__(self) -> None:
        """Nobody reads it."""
        self._cells: dict[str, list[Cell]] = {}
        self._fields: list[str] = []
        self._values: Callable[[Any], tuple[Any, ...]] | None = None

    def add(self, field: str, cell: Cell) -> None:
        """A cell reads a field."""
        cells = self._cells.setdefault(field, [])
        if cell not in cells:
            cells.append(cell)
        if field != ANYTHING and field not in self._fields:
            self._fields.append(field)
            # Of one field alone attrgetter would give the value, not a tuple.
            self._values = attrgetter(self._fields[0], *self._fields)

    def remove(self, field: str, cell: Cell) -> None:
        """A cell reads a field no more."""
        self._cells[field].remove(cell)

    def every(self) -> list[Cell]:
        """All of them."""
        found = {cell.number: cell for field in [ANYTHING, *self._fields] for cell in self._cells.get(field, ())}
        return [found[number] for number in sorted(found)]

    def collect(self, old: Any, new: Any, stale: dict[int, Cell]) -> None:
        """Collect cells that read a field which is another one now; in whatever order, as they are sorted later."""
        for cell in self._cells.get(ANYTHING, ()):
            stale[cell.number] = cell
        if self._values is None:
            return
        known = old is not None and new is not None
        if known and not any(map(is_not, self._values(old), self._values(new))):
            return
        for field in self._fields:
            if not known or getattr(old, field) is not getattr(new, field):
                for cell in self._cells[field]:
                    stale[cell.number] = cell
