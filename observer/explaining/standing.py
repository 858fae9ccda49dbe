"""Where a block stands at one point: on whose main chain it is, on whose not and why, and how it spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from observer.changes import short
from observer.times import clock, lasting, written
from parsers.clock import NS
from state import views
from state.origin import Origin
from state.snapshot import NetworkState

EXACTLY = 60 * NS
"""Below this a delay is told to the millisecond."""


class Standing(NamedTuple):
    """One block, seen from every node."""

    on: list[str]
    others: dict[str, str]
    """Nodes that have another block at its height, and that block."""
    below: dict[str, int]
    """Nodes that have not come to its height, and theirs."""
    unknown: list[str]
    """Nodes whose log does not show."""
    refused: dict[str, int]
    """Nodes that refused it, and how many times."""

    @property
    def text(self) -> str:
        """In words."""
        parts = [f"on the main chain of {', '.join(self.on)}" if self.on else "on no main chain that is shown"]
        if self.others:
            parts.append("not of " + ", ".join(f"{node} (has {short(block)})" for node, block in self.others.items()))
        if self.below:
            parts.append("not yet of " + ", ".join(f"{node} (at {top})" for node, top in self.below.items()))
        if self.unknown:
            parts.append(f"not shown by the log of {', '.join(self.unknown)}")
        if self.refused:
            parts.append("refused by " + ", ".join(f"{node} ({times}x)" for node, times in self.refused.items()))
        return ", ".join(parts)

    def facts(self, block: str, arrived: Mapping[str, Origin]) -> dict[str, Any]:
        """In names."""
        return {
            "block": block,
            "on_main_chain": self.on,
            "other_block": self.others,
            "below": self.below,
            "unknown": self.unknown,
            "refused": self.refused,
            "arrived": {node: written(origin.at) for node, origin in _by_time(arrived)},
            "delays_ns": dict(_delays(arrived)),
        }


def standing(state: NetworkState, block: str, height: int | None, on_main: set[tuple[str, str]]) -> Standing:
    """Where it stands; `on_main` has (node, block) of those that took it and did not let it go."""
    found = Standing([], {}, {}, [], {})
    for node in views.names(state):
        top = views.height(state, node)
        seen = state.chain[node].sightings.get(block) if node in state.chain else None
        if seen is not None and seen.rejections:
            found.refused[node] = seen.rejections
        if top is None or height is None:
            found.unknown.append(node)
        elif (node, block) in on_main:
            found.on.append(node)
        elif height in state.chain[node].main:
            found.others[node] = state.chain[node].main[height]
        elif top < height:
            found.below[node] = top
        else:
            found.unknown.append(node)
    return found


def arrivals_told(arrived: Mapping[str, Origin]) -> str:
    """Whose log first shows a block, and how much later others' do. In journal time: nodes' clocks may differ."""
    (first, origin), *_rest = _by_time(arrived)
    later = [f"{node} {_delay(delay)} later" for node, delay in _delays(arrived)[1:]]
    return ", ".join([f"first shown by {first} at {clock(origin.at)}", *later])


def _by_time(arrived: Mapping[str, Origin]) -> list[tuple[str, Origin]]:
    return sorted(arrived.items(), key=lambda one: (one[1].seq, one[0]))


def _delays(arrived: Mapping[str, Origin]) -> list[tuple[str, int]]:
    found = _by_time(arrived)
    return [(node, origin.at - found[0][1].at) for node, origin in found]


def _delay(nanoseconds: int) -> str:
    return f"{nanoseconds / NS:.3f} s" if nanoseconds < EXACTLY else lasting(nanoseconds)


def highest(state: NetworkState) -> int | None:
    """The highest tip that a line implied, current or not."""
    stated = [views.stated_height(state, node) for node in views.names(state)]
    return max((one[0] for one in stated if one is not None), default=None)
