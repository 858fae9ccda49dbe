"""Writing what one commit holds, on a connection that is in a transaction.

Nothing is decided here, and nothing is caught: whatever does not fit ends the transaction, and with it everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from observer.database.batches import Batch, BlockRow, DeadLetter, EventRow, Position, TransitionRow
from observer.database.failures import NotOwner
from observer.database.rows import Changes
from observer.database.tables import EVENT, PRESENT
from observer.database.values import key_text, labels_key, text, time_of
from observer.sending.outbox import WHY_KEPT
from observer.sending.posting import Arrived, Away
from replay.journal import Incarnation, Source
from replay.recording import Heard
from waits.alerts import Change, State

if TYPE_CHECKING:
    from observer.database.connecting import Connection
    from observer.sending.notices import Notice
    from observer.sending.sender import Settled

CHECKPOINTS_KEPT = 4
"""Of one fingerprint, the latest ones; and the last one of each day, to which retention can go back."""
_JSON = msgspec.json.Encoder()
_PACKED = msgspec.msgpack.Encoder()
_HEARD = msgspec.msgpack.Decoder(dict[int, tuple[int, int, int]])
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""NUL as JSON writes it, and not a backslash that stands before `u0000`."""


def json_text(value: object) -> str:
    """JSON as a column takes it: PostgreSQL has no NUL."""
    written = _JSON.encode(value).decode()
    return _NUL.sub(r"\1\\ufffd", written) if "\\u0000" in written else written


async def write_batch(connection: Connection, network: int, batch: Batch) -> None:
    """Everything of one network."""
    if batch.meta:
        rows = [(network, name, _PACKED.encode(value)) for name, value in batch.meta.items()]
        await connection.executemany(
            "INSERT INTO observer.meta VALUES ($1, $2, $3)"
            " ON CONFLICT (network, key) DO UPDATE SET value = excluded.value",
            rows,
        )
    if batch.sources:
        await _sources(connection, network, batch.sources)
    if batch.incarnations:
        await _incarnations(connection, network, batch.incarnations)
    if batch.resealed or batch.blocks or batch.hot:
        await _blocks(connection, network, batch)
    if batch.events:
        await write_events(connection, network, batch.events)
    if batch.checkpoint is not None:
        await _checkpoint(connection, network, batch)
    await _judged(connection, network, batch)
    await _outbox(connection, network, batch)
    if batch.changes is not None:
        await write_changes(connection, network, batch.changes)


async def _sources(connection: Connection, network: int, sources: Sequence[Source]) -> None:
    await connection.executemany(
        "INSERT INTO observer.source (network, number, node, stream, system, framing, role, label, value)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (
                *(network, one.number, key_text(one.node), key_text(one.stream), text(one.system), text(one.framing)),
                *(one.role.value, text(one.label), _PACKED.encode(one)),
            )
            for one in sources
        ],
    )


async def _incarnations(connection: Connection, network: int, incarnations: Sequence[Incarnation]) -> None:
    await connection.executemany(
        "INSERT INTO observer.incarnation VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (network, source, count) DO UPDATE SET value = excluded.value",
        [(network, one.source, one.count, _PACKED.encode(one)) for one in incarnations],
    )


async def _blocks(connection: Connection, network: int, batch: Batch) -> None:
    if batch.resealed:
        for table in ("block", "hot"):
            await connection.execute(
                f"DELETE FROM observer.{table} WHERE network = $1 AND first_seq = ANY($2::bigint[])",  # noqa: S608 - one of two literals
                network,
                list(batch.resealed),
            )
    await connection.executemany(
        "INSERT INTO observer.block (network, first_seq, count, first_at, last_at, raw_bytes, crc, heard, columns,"
        " body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [(network, *row) for row in batch.blocks],
    )
    await connection.executemany(
        "INSERT INTO observer.hot VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (network, first_seq, matcher) DO UPDATE SET value = excluded.value",
        [(network, *row) for row in batch.hot],
    )
    if batch.blocks:
        await _heard(connection, network, batch.blocks[-1])


