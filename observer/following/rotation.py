"""The files that a log was rotated into: found in its directory by name, told apart by their beginnings (R1).

A name says that a file may be a member, a number in it says nothing of its age: some writers count up, others down.
Members are in the order in which they were last written. The listing of a directory in which files are being renamed
may leave one out, so it is read until two readings agree.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple

from observer.exits import Failed
from observer.following.holding import Held, Packed, Store
from observer.naming import COMPRESSED, ROTATED, name_of
from replay.journal import HEAD_BYTES, Incarnation, head_of

_LISTINGS = 5
_REMEMBERED = 1024
FileId = tuple[int, int]
"""Device and inode: good as long as a file is held open."""
Order = tuple[int, int, str]
_Seen = tuple[int, int, int, int]
"""Device, inode, time of the last write, size."""


class Found(NamedTuple):
    """A file that may belong to a log, opened."""

    name: str
    store: Store
    beginning: bytes
    """Its first kibibyte, decompressed."""
    size: int | None
    """None where it is compressed."""
    order: Order
    """Its place among the members."""


def _number(name: str) -> str:
    """The number that a writer has given to a member, empty for none."""
    number = COMPRESSED.sub("", name).rpartition(".")[2]
    return number if number.isdigit() else ""


def counts_up(written: Iterable[tuple[int, str]]) -> bool:
    """Whether of members with numbers the later ones have the higher: by those that were last written at different
    times, and where there are none by their looks, as only numbers that count up are filled with zeros.
    """
    numbered = sorted((at, int(number), number) for at, name in written if (number := _number(name)))
    steps = [(one, other) for (at, one, _), (then, other, _) in pairwise(numbered) if at < then]
    rising = sum(1 if one < other else -1 for one, other in steps)
    return rising > 0 if rising else any(number.startswith("0") and len(number) > 1 for *_, number in numbered)


class Heads:
    """The beginnings of what needs not be read again: it was read, or was there before and was not asked for."""

    def __init__(self, known: Iterable[Incarnation]) -> None:
        """Of what was read in former runs only hashes are known."""
        self._hashed = {(one.head_length, one.head) for one in known if one.head_length}
        self._lengths = sorted({length for length, _ in self._hashed})
        self._beginnings: dict[bytes, None] = {}

    def add(self, beginning: bytes) -> None:
        """Also the copies and compressions of this are known from now on."""
        if beginning:
            self._beginnings.pop(beginning, None)
            self._beginnings[beginning] = None
        if len(self._beginnings) > _REMEMBERED:
            del self._beginnings[next(iter(self._beginnings))]

    def know(self, beginning: bytes) -> bool:
        """Whether a file that begins like this is one of them, or a copy of one that is still being made."""
        return any(_alike(beginning, one) for one in self._beginnings) or any(
            len(beginning) >= length and (length, head_of(beginning[:length])[0]) in self._hashed
            for length in self._lengths
        )


def _alike(beginning: bytes, head: bytes) -> bool:
    return beginning.startswith(head) or head.startswith(beginning)


class Members:
    """The rotated members of one log, and the file that has its name."""

    def __init__(self, name: str) -> None:
        """`name` is the path by which the log is followed."""
        self.name = name
        self._dull: dict[_Seen, bytes] = {}
        """What was looked into and is known, with its beginning."""
        self._names: dict[FileId, str] = {}
        """Of the last listing."""
        self._counts_up = False

    def found(self, held: Iterable[Store | None] = (), *, known: bytes = b"") -> tuple[list[Found], Found | None]:
        """Every member but those that are held, in order, and what has the log's own name. What is dull is left out,
        but for what begins with what is `known`.
        """
        skip = {(one.device, one.inode) for one in held if one is not None}
        found: dict[FileId, Found] = {}
        folder, own = os.path.split(os.path.realpath(self.name))
        listed = self._listed(folder, own)
        for _ in range(_LISTINGS):
            for name, seen in listed.items():
                if seen[:2] in skip or seen[:2] in found:
                    continue
                dull = self._dull.get(seen)
                if dull is None or name == own or (known and _alike(dull, known)):
                    self._open(os.path.join(folder, name), found)  # noqa: PTH118 - as text, in the path of every look
            again = self._listed(folder, own)
            if {name: seen[:2] for name, seen in again.items()} == {name: seen[:2] for name, seen in listed.items()}:
                break
            listed = again
        for identity in skip & found.keys():
            found.pop(identity).store.close()
        # Which way they are numbered is known only now.
        found = {identity: one._replace(order=self._order(one.name, one.order[0])) for identity, one in found.items()}
        at_path = found.pop(listed[own][:2], None) if own in listed else None
        return sorted(found.values(), key=lambda one: one.order), at_path

    def dull(self, found: Found) -> None:
        """It is known, and does not have to be opened again while nobody writes to it."""
        try:
            status = os.stat(found.name)  # noqa: PTH116 - as text
        except OSError:
            return
        self._dull[_seen(status)] = found.beginning

    def order_of(self, held: Held, former: Order) -> Order:
        """The place of a file that is held, by the name that it had in the last listing, or else by its former one."""
        written, name = held.status().st_mtime_ns, self._names.get((held.device, held.inode))
        return (written, *former[1:]) if name is None else self._order(name, written)

    def _order(self, name: str, written: int) -> Order:
        """By the last write; of what was written in the same tick of the file system, by the number."""
        number = int(_number(name) or 0)
        return written, number if self._counts_up else -number, name

    def _listed(self, folder: str, own: str) -> dict[str, _Seen]:
        listed = {}
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_member(folder, entry.name, own):
                        try:
                            listed[entry.name] = _seen(entry.stat())
                        except OSError:
                            continue
        except OSError:
            return {}
        self._dull = {seen: self._dull[seen] for seen in listed.values() if seen in self._dull}
        self._names = {seen[:2]: name for name, seen in listed.items()}
        self._counts_up = counts_up((seen[2], name) for name, seen in listed.items())
        return listed

    def _open(self, name: str, found: dict[FileId, Found]) -> None:
        try:
            held = Held(name)
            status = held.status()
            store: Store = held
            if COMPRESSED.search(name):
                held.close()
                store = Packed(name)
            one = Found(
                name,
                store,
                store.beginning(HEAD_BYTES),
                None if isinstance(store, Packed) else status.st_size,
                (status.st_mtime_ns, 0, name),
            )
        except (OSError, Failed):
            return
        earlier = found.setdefault((status.st_dev, status.st_ino), one)
        if earlier is not one:
            one.store.close()


def _seen(status: os.stat_result) -> _Seen:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def is_member(folder: str, name: str, own: str) -> bool:
    """Whether a file's name says that it is the log `own` of that directory, or was rotated off it."""
    if in_pod(folder, own):
        return not name.startswith(".") and in_pod(folder, name)
    while name != own and len(name) > len(own):
        shorter = COMPRESSED.sub("", ROTATED.sub("", name))
        if shorter == name:
            return False
        name = shorter
    return name == own


def in_pod(folder: str, name: str) -> bool:
    """Whether a name is that of one life of a container, as Kubernetes numbers them: 0.log, 1.log and their members."""
    number = PurePath(name).name.partition(".")[0]
    return number.isdigit() and name_of(f"{folder}/{name}").base == folder


def newest(name: str) -> str:
    """What a log is followed by: its name, but in a pod's directory the latest life of the container."""
    folder, own = os.path.split(name)
    if not in_pod(folder, own):
        return name
    try:
        lives = [int(one[:-4]) for one in os.listdir(folder) if one[:-4].isdigit() and one.endswith(".log")]  # noqa: PTH208
    except OSError:
        return name
    return os.path.join(folder, f"{max(lives)}.log") if lives else name  # noqa: PTH118
