"""Closures of terms that remember: baselines, windows, cycles, ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waits.bound import Bound, binds
from waits.terms import Age, Grown, Increase, Repeats

if TYPE_CHECKING:
    from waits.moment import Ask, Moment

WINDOW_KEPT = 4096
"""Changes of a counter kept for a window; the oldest are merged beyond that."""


@binds(Grown)
def _grown(bound: Bound, term: Grown) -> Ask:
    inner, place, memories = bound.bind(term.term), bound.remembered(), bound.memories

    def ask(moment: Moment) -> int | None:
        value, memory = inner(moment), memories[place]
        if value is None:
            return None
        if memory.base is None:
            memory.base = value
        return int(value - memory.base)

    return ask


@binds(Increase)
def _increase(bound: Bound, term: Increase) -> Ask:
    inner, window = bound.bind(term.term), bound.bind(term.window)
    place, memories = bound.remembered(), bound.memories

    def ask(moment: Moment) -> int | None:
        value, memory = inner(moment), memories[place]
        if not memory.begun:
            # What had been counted when the condition began is no increase; what is first counted later is.
            memory.begun, memory.base = True, value or 0
        if value is None:
            return None
        changes, span = memory.changes, window(moment)
        if value != (changes[-1][1] if changes else memory.base):
            changes.append((moment.at, value))
        over = 0
        while over < len(changes) and moment.reached(changes[over][0], span):
            memory.base = changes[over][1]
            over += 1
        if over or len(changes) > WINDOW_KEPT:
            memory.changes = changes = changes[max(over, len(changes) - WINDOW_KEPT) :]
        return int(value - (memory.base or 0))

    return ask


@binds(Repeats)
def _repeats(bound: Bound, term: Repeats) -> Ask:
    counter, progress = bound.bind(term.counter), bound.bind(term.progress)
    place, memories = bound.remembered(), bound.memories

    def ask(moment: Moment) -> int | None:
        count, reached, memory = counter(moment), progress(moment), memories[place]
        if count is None:
            return None
        if memory.base is None or (reached is not None and (memory.value is None or reached > memory.value)):
            memory.base = count
        if reached is not None and (memory.value is None or reached > memory.value):
            memory.value = reached
        return int(count - memory.base)

    return ask


@binds(Age)
def _age(bound: Bound, term: Age) -> Ask:
    inner, place, memories = bound.bind(term.term), bound.remembered(), bound.memories

    def ask(moment: Moment) -> int | None:
        value, memory = inner(moment), memories[place]
        if value is None:
            return None
        if not memory.begun or value != memory.value:
            memory.begun, memory.value, memory.since = True, value, moment.at
        return memory.since

    return ask