async def _heard(connection: Connection, network: int, block: BlockRow) -> None:
    """What has come from every source, as people ask it."""
    heard = {source: Heard(*values) for source, values in _HEARD.decode(block.heard).items()}
    await connection.execute(
        "UPDATE observer.source AS s SET lines = h.lines, last_at = h.last_at, raw_bytes = h.raw_bytes"
        " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS h (number, lines, last_at, raw_bytes)"
        " WHERE s.network = $1 AND s.number = h.number AND s.lines <> h.lines",
        network,
        list(heard),
        [one.lines for one in heard.values()],
        [one.last_at for one in heard.values()],
        [one.raw_bytes for one in heard.values()],
    )


async def write_events(connection: Connection, network: int, events: Sequence[EventRow]) -> None:
    """By COPY, which takes thirty times the rows of single inserts."""
    await connection.copy_records_to_table(
        "event",
        schema_name="observer",
        columns=EVENT,
        records=[
            (network, seq, n, time_of(at), at, text(node), type(event).__name__, json_text(event))
            for seq, n, at, node, event in events
        ],
    )


async def _checkpoint(connection: Connection, network: int, batch: Batch) -> None:
    one = batch.checkpoint
    assert one is not None  # noqa: S101 - asked by the caller
    await connection.execute(
        "INSERT INTO observer.checkpoint (network, fingerprint, seq, at, digest, crc, state, engine)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (network, fingerprint, seq) DO UPDATE"
        " SET at = excluded.at, digest = excluded.digest, crc = excluded.crc, state = excluded.state,"
        " engine = excluded.engine",
        *(network, one.fingerprint, one.seq, one.at, one.digest, one.crc, one.state, one.engine),
    )
    await connection.execute(
        "DELETE FROM observer.checkpoint AS c USING ("
        " SELECT fingerprint, seq, row_number() OVER (ORDER BY seq DESC) AS place,"
        " lead(at) OVER (ORDER BY seq) / 86400000000000 IS DISTINCT FROM at / 86400000000000 AS last_of_day"
        " FROM observer.checkpoint WHERE network = $1 AND fingerprint = $2) AS k"
        " WHERE c.network = $1 AND c.fingerprint = k.fingerprint AND c.seq = k.seq AND k.place > $3"
        " AND NOT k.last_of_day",
        network,
        one.fingerprint,
        CHECKPOINTS_KEPT,
    )


async def _judged(connection: Connection, network: int, batch: Batch) -> None:
    if batch.judgements:
        await connection.executemany(
            "INSERT INTO observer.judgement VALUES ($1, $2, $3, $4, $5, $6)",
            [(network, n, one.seq, one.kind, one.hash, text(one.text, len(one.text))) for n, one in batch.judgements],
        )
    if batch.transitions:
        await _transitions(connection, network, batch.transitions)
    if batch.verdicts:
        await connection.executemany(
            "INSERT INTO observer.verdict VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (network, name) DO UPDATE"
            " SET condition = excluded.condition, result = excluded.result, at_ns = excluded.at_ns,"
            " value = excluded.value",
            [(network, key_text(one.name), text(one.condition, 4096), *one[2:]) for one in batch.verdicts],
        )


_OF_ALERT = (
    "INSERT INTO observer.alert_now AS a (network, key, rule, severity, state, labels, annotations, since_ns,"
    " changed_ns, seq, blind, blind_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    " ON CONFLICT (network, key) DO UPDATE SET severity = excluded.severity, changed_ns = excluded.changed_ns,"
    " seq = excluded.seq"
)
_MOVED = (
    f"{_OF_ALERT}, state = excluded.state, annotations = excluded.annotations, since_ns = excluded.since_ns,"
    " blind = false, blind_reason = NULL"
)
_SIGHT = f"{_OF_ALERT}, blind = excluded.blind, blind_reason = excluded.blind_reason"
_STANDS = {
    Change.PENDING.value: State.PENDING,
    Change.FIRING.value: State.FIRING,
    Change.RESOLVED.value: State.INACTIVE,
}


async def _transitions(connection: Connection, network: int, transitions: Sequence[TransitionRow]) -> None:
    history = []
    for number, one in transitions:
        labels, annotations = json_text(one.labels), json_text(one.annotations)
        reason = text(one.reason)
        history.append(
            (
                *(network, number, one.seq, one.at, one.rule, one.state, one.severity, labels, annotations, reason),
                *(one.since, _PACKED.encode(one)),
            )
        )
        blind = one.state == Change.BLIND.value
        state = _STANDS.get(one.state, State.INACTIVE).value
        await connection.execute(
            _MOVED if one.state in _STANDS else _SIGHT,
            *(network, labels_key(one.rule, one.labels), one.rule, one.severity, state, labels, annotations),
            *(one.since, one.at, one.seq, blind, reason if blind else None),
        )
    await connection.executemany(
        "INSERT INTO observer.transition VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", history
    )


