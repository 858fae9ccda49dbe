"""What `observer status` says of a node that replicates: whom it reads from, how its workers, indexers and clock stand.

And of the watchers of such a network.
"""

from __future__ import annotations

from typing import NamedTuple

from observer.answers_judged import WatcherStanding
from observer.reported import names_of
from observer.synced import watchers
from observer.times import clock, written
from observer.wording import named
from state.listening import DETAIL
from state.ordered import ordered
from state.origin import Origin
from state.quorums import called
from state.report_events import Worker
from state.snapshot import NetworkState
from state.streams import Stream, stands
from state.trouble import Trouble
from state.views import shows
from waits.durations import NS, duration

LATE_AFTER = 75 * 60 * NS
"""Workers have one round an hour, at a minute of their own; a round may take some minutes."""
RECENT = 10 * 60 * NS
"""Trouble that has not come again for so long is over."""
TEXT_SHOWN = 80
WORDS = {
    "database": "its database fails",
    "sink": "cannot store envelopes",
    "publisher": "cannot publish",
    "fees": "counts fees otherwise than an originator",
    "rates": "its rates are stale",
}


class Reading(NamedTuple):
    """Whom a node reads from."""

    stands: int
    peers: int
    lost: list[tuple[str, Stream]]


def reading_of(state: NetworkState, name: str, at: int) -> Reading | None:
    """Its streams; None where it has set out to read from nobody."""
    mine = state.streams.get(name)
    if mine is None or not mine.peers:
        return None
    lost = [(called(state, peer), one) for peer, one in ordered(mine.peers) if not stands(one, at)]
    return Reading(len(mine.peers) - len(lost), len(mine.peers), lost)


def clock_stated(state: NetworkState, name: str) -> Origin | None:
    """The latest line in which it stated a sequence; a proof is none."""
    mine = state.clocks.get(name)
    if mine is None:
        return None
    said = [one.stated[-1].said for _number, one in ordered(mine.followed) if one.stated]
    return max(said, key=lambda line: (line.at, line.seq), default=None)


def odd_of(state: NetworkState, name: str, at: int) -> list[str]:
    """What is not as with a node that is well."""
    return [
        *_streams(state, name, at),
        *_troubles(state, name, at),
        *_workers(state, name, at),
        *_chains(state, name, at),
    ]


def _streams(state: NetworkState, name: str, at: int) -> list[str]:
    reading = reading_of(state, name, at)
    if reading is None or not reading.lost:
        return []
    since = min(one.since.at for _peer, one in reading.lost)
    peers = named([peer for peer, _one in reading.lost])
    return [f"cannot read from {peers}, {_for(since, at)}"]


def _for(since: int, at: int) -> str:
    return f"since {clock(since)[:8]} ({duration(max(0, at - since))})"


def _troubles(state: NetworkState, name: str, at: int) -> list[str]:
    node = state.nodes.get(name)
    if node is None:
        return []
    return [
        f"{WORDS.get(what, what)}: {_said(one, at)}"
        for what, one in ordered(node.troubles)
        if at - one.last.at < RECENT
    ]


def _said(one: Trouble, at: int) -> str:
    return f"{one.count} x {one.text[:TEXT_SHOWN]}, last {duration(max(0, at - one.last.at))} ago"


def _workers(state: NetworkState, name: str, at: int) -> list[str]:
    """Workers whose rounds the log shows, and that have begun none for too long."""
    mine = state.workers.get(name)
    if mine is None:
        return []
    said = []
    for work, life in ordered(mine.lives):
        told = work == Worker.GENERATOR.value or (
            work in (Worker.SUBMITTER.value, Worker.SETTLEMENT.value) and shows(state, name, DETAIL)
        )
        since = _later(life.cycle, life.started)
        if told and since is not None and at - since.at >= LATE_AFTER:
            what = "last round" if since is life.cycle else "no round since its start"
            said.append(f"{work} late: {what} {clock(since.at)[:8]}, {duration(at - since.at)} ago")
        if life.failing is not None and at - life.failing.last.at < RECENT:
            said.append(f"{work} fails: {_said(life.failing, at)}")
    return said


def _later(one: Origin | None, other: Origin | None) -> Origin | None:
    if one is None or other is None:
        return one or other
    return one if one.at >= other.at else other


def _chains(state: NetworkState, name: str, at: int) -> list[str]:
    mine = state.indexers.get(name)
    said = []
    for address, one in ordered(mine.contracts) if mine is not None else ():
        what = one.contract or address[:10]
        if one.following is False and one.following_since is not None:
            said.append(f"does not follow {what}, {_for(one.following_since.at, at)}")
        if one.failing is not None and at - one.failing.last.at < RECENT:
            block = "" if one.failing_block is None else f" at block {one.failing_block}"
            said.append(f"cannot index {what}{block}: {_said(one.failing, at)}")
    return said


def watcher_of(state: NetworkState, name: str, log: str, ended: int | None, last: int | None) -> WatcherStanding:
    """A watcher; whom it reaches is only known of one that is served cursors."""
    mine = state.clocks.get(name)
    served = [] if mine is None else ordered(mine.served)
    return WatcherStanding(
        system=watchers(state).get(name, ""),
        last_line_at=None if last is None else written(last),
        log=log,
        log_ended_at=None if ended is None else written(ended),
        reaches=names_of(state, tuple([number for number, one in served if one.connected])),
        unreachable=names_of(state, tuple([number for number, one in served if one.connected is False])),
    )
