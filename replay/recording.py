"""The recording: one network's journal in one SQLite file (R7).

While it is written it is in WAL mode, with one writer and any number of readers; closing it returns to a
single file. Everything read from it is checked first: a recording that cannot be trusted is an error,
never a guess.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Self

import msgspec

from replay.blocks import Block, Columns, checksum, intact, pack, unpack
from replay.checkpoints import WHOLE_EVERY, after
from replay.failures import DamagedRecording, RecordingExists
from replay.journal import Incarnation, Source
from replay.opening import (
    ATTACHED,
    check_header,
    clear,
    created,
    lacks_its_wal,
    opened_to_append,
    opened_to_read,
    reported,
    sync,
)

_COUNTED = ("meta", "source", "incarnation", "block")
"""Tables whose rows are counted: what is derived may be missing."""


class Heard(NamedTuple):
    """What has come from one source, as of some entry (R14)."""

    lines: int
    last_at: int
    raw_bytes: int


class BlockInfo(NamedTuple):
    """A block's place in the journal."""

    first_seq: int
    entries: int
    first_at: int
    last_at: int
    raw_bytes: int

    @property
    def last_seq(self) -> int:
        """Sequence of its last entry."""
        return self.first_seq + self.entries - 1

    def meets(self, first_seq: int, last_seq: int | None) -> bool:
        """Whether any of its entries lies between two sequences, both included; None: however far behind the first."""
        return self.last_seq >= first_seq and (last_seq is None or self.first_seq <= last_seq)


class StoredCheckpoint(NamedTuple):
    """A checkpoint as stored."""

    seq: int
    at: int
    digest: str
    value: bytes
    before: tuple[bytes, ...] = ()
    """Those that must be opened first, in order."""


_LAST = (1 << 63) - 1
"""No sequence is higher."""
_HEARD = msgspec.msgpack.Decoder(dict[int, tuple[int, int, int]])
_SOURCE = msgspec.msgpack.Decoder(Source)
_INCARNATION = msgspec.msgpack.Decoder(Incarnation)


