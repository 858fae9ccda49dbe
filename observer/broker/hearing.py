"""Shippers that fall silent, leave or come back, and what follows for their sources (R23).

That a node is silent is evidence only while somebody listens to it. A shipper says every few seconds that it is there;
one that does not is as deaf as a source that cannot be read, from the moment at which its word was overdue.
"""

from __future__ import annotations

from collections.abc import Iterator

from observer.broker.arrived import Arrived, told
from observer.broker.knowing import OVERDUE_MS, Shipper, Standing, Stream
from observer.broker.wire import Shipped
from replay.journal import MarkKind

_READ = (MarkKind.CAUGHT_UP, MarkKind.LAGGING)
"""Sources stand so that their shipper reads."""


def overdue(standing: Standing, floor: int) -> Iterator[Arrived]:
    """What has fallen silent before now, at the moment at which it was overdue, so that it makes no difference whether
    a Tick came then (R21), and not before `floor`, when the last record came.
    """
    due = []
    for name, shipper in standing.shippers.items():
        if not shipper.lost and standing.now - shipper.heard > OVERDUE_MS:
            due.append((shipper.heard + OVERDUE_MS, name, True))
        elif not shipper.lost and standing.now - shipper.begun > OVERDUE_MS:
            due.append((shipper.begun + OVERDUE_MS, name, False))
    for when, name, silent in sorted(due):
        if silent:
            why = f"its shipper has not been heard for {OVERDUE_MS // 1000} s"
            yield from _lose(standing, name, why, max(when, floor))
        else:
            yield from _left_out(standing, name, max(when, floor))


def heard(standing: Standing, shipped: Shipped) -> Iterator[Arrived]:
    """A record of a shipper has come, and its lines were taken."""
    name, run, now = shipped.shipper.hex(), shipped.run.hex(), standing.now
    shipper = standing.shippers.setdefault(name, Shipper(now, run=run, begun=now))
    shipper.heard = now
    if shipper.run != run:
        # Each source that it follows is opened anew, and stands by that.
        shipper.run, shipper.begun, shipper.lost = run, now, False
    if shipped.left:
        yield from _lose(standing, name, "its shipper has left", now)
    elif shipper.lost:
        yield from _found_again(standing, name)


def _left_out(standing: Standing, name: str, when: int) -> Iterator[Arrived]:
    """Sources that a shipper does not follow any more since it was started again."""
    for stream in _of(standing, name):
        if stream.run != standing.shippers[name].run and stream.stands is not MarkKind.LOST:
            stream.stands = MarkKind.LOST
            yield told(stream, MarkKind.LOST, {"why": "its shipper was started again without it"}, when)


def _lose(standing: Standing, name: str, why: str, when: int) -> Iterator[Arrived]:
    standing.shippers[name].lost = True
    for stream in _of(standing, name):
        if stream.stands in _READ:
            yield told(stream, MarkKind.LOST, {"why": why}, when)


def _found_again(standing: Standing, name: str) -> Iterator[Arrived]:
    shipper = standing.shippers[name]
    shipper.lost = False
    for stream in _of(standing, name):
        if stream.run == shipper.run and stream.stands in _READ:
            facts = {"behind": 0} if stream.stands is MarkKind.LAGGING else {}
            yield told(stream, stream.stands, facts, standing.now)


def _of(standing: Standing, shipper: str) -> list[Stream]:
    return [stream for _, stream in sorted(standing.streams.items()) if stream.shipper == shipper]
