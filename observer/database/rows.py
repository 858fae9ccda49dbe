"""Rows of the tables of the present, read off snapshots: what a person asks, one row for each entity.

Pure: two snapshots, what was touched between them, and out come the rows that differ. What retention or a
reorganisation has taken away is deleted. Nothing that depends on the time of asking is in a row (R14); what the logs
do not show is NULL, never zero (R15).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import msgspec

from observer.database.values import bigint, key_text, line_time, text, texts
from state import views
from state.chain import NodeChain
from state.clock_views import clock_of
from state.identities import NODE_ID, PEER_ADDRESS, node_of
from state.ordered import ordered
from state.quorums import Active, active_nodes, called, number_of
from state.report_views import boundaries_of, courses_of
from state.reports import Originator
from state.snapshot import NetworkState, Touched

Key: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = dict[Key, tuple[Any, ...]]
"""By primary key, without the network; a value is the whole row, its key first."""


class Expected(msgspec.Struct, frozen=True):
    """What the inventory and the sources say of a network's nodes."""

    nodes: tuple[str, ...] = ()
    """Listed even where no line has told of them: unknown, not absent (R24)."""
    quorum: tuple[str, ...] = ()
    """Nodes of the inventory that count in a quorum."""


class TableChange(NamedTuple):
    """What changes in one table."""

    put: tuple[tuple[Any, ...], ...] = ()
    deleted: tuple[Key, ...] = ()


class Changes(msgspec.Struct, frozen=True):
    """What changes in the tables of the present, by table."""

    tables: dict[str, TableChange]
    whole: bool = False
    """Whether this is all there is: everything else of the network goes."""


def whole(state: NetworkState, expected: Expected) -> Changes:
    """Every row of a snapshot."""
    every = _Dirty(set(_node_names(state, expected)), set(_block_ids(state)), set(), set())
    every.clocks.update(name for name, _mine in ordered(state.clocks))
    every.reports.update(number for number, _mine in ordered(state.reports))
    found = _rows(state, every, expected)
    return Changes({table: TableChange(tuple(rows.values())) for table, rows in found.items()}, whole=True)


def changes(before: NetworkState, after: NetworkState, touched: Iterable[Touched], expected: Expected) -> Changes:
    """The rows that differ between two snapshots of one journal; `touched` is everything that the fold touched on the
    way from one to the other.
    """
    dirty = _dirty(before, after, touched, expected)
    old, new = _rows(before, dirty, expected), _rows(after, dirty, expected)
    found = {}
    for table, rows in new.items():
        was = old[table]
        put = tuple([row for key, row in rows.items() if was.get(key) != row])
        deleted = tuple([key for key in was if key not in rows])
        if put or deleted:
            found[table] = TableChange(put, deleted)
    return Changes(found)


# --- what may differ ---------------------------------------------------------------------------------


class _Dirty(NamedTuple):
    nodes: set[str]
    blocks: set[str]
    clocks: set[str]
    reports: set[int]


def _dirty(before: NetworkState, after: NetworkState, touched: Iterable[Touched], expected: Expected) -> _Dirty:
    """What has to be looked at: what was touched, and what is read through it."""
    found = _Dirty(set(), set(), set(), set())
    renumbered = False
    for name, key in set(touched):
        if name == "identities" and isinstance(key, tuple):
            renumbered = renumbered or key[0] == NODE_ID
            _identified(found, after, str(key[0]), str(key[1]))
        elif name == "chain" and isinstance(key, tuple):
            found.blocks.add(str(key[1]))
        elif name == "clocks":
            found.clocks.add(str(key))
        elif name == "reports" and isinstance(key, int):
            found.reports.add(key)
        elif name in ("nodes", "peers", "chain", "listening", "registry"):
            found.nodes.add(str(key))
            renumbered = renumbered or name == "registry"
    # A node may be named first by a slice of which nothing else is in its row.
    found.nodes.update(set(views.names(after)).symmetric_difference(views.names(before)))
    for name in found.nodes:
        found.blocks.update(_moved_blocks(before.chain.get(name), after.chain.get(name)))
    if renumbered:
        found.nodes.update(_node_names(after, expected))
        found.clocks.update(name for name, _mine in ordered(after.clocks))
    if renumbered or _counting(before, expected) != _counting(after, expected):
        found.reports.update(number for number, _mine in ordered(after.reports))
    return found


def _identified(found: _Dirty, state: NetworkState, kind: str, alias: str) -> None:
    """A node has claimed a name: its own rows, and those of whoever is connected to it by that name."""
    claims = state.identities.get((kind, alias))
    found.nodes.update([] if claims is None else [name for name, _line in ordered(claims.by)])
    if kind == PEER_ADDRESS:
        found.nodes.update(_connected_to(state, alias))


def _connected_to(state: NetworkState, address: str) -> list[str]:
    return [
        name for name, mine in ordered(state.peers) if any(one.address == address for _key, one in ordered(mine.open))
    ]


def _moved_blocks(before: NodeChain | None, after: NodeChain | None) -> set[str]:
    """Blocks that a node has met, forgotten, taken into its main chain or out of it."""
    if before is after:
        return set()
    if before is None or after is None:
        chain = before or after
        return set() if chain is None else set(chain.sightings)
    found: set[str] = set()
    if before.sightings is not after.sightings and before.forgotten != after.forgotten:
        found = set(before.sightings) - set(after.sightings)
    if before.main is not after.main and before.displaced != after.displaced:
        found.update(block for _height, block in set(before.main.items()) ^ set(after.main.items()))
    return found


