"""Recordings as batches, as a worker would commit them, and a database filled with them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from unittest import mock

from observer.database.address import Address
from observer.database.batches import (
    Batch,
    CheckpointRow,
    Commit,
    HotRow,
    TransitionRow,
    block_row,
    event_rows,
)
from observer.database.connecting import connected
from observer.database.rows import Expected, changes, whole
from observer.database.storing import Store
from observer.inventory import Inventory
from observer.judged import JudgedJournal
from observer.main import run
from observer.rulefiles.reading import builtin_rules
from replay.merge import BlockBuilder
from replay.play import Player
from replay.recording import Recording
from state.encoding import digest
from tests.observer.captures import CAPTURES

T = TypeVar("T")
XMTPD = (
    "simulate",
    "xmtpd",
    "--hours",
    "2.5",
    "--seed",
    "11",
    "--quiet",
    "--set",
    "batch_every=30s",
    "--set",
    "noise=0.2",
)


def awaited(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives."""
    return asyncio.run(work)


def imported(path: Path, *logs: str, block: int = 40_000) -> Path:
    """A recording of blocks of so many bytes."""
    with mock.patch("replay.importing.BlockBuilder", partial(BlockBuilder, target=block)):
        assert run(["import", *logs, "-o", str(path), "--quiet"]) == 0
    return path


def monero(folder: Path) -> Path:
    """The captured run of three nodes."""
    return imported(folder / "monero.rec", *[str(CAPTURES / "level1" / f"node{number}.log") for number in (1, 2, 3)])


def xmtpd(folder: Path) -> Path:
    """A simulated run of four nodes, two of which stop attesting."""
    logs = folder / "logs"
    assert run([*XMTPD, "--fault", "quorum-loss@65m..150m:200,300", "-o", str(logs)]) == 0
    return imported(folder / "xmtpd.rec", *sorted(map(str, logs.glob("node-*.log"))), block=100_000)


def transitions(path: Path) -> tuple[TransitionRow, ...]:
    """What the rules that ship tell of a recording."""
    with Recording.open_to_read(path) as recording:
        judged = JudgedJournal(recording, Inventory(), [(0, builtin_rules().rules)])
        return tuple([TransitionRow(number, one) for number, one in enumerate(judged.run(), 1)])


def batches(path: Path, network: str, each: int = 1) -> Iterator[Batch]:
    """A recording, `each` so many blocks in one batch; the first brings what is known from the start, the last a
    checkpoint.
    """
    with Recording.open_to_read(path) as recording:
        player, infos = Player(recording), recording.block_infos()
        expected = Expected(tuple(sorted({source.node for source in player.sources})))
        for place in range(0, len(infos), each):
            before, rows, hot, steps = player.state, [], [], []
            for info in infos[place : place + each]:
                block = recording.block(info.first_seq)
                heard = recording.heard_at_end(info.first_seq)
                rows.append(block_row(info.first_seq, block.columns, block.body, heard))
                hot.append(HotRow(info.first_seq, player.matcher, player.hot_block(info).packed()))
                steps += list(player.steps(info.last_seq))
            last = place + each >= len(infos)
            info = infos[min(place + each, len(infos)) - 1]
            touched = [one for step in steps for one in step.touched]
            yield Batch(
                network,
                meta={} if place else {key: recording.meta(key) for key in ("settings", "inventory")},
                sources=() if place else tuple(recording.sources()),
                incarnations=()
                if not last
                else tuple([one for source in recording.sources() for one in recording.incarnations(source.number)]),
                blocks=tuple(rows),
                hot=tuple(hot),
                events=tuple(event_rows(steps)),
                checkpoint=CheckpointRow(
                    player.fingerprint,
                    info.last_seq,
                    info.last_at,
                    digest(player.state),
                    player.folding.checkpoint(),
                    b"held",
                )
                if last
                else None,
                changes=changes(before, player.state, touched, expected) if place else whole(player.state, expected),
            )


class Filled(NamedTuple):
    """A database and the recordings that it was filled from, by network."""

    address: Address
    recordings: dict[str, Path]


async def fill(address: Address, recordings: dict[str, Path]) -> None:
    """Commit recordings, batch by batch, and then what is told of them."""
    store = await Store.open(address, migrating=True)
    try:
        for network, path in recordings.items():
            assert await store.load(network) is None
            for batch in batches(path, network):
                await store.commit(Commit((batch,)))
            await store.commit(Commit((Batch(network, transitions=transitions(path)),)))
    finally:
        await store.close()


async def fill_half(address: Address, path: Path) -> None:
    """Commit the first batches of a recording, whose nodes are still up there."""
    store = await Store.open(address)
    await store.load("half-way")
    every = list(batches(path, "half-way", 4))
    for batch in every[: len(every) // 2]:
        await store.commit(Commit((batch,)))
    await store.close()


def filled(address: Address, folder: Path) -> Filled:
    """A database with both networks."""
    recordings = {"three-nodes": monero(folder), "stuck": xmtpd(folder)}
    awaited(fill(address, recordings))
    awaited(fill_half(address, recordings["three-nodes"]))
    return Filled(address, recordings)


async def rows_of(address: Address, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query gives."""
    connection = await connected(address)
    try:
        return [tuple(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()


def asked(address: Address, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """The same, for whoever does not wait."""
    return awaited(rows_of(address, sql, *values))
