"""Tying formulas to a network: `Bound`, with a closure for every kind of term."""

from __future__ import annotations

# Each registers the closures of its kinds of terms when it is imported.
from waits import formulas, remembering
from waits.bound import Bound
from waits.leaves import LeafAnswer
from waits.moment import Memory, Moment

__all__ = ["Bound", "LeafAnswer", "Memory", "Moment", "formulas", "remembering"]
