"""Values of functions over the present snapshot, each computed once for all who ask, and anew only when a field
that it reads has changed.

Three steps follow an entry: functions of one node whose fields changed, then functions over all nodes whose members
changed, then functions that use those. What did not change wakes nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from state.nodes import Status
from state.ordered import ordered
from waits.functions import FUNCTIONS, View
from waits.terms import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from state.origin import Origin
    from state.reducers import Key
    from state.snapshot import NetworkState, Touched
    from waits.functions import Function, Reads

NODE_SLICES = ("nodes", "peers", "chain", "listening", "clocks")
"""Slices that are keyed by node."""
SOURCE = "source"
"""As the name of a slice: how the sources of a node stand."""


class Woken(Protocol):
    """Who wants to know when a value has changed."""

    order: tuple[Any, str]


class Cell:
    """The value of one function with its arguments."""

    __slots__ = ("arguments", "function", "members", "number", "parents", "place", "used", "value", "watchers")

    def __init__(self, function: Function, arguments: tuple[Any, ...], number: int) -> None:
        """`number` orders cells by when they came to be."""
        self.function = function
        self.arguments = arguments
        self.number = number
        self.value: Any = None
        self.parents: list[tuple[Cell, int]] = []
        """Cells computed from this one, and its place among their members."""
        self.members: list[Any] = []
        """Values that it is computed over, in order of the roster."""
        self.used: Cell | None = None
        self.watchers: list[Woken] = []

    @property
    def node(self) -> str | None:
        """The node it is about."""
        takes = self.function.takes
        return str(self.arguments[0]) if takes and takes[0] is Kind.NODE else None

    def __str__(self) -> str:
        return f"{self.function.name}({', '.join(map(str, self.arguments))})"


class Graph:
    """All cells of one judgement."""

    def __init__(self, view: View, roster: Iterable[str]) -> None:
        """`roster` names the nodes that are expected."""
        self.view = view
        self.roster: list[str] = []
        self._known: set[str] = set()
        self._cells: dict[tuple[str, tuple[Any, ...]], Cell] = {}
        self._at: dict[tuple[str, Key], list[tuple[str, Cell]]] = {}
        self._anywhere: dict[str, list[tuple[str, Cell]]] = {}
        self._over: list[Cell] = []
        self._volatile: dict[str, list[Cell]] = {}
        for name in sorted(roster):
            self._join(name)

    # --- cells ---------------------------------------------------------------------------------------

    def cell(self, function: Function, arguments: tuple[Any, ...] = ()) -> Cell:
        """The cell of a function with its arguments, computed."""
        key = (function.name, arguments)
        found = self._cells.get(key)
        if found is not None:
            return found
        made = self._cells[key] = Cell(function, arguments, len(self._cells))
        if function.over is not None:
            self._over.append(made)
            for place, name in enumerate(self.roster):
                self._adopt(made, FUNCTIONS[function.over], name, place)
        elif function.uses is not None:
            made.used = self.cell(FUNCTIONS[function.uses])
            made.used.parents.append((made, -1))
        for reads in function.reads:
            self._watch(made, reads)
        if function.volatile and made.node is not None:
            self._volatile.setdefault(made.node, []).append(made)
        made.value = self._computed(made)
        return made

    def drop(self, cells: Iterable[Cell]) -> None:
        """Forget cells that nobody watches and nothing is computed from: those of an entity that is gone."""
        for cell in cells:
            if not cell.watchers and not cell.parents and cell.used is not None:
                self._cells.pop((cell.function.name, cell.arguments), None)
                cell.used.parents = [one for one in cell.used.parents if one[0] is not cell]

    def _adopt(self, parent: Cell, function: Function, name: str, place: int) -> None:
        child = self.cell(function, (name,))
        child.parents.append((parent, place))
        parent.members.insert(place, child.value)

    def _watch(self, cell: Cell, reads: Reads) -> None:
        fields = reads.fields or ("",)
        if reads.anywhere:
            entries = self._anywhere.setdefault(reads.slice, [])
        elif reads.by_block:
            entries = self._at.setdefault((reads.slice, ("block", cell.arguments[-1])), [])
        else:
            entries = self._at.setdefault((reads.slice, cell.arguments[0]), [])
        entries += [(one, cell) for one in fields]
        entries.sort(key=lambda entry: (entry[0], entry[1].number))
        if cell.node is not None and reads.slice != SOURCE:
            sources = self._at.setdefault((SOURCE, cell.node), [])
            if ("", cell) not in sources:
                sources.append(("", cell))

    def _computed(self, cell: Cell) -> Any:
        function = cell.function
        if function.over is not None:
            return function.compute(self.view, self.roster, cell.members, *cell.arguments)
        if cell.used is not None:
            if cell.used.value is None:
                return None
            return function.compute(self.view, cell.used.value, *cell.arguments)
        if cell.node is not None and not function.lasting and not self.heard(cell.node):
            return None
        return function.compute(self.view, *cell.arguments)

    def heard(self, node: str) -> bool:
        """Whether what is known of a node can be taken as current: its log is read to its end, or it stated its
        stop before that.
        """
        if self.view.ears.attached(node):
            return True
        known = self.view.state.nodes.get(node)
        return known is not None and known.status is Status.STOPPED

    def value(self, cell: Cell) -> Any:
        """The value now; what changes with every line is read anew."""
        return self._computed(cell) if cell.function.volatile else cell.value

    def volatile(self, node: str) -> list[Cell]:
        """Cells about a node that are read anew each time they are asked for."""
        return self._volatile.get(node, [])

    def over_all(self) -> list[Cell]:
        """Cells computed over every node."""
        return self._over

    # --- changes -------------------------------------------------------------------------------------

    def folded(self, before: NetworkState, view: View, touched: Sequence[Touched]) -> tuple[list[Cell], list[str]]:
        """An entry has been folded: cells whose value changed, and nodes never met before."""
        self.view = view
        after = view.state
        at, anywhere = self._at, self._anywhere
        stale: dict[int, Cell] = {}
        arrived: list[str] = []
        for one in touched:
            name, key = one
            if key.__class__ is str and key not in self._known and name in NODE_SLICES:
                arrived.append(str(key))
            watched = at.get(one)
            if watched is None and name not in anywhere:
                continue
            old = getattr(before, name).get(key)
            new = getattr(after, name).get(key)
            if old is new:
                continue
            for field, cell in (*(watched or ()), *anywhere.get(name, ())):
                if cell.number not in stale and (
                    not field or old is None or new is None or getattr(old, field) is not getattr(new, field)
                ):
                    stale[cell.number] = cell
        joined = [name for name in dict.fromkeys(arrived) if self._join(name)]
        if not stale and not joined:
            return [], []
        return self._refreshed(stale), joined

    def sources_changed(self, node: str, view: View) -> tuple[list[Cell], list[str]]:
        """A source of a node came, ended, was lost or had a gap: as `folded`."""
        self.view = view
        joined = [node] if self._join(node) else []
        return self._refreshed({cell.number: cell for _, cell in self._at.get((SOURCE, node), ())}), joined

    def _refreshed(self, stale: dict[int, Cell]) -> list[Cell]:
        """Compute stale cells and what follows from them; give back those whose value changed, in order."""
        changed: list[Cell] = []
        cells = [cell for _, cell in ordered(stale)]
        while cells:
            later: dict[int, Cell] = {}
            for cell in cells:
                value = self._computed(cell)
                if value == cell.value and value.__class__ is cell.value.__class__:
                    continue
                cell.value = value
                changed.append(cell)
                for parent, place in cell.parents:
                    if place >= 0:
                        parent.members[place] = value
                    later[parent.number] = parent
            cells = [cell for _, cell in ordered(later)] if later else []
        return changed

    # --- the roster ----------------------------------------------------------------------------------

    def _join(self, name: str) -> bool:
        """Enter a node; False if it is there already."""
        if name in self._known:
            return False
        self._known.add(name)
        place = sum([other < name for other in self.roster])
        self.roster.insert(place, name)
        for cell in self._over:
            self._shift(cell, place)
            self._adopt(cell, FUNCTIONS[str(cell.function.over)], name, place)
            cell.value = self._computed(cell)
        return True

    def _shift(self, parent: Cell, place: int) -> None:
        """Members behind a newcomer move up by one."""
        for name in self.roster[place + 1 :]:
            child = self._cells[str(parent.function.over), (name,)]
            child.parents = [(one, at + 1 if one is parent else at) for one, at in child.parents]

    # --- words ---------------------------------------------------------------------------------------

    def detail(self, cell: Cell) -> str | None:
        """What there is to say beside the value."""
        function = cell.function
        if function.detail is None:
            return None
        if function.over is not None:
            return function.detail(self.view, self.roster, cell.members, *cell.arguments)
        return function.detail(self.view, *cell.arguments)

    def missing(self, cell: Cell) -> str:
        """Why a value is unknown."""
        from waits.missing import missing

        return missing(self, cell)

    def evidence(self, cell: Cell) -> list[Origin]:
        """Lines behind the value, in order."""
        function = cell.function
        found: list[Origin | None] = []
        if function.evidence is not None:
            found = list(function.evidence(self.view, *cell.arguments))
        elif function.over is not None:
            base = FUNCTIONS[function.over]
            for name in self.roster[:16]:
                if base.evidence is not None:
                    found += base.evidence(self.view, name)
        elif cell.used is not None:
            return self.evidence(cell.used)
        lines = {origin.seq: origin for origin in found if origin is not None}
        return [origin for _seq, origin in ordered(lines)]
