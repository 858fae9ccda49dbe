"""The file of a recording: making, opening and closing it, and saying in a sentence why that fails (R7)."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from replay.failures import (
    DamagedRecording,
    NewerRecording,
    NotARecording,
    OutOfReach,
    RecordingBusy,
    RecordingError,
)

APPLICATION_ID = 0x4E534F31
"""`NSO1`, in the header of the SQLite file."""
FORMAT_VERSION = 2
"""Read up to. An import writes format 1; format 2 has the tables of those who were attached."""
IMPORTED, ATTACHED = 1, 2
PAGE_BYTES = 16384
_NOT_WRITTEN = ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHMSIZE")
"""Failures of the disk that say nothing of what is on it."""
_TO_DO = (
    ("unable to open", "; check that its directory is there and may be written"),
    ("readonly", "; check that the file and its directory may be written"),
    ("full", "; free some space"),
)
_SQLITE_MAGIC = b"SQLite format 3\0"
_IN_WAL_MODE = b"\x02\x02"

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE source (number INTEGER PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE incarnation (
    source INTEGER NOT NULL, count INTEGER NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (source, count)) WITHOUT ROWID;
CREATE TABLE block (
    first_seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL, heard BLOB NOT NULL, info_crc INTEGER NOT NULL,
    crc INTEGER NOT NULL, columns BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX block_time ON block (last_at, first_seq);
CREATE TABLE hot (
    first_seq INTEGER NOT NULL, matcher BLOB NOT NULL, crc INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (first_seq, matcher)) WITHOUT ROWID;
CREATE TABLE checkpoint (
    fingerprint BLOB NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, digest TEXT NOT NULL,
    crc INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (fingerprint, seq)) WITHOUT ROWID;
"""
_ATTACHED_SCHEMA = """
CREATE TABLE held (
    fingerprint BLOB NOT NULL, seq INTEGER NOT NULL, crc INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (fingerprint, seq)) WITHOUT ROWID;
CREATE TABLE transition (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, crc INTEGER NOT NULL, value BLOB NOT NULL);
"""
"""Of a recording that somebody is or was attached to: what its engine remembered, and what it told (R6)."""


def created(path: Path, *, to_attach: bool = False) -> sqlite3.Connection:
    """A new file with the tables of a recording, for one writer and no reader."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={ATTACHED if to_attach else IMPORTED}")
        connection.executescript(_SCHEMA + _ATTACHED_SCHEMA if to_attach else _SCHEMA)
        connection.execute("BEGIN")
    except BaseException:
        connection.close()
        raise
    return connection


def opened_to_append(path: Path) -> sqlite3.Connection:
    """For the one writer; readers go on."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.2)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
    except BaseException:
        connection.close()
        raise
    return connection


def opened_to_read(path: Path) -> sqlite3.Connection:
    """For one of any number of readers; what nobody can write as immutable."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    if lacks_its_wal(path):
        # SQLite would make an empty one, and nobody would know any more.
        return _connected(f"{uri}&immutable=1")
    try:
        return _connected(uri)
    except sqlite3.OperationalError:
        # On read-only media a recording that is still in WAL mode cannot make its shared-memory file.
        if os.access(path.parent, os.W_OK):
            raise
        return _connected(f"{uri}&immutable=1")


def _connected(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if version >= ATTACHED and mode == "wal":
            # One snapshot for as long as it is open: whoever is attached seals blocks anew meanwhile.
            connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM meta").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def clear(partial: Path, path: Path) -> None:
    """Remove what an import that was killed left; what another import is writing is left to it."""
    if not partial.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(partial, isolation_level=None, timeout=0)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise RecordingBusy(f"{path}: another process is making it; wait for it or choose another name") from None
    except sqlite3.DatabaseError:
        pass
    partial.unlink(missing_ok=True)


def check_header(path: Path) -> int:
    """The version of the file's format. Raises unless it is a recording of one that can be read."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
        size = path.stat().st_size
    except FileNotFoundError:
        raise OutOfReach(f"{path}: there is no such recording; make it of logs with `observer import`") from None
    except OSError as error:
        raise OutOfReach(f"{path}: cannot be read: {error.strerror}") from None
    if not header:
        raise NotARecording(f"{path}: the file is empty, not a recording; make one with `observer import`")
    if not header.startswith(_SQLITE_MAGIC) or len(header) < 100:  # noqa: PLR2004 - SQLite's header
        raise NotARecording(f"{path}: is not a recording; make one of logs with `observer import {path} -o RUN.rec`")
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise NotARecording(f"{path}: is a SQLite database but not a recording")
    version = int.from_bytes(header[60:64])
    if version > FORMAT_VERSION:
        raise NewerRecording(f"{path}: has format {version}, this program reads up to {FORMAT_VERSION}; upgrade it")
    pages, page_bytes = int.from_bytes(header[28:32]), int.from_bytes(header[16:18])
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() and pages * page_bytes > size:
        raise DamagedRecording(f"{path}: is cut off: {size} of {pages * page_bytes} bytes; import the logs again")
    return version


def lacks_its_wal(path: Path) -> bool:
    """Whether the file says that a -wal belongs to it, and there is none."""
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError:
        return False
    return header[18:] == _IN_WAL_MODE and not path.with_name(path.name + "-wal").exists()


def is_being_written(path: Path) -> bool:
    """Whether somebody is attached to it, or adds to it, right now."""
    try:
        # Asked of SQLite: whoever opens and closes the file by itself takes away the locks of his own process.
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as asked:
            asked.execute("BEGIN IMMEDIATE")
            asked.execute("ROLLBACK")
    except sqlite3.Error as error:
        return "locked" in str(error)
    return False


@contextlib.contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's failures into sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text:
            raise RecordingBusy(f"{path}: another process is writing it; wait for it or read another file") from None
        if getattr(error, "sqlite_errorname", "") in _NOT_WRITTEN:
            raise OutOfReach(f"{path}: cannot be written; check the disk and how large a file may be") from None
        if any(
            sign in text for sign in ("malformed", "disk I/O error", "no such", "decode", "unsupported file format")
        ):
            raise DamagedRecording(f"{path}: is damaged ({text}); import the logs again") from None
        todo = next((todo for sign, todo in _TO_DO if sign in text), "")
        raise OutOfReach(f"{path}: {text}{todo}") from None
    except sqlite3.DatabaseError as error:
        raise DamagedRecording(f"{path}: is damaged ({error}); import the logs again") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        # SQLite quotes what it cannot understand, and bytes that are no text break the quotation.
        raise DamagedRecording(f"{path}: is damaged ({error}); import the logs again") from None
    except RecordingError:
        raise
    except OSError as error:
        raise OutOfReach(f"{path}: {error.strerror or error}") from None


def sync(path: Path) -> None:
    """Wait until the file is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
