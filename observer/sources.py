"""From what the user names to the sources of a recording: found, told apart, recognised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from observer.candidates import Candidate, candidates
from observer.exits import Failed
from observer.inventory import Inventory
from observer.naming import LOG_LIKE, Name, distinguished, name_of, refuse_ambiguous
from observer.streams import Opener
from parsers.framing import FRAMINGS, Prefixed
from parsers.systems import SYSTEMS, Kind, kind_of
from replay.importing import Feed, Member
from replay.journal import HEAD_BYTES, Incarnation, Role, Source, head_of
from replay.ordering import UNDATED
from replay.reading import by_prefix, cut
from replay.stamps import Stamper
from replay.zones import zone_named

SNIFF_BYTES = 1 << 17
SNIFF_LINES = 400
NO_LOGS = (
    (b"SQLite format 3\0", "is a recording or another database"),
    (b"PK\x03\x04", "is a zip archive, which has to be unpacked"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive, which has to be unpacked"),
    (b"\x04\x22\x4d\x18", "is compressed with lz4 and has to be decompressed"),
)
"""What people name in place of logs, by its first bytes."""


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
    said: bool = False
    """Whether the user or the inventory named the node: then no directory takes the name's place."""
    beginning: bytes = b""


def find(  # noqa: PLR0913 - what discovery depends on
    arguments: Sequence[str],
    said: Said,
    inventory: Inventory,
    opener: Opener,
    spool: Path,
    known: Sequence[Source] = (),
    begun: Sequence[Incarnation] = (),
) -> Found:
    """The sources that the arguments give. `known` are those of the recording that is added to, `begun` what
    they were read from.
    """
    left_out: list[LeftOut] = []
    files: list[_File] = []
    size = 0
    for candidate, same in _once(list(candidates(arguments, opener, spool))):
        if same is not None:
            left_out.append(LeftOut(candidate.label, f"is the same file as {same.label}"))
            continue
        found, why = _recognised(candidate, said, inventory)
        if not found and candidate.label in opener.cut_off:
            why = "is cut off or damaged before its first line"
        if why:
            left_out.append(LeftOut(candidate.label, why))
            continue
        size += candidate.size
        files += [_as_known(file, known, begun) for file in found]
    grouped = _grouped(files)
    _refuse_unknown_zones(said, {node for node, _stream in grouped})
    return Found(_feeds(grouped, said, inventory, known), left_out, size)


def _once(given: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate | None]]:
    """Each candidate, with the one that is taken in its place where two names are one file: a file stands before
    links to it, as Kubernetes' /var/log/containers holds.
    """
    taken: dict[tuple[str | None, tuple[int, int]], Candidate] = {}
    for one in given:
        if one.file is not None:
            first = taken.setdefault((one.node, one.file), one)
            if first.link and not one.link:
                taken[one.node, one.file] = one
    for one in given:
        first = one if one.file is None else taken[one.node, one.file]
        yield one, None if first is one else first


def _as_known(file: _File, known: Sequence[Source], begun: Sequence[Incarnation]) -> _File:
    """A file that is in the recording keeps its name there (R1): which directories tell logs apart depends on what
    else is named, and a second name would be a second node with the same lines.
    """
    same = {
        one.source
        for one in begun
        if 0 < one.head_length <= len(file.beginning) and head_of(file.beginning[: one.head_length])[0] == one.head
    }
    found = [source for source in known if source.number in same and name_of(source.label).base == file.name.base]
    if file.said or len(found) != 1:
        return file
    return file._replace(name=file.name._replace(node=found[0].node, stream=found[0].stream), said=True)


def _grouped(files: Sequence[_File]) -> dict[tuple[str, str], list[_File]]:
    """Files by node and stream. Raises Failed where two logs would be one source."""
    given = [(file, file.candidate.label, file.name) for file in files if not file.said]
    named = [*distinguished(given), *((file, file.name) for file in files if file.said)]
    refuse_ambiguous((file.candidate.label, name) for file, name in named)
    grouped: dict[tuple[str, str], list[_File]] = {}
    for file, name in named:
        grouped.setdefault((name.node, name.stream), []).append(file._replace(name=name))
    return grouped


def _refuse_unknown_zones(said: Said, nodes: Iterable[str]) -> None:
    """A zone for a node that is not there is a slip of the pen, and the times of some other node are wrong."""
    for node, zone in said.zones.items():
        if node and node not in nodes:
            raise Failed(f"--tz {node}={zone}: there is no log of that node; there are {', '.join(sorted(nodes))}")


