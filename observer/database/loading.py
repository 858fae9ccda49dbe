"""Reading a network's journal back: everything needed to go on with it, and its blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec

from observer.database.batches import BlockRow, CheckpointRow
from observer.database.failures import DamagedRow
from observer.database.values import key_text
from replay.journal import Incarnation, Source
from replay.judgement import Judgement
from replay.recording import Heard
from waits.alerts import Transition

if TYPE_CHECKING:
    from observer.database.connecting import Connection

BLOCKS_AT_ONCE = 8
"""Fetched ahead: about a mebibyte each, before compression."""
_PLACE = "first_seq, count, first_at, last_at, raw_bytes, crc, heard, ''::bytea, ''::bytea"
_BLOCK = "first_seq, count, first_at, last_at, raw_bytes, crc, heard, columns, body"
_SOURCE = msgspec.msgpack.Decoder(Source)
_INCARNATION = msgspec.msgpack.Decoder(Incarnation)
_HEARD = msgspec.msgpack.Decoder(dict[int, tuple[int, int, int]])
_TRANSITION = msgspec.msgpack.Decoder(Transition)


class Loaded(msgspec.Struct, frozen=True):
    """A network as it was committed last."""

    network: str
    begins: int
    """Sequence of the first entry that retention has left."""
    meta: dict[str, Any]
    sources: tuple[Source, ...]
    incarnations: tuple[Incarnation, ...]
    first: BlockRow | None
    """The first block, without its body."""
    last: BlockRow | None
    """The last block, without its body."""
    heard: dict[int, Heard]
    """What has come from every source."""
    checkpoint: CheckpointRow | None
    """The latest of the fingerprint that was asked for."""
    judgements: tuple[Judgement, ...]
    transitions: int
    """How many there have been; the next one is numbered one more."""
    ledger: bytes | None


async def load(connection: Connection, network: str, fingerprint: bytes | None) -> Loaded | None:
    """None where there is no such network. Raises DamagedRow."""
    row = await connection.fetchrow("SELECT id, begins FROM observer.network WHERE name = $1", key_text(network))
    if row is None:
        return None
    number = row["id"]
    last = await _edge(connection, number, "DESC")
    return Loaded(
        network,
        row["begins"],
        {
            one["key"]: msgspec.msgpack.decode(one["value"])
            for one in await connection.fetch("SELECT key, value FROM observer.meta WHERE network = $1", number)
        },
        await sources(connection, number),
        await incarnations(connection, number),
        await _edge(connection, number, "ASC"),
        last,
        {} if last is None else heard_of(last),
        None if fingerprint is None else await checkpoint(connection, number, fingerprint),
        await judgements(connection, number),
        int(
            await connection.fetchval(
                "SELECT coalesce(max(number), 0) FROM observer.transition WHERE network = $1", number
            )
        ),
        await connection.fetchval("SELECT ledger FROM observer.sending WHERE network = $1", number),
    )


async def _edge(connection: Connection, network: int, direction: str) -> BlockRow | None:
    row = await connection.fetchrow(
        f"SELECT {_PLACE} FROM observer.block WHERE network = $1 ORDER BY first_seq {direction} LIMIT 1",  # noqa: S608 - ASC or DESC
        network,
    )
    return None if row is None else BlockRow(*row)


def heard_of(block: BlockRow) -> dict[int, Heard]:
    """What had come from every source by the end of a block."""
    return {source: Heard(*values) for source, values in _HEARD.decode(block.heard).items()}


async def sources(connection: Connection, network: int) -> tuple[Source, ...]:
    """Every source, by number."""
    rows = await connection.fetch("SELECT value FROM observer.source WHERE network = $1 ORDER BY number", network)
    return tuple([_SOURCE.decode(row["value"]) for row in rows])


async def incarnations(connection: Connection, network: int) -> tuple[Incarnation, ...]:
    """Every incarnation, by source, the earliest first."""
    rows = await connection.fetch(
        "SELECT value FROM observer.incarnation WHERE network = $1 ORDER BY source, count", network
    )
    return tuple([_INCARNATION.decode(row["value"]) for row in rows])


async def checkpoint(
    connection: Connection, network: int, fingerprint: bytes, up_to: int | None = None
) -> CheckpointRow | None:
    """The latest checkpoint of a fingerprint, up to a sequence. Raises DamagedRow."""
    row = await connection.fetchrow(
        "SELECT fingerprint, seq, at, digest, state, engine, crc FROM observer.checkpoint"
        " WHERE network = $1 AND fingerprint = $2 AND ($3::bigint IS NULL OR seq <= $3) ORDER BY seq DESC LIMIT 1",
        *(network, fingerprint, up_to),
    )
    return None if row is None else checked_checkpoint(CheckpointRow(*row[:6]), row["crc"])


def checked_checkpoint(found: CheckpointRow, crc: int) -> CheckpointRow:
    """The same, if it is what was stored. Raises DamagedRow."""
    if found.crc != crc:
        raise DamagedRow(
            f"the checkpoint at sequence {found.seq} is damaged in the database; delete it from observer.checkpoint and"
            " start again: the journal is folded anew"
        )
    return found


async def judgements(connection: Connection, network: int) -> tuple[Judgement, ...]:
    """The judgement log (R20), in order."""
    rows = await connection.fetch(
        "SELECT seq, kind, hash, text FROM observer.judgement WHERE network = $1 ORDER BY number", network
    )
    return tuple([Judgement(*row) for row in rows])


async def transitions(connection: Connection, network: int, after: int = 0) -> list[Transition]:
    """What was told, in order, behind a number."""
    rows = await connection.fetch(
        "SELECT value FROM observer.transition WHERE network = $1 AND number > $2 ORDER BY number", network, after
    )
    return [_TRANSITION.decode(row["value"]) for row in rows]


async def blocks(connection: Connection, network: int, after: int = 0) -> AsyncIterator[BlockRow]:
    """Every block that holds an entry behind a sequence, in order and checked; a few are held at once. The connection
    must be in a transaction. Raises DamagedRow.
    """
    expected: int | None = None
    async for row in connection.cursor(
        f"SELECT {_BLOCK} FROM observer.block WHERE network = $1 AND first_seq + count > $2 ORDER BY first_seq",  # noqa: S608 - a literal
        *(network, after + 1),
        prefetch=BLOCKS_AT_ONCE,
    ):
        block = BlockRow(*row)
        if not block.intact:
            raise DamagedRow(f"the block at sequence {block.first_seq} is damaged in the database; restore a backup")
        if expected is not None and block.first_seq != expected:
            raise DamagedRow(
                f"the block at sequence {expected} is missing in the database, where one begins at {block.first_seq};"
                " restore a backup"
            )
        expected = block.first_seq + block.entries
        yield block
