"""From what the user names to the sources of a recording: found, told apart, recognised."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from observer.exits import Failed
from observer.inventory import Inventory
from observer.naming import LOG_LIKE, Name, distinguished, name_of, refuse_ambiguous
from observer.streams import Candidate, Opener, is_tar, spooled_stdin, unpacked
from parsers.easylogging import CONSOLE, FILE
from parsers.framing import FRAMINGS, Prefixed
from parsers.systems import Kind, kind_of
from replay.importing import Feed, Member
from replay.journal import Role, Source
from replay.ordering import UNDATED
from replay.reading import by_prefix, cut
from replay.stamps import Stamper
from replay.zones import zone_named

SNIFF_BYTES = 1 << 17
SNIFF_LINES = 400


@dataclass(frozen=True, slots=True)
class Said:
    """What the user said of every source, or of one node's."""

    system: str | None = None
    framing: str | None = None
    zones: dict[str, str] = field(default_factory=dict)
    """Time zones by node; "" is for all."""

    def zone(self, node: str, inventory: Inventory) -> str:
        """The zone in which a node writes times without an offset."""
        entry = inventory.nodes.get(node)
        return self.zones.get(node) or (entry and entry.timezone) or self.zones.get("") or "UTC"


class LeftOut(NamedTuple):
    """A file that was found and not taken."""

    label: str
    why: str


@dataclass(slots=True)
class Found:
    """Everything that an import is made of."""

    feeds: list[Feed]
    left_out: list[LeftOut]
    size: int
    """Bytes on disk."""


class _File(NamedTuple):
    candidate: Candidate
    kind: Kind
    name: Name
    first_time: int
    prefix: str | None = None


def candidates(arguments: Sequence[str], opener: Opener, spool: Path) -> Iterator[Candidate]:
    """Every file that the arguments name: files, directories, globs, archives, NODE=PATH, `-`."""
    for argument in arguments:
        node, text = _said_node(argument)
        if text == "-":
            path = spooled_stdin(spool)
            yield Candidate("stdin", opener.of(path, "stdin"), path.stat().st_size, node)
            continue
        for path in _paths(text):
            yield from _of_path(path, node, opener, spool)


def _said_node(argument: str) -> tuple[str | None, str]:
    node, sign, path = argument.partition("=")
    if sign and node and "/" not in node and not Path(argument).exists():
        return node, path
    return None, argument


def _paths(text: str) -> list[Path]:
    path = Path(text)
    if path.exists():
        return [path]
    if glob.has_magic(text):
        found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - the pattern may be absolute
        if not found:
            raise Failed(f"{text}: nothing fits this pattern; check it with `ls {text}`")
        return [Path(one) for one in found]
    raise Failed(f"{text}: there is no such file or directory")


def _of_path(path: Path, node: str | None, opener: Opener, spool: Path) -> Iterator[Candidate]:
    if path.is_dir():
        for file in _files_below(path):
            yield from _of_file(file, node, opener, spool, explicit=False)
    else:
        yield from _of_file(path, node, opener, spool, explicit=True)