def _recognised(candidate: Candidate, said: Said, inventory: Inventory) -> tuple[list[_File], str]:
    """The files of a candidate, or why it is left out."""
    name = name_of(candidate.label)
    node = candidate.node or inventory.node_for(candidate.label, name.node)
    entry = inventory.nodes.get(node or name.node)
    with candidate.open() as stream:
        beginning = stream.read(SNIFF_BYTES)
    if not beginning:
        # It may become a log of any format, and a source's format is told once.
        return [], "is empty"
    if (other := next((what for magic, what in NO_LOGS if beginning.startswith(magic)), None)) is not None:
        return [], other
    records = beginning.split(b"\n")[:SNIFF_LINES]
    records = [record + b"\n" for record in records if record]
    kind = kind_of(
        records, said.framing or (entry.framing if entry else None), said.system or (entry.system if entry else None)
    )
    if not candidate.explicit and (kind.system is None or kind.form is None):
        if b"\0" in beginning:
            return [], "is binary"
        if not LOG_LIKE.search(Path(candidate.label).name):
            return [], "is in no log format that is known"
    named = name if node is None else name._replace(node=node)
    framing = FRAMINGS[kind.framing]
    if isinstance(framing, Prefixed):
        return _by_node(candidate, kind, named, framing, inventory), ""
    first = _first_time(records, kind)
    return [_File(candidate, kind, named, first, said=node is not None, beginning=beginning[:HEAD_BYTES])], ""


def _by_node(candidate: Candidate, kind: Kind, name: Name, framing: Prefixed, inventory: Inventory) -> list[_File]:
    """A file that names the node on every line is as many sources as it names nodes."""
    prefixes: dict[bytes, str] = {}
    lines: Counter[str] = Counter()
    with candidate.open() as stream:
        for _offset, data, ends in cut(stream):
            for pod, found in by_prefix(framing, data, ends, prefixes).items():
                lines[pod] += len(found)
    pods = sorted(pod for pod in lines if pod)
    if candidate.node and len(pods) > 1:
        raise Failed(
            f"{candidate.node}={candidate.label}: its lines are of {len(pods)} nodes ({', '.join(pods)}); "
            "leave the name away, or give each of them an alias in the inventory"
        )
    files = []
    for pod in sorted(lines):
        if not pod:
            unprefixed = Kind(kind.framing, None, None)
            files.append(_File(candidate, unprefixed, name._replace(stream="unprefixed"), 0, pod))
            continue
        node = candidate.node or inventory.node_for(candidate.label, pod)
        pod_name = Name(node or pod, name.stream, f"{name.base}:{pod}")
        files.append(_File(candidate, kind, pod_name, 0, pod, said=node is not None))
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
        else:
            _refuse_change(source, files, said)
        members = tuple(Member(file.candidate.label, file.candidate.open, file.prefix) for file in files)
        feeds.append(Feed(source, members))
    return _with_roles(feeds, known)


def _refuse_change(source: Source, files: Sequence[_File], said: Said) -> None:
    """How a source is read was settled with its first line: another way would go unheeded. Raises Failed."""
    for file in files:
        was, now = (source.system, source.framing), (file.kind.system, file.kind.framing)
        if file.kind.system is not None and was != now:
            raise Failed(
                f"{file.candidate.label}: is {now[0]} in framing {now[1]}, but in the recording {source.name} is "
                f"{was[0] or 'of no known format'} in framing {was[1]}; import all logs again into another recording"
            )
    zone = said.zones.get(source.node) or said.zones.get("")
    if zone is not None and zone != source.zone:
        raise Failed(
            f"--tz {zone}: the recording reads the times of {source.name} as {source.zone}; "
            "import all logs again into another recording"
        )


def _with_roles(feeds: list[Feed], known: Sequence[Source]) -> list[Feed]:
    given = with_roles([feed.source for feed in feeds], known)
    return [replace(feed, source=source) for feed, source in zip(feeds, given, strict=True)]


def with_roles(sources: Sequence[Source], known: Sequence[Source]) -> list[Source]:
    """Of two forms of one log that which shows more is primary. What a recording has already decided stays."""
    decided = {source.number for source in known}
    primary = {(source.node, source.system): source.form for source in known if source.role is Role.PRIMARY}
    for system, form in ((one.name, form) for one in SYSTEMS.values() for form in one.format.forms):
        for source in sources:
            if source.role is Role.PRIMARY and (source.system, source.form) == (system, form):
                primary.setdefault((source.node, system), form)
    result = []
    for source in sources:
        chosen = primary.get((source.node, source.system), source.form)
        evidence = source.number not in decided and source.role is Role.PRIMARY and source.form != chosen
        result.append(_as_evidence(source) if evidence else source)
    return result


def _as_evidence(source: Source) -> Source:
    return msgspec.structs.replace(source, role=Role.EVIDENCE)
