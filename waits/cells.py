"""One value over the present snapshot: of a function with its arguments, or of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waits.entities import node_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from waits.functions import Function, Gathering


class Cell:
    """The value of one function with its arguments."""

    __slots__ = (
        "arguments",
        "comparisons",
        "compute",
        "followed",
        "function",
        "gathered",
        "gatherings",
        "inputs",
        "listens",
        "members",
        "node",
        "number",
        "parents",
        "previous",
        "stamp",
        "used",
        "value",
        "watchers",
    )

    def __init__(self, function: Function, arguments: tuple[Any, ...], number: int) -> None:
        """`number` orders cells by when they came to be."""
        self.function = function
        self.arguments = arguments
        self.number = number
        self.listens = function.listens is not None and not function.volatile
        """Whether the next line of some nodes can change it."""
        self.value: Any = None
        self.compute: Callable[[], Any] = lambda: None
        """Computes the value anew."""
        self.parents: list[tuple[Cell, int]] = []
        """Cells computed from this one, and its place among their members."""
        self.comparisons: list[Cell] = []
        """Comparisons that it is a side of."""
        self.members: list[Any] = []
        """Values that it is computed over, in order of the roster."""
        self.gathered: Gathering | None = None
        """What keeps the values that it is computed over, where that is no list."""
        self.gatherings: list[Gathering] = []
        """Those that its own value is kept in."""
        self.used: Cell | None = None
        self.followed: list[Cell] = []
        """What it looks at beside what it reads."""
        self.inputs: tuple[Cell, ...] = ()
        """Of a comparison, the cells that it compares."""
        self.previous: Any = None
        self.stamp = -1
        """The tick at which the value changed last, and the value before that."""
        self.node = node_of(function.takes, arguments) if function.about_node else None
        """The node that must be heard for it to be known."""
        self.watchers: list[tuple[Any, Any]] = []
        """(place, watcher), in order."""

    def __str__(self) -> str:
        return f"{self.function.name}({', '.join(map(str, self.arguments))})"
