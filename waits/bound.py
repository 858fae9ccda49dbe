"""A formula tied to one network: closures over cells, quick to ask again, and its leaves, to say why.

Asked at a journal time, a bound formula gives its truth and the earliest later time at which that can change without
an entry (R21). What it remembers (baselines, windows, ages) is in `memories`, which a checkpoint can hold.
"""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING, Any, TypeVar

from waits.leaves import Leaf, LeafAnswer, answer
from waits.moment import Ask, Memory, Moment
from waits.terms import Call, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waits.cells import Cell
    from waits.graph import Graph

BINDERS: dict[type[Term], Callable[[Bound, Any], Ask]] = {}
B = TypeVar("B", bound="Callable[..., Ask]")


def binds(kind: type[Term]) -> Callable[[B], B]:
    """Register what makes a closure of a kind of term."""

    def register(binder: B) -> B:
        BINDERS[kind] = binder
        return binder

    return register


class Bound:
    """A formula, or a value, tied to a network."""

    def __init__(
        self,
        graph: Graph,
        term: Term,
        variables: Mapping[str, Any],
        parameters: Mapping[str, Any],
        *,
        seldom: bool = False,
    ) -> None:
        """`variables` are what `each:` stands for here; `parameters` the inventory's. What is asked `seldom` is
        computed when it is, and not whenever something changes.
        """
        self.seldom = seldom
        self.graph = graph
        self.term = term
        self.variables = dict(variables)
        self.parameters = parameters
        self.cells: list[Cell] = []
        """Every function that it reads."""
        self.asked: list[Cell] = []
        """The same, as often as it reads each, in the order in which they are bound."""
        self.woken_by: list[Cell] = []
        """Every cell whose change can change it."""
        self.subscribes = True
        self.memories: list[Memory] = []
        self.leaves: list[Leaf] = []
        """In the order in which they stand in the formula, of each `for` in that of its nodes, whenever they joined:
        so that whoever goes on from a checkpoint has them as whoever was there from the start.
        """
        self._places: list[tuple[int | str, ...]] = []
        self.place: tuple[int | str, ...] = ()
        """Where what is being bound stands: the number of each `for` around it, with its node."""
        self._numbered = 0
        self.growing: list[Callable[[str], None]] = []
        """Called with the name of every node that joins."""
        self.negated = False
        """Whether what is being bound stands under an odd number of `not`."""
        self.ask: Ask = self.bind(term)

    def bind(self, term: Term) -> Ask:
        """The closure of a term."""
        return BINDERS[type(term)](self, term)

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        for grow in self.growing:
            grow(node)

    def argument(self, term: Term) -> Any:
        """The value of an argument of a function: known when the formula is bound."""
        return self.bind(term)(Moment(0, 0))

    def cell(self, term: Call) -> Cell:
        """The cell of a call."""
        cell = self.graph.cell(term.function, tuple([self.argument(one) for one in term.arguments]))
        self.asked.append(cell)
        if cell not in self.cells:
            self.cells.append(cell)
        if self.subscribes:
            self.wake(cell)
        return cell

    def wake(self, cell: Cell) -> None:
        """A change of this cell can change the formula."""
        if cell not in self.woken_by:
            self.woken_by.append(cell)

    def remembered(self) -> int:
        """The place of a new memory."""
        within = "/".join(map(str, self.place[1::2]))
        number = sum([memory.place.rpartition("#")[0] == within for memory in self.memories])
        self.memories.append(Memory(f"{within}#{number}"))
        return len(self.memories) - 1

    def recall(self, memories: list[Memory]) -> list[Memory]:
        """Go on with what was remembered before; gives the list that is kept from here on."""
        known = {memory.place: memory for memory in memories}
        self.memories[:] = [known.get(memory.place, memory) for memory in self.memories]
        return self.memories

    def explain(self, moment: Moment) -> list[LeafAnswer]:
        """Every leaf with the value it has and the value it needs."""
        return [answer(self.graph, leaf, moment) for leaf in self.leaves]

    def leaf(self, term: Term, ask: Ask, sides: tuple[Ask, ...], cells: tuple[Cell, ...]) -> None:
        """Enter a leaf; of a comparison with what gives its sides."""
        place = (*self.place, self.numbered())
        where = bisect(self._places, place)
        self._places.insert(where, place)
        self.leaves.insert(where, Leaf(term, dict(self.variables), ask, sides, cells, self.negated))

    def numbered(self) -> int:
        """A number for a part of the formula; parts are bound in their order."""
        self._numbered += 1
        return self._numbered