async def write_changes(connection: Connection, network: int, changes: Changes) -> None:
    """The tables of the present."""
    for name, table in PRESENT.items():
        change = changes.tables.get(name)
        if changes.whole:
            await connection.execute(table.clear, network)
            if change is not None and change.put:
                await connection.copy_records_to_table(
                    name,
                    schema_name="observer",
                    columns=("network", *table.columns),
                    records=[(network, *row) for row in change.put],
                )
        elif change is not None:
            if change.deleted:
                await connection.executemany(table.delete, [(network, *key) for key in change.deleted])
            if change.put:
                await connection.executemany(table.put, [(network, *row) for row in change.put])


async def _outbox(connection: Connection, network: int, batch: Batch) -> None:
    for to, notices in batch.notices:
        await put_notices(connection, network, to, notices)
    for to, one in batch.settled:
        await settle_notices(connection, network, to, one)
    if batch.prune_before is not None:
        await connection.execute(
            "DELETE FROM observer.outbox WHERE network = $1 AND settled_at < $2", network, batch.prune_before
        )
    if batch.ledger is not None:
        await keep_ledger(connection, network, batch.ledger)


async def put_notices(connection: Connection, network: int, to: str, notices: Sequence[Notice]) -> None:
    """What is to be sent; one that is known already, by its key, is left as it is."""
    await connection.executemany(
        "INSERT INTO observer.outbox (network, destination, key, alert, at, value) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (network, destination, key) DO NOTHING",
        [(network, to, key_text(one.key), one.alert, one.at, _PACKED.encode(one)) for one in notices],
    )


async def settle_notices(connection: Connection, network: int, to: str, one: Settled) -> None:
    """What became of notices: sent, refused for good, or to be tried again."""
    keys = [key_text(key) for key in one.keys]
    values: tuple[object, ...]
    if isinstance(one.outcome, Arrived):
        change, values = "settled_at = $4, sent = true", (one.at,)
    elif isinstance(one.outcome, Away):
        change = "attempts = attempts + 1, again_at = $4, why = $5"
        values = (one.again_at, text(one.outcome.why, WHY_KEPT))
    else:
        change, values = "settled_at = $4, why = $5", (one.at, text(one.outcome.why, WHY_KEPT))
    await connection.execute(
        f"UPDATE observer.outbox SET {change} WHERE network = $1 AND destination = $2 AND key = ANY($3::text[])"  # noqa: S608 - literals
        " AND settled_at IS NULL",
        *(network, to, keys, *values),
    )


async def keep_ledger(connection: Connection, network: int, ledger: bytes) -> None:
    """What the notices follow from."""
    await connection.execute(
        "INSERT INTO observer.sending VALUES ($1, $2) ON CONFLICT (network) DO UPDATE SET ledger = excluded.ledger",
        network,
        ledger,
    )


async def advance(connection: Connection, one: Position) -> None:
    """Compare and set: nobody else may have gone on meanwhile. Raises NotOwner."""
    done = await connection.fetchval(
        "UPDATE observer.position SET next_offset = $5 WHERE topic = $1 AND partition = $2"
        " AND next_offset IS NOT DISTINCT FROM $3::bigint AND epoch = $4 RETURNING 1",
        *(one.topic, one.partition, one.expected, one.epoch, one.next_offset),
    )
    if done is None:
        raise NotOwner(
            f"partition {one.partition} of {one.topic} has gone on elsewhere since offset {one.expected}: another"
            " worker owns it now; load what it has committed before going on"
        )


async def count_dead(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Add to what could not be read."""
    await connection.executemany(
        "INSERT INTO observer.dead_letter AS d VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (topic, partition, why) DO UPDATE SET count = d.count + excluded.count,"
        " last_offset = excluded.last_offset, last_at = excluded.last_at",
        [(one.topic, one.partition, key_text(one.why), one.count, one.last_offset, one.last_at) for one in letters],
    )
