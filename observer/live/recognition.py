"""What a stream that is followed is: its node, its system, its framing, told from its name and its first lines.

As an import tells it (`observer.sources`), but piecemeal: a log may be empty yet, or have one line. What a source is
is settled once, so it waits a little for lines enough, and no longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

import msgspec

from observer.inventory import Inventory
from observer.naming import LOG_LIKE, Name, distinguished, name_of
from observer.sources import NO_LOGS, SNIFF_LINES, Said, with_roles
from parsers.framing import FRAMINGS, Prefixed
from parsers.systems import Kind, kind_of
from replay.journal import Role, Source

PATIENCE_NS, LONG_PATIENCE_NS = 2 * 10**9, 20 * 10**9
"""So long a stream of which nothing is recognised is waited for, with its first lines unread: the longer one where they
are so few that they may be what a program says before it has set up its log.
"""
UNKNOWN_FORMAT = "is in no log format that is known"
STDIN = "stdin"
_FEW = 10


class Origin(msgspec.Struct, frozen=True):
    """Where a stream comes from."""

    label: str
    """Its path, or what else names it, for people; equal whenever the same stream is attached to."""
    node: str | None = None
    """The node, where the user or the transport said it."""
    stream: str | None = None
    explicit: bool = True
    """Named by the user, rather than found in a directory: then it is a log, whatever it looks like."""
    framing: str | None = None
    """Where whoever reads it puts it on."""


class NoLog(msgspec.Struct, frozen=True):
    """Why a stream is left out."""

    why: str


class Recognition:
    """Gives sources to streams, for one journal."""

    def __init__(self, said: Said, inventory: Inventory, known: Sequence[Source] = ()) -> None:
        """`known` are the sources that the journal has."""
        self._said = said
        self._inventory = inventory
        self._sources = list(known)
        self._names: dict[str, Name] = {}

    def name(self, origins: Sequence[Origin]) -> None:
        """Name streams that were found together, so that logs of one name in different directories differ."""
        fresh = [one for one in origins if one.label not in self._names]
        said, found = [], []
        for one in fresh:
            name = name_of(one.label)
            if one.stream is not None:
                name = name._replace(stream=one.stream)
            node = one.node or self._inventory.node_for(one.label, name.node)
            if node is None:
                found.append((one, one.label, name))
            else:
                said.append((one, name._replace(node=node)))
        for one, name in [*distinguished(found), *said]:
            self._names[one.label] = self._apart(one, name)

    def _apart(self, origin: Origin, name: Name) -> Name:
        """A name that no other stream has: the directory helps, as it does where logs are found together."""
        taken = {(one.node, one.stream) for label, one in self._names.items() if label != origin.label}
        taken |= {(one.node, one.stream) for one in self._sources if one.label != origin.label}
        for folder in reversed(PurePath(origin.label).parts[:-1]):
            if (name.node, name.stream) not in taken:
                break
            name = name._replace(node=f"{folder.strip('/')}/{name.node}")
        count, stream = 2, name.stream
        while (name.node, name.stream) in taken:
            name, count = name._replace(stream=f"{stream}{count}"), count + 1
        return name

    def known(self, origin: Origin) -> Source | None:
        """The source that the journal has of a stream already."""
        return next((one for one in self._sources if one.label == origin.label), None)

    def parts(self, origin: Origin) -> list[Source]:
        """The sources that the journal has of the nodes that a stream names on its lines."""
        return [one for one in self._sources if one.label.startswith(f"{origin.label} (")]

    def kind(self, origin: Origin, beginning: bytes, *, waited: int, closed: bool = False) -> Kind | NoLog | None:
        """What a stream is by its first lines, `waited` nanoseconds after the first of them was there; None where that
        cannot be told yet. Of one that is closed nothing more can come.
        """
        other = next((what for magic, what in NO_LOGS if beginning.startswith(magic)), None)
        if other is not None:
            return NoLog(other)
        lines = beginning.split(b"\n") if closed else beginning.split(b"\n")[:-1]
        records = [record + b"\n" for record in lines[:SNIFF_LINES] if record]
        if closed and not records:
            return NoLog("ended before a line came")
        patience = LONG_PATIENCE_NS if len(records) < _FEW else PATIENCE_NS
        if not records:
            return _no_log(origin, beginning) if waited > patience else None
        name = self._names[origin.label]
        entry = self._inventory.nodes.get(name.node)
        framing = self._said.framing or origin.framing or (entry.framing if entry else None)
        found = kind_of(records, framing, self._said.system or (entry.system if entry else None))
        if found.system is not None and found.form is not None:
            return found
        return (_no_log(origin, beginning) or found) if closed or waited > patience else None

    def sources(self, found: Sequence[tuple[Origin, Kind, str | None]]) -> list[Source]:
        """A source for each of these streams, or for each node that one of them names on its lines. All that were
        recognised together are given together, as one of two forms of one log is the evidence.
        """
        number = max((one.number for one in self._sources), default=0)
        made = []
        for place, (origin, kind, pod) in enumerate(found, start=1):
            name = self._names[origin.label]
            node = name.node
            if pod is not None:
                node = origin.node or self._inventory.node_for(origin.label, pod) or pod or name.node
            read = kind.system is not None and pod != ""
            made.append(
                Source(
                    number=number + place,
                    node=node,
                    stream=name.stream if pod != "" else "unprefixed",
                    system=kind.system if read else None,
                    framing=kind.framing,
                    form=kind.form if read else None,
                    zone=self._said.zone(node, self._inventory),
                    role=Role.PRIMARY if read else Role.UNREAD,
                    label=origin.label if pod is None else f"{origin.label} ({pod})",
                )
            )
        given = with_roles(made, self._sources)
        self._sources += given
        return given


def _no_log(origin: Origin, beginning: bytes) -> NoLog | None:
    """Why a stream that looks like no log that is known is none at all."""
    if origin.explicit:
        return None
    if b"\0" in beginning:
        return NoLog("is binary")
    return None if LOG_LIKE.search(Path(origin.label).name) else NoLog(UNKNOWN_FORMAT)


def names_nodes(kind: Kind) -> bool:
    """Whether each line of such a stream names its node."""
    return isinstance(FRAMINGS[kind.framing], Prefixed)