def _counting(state: NetworkState, expected: Expected) -> object:
    """Who counts in a quorum, however that is known."""
    active = active_nodes(state, expected.quorum)
    return None if active is None else (active.nodes, active.unnumbered)


def _node_names(state: NetworkState, expected: Expected) -> list[str]:
    return ordered({*views.names(state), *expected.nodes})


def _block_ids(state: NetworkState) -> list[str]:
    return ordered({block for _name, chain in ordered(state.chain) for block, _seen in ordered(chain.sightings)})


# --- rows --------------------------------------------------------------------------------------------


def _rows(state: NetworkState, dirty: _Dirty, expected: Expected) -> dict[str, Rows]:
    known = set(_node_names(state, expected)) if dirty.nodes else set()
    nodes = [name for name in ordered(dirty.nodes) if name in known]
    active = active_nodes(state, expected.quorum) if dirty.reports else None
    return {
        "node_now": _keyed([node_row(state, name) for name in nodes], 1),
        "peer_now": _keyed([row for name in nodes for row in peer_rows(state, name)], 2),
        "block_now": _keyed([row for row in [block_row(state, one) for one in ordered(dirty.blocks)] if row], 1),
        "clock_now": _keyed(
            [row for name in ordered(dirty.clocks | dirty.nodes) for row in clock_rows(state, name)], 2
        ),
        "report_now": _keyed(
            [row for number in ordered(dirty.reports) for row in report_rows(state, number, active)], 2
        ),
    }


def _keyed(rows: Iterable[tuple[Any, ...]], length: int) -> Rows:
    return {row[:length]: row for row in rows}


def node_row(state: NetworkState, name: str) -> tuple[Any, ...]:
    """A node: the columns of `node_now` behind the network."""
    node, chain = state.nodes.get(name), state.chain.get(name)
    height = views.height(state, name)

    def told(field: str) -> Any:
        return None if node is None else getattr(node, field)

    return (
        key_text(name),
        text(told("system")),
        text(told("version")),
        None if node is None or node.status is None else node.status.value,
        line_time(told("status_since")),
        line_time(told("started")),
        bigint(height),
        text(views.tip(state, name)),
        None if chain is None or height is None else line_time(chain.tip_since),
        views.connections(state, name),
        told("synced"),
        told("syncing"),
        None if node is None or not node.target else bigint(node.target - 1),
        line_time(told("disconnected")),
        told("restarts"),
        told("unclean"),
        bigint(number_of(state, name)),
        told("problem_lines"),
        text(told("crash")),
    )


def peer_rows(state: NetworkState, name: str) -> list[tuple[Any, ...]]:
    """A node's open connections; none where its log does not show them all."""
    peers = state.peers.get(name)
    if peers is None or views.connections(state, name) is None:
        return []
    return [
        (
            key_text(name),
            key_text(connection),
            text(node_of(state.identities, PEER_ADDRESS, one.address)),
            text(one.address),
            one.direction.value,
            line_time(one.opened),
            one.handshaked,
        )
        for connection, one in ordered(peers.open)
    ]


def block_row(state: NetworkState, block: str) -> tuple[Any, ...] | None:
    """A block that some node has met: where it stands, and who has it on its main chain now."""
    seen = views.block_view(state, block)
    if seen is None:
        return None
    first = min([*seen.received, *seen.added], key=lambda one: (one[1].at, one[1].seq), default=None)
    return (
        key_text(block),
        bigint(seen.height),
        None if first is None else line_time(first[1]),
        None if first is None else text(first[0]),
        texts(seen.on_main),
        texts(seen.alternative),
        texts(seen.rejected),
    )


def clock_rows(state: NetworkState, name: str) -> list[tuple[Any, ...]]:
    """How far a node is known to have followed each originator."""
    return [
        (key_text(name), originator, known.sequence, known.exact, line_time(known.said))
        for originator, known in ordered(clock_of(state, name))
        if bigint(originator) is not None and bigint(known.sequence) is not None
    ]


def report_rows(state: NetworkState, number: int, active: Active | None) -> list[tuple[Any, ...]]:
    """An originator's payer reports. `missing` is of those that wait for the chain: who counts and is not known to
    have judged.
    """
    mine = state.reports.get(number)
    if mine is None or bigint(number) is None:
        return []
    return _report_rows(state, number, mine, active)


def _report_rows(state: NetworkState, number: int, mine: Originator, active: Active | None) -> list[tuple[Any, ...]]:
    names: dict[int, str] = {}

    def named(numbers: Iterable[int]) -> list[str]:
        for one in numbers:
            if one not in names:
                names[one] = called(state, one)
        return texts([names[one] for one in numbers])

    found = []
    for boundary in boundaries_of(courses_of(number, mine, active)):
        for one in boundary.courses:
            if bigint(one.start) is None or bigint(one.end) is None:
                continue
            chosen = one is boundary.best
            waiting = one.pending and active is not None
            missing = None
            if waiting and active is not None:
                missing = named(one.unjudged(active.nodes)) + texts(active.unnumbered)
            found.append(
                (
                    number,
                    key_text(one.id),
                    one.start,
                    one.end,
                    one.stage.value,
                    text(one.why),
                    line_time(one.since),
                    line_time(one.created),
                    chosen,
                    chosen and boundary.open,
                    named(one.attested),
                    named([node for node, _reason in one.refused]),
                    missing,
                    None if active is None else active.quorum,
                    None if active is None else active.n,
                    bigint(one.remaining),
                )
            )
    return found