class Recording:
    """A recording, open for reading or writing."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, writable: bool) -> None:
        """Use `create`, `open_to_read` or `open_to_append`."""
        self.path = path
        self.writable = writable
        self.lacks_its_wal = False
        """Whether what was last committed may be gone: the file was taken from beside its -wal."""
        self._connection = connection
        self._finished: Path | None = None

    # --- opening and closing -------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, network: str) -> Recording:
        """A new recording, written beside its final place and moved there by `finish`."""
        return cls._created(path, network, to_attach=False)

    @classmethod
    def attach(cls, path: Path, network: str) -> Recording:
        """A recording to attach to, new or gone on with: what is committed stays in its place, whatever becomes of the
        process.
        """
        if not path.exists() or not path.stat().st_size:
            with reported(path):
                path.unlink(missing_ok=True)
            # Moved there whole: in WAL mode what a file is would stand in its -wal at first, where nobody looks for it.
            cls._created(path, network, to_attach=True).finish()
        # By the header: opening it to write would change the file.
        if check_header(path) < ATTACHED:
            raise RecordingExists(f"{path}: was made by an import; name another file to attach to")
        return cls.open_to_append(path)

    @classmethod
    def _created(cls, path: Path, network: str, *, to_attach: bool) -> Recording:
        if path.exists():
            raise RecordingExists(f"{path}: is there already; choose another name, or add to it with --append")
        partial = path.with_name(path.name + ".partial")
        with reported(path):
            clear(partial, path)
            connection = created(partial, to_attach=to_attach)
        recording = cls(partial, connection, writable=True)
        recording._finished = path
        recording.set_meta("network", network)
        if to_attach:
            recording.set_meta("attached", value=True)
        recording.set_meta("rows", None)
        return recording

    @property
    def place(self) -> Path:
        """Where it is, or will be when it is finished."""
        return self._finished or self.path

    @property
    def begins(self) -> int:
        """Sequence of its first entry: later than 1 where retention has removed earlier ones."""
        return int(self.meta("begins") or 1)

    @property
    def attached(self) -> bool:
        """Whether it is one that somebody is or was attached to."""
        return bool(self.meta("attached"))

    @classmethod
    def open_to_read(cls, path: Path) -> Recording:
        """Open what is there; a file that nobody can write is opened as immutable."""
        check_header(path)
        lost = lacks_its_wal(path)
        with reported(path):
            connection = opened_to_read(path)
        recording = cls(path, connection, writable=False)
        recording.lacks_its_wal = lost
        recording._check_rows()
        return recording

    @classmethod
    def open_to_append(cls, path: Path) -> Recording:
        """Open to add to it. One writer at a time."""
        check_header(path)
        with reported(path):
            connection = opened_to_append(path)
        recording = cls(path, connection, writable=True)
        recording._check_rows()
        return recording

    def __enter__(self) -> Self:
        """As itself."""
        return self

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        """Finish, or throw away what a failure left."""
        if not self.writable:
            self.close()
        elif kind is None:
            try:
                self.finish()
            except BaseException:
                self.abandon()
                raise
        else:
            self.abandon()

    def close(self) -> None:
        """Stop reading."""
        self._connection.close()

    def finish(self) -> None:
        """Commit and leave a single file in its place."""
        self.set_meta("rows", self._row_counts())
        with reported(self.path):
            self._connection.execute("COMMIT")
            self._become_one_file()
            if self._finished is not None:
                sync(self.path)
                if self._finished.exists():
                    raise RecordingExists(f"{self._finished}: has come to be meanwhile; choose another name")
                self.path.rename(self._finished)
                self.path = self._finished
        self.writable = False

    def commit(self) -> None:
        """Commit, and go on writing. Raises where that cannot be; then nothing since the last commit is kept."""
        self.set_meta("rows", self._row_counts())
        with reported(self.path):
            self._connection.execute("COMMIT")
            self._connection.execute("BEGIN IMMEDIATE")

    def roll_back(self) -> None:
        """Forget what was written since the last commit, and go on writing."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        with reported(self.path):
            self._connection.execute("BEGIN IMMEDIATE")

    def abandon(self) -> None:
        """Undo what was not committed; a new recording disappears."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        self._become_one_file()
        if self._finished is not None:
            self.path.unlink(missing_ok=True)
        self.writable = False

    def _become_one_file(self) -> None:
        if self._finished is None:
            # While others read it, it stays as it is, and whole all the same.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()

    def _check_rows(self) -> None:
        """A bit flipped at the head of one of SQLite's pages hides its rows, and no checksum of a row tells."""
        try:
            kept: dict[str, int] = self.meta("rows") or {}
            for table, found in self._row_counts().items():
                if found != kept.get(table):
                    self._damaged(f"the table {table!r} ({found} of {kept.get(table)} rows)")
            orphans = self._rows("SELECT source FROM incarnation WHERE source NOT IN (SELECT number FROM source)")
            for (number,) in orphans:
                self._damaged(f"an incarnation of source {number}, which is not there,")
        except BaseException:
            self._connection.close()
            raise

    def _row_counts(self) -> dict[str, int]:
        return {
            table: count
            for table in _COUNTED
            for (count,) in self._rows(f"SELECT count(*) FROM {table}")  # noqa: S608 - literals of this module
        }

    # --- small tables --------------------------------------------------------------------------------

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value under a name."""
        blob = msgspec.msgpack.encode(value)
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (key, blob, checksum(key.encode(), blob)))

    def meta(self, key: str) -> Any:
        """The value under a name, or None."""
        for value, crc in self._rows("SELECT value, crc FROM meta WHERE key = ?", (key,)):
            self._check(f"the entry {key!r}", crc, key.encode(), value)
            return msgspec.msgpack.decode(value)
        return None

    @property
    def network(self) -> str:
        """The network's name."""
        name = self.meta("network")
        if name is None:
            self._damaged("the network's name")
        return str(name)

    def add_source(self, source: Source) -> None:
        """Enter a source."""
        blob = msgspec.msgpack.encode(source)
        crc = checksum(repr(source.number).encode(), blob)
        self._run("INSERT INTO source VALUES (?, ?, ?)", (source.number, blob, crc))

    def sources(self) -> list[Source]:
        """Every source, by number."""
        found = []
        for number, value, crc in self._rows("SELECT number, value, crc FROM source ORDER BY number"):
            self._check(f"source {number}", crc, repr(number).encode(), value)
            found.append(_SOURCE.decode(value))
        return found

    def set_incarnation(self, incarnation: Incarnation) -> None:
        """Enter an incarnation, or how far it has been read."""
        blob = msgspec.msgpack.encode(incarnation)
        key = (incarnation.source, incarnation.count)
        self._run(
            "INSERT OR REPLACE INTO incarnation VALUES (?, ?, ?, ?)", (*key, blob, checksum(repr(key).encode(), blob))
        )

    def incarnations(self, source: int) -> list[Incarnation]:
        """Every incarnation of a source, the earliest first."""
        found = []
        rows = self._rows("SELECT count, value, crc FROM incarnation WHERE source = ? ORDER BY count", (source,))
        for count, value, crc in rows:
            self._check(f"incarnation {count} of source {source}", crc, repr((source, count)).encode(), value)
            found.append(_INCARNATION.decode(value))
        return found

    # --- blocks --------------------------------------------------------------------------------------

    def add_block(self, first_seq: int, columns: Columns, body: bytes, heard: dict[int, Heard]) -> Block:
        """Store a block. `heard` is what has come from every source up to its end."""
        packed_columns, packed_body = pack(columns, body)
        block = Block(first_seq, columns, packed_body)
        block.keep(body)
        ats = [segment.last_at for segment in columns.segments] + [mark.at for mark in columns.marks]
        row = (first_seq, block.count, columns.first_at, max(ats), len(body))
        heard_blob = msgspec.msgpack.encode(heard)
        info_crc = checksum(repr(row).encode(), heard_blob)
        crc = checksum(repr(row).encode(), packed_columns, packed_body)
        self._run(
            "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, heard_blob, info_crc, crc, packed_columns, packed_body),
        )
        return block

    def block(self, first_seq: int) -> Block:
        """The block that begins at this sequence."""
        rows = self._rows(
            "SELECT first_seq, count, first_at, last_at, raw_bytes, crc, columns, body FROM block WHERE first_seq = ?",
            (first_seq,),
        )
        for *row, crc, columns, body in rows:
            self._check(f"the block at sequence {first_seq}", crc, repr(tuple(row)).encode(), columns, body)
            return unpack(first_seq, columns, body)
        raise DamagedRecording(f"{self.path}: the block at sequence {first_seq} is missing; import the logs again")

    def block_infos(self, first_seq: int = 0, last_seq: int | None = None) -> list[BlockInfo]:
        """Every block from a sequence on, up to the one with another sequence, in order and without a hole."""
        found: list[BlockInfo] = []
        where = (
            "WHERE first_seq >= coalesce((SELECT max(first_seq) FROM block WHERE first_seq <= ?), 0) "
            "AND first_seq + count > ? AND first_seq <= ? ORDER BY first_seq"
        )
        for info, _heard in self._infos(where, (first_seq, first_seq, _LAST if last_seq is None else last_seq)):
            expected = found[-1].last_seq + 1 if found else self.begins if first_seq <= 1 else info.first_seq
            if info.first_seq != expected:
                self._damaged(f"its sequence from {expected}, where a block begins at {info.first_seq},")
            found.append(info)
        return found

    def block_behind(self, at: int) -> BlockInfo | None:
        """The first block that ends behind a journal time."""
        which = "WHERE last_at > ? ORDER BY last_at, first_seq LIMIT 1"
        return next((info for info, _heard in self._infos(which, (at,))), None)

    def heard_at_end(self, first_seq: int) -> dict[int, Heard]:
        """What had come from every source by the end of the block that begins here."""
        for _info, heard in self._infos("WHERE first_seq = ?", (first_seq,)):
            return {source: Heard(*values) for source, values in _HEARD.decode(heard).items()}
        return {}

    def last(self) -> BlockInfo | None:
        """The last block."""
        return next((info for info, _heard in self._infos("ORDER BY first_seq DESC LIMIT 1")), None)

    def first(self) -> BlockInfo | None:
        """The first block."""
        return next((info for info, _heard in self._infos("ORDER BY first_seq LIMIT 1")), None)

    def _infos(self, which: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[BlockInfo, bytes]]:
        """Places of some blocks, with what had come from every source by their ends."""
        columns = "first_seq, count, first_at, last_at, raw_bytes, heard, info_crc"
        rows = self._rows(f"SELECT {columns} FROM block {which}", values)  # noqa: S608 - of literals of this class
        for *row, heard, crc in rows:
            self._check(f"the place of the block at sequence {row[0]}", crc, repr(tuple(row)).encode(), heard)
            yield BlockInfo(*row), heard

    # --- what is derived from blocks -----------------------------------------------------------------

    def add_hot(self, first_seq: int, matcher: bytes, value: bytes) -> None:
        """Keep the wanted lines of a block under the matcher's fingerprint."""
        self._run("INSERT OR REPLACE INTO hot VALUES (?, ?, ?, ?)", (first_seq, matcher, checksum(value), value))

    def hot(self, first_seq: int, matcher: bytes) -> bytes | None:
        """The wanted lines of a block, if they were kept by this matcher."""
        rows = self._rows("SELECT crc, value FROM hot WHERE first_seq = ? AND matcher = ?", (first_seq, matcher))
        for crc, value in rows:
            self._check(f"the hot lines at sequence {first_seq}", crc, value)
            return bytes(value)
        return None

    def add_checkpoint(self, fingerprint: bytes, seq: int, at: int, digest: str, value: bytes) -> None:
        """Keep a checkpoint under the fingerprint of what made it (R19)."""
        crc = checksum(repr((seq, at, digest)).encode(), value)
        self._run(
            "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)",
            (fingerprint, seq, at, digest, crc, value),
        )

    def checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        """The last checkpoint of this fingerprint at or before a sequence, with those that it was written behind."""
        found = last = self._checkpoint(fingerprint, up_to)
        before: list[bytes] = []
        while last is not None and (first := after(last.value)) is not None:
            behind = self._checkpoint(fingerprint, first) if first < last.seq else None
            if behind is None or behind.seq != first or len(before) >= WHOLE_EVERY:
                self._damaged(f"what the checkpoint at sequence {last.seq} was written behind")
            before.append(behind.value)
            last = behind
        return found if found is None else found._replace(before=tuple(reversed(before)))

    def _checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        rows = self._rows(
            "SELECT seq, at, digest, crc, value FROM checkpoint WHERE fingerprint = ? AND seq <= ? "
            "ORDER BY seq DESC LIMIT 1",
            (fingerprint, up_to),
        )
        for seq, at, digest, crc, value in rows:
            self._check(f"the checkpoint at sequence {seq}", crc, repr((seq, at, digest)).encode(), value)
            return StoredCheckpoint(seq, at, digest, value)
        return None

    def checkpoints(self, fingerprint: bytes) -> list[tuple[int, str]]:
        """(sequence, digest) of every checkpoint of this fingerprint."""
        rows = self._rows("SELECT seq, digest FROM checkpoint WHERE fingerprint = ? ORDER BY seq", (fingerprint,))
        return [(seq, digest) for seq, digest in rows]

    def foreign_checkpoints(self, fingerprint: bytes) -> int:
        """How many checkpoints another version of the program made."""
        (row,) = self._rows("SELECT count(*) FROM checkpoint WHERE fingerprint <> ?", (fingerprint,))
        return int(row[0])

    def drop_foreign(self, fingerprint: bytes, matcher: bytes) -> None:
        """Forget checkpoints and hot lines of other versions; new ones are about to be kept."""
        self._run("DELETE FROM checkpoint WHERE fingerprint <> ?", (fingerprint,))
        self._run("DELETE FROM hot WHERE matcher <> ?", (matcher,))

    # --- what was judged while attached --------------------------------------------------------------

    def add_held(self, fingerprint: bytes, seq: int, value: bytes) -> None:
        """Keep what the engine remembers at a checkpoint; what it remembered before is of no use any more."""
        self._run("DELETE FROM held", ())
        self._run("INSERT INTO held VALUES (?, ?, ?, ?)", (fingerprint, seq, checksum(value), value))

    def held(self, fingerprint: bytes) -> tuple[int, bytes] | None:
        """(sequence, what the engine remembered there), under the fingerprint of what made it."""
        if not self.attached:
            return None
        for seq, crc, value in self._rows("SELECT seq, crc, value FROM held WHERE fingerprint = ?", (fingerprint,)):
            self._check(f"what was judged at sequence {seq}", crc, value)
            return seq, bytes(value)
        return None

    def add_transition(self, seq: int, value: bytes) -> None:
        """Keep what was told, in the order in which it was."""
        self._run("INSERT INTO transition (seq, crc, value) VALUES (?, ?, ?)", (seq, checksum(value), value))

    def transitions(self) -> Iterator[bytes]:
        """Everything that was told while attached, in order."""
        if self.attached:
            for number, crc, value in self._rows("SELECT number, crc, value FROM transition ORDER BY number"):
                self._check(f"transition {number}", crc, value)
                yield bytes(value)

    def reseal(self, first_seqs: Sequence[int]) -> None:
        """Take out blocks in place of which a sealed one is about to be stored, with their hot lines."""
        for first_seq in first_seqs:
            self._run("DELETE FROM block WHERE first_seq = ?", (first_seq,))
            self._run("DELETE FROM hot WHERE first_seq = ?", (first_seq,))

    @property
    def connection(self) -> sqlite3.Connection:
        """For tables of whoever is attached that are committed with the journal (R6)."""
        return self._connection

    # --- whole-file checks ---------------------------------------------------------------------------

    def structural_faults(self) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        found = [str(row[0]) for row in self._rows("PRAGMA integrity_check(10)")]
        return [] if found == ["ok"] else found

    def hot_rows(self) -> Iterator[tuple[int, bytes, int, bytes]]:
        """Every kept set of hot lines, as (first sequence, matcher, crc, value)."""
        yield from self._rows("SELECT first_seq, matcher, crc, value FROM hot ORDER BY first_seq, matcher")

    def checkpoint_rows(self) -> Iterator[tuple[bytes, int, int, str, int, bytes]]:
        """Every checkpoint, as (fingerprint, seq, at, digest, crc, value)."""
        yield from self._rows("SELECT fingerprint, seq, at, digest, crc, value FROM checkpoint ORDER BY seq")

    def meta_keys(self) -> list[str]:
        """Names under which values are kept."""
        return [row[0] for row in self._rows("SELECT key FROM meta ORDER BY key")]

    # --- access --------------------------------------------------------------------------------------

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[Any]:
        with reported(self.place):
            # Not `yield from`: closing the generator would close the cursor, of a connection closed before it perhaps.
            for row in self._connection.execute(sql, values):  # noqa: UP028
                yield row

    def _run(self, sql: str, values: tuple[Any, ...]) -> None:
        with reported(self.place):
            self._connection.execute(sql, values)

    def _check(self, what: str, crc: int, *parts: bytes) -> None:
        if not intact(crc, *parts):
            self._damaged(what)

    def _damaged(self, what: str) -> NoReturn:
        raise DamagedRecording(f"{self.path}: {what} is damaged; import the logs again")
