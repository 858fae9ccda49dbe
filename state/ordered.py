"""The one way in which `state` and `waits` iterate maps and sets (R18).

A hash map yields its keys in an order that depends on PYTHONHASHSEED and on insertion history; anything
derived from such an order would differ between a run and its replay.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

K = TypeVar("K")
V = TypeVar("V")
_first = itemgetter(0)


@overload
def ordered(collection: Mapping[K, V]) -> list[tuple[K, V]]: ...
@overload
def ordered(collection: AbstractSet[K]) -> list[K]: ...
def ordered(collection: Any) -> Any:
    """Items of a map, or members of a set, by key in canonical order.

    Strings sort by code point, which is their UTF-8 byte order; integers by value; tuples element-wise.
    Keys of one collection are of one kind; a mixture raises TypeError.
    """
    if hasattr(collection, "items"):
        return [*collection.items()] if len(collection) < 2 else sorted(collection.items(), key=_first)  # noqa: PLR2004
    return sorted(collection)
