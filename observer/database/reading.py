"""A network of the database as a recording, so that whatever reads a recording reads it too.

The recording is that of one moment: everything is read in one transaction that sees nothing newer. Sequences, times and
checkpoints are those of the journal, so that every answer is the one that the recording of a live run would give.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from observer.database import loading
from observer.database.address import Address, address_of
from observer.database.batches import CheckpointRow
from observer.database.connecting import Connection, connected
from observer.database.failures import DatabaseFailed, reported
from observer.database.migrating import check
from observer.database.values import key_text
from observer.exits import Failed
from parsers.text import one_line
from replay.blocks import unpack
from replay.failures import RecordingExists
from replay.recording import Recording

JUDGEMENT = "judgement"
"""Where a recording keeps its judgement log."""
BEGINS = "begins"
"""Where a recording keeps the sequence of its first entry, if retention has removed earlier ones."""


@contextmanager
def recorded(text: str) -> Iterator[Path]:
    """The network that an address names, as a recording for as long as this lasts. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="observer-") as folder:
        path = Path(folder) / "network.rec"
        export(address_of(text), path)
        yield path


def export(address: Address, path: Path, network: str | None = None) -> None:
    """Write a network into a new recording. It is the address's where none is named, or the only one there is. Raises
    Failed and RecordingError.
    """
    if path.exists():
        raise RecordingExists(f"{path}: is there already; choose another name")
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with Recording.attach(partial, network or "") as recording:
            asyncio.run(fill(address, recording, network))
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


async def fill(address: Address, recording: Recording, network: str | None = None) -> None:
    """Write a network into an empty recording that is open to attach to. Raises Failed and RecordingError."""
    with reported(address):
        connection = await connected(address)
        try:
            await check(connection, address)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                name, number = await _network(connection, address, network or address.network)
                recording.set_meta("network", name)
                await _settings(connection, number, recording)
                await _journal(connection, number, recording)
                await _judged(connection, number, recording)
        finally:
            connection.terminate()


async def _network(connection: Connection, address: Address, wanted: str | None) -> tuple[str, int]:
    """The network that is meant, by name and number."""
    known = {row["name"]: row["id"] for row in await connection.fetch("SELECT name, id FROM observer.network")}
    shown = one_line(", ".join(sorted(known)[:20]))
    if not known:
        raise DatabaseFailed(f"{address}: holds no network yet; run `observer worker` to fill it")
    if wanted is None:
        if len(known) > 1:
            raise Failed(f"{address}: holds several networks; write {address}/NETWORK with one of {shown}")
        return next(iter(known.items()))
    if key_text(wanted) not in known:
        raise Failed(f"{address}: holds no network {one_line(wanted)!r}; there is {shown}")
    return wanted, known[key_text(wanted)]


async def _settings(connection: Connection, number: int, recording: Recording) -> None:
    for row in await connection.fetch("SELECT key, value FROM observer.meta WHERE network = $1", number):
        recording.set_meta(row["key"], msgspec.msgpack.decode(row["value"]))
    log = await loading.judgements(connection, number)
    if log:
        recording.set_meta(JUDGEMENT, list(log))
    begins = await connection.fetchval("SELECT begins FROM observer.network WHERE id = $1", number)
    if begins > 1:
        recording.set_meta(BEGINS, begins)


async def _journal(connection: Connection, number: int, recording: Recording) -> None:
    for source in await loading.sources(connection, number):
        recording.add_source(source)
    for incarnation in await loading.incarnations(connection, number):
        recording.set_incarnation(incarnation)
    async for stored in loading.blocks(connection, number):
        block = unpack(stored.first_seq, stored.columns, stored.body)
        recording.add_block(stored.first_seq, block.columns, block.body, loading.heard_of(stored))
    hot = "SELECT first_seq, matcher, value FROM observer.hot WHERE network = $1"
    async for row in connection.cursor(hot, number, prefetch=64):
        recording.add_hot(*row)


async def _judged(connection: Connection, number: int, recording: Recording) -> None:
    checkpoints = (
        "SELECT fingerprint, seq, at, digest, state, engine, crc FROM observer.checkpoint WHERE network = $1"
        " ORDER BY seq"
    )
    async for row in connection.cursor(checkpoints, number, prefetch=2):
        kept = loading.checked_checkpoint(CheckpointRow(*row[:6]), row["crc"])
        recording.add_checkpoint(kept.fingerprint, kept.seq, kept.at, kept.digest, kept.state)
        if kept.engine:
            # The last one that comes is the latest, and the one that stays.
            recording.add_held(kept.fingerprint, kept.seq, kept.engine)
    told = "SELECT seq, value FROM observer.transition WHERE network = $1 ORDER BY number"
    async for row in connection.cursor(told, number, prefetch=1000):
        recording.add_transition(*row)
