"""Answers about a recording that are kept in it, since they follow from it and from the program alone.

To say how a network stands, or how it went, every rule is judged from the first entry on. That is done once: the
answer is put into the recording under a fingerprint of the whole program, of what ships with it, and of what the
recording holds, and given again for as long as none of these is another (R19). Asked of another time, by other rules
or another inventory, it is worked out each time. So it is of a small recording, which nobody writes to by reading it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import msgspec
import zstandard
from pydantic import BaseModel

from observer.reaching import address_in, as_it_is, current
from replay.failures import RecordingError
from replay.opening import is_being_written
from replay.recording import Recording

PACKAGES = ("observer", "parsers", "replay", "state", "waits")
ENDINGS = (".py", ".yaml")
"""Of the files of a package that say what is answered."""
KEPT_FROM_BYTES = 16 << 20
"""Of raw lines: in a smaller recording nothing is kept."""
_KEY = "answer "
"""Before the kind of an answer, the name under which a recording keeps it."""


A = TypeVar("A", bound=BaseModel)


class _Kept(msgspec.Struct, array_like=True):
    fingerprint: bytes
    value: bytes


def at_its_end(path: Path, kind: str, model: type[A], work_out: Callable[[Recording], A]) -> A:
    """The answer of a kind about the end of a recording, as it was kept, or else worked out and kept from then on.
    Raises as `work_out` does.
    """
    if address_in(path) is not None:
        with current(path) as recording:
            return work_out(recording)
    with as_it_is(path) as recording:
        value = kept(recording, kind)
    if value is not None:
        return model.model_validate_json(value)
    with current(path) as recording:
        found = work_out(recording)
        asked_of = fingerprint(recording) if is_worth_keeping(recording) else None
    if asked_of is not None:
        keep(path, kind, asked_of, found.model_dump_json().encode())
    return found


def kept(recording: Recording, kind: str) -> bytes | None:
    """The answer of a kind about the end of a recording, where this program gave it with the recording as it is."""
    held = recording.meta(_KEY + kind)
    if held is None:
        return None
    found = msgspec.convert(held, _Kept, strict=False)
    return zstandard.decompress(found.value) if found.fingerprint == fingerprint(recording) else None


def keep(path: Path, kind: str, asked_of: bytes, value: bytes) -> bool:
    """Keep an answer. `asked_of` is the fingerprint of the recording from which it was made: where somebody has added
    to it since, or writes it now, or nobody can, nothing is kept.
    """
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK) or is_being_written(path):
        return False
    try:
        with Recording.open_to_append(path) as recording:
            if fingerprint(recording) == asked_of:
                put(recording, kind, asked_of, value)
    except RecordingError:
        return False
    return True


def put(recording: Recording, kind: str, asked_of: bytes, value: bytes) -> None:
    """Put an answer into a recording that is open to be written to; `asked_of` is its fingerprint."""
    recording.set_meta(_KEY + kind, _Kept(asked_of, zstandard.compress(value, 3)))


def is_worth_keeping(recording: Recording) -> bool:
    """Whether working an answer out takes long enough. What was taken from beside its -wal is left as it was found, or
    nobody could tell any more that something may be gone.
    """
    return not recording.lacks_its_wal and sum(info.raw_bytes for info in recording.block_infos()) >= KEPT_FROM_BYTES


def fingerprint(recording: Recording) -> bytes:
    """Of the program and of everything in a recording that an answer follows from; the journal by its last place, as it
    only grows.
    """
    hasher = hashlib.blake2b(program_hash(), digest_size=16)
    hasher.update(repr((recording.begins, recording.last())).encode())
    for key in recording.meta_keys():
        if key != "rows" and not key.startswith(_KEY):
            hasher.update(repr((key, recording.meta(key))).encode())
    for source in recording.sources():
        hasher.update(msgspec.msgpack.encode(source))
    return hasher.digest()


@lru_cache(maxsize=1)
def program_hash() -> bytes:
    """Over every module of the program, and over the rules that ship with it."""
    hasher = hashlib.blake2b(digest_size=16)
    for package in PACKAGES:
        spec = find_spec(package)
        for root in () if spec is None else spec.submodule_search_locations or ():
            for file in sorted(_files(root)):
                hasher.update(f"{package}{file[len(root) :]}\0".encode())
                with open(file, "rb") as opened:  # noqa: PTH123 - of hundreds of files, at every start
                    hasher.update(opened.read())
    return hasher.digest()


def _files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.name.endswith(ENDINGS):
                yield entry.path