def _files_below(folder: Path) -> Iterator[Path]:
    """Regular files, hidden ones aside, in order."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file():
                yield path


def _of_file(path: Path, node: str | None, opener: Opener, spool: Path, *, explicit: bool) -> Iterator[Candidate]:
    if not stat.S_ISREG(path.stat().st_mode):
        path, label = _spooled(path, spool), str(path)
        yield Candidate(label, opener.of(path, label), path.stat().st_size, node, explicit)
    elif is_tar(path):
        for name, file in unpacked(path, spool):
            label = f"{path}/{name.removeprefix('./')}"
            yield Candidate(label, opener.of(file, label), file.stat().st_size, node, explicit=False)
    else:
        yield Candidate(str(path), opener.of(path, str(path)), path.stat().st_size, node, explicit)


def _spooled(path: Path, spool: Path) -> Path:
    """A pipe can be read once, and sources are read twice."""
    target = spool / f"pipe.{len(list(spool.iterdir()))}"
    with path.open("rb") as pipe, target.open("wb") as out:
        while chunk := pipe.read(1 << 20):
            out.write(chunk)
    return target


def find(  # noqa: PLR0913 - what discovery depends on
    arguments: Sequence[str],
    said: Said,
    inventory: Inventory,
    opener: Opener,
    spool: Path,
    known: Sequence[Source] = (),
    noticed: Callable[[str], None] = lambda _label: None,
) -> Found:
    """The sources that the arguments give. `known` are those of the recording that is added to."""
    left_out: list[LeftOut] = []
    files: list[_File] = []
    size = 0
    for candidate in candidates(arguments, opener, spool):
        noticed(candidate.label)
        taken, why = _recognised(candidate, said, inventory)
        if why:
            left_out.append(LeftOut(candidate.label, why))
            continue
        size += candidate.size
        files += taken
    named = [(file, name) for file, name in distinguished([(file, file.candidate.label, file.name) for file in files])]
    refuse_ambiguous((file.candidate.label, name) for file, name in named if file.prefix is None)
    grouped: dict[tuple[str, str], list[_File]] = {}
    for file, name in named:
        grouped.setdefault((name.node, name.stream), []).append(file._replace(name=name))
    return Found(_feeds(grouped, said, inventory, known), left_out, size)


def _recognised(candidate: Candidate, said: Said, inventory: Inventory) -> tuple[list[_File], str]:
    """The files of a candidate, or why it is left out."""
    name = name_of(candidate.label)
    node = candidate.node or inventory.node_for(candidate.label, name.node)
    entry = inventory.nodes.get(node or name.node)
    with candidate.open() as stream:
        beginning = _beginning(stream)
    records = beginning.split(b"\n")[:SNIFF_LINES]
    records = [record + b"\n" for record in records if record]
    kind = kind_of(
        records, said.framing or (entry.framing if entry else None), said.system or (entry.system if entry else None)
    )
    if not candidate.explicit and kind.system is None:
        if b"\0" in beginning:
            return [], "is binary"
        if not LOG_LIKE.search(Path(candidate.label).name):
            return [], "is in no log format that is known"
    named = name if node is None else name._replace(node=node)
    framing = FRAMINGS[kind.framing]
    if isinstance(framing, Prefixed):
        return _by_node(candidate, kind, named, framing, inventory), ""
    return [_File(candidate, kind, named, _first_time(records, kind))], ""


def _beginning(stream: object) -> bytes:
    data = b""
    while len(data) < SNIFF_BYTES:
        more: bytes = stream.read(SNIFF_BYTES - len(data))  # type: ignore[attr-defined]
        if not more:
            break
        data += more
    return data


def _by_node(candidate: Candidate, kind: Kind, name: Name, framing: Prefixed, inventory: Inventory) -> list[_File]:
    """A file that names the node on every line is as many sources as it names nodes."""
    prefixes: dict[bytes, str] = {}
    lines: Counter[str] = Counter()
    with candidate.open() as stream:
        for _offset, data, ends in cut(stream):
            for node, found in by_prefix(framing, data, ends, prefixes).items():
                lines[node] += len(found)
    pods = sorted(node for node in lines if node)
    files = []
    for pod in sorted(lines):
        if not pod:
            files.append(_File(candidate, Kind("bare", None, None), name._replace(stream="unprefixed"), 0, pod))
            continue
        only = candidate.node if candidate.node and len(pods) == 1 else None
        node = only or inventory.node_for(candidate.label, pod) or pod
        files.append(_File(candidate, kind, Name(node, name.stream, f"{name.base}:{pod}"), 0, pod))
    return files


def _first_time(records: Sequence[bytes], kind: Kind) -> int:
    """The first date, by which rotated members are ordered."""
    stamper = Stamper(FRAMINGS[kind.framing], zone_named("UTC"))
    for record in records:
        data = np.frombuffer(record, dtype=np.uint8)
        found = int(stamper.times(data, np.array([0]), np.array([len(data)]))[0])
        if found != UNDATED:
            return found
    return 0


def _feeds(
    grouped: dict[tuple[str, str], list[_File]], said: Said, inventory: Inventory, known: Sequence[Source]
) -> list[Feed]:
    by_name = {(source.node, source.stream): source for source in known}
    number = max((source.number for source in known), default=0)
    feeds = []
    for (node, stream), files in sorted(grouped.items(), key=lambda one: "/".join(one[0])):
        files.sort(key=lambda file: (file.first_time, file.candidate.label))
        source = by_name.get((node, stream))
        if source is None:
            number += 1
            best = next((file.kind for file in files if file.kind.system), files[0].kind)
            source = Source(
                number=number,
                node=node,
                stream=stream,
                system=best.system,
                framing=best.framing,
                form=best.form,
                zone=said.zone(node, inventory),
                role=Role.PRIMARY if best.system else Role.UNREAD,
                label=files[-1].candidate.label,
            )
        members = tuple(Member(file.candidate.label, file.candidate.open, file.prefix) for file in files)
        feeds.append(Feed(source, members))
    return _with_roles(feeds, known)


def _with_roles(feeds: list[Feed], known: Sequence[Source]) -> list[Feed]:
    """Of the two forms of one log the file form is primary: it shows category and thread. What a recording
    has already decided stays.
    """
    decided = {source.number for source in known}
    primary = {(source.node, source.system): source.form for source in known if source.role is Role.PRIMARY}
    for form in (FILE, CONSOLE):
        for feed in feeds:
            if feed.source.role is Role.PRIMARY and feed.source.form == form:
                primary.setdefault((feed.source.node, feed.source.system), form)
    result = []
    for feed in feeds:
        source = feed.source
        if source.number not in decided and source.role is Role.PRIMARY:
            chosen = primary.get((source.node, source.system), source.form)
            if source.form != chosen:
                source = _as_evidence(source)
        result.append(replace(feed, source=source))
    return result


def _as_evidence(source: Source) -> Source:
    return msgspec.structs.replace(source, role=Role.EVIDENCE)
