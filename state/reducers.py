"""The table of reducers: which function changes which slice when an event comes.

A reducer takes its own slice, the event and its origin and returns the next slice and the keys it
changed. It sees no other slice, so that slices can be folded, checked and stored apart. It returns the
slice itself when nothing changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from state.events import Event

Key: TypeAlias = str | int | tuple[str | int, ...]
Reducer: TypeAlias = "Callable[[Any, Any, Any], tuple[Any, tuple[Key, ...]]]"
R = TypeVar("R", bound=Reducer)

REDUCERS: dict[type[Event], list[tuple[str, Reducer]]] = {}


def folds(slice_name: str, *kinds: type[Event]) -> Callable[[R], R]:
    """Register a reducer of the named slice for these kinds of events."""

    def register(reducer: R) -> R:
        for kind in kinds:
            reducers = REDUCERS.setdefault(kind, [])
            reducers.append((slice_name, reducer))
            # Or the order in which modules happen to be imported would show in what a fold touched (R18).
            reducers.sort(key=lambda registered: registered[0])
        return reducer

    return register
