"""Values of functions over the present snapshot, each computed once for all who ask, and anew only when a field
that it reads has changed.

Three steps follow an entry: functions of one node whose fields changed, then functions over all nodes whose members
changed, then functions that use those. What did not change wakes nobody.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from state.nodes import OVER
from state.ordered import ordered
from waits.cells import Cell
from waits.entities import goes
from waits.functions import ANY_LINE, FUNCTIONS, GONE, Function, Gathering, View
from waits.readers import SAYING, SOURCE, Readers, readings
from waits.terms import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from state.origin import Origin
    from state.reducers import Key
    from state.snapshot import NetworkState, Touched


_COMPARISON = Function("comparison", Kind.TRUTH, (), "The truth of a comparison.", lambda: None)


class Graph:
    """All cells of one judgement."""

    def __init__(self, view: View, roster: Iterable[str], listened: dict[str, dict[Any, Any]] | None = None) -> None:
        """`roster` names the nodes that are expected; into `listened` go those whose next line can change a value."""
        self.view = view
        self._listened: dict[str, dict[Any, Any]] = {} if listened is None else listened
        self._listening: dict[str, dict[int, Cell]] = {}
        """The cells whose value it can change."""
        self.roster: list[str] = []
        self._known: set[str] = set()
        self._cells: dict[tuple[str, tuple[Any, ...]], Cell] = {}
        self._at: dict[tuple[str, Key], Readers] = {}
        """Who reads an entry of a slice, by field."""
        self._anywhere: dict[str, Readers] = {}
        self._over: list[Cell] = []
        self._gatherings: dict[tuple[str, str], Gathering] = {}
        """By what they are over and by their kind: shared by all functions that are computed from one."""
        self._comparisons: dict[tuple[Any, ...], Cell] = {}
        self._earlier = view.state
        self._moved: list[Cell] = []
        """What changed with the last tick, and the snapshot before it."""
        self.tick = 0
        """Counts what has happened: entries, Marks, timers."""
        self._volatile: dict[str, list[Cell]] = {}
        self._made = 0
        for name in sorted(roster):
            self._join(name)

    # --- cells ---------------------------------------------------------------------------------------

    def cell(self, function: Function, arguments: tuple[Any, ...] = ()) -> Cell:
        """The cell of a function with its arguments, computed."""
        key = (function.name, arguments)
        found = self._cells.get(key)
        if found is not None:
            return found
        made = self._cells[key] = self._new(function, arguments)
        self._connect(made)
        self._watch(made)
        if function.volatile and made.node is not None:
            self._volatile.setdefault(made.node, []).append(made)
        made.compute = self._computing(made)
        made.value = made.compute()
        if made.listens:
            self._listen(made)
        return made

    def _listen(self, cell: Cell) -> None:
        """A cell has been computed of which the next line of some nodes may make another value."""
        assert cell.function.listens is not None  # noqa: S101 - only then does it listen
        for node in cell.function.listens(self.view):
            self._listening.setdefault(node, {})[cell.number] = cell
            self._listened.setdefault(node, {})

    def _connect(self, made: Cell) -> None:
        """Tie a cell to those that it is computed from."""
        function = made.function
        if function.over is not None:
            if function.gathers is not None:
                made.gathered = self._gathering(function.over, function.gathers)
            self._over.append(made)
            for place, name in enumerate(self.roster):
                self._adopt(made, name, place)
        elif function.uses is not None:
            used = FUNCTIONS[function.uses]
            made.used = self.cell(used, made.arguments[: len(used.takes)])
            made.used.parents.append((made, -1))
        for name in function.follows:
            followed = self.cell(FUNCTIONS[name], made.arguments[: len(FUNCTIONS[name].takes)])
            followed.parents.append((made, -1))
            made.followed.append(followed)

    def _new(self, function: Function, arguments: tuple[Any, ...]) -> Cell:
        self._made += 1
        return Cell(function, arguments, self._made)

    def comparison(self, key: tuple[Any, ...], compute: Callable[[], Any], inputs: tuple[Cell, ...]) -> Cell:
        """The truth of a comparison of cells as a cell of its own: values change far more often than it does, and
        only when it does need anybody look. Whoever gives the same `key` compares the same.
        """
        found = self._comparisons.get(key)
        if found is None:
            found = self._comparisons[key] = self._new(_COMPARISON, key)
            found.inputs = inputs
            found.compute = compute
            found.value = compute()
            for one in inputs:
                one.comparisons.append(found)
        return found

    def _drop_comparisons(self, cells: list[Cell]) -> None:
        for cell in cells:
            if cell.watchers or self._comparisons.pop(cell.arguments, None) is None:
                continue
            for one in cell.inputs:
                one.comparisons = [other for other in one.comparisons if other is not cell]

    def drop(self, cells: Iterable[Cell]) -> None:
        """Forget cells that nobody watches and nothing is computed from: those of an entity that is gone. Those about
        nodes stay, as nodes do.
        """
        cells = list(cells)
        self._drop_comparisons([cell for cell in cells if cell.inputs])
        for cell in cells:
            self._drop_idle(cell)

    def _drop_idle(self, cell: Cell) -> None:
        key = (cell.function.name, cell.arguments)
        needed = cell.watchers or cell.parents or cell.comparisons
        if needed or not goes(cell.function.takes) or key not in self._cells:
            return
        del self._cells[key]
        self._unwatch(cell)
        if cell.function.volatile and cell.node is not None:
            self._volatile[cell.node].remove(cell)
        for below in (cell.used, *cell.followed):
            if below is not None:
                below.parents = [one for one in below.parents if one[0] is not cell]
                self._drop_idle(below)

    def _adopt(self, parent: Cell, name: str, place: int) -> None:
        child = self.cell(FUNCTIONS[str(parent.function.over)], (name,))
        if parent.gathered is not None:
            child.parents.append((parent, -1))
            return
        child.parents.append((parent, place))
        parent.members.insert(place, child.value)

    def _gathering(self, over: str, kind: Callable[[], Gathering]) -> Gathering:
        found = self._gatherings.get((over, kind.__qualname__))
        if found is None:
            found = self._gatherings[over, kind.__qualname__] = kind()
            for name in self.roster:
                self._gather(found, over, name)
        return found

    def _gather(self, gathering: Gathering, over: str, name: str) -> None:
        child = self.cell(FUNCTIONS[over], (name,))
        child.gatherings.append(gathering)
        gathering.change(name, GONE, child.value)

    def _watch(self, cell: Cell) -> None:
        for name, key, fields in readings(cell):
            if key is None:
                watched = self._anywhere.setdefault(name, Readers())
            else:
                watched = self._at.setdefault((name, key), Readers())
            for field in fields:
                watched.add(field, cell)

    def _unwatch(self, cell: Cell) -> None:
        for name, key, fields in readings(cell):
            watched = self._anywhere.get(name) if key is None else self._at.get((name, key))
            if watched is None:
                continue
            for field in fields:
                watched.remove(field, cell)
            if watched:
                continue
            if key is None:
                del self._anywhere[name]
            else:
                del self._at[name, key]

    def _computing(self, cell: Cell) -> Callable[[], Any]:
        """How a cell's value is computed, with everything that stays the same looked up once."""
        function, compute, view, arguments = cell.function, cell.function.compute, self.view, cell.arguments
        gathered, used, members, node, roster = cell.gathered, cell.used, cell.members, cell.node, self.roster
        if gathered is not None:
            return lambda: compute(view, gathered)
        if function.over is not None:
            return lambda: compute(view, roster, members)
        if used is not None:
            return lambda: None if used.value is None else compute(view, used.value, *arguments)
        if node is None or function.lasting:
            return lambda: compute(view, *arguments)
        attached, heard = view.ears.attached, self.heard
        if ANY_LINE in function.needs and not function.volatile:
            # Nothing has been counted yet of a node that has said nothing: that is unknown, not none (R15).
            return lambda: compute(view, *arguments) if self._said(node) and heard(node) else None
        return lambda: compute(view, *arguments) if node in attached or heard(node) else None

    def _said(self, node: str) -> bool:
        state = self.view.state
        return node in state.nodes or any(node in getattr(state, name) for name in SAYING)

    def heard(self, node: str) -> bool:
        """Whether what is known of a node can be taken as current: its log is read to its end, or it stated its
        stop before that.
        """
        if node in self.view.ears.attached:
            return True
        known = self.view.state.nodes.get(node)
        return known is not None and known.status in OVER

    def value(self, cell: Cell) -> Any:
        """The value now; what changes with every line is read anew."""
        return cell.compute() if cell.function.volatile else cell.value

    def volatile(self, node: str) -> list[Cell]:
        """Cells about a node that are read anew each time they are asked for."""
        return self._volatile.get(node, [])

    # --- changes -------------------------------------------------------------------------------------

    def folded(self, before: NetworkState, touched: Sequence[Touched], node: str) -> tuple[list[Cell], list[str]]:
        """An entry of a node has been folded: cells whose value changed, and the node if it was never met before."""
        self.tick += 1
        self._earlier = before
        if self._moved:
            self._moved = []
        after, at, anywhere = self.view.state, self._at, self._anywhere
        stale: dict[int, Cell] = {}
        for one in touched:
            name, key = one
            here, everywhere = at.get(one), anywhere.get(name)
            if here is None and everywhere is None:
                continue
            old, new = getattr(before, name).get(key), getattr(after, name).get(key)
            # A block is no key of the slice itself, so it has no values to compare.
            if here is not None and (old is not new or old is None):
                here.collect(old, new, stale)
            if everywhere is not None:
                everywhere.collect(old, new, stale)
        if node in self._listening:
            stale.update(self._listening.pop(node))
        if node not in self._known:
            return self._changed(stale, [node])
        return (self._refreshed(stale), []) if stale else ([], [])

    def wrote(self, node: str) -> list[Cell]:
        """A node that is listened for has written a line that changed no snapshot: cells whose value changed."""
        self.turn()
        return self._refreshed(self._listening.pop(node, {}))

    def sources_changed(self, node: str) -> tuple[list[Cell], list[str]]:
        """A source of a node came, ended, was lost or had a gap: as `folded`."""
        self.turn()
        stale = self._listening.pop(node, {})
        for watched in (self._at.get((SOURCE, node)), self._anywhere.get(SOURCE)):
            if watched is not None:
                watched.every(stale)
        return self._changed(stale, [node])

    def _changed(self, stale: dict[int, Cell], arrived: list[str]) -> tuple[list[Cell], list[str]]:
        joined = [name for name in dict.fromkeys(arrived) if self._join(name)]
        if joined:
            stale.update({cell.number: cell for cell in self._over})
        return self._refreshed(stale), joined

    def _refreshed(self, stale: dict[int, Cell]) -> list[Cell]:
        """Compute stale cells and what follows from them; give back those whose value changed, in order, and those
        that turn by themselves, which may be at another time now.
        """
        changed: list[Cell] = []
        cells = _in_order(stale)
        while cells:
            later: dict[int, Cell] = {}
            for cell in cells:
                value, old = cell.compute(), cell.value
                if cell.listens:
                    self._listen(cell)
                if value is old or (value == old and value.__class__ is old.__class__):
                    if cell.function.turns is not None:
                        changed.append(cell)
                    continue
                for gathering in cell.gatherings:
                    gathering.change(cell.arguments[0], old, value)
                for parent, place in cell.parents:
                    if place >= 0:
                        parent.members[place] = value
                    later[parent.number] = parent
                self._set(cell, value, changed)
                if cell.comparisons:
                    self._compare(cell, changed)
            cells = _in_order(later)
        return changed

    def _compare(self, cell: Cell, changed: list[Cell]) -> None:
        """Comparisons of a value that is another one now. Of two sides that change, the second to do so settles it."""
        for compared in cell.comparisons:
            truth = compared.compute()
            if truth is not compared.value:
                self._set(compared, truth, changed)

    def _set(self, cell: Cell, value: Any, changed: list[Cell]) -> None:
        if cell.stamp != self.tick:
            cell.previous, cell.stamp = cell.value, self.tick
            self._moved.append(cell)
        cell.value = value
        changed.append(cell)

    # --- the roster ----------------------------------------------------------------------------------

    def _join(self, name: str) -> bool:
        """Enter a node; False if it is there already."""
        if name in self._known:
            return False
        self._known.add(name)
        place = sum([other < name for other in self.roster])
        self.roster.insert(place, name)
        for (over, _kind), gathering in ordered(self._gatherings):
            self._gather(gathering, over, name)
        for cell in self._over:
            if cell.gathered is None:
                self._shift(cell, place)
            self._adopt(cell, name, place)
        return True

    def _shift(self, parent: Cell, place: int) -> None:
        """Members behind a newcomer move up by one."""
        for name in self.roster[place + 1 :]:
            child = self._cells[str(parent.function.over), (name,)]
            child.parents = [(one, at + 1 if one is parent else at) for one, at in child.parents]

    def turn(self) -> None:
        """Something happens that changes no snapshot: a timer, a line, a Mark."""
        self.tick += 1
        self._earlier, self._moved = self.view.state, []

    @contextmanager
    def before(self, seq: int) -> Iterator[None]:
        """Let everything be as it was before what happens now, entry `seq`."""
        view, moved = self.view, self._moved
        seen, state = view.seq, view.state
        view.state = self._earlier
        if seen == seq:
            view.seq = seq - 1
        for cell in moved:
            cell.value, cell.previous = cell.previous, cell.value
        try:
            yield
        finally:
            view.seq, view.state = seen, state
            for cell in moved:
                cell.value, cell.previous = cell.previous, cell.value

    def asked(self, function: Function, arguments: tuple[Any, ...]) -> Any:
        """The value of a function that nobody watches, computed now."""
        known = self._cells.get((function.name, arguments))
        if known is not None:
            return self.value(known)
        return self._computing(self._passing(function, arguments))()

    def _passing(self, function: Function, arguments: tuple[Any, ...]) -> Cell:
        """A cell that nothing keeps up to date, with what it is computed from as it is now."""
        made = Cell(function, arguments, 0)
        if function.over is not None:
            made.members = [self.asked(FUNCTIONS[function.over], (name,)) for name in self.roster]
            made.gathered = None if function.gathers is None else function.gathers()
            if made.gathered is not None:
                for name, value in zip(self.roster, made.members, strict=True):
                    made.gathered.change(name, GONE, value)
        elif function.uses is not None:
            used = FUNCTIONS[function.uses]
            made.used = Cell(used, arguments[: len(used.takes)], 0)
            made.used.value = self.asked(used, made.used.arguments)
        return made

    # --- words ---------------------------------------------------------------------------------------

    def detail(self, cell: Cell) -> str | None:
        """What there is to say beside the value."""
        function = cell.function
        if function.detail is None:
            return None if cell.used is None else self.detail(cell.used)
        if function.over is not None and cell.gathered is None:
            return function.detail(self.view, self.roster, cell.members)
        if function.over is not None or function.uses is not None:
            return function.detail(self, *cell.arguments)
        return function.detail(self.view, *cell.arguments)

    def missing(self, cell: Cell) -> str:
        """Why a value is unknown."""
        from waits.missing import missing

        return missing(self, cell)

    def blind_to(self, cell: Cell) -> list[str]:
        """The nodes that make a value unknown."""
        if self.value(cell) is not None:
            return []
        if cell.node is not None:
            return [cell.node]
        while cell.used is not None:
            cell = cell.used
        if cell.function.told_by is not None:
            nodes = cell.function.told_by(self.view, *cell.arguments)
            return [name for name in nodes if not self.heard(name)]
        over = cell.function.over
        return [] if over is None else [name for name in self.roster if self._cells[over, (name,)].value is None]

    def evidence(self, cell: Cell) -> list[Origin]:
        """Lines behind the value, in order."""
        lines = {origin.seq: origin for origin in self.lines_behind(cell) if origin is not None}
        return [origin for _seq, origin in ordered(lines)]

    def lines_behind(self, cell: Cell) -> list[Origin | None]:
        """The same in whatever order, one perhaps more than once, and None for what no line told."""
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
            return self.lines_behind(cell.used)
        return found


def _in_order(cells: dict[int, Cell]) -> list[Cell]:
    """By number."""
    # Of numbers alone, without the cells, most of what comes here is sorted in half the time.
    return [cells[number] for number in ordered(cells.keys())]
