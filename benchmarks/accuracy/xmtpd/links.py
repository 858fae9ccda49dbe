"""Streams between nodes, by the truth: who could be read by nobody, and who could not read whom others could."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.accuracy.xmtpd.truth import FOREVER, Truth


def unreachable(truth: Truth, node: int) -> Iterator[tuple[int, int]]:
    """When a node was up and every other one that was up had no stream of it."""
    yield from _spans(truth, lambda state: state.up(node) and not state.read_by(node) and bool(state.others(node)))


def cut_off(truth: Truth, node: int) -> Iterator[tuple[int, int]]:
    """When a node had no stream of a peer that was up, and that others could read, or nobody else was there to."""

    def cut(state: _State) -> bool:
        for peer in state.others(node):
            others = [one for one in state.others(peer) if one != node]
            if (node, peer) not in state.streams and (not others or state.read_by(peer)):
                return True
        return False

    yield from _spans(truth, lambda state: state.up(node) and cut(state))


class _State:
    """Which processes and streams there are at one instant."""

    def __init__(self) -> None:
        self.running: set[int] = set()
        self.streams: set[tuple[int, int]] = set()

    def process(self, node: int, *, up: bool) -> None:
        (self.running.add if up else self.running.discard)(node)

    def stream(self, link: tuple[int, int], *, up: bool) -> None:
        (self.streams.add if up else self.streams.discard)(link)

    def up(self, node: int) -> bool:
        return node in self.running

    def others(self, node: int) -> list[int]:
        return [one for one in sorted(self.running) if one != node]

    def read_by(self, node: int) -> list[int]:
        return [reader for reader in self.others(node) if (reader, node) in self.streams]


def _spans(truth: Truth, holds: Callable[[_State], bool]) -> Iterator[tuple[int, int]]:
    """Each time that something holds, from its beginning to its end."""
    changes: dict[int, list[Callable[[], None]]] = {}
    state = _State()
    for node, phases in sorted(truth.phases.items()):
        for at, phase in phases:
            changes.setdefault(at, []).append(partial(state.process, node, up=phase == "up"))
    for link, times in sorted(truth.streams.items()):
        for at, up in times:
            changes.setdefault(at, []).append(partial(state.stream, link, up=up))
    begun: int | None = None
    for at in sorted(changes):
        for change in changes[at]:
            change()
        now = holds(state)
        if now and begun is None:
            begun = at
        elif not now and begun is not None:
            yield begun, at
            begun = None
    if begun is not None:
        yield begun, FOREVER
