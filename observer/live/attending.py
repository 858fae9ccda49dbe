"""What somebody is attached to: files, directories, pipes, containers; each becomes streams as it appears."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from observer.candidates import said_node
from observer.exits import Failed
from observer.following.directories import Directory
from observer.following.docker import docker_project
from observer.following.files import FileFollower
from observer.following.groups import Group
from observer.following.happenings import Follower
from observer.following.kubernetes import kubernetes_pods
from observer.following.pipes import PipeFollower
from observer.live.recognition import STDIN, UNKNOWN_FORMAT, NoLog, Origin, Recognition, names_nodes
from observer.live.streams import Stream
from parsers.framing import FRAMINGS
from parsers.systems import Kind
from replay.journal import Incarnation, Role, Source
from replay.reading import by_prefix, line_ends

DOCKER, KUBERNETES = "docker:", "k8s:"


Following = Callable[[Sequence[Incarnation]], Follower]
Kept = Callable[[Source], Sequence[Incarnation]]
"""What the journal has of a source."""


class _Found(NamedTuple):
    """A stream that may be a log."""

    origin: Origin
    follow: Following


class _Waiting(NamedTuple):
    """A stream of which too little has come to say what it is."""

    origin: Origin
    follow: Following
    follower: Follower
    since: int | None = None
    """When the first of it was there."""


class Attached:
    """Everything that the arguments of a command name, followed."""

    def __init__(self, arguments: Sequence[str], recognition: Recognition, kept: Kept, *, tail: bool = False) -> None:
        """Raises Failed where an argument names nothing that can ever be followed."""
        self._recognition = recognition
        self._kept = kept
        self._tail = tail
        self._directories: list[tuple[str | None, Directory]] = []
        self._groups: list[Group] = []
        self._found: list[_Found] = []
        self._waiting: list[_Waiting] = []
        self._followed: set[str] = set()
        self._listed = False
        """Whether the directories have been looked through once."""
        self.sentences: list[str] = []
        """What the user should know of what was named and found; whoever says it takes it out."""
        for argument in arguments:
            self._name(argument)

    def _name(self, argument: str) -> None:
        if argument.startswith(DOCKER):
            self._groups.append(docker_project(argument.removeprefix(DOCKER)))
            return
        if argument.startswith(KUBERNETES):
            namespace, sign, selector = argument.removeprefix(KUBERNETES).partition("/")
            if not sign or not namespace or not selector:
                raise Failed(f"{argument}: name a namespace and a label selector, such as k8s:testnet/app=xmtpd")
            self._groups.append(kubernetes_pods(namespace, selector))
            return
        node, text = said_node(argument)
        if text == "-":
            self._pipe(node)
            return
        for path in _paths(text):
            if path.is_dir():
                self._directories.append((node, Directory(path)))
            else:
                self._file(path, node, explicit=True)

    def _pipe(self, node: str | None) -> None:
        if sys.stdin is None:
            raise Failed("-: standard input is closed; give it something to read")
        if any(one.origin.label == STDIN for one in self._found):
            raise Failed("-: standard input can be read only once; name it once")
        self._found.append(_Found(Origin(STDIN, node), lambda known: PipeFollower(sys.stdin.buffer, STDIN, known)))

    def _file(self, path: Path, node: str | None, *, explicit: bool) -> None:
        path = path.absolute()
        if str(path) not in self._followed:
            self._followed.add(str(path))
            if explicit and not path.exists():
                self.sentences.append(f"{path}: is not there; it is waited for")
            origin = Origin(str(path), node, explicit=explicit)
            # Of a directory everything is meant: rotated members too, and what appears later from its first line on.
            tail = self._tail and (explicit or not self._listed)
            members = not explicit and not tail
            self._found.append(_Found(origin, lambda known: FileFollower(path, known, tail=tail, members=members)))

    def close(self) -> None:
        """Look for nothing more."""
        for group in self._groups:
            group.close()

    @property
    def is_finite(self) -> bool:
        """Whether all that was named are pipes, of which nothing can come once they are closed."""
        return not self._directories and not self._groups and not self._followed

    @property
    def is_settled(self) -> bool:
        """Whether everything that was found is recognised or left out."""
        return not self._found and not self._waiting

    @property
    def is_recognising(self) -> bool:
        """Whether something has bytes, and it is not known yet what it is."""
        return bool(self._found) or any(_beginning(one.follower) for one in self._waiting)

    @property
    def waiting(self) -> Sequence[str]:
        """Labels of what is found, but not recognised yet."""
        return [one.origin.label for one in self._waiting]

    # --- arrivals ------------------------------------------------------------------------------------

    def arrivals(self, now: int, enter: Callable[[Source], Source]) -> list[Stream]:
        """Streams that are followed from now on; their sources have been entered."""
        self._enter = enter
        for node, directory in self._directories:
            for path in directory.look(now):
                self._file(path, node, explicit=False)
        self._listed = True
        for group in self._groups:
            for member in group.look(now):
                origin = Origin(member.label, member.node, member.stream, framing=member.framing)
                self._found.append(_Found(origin, member.follow))
        if not self._found and not self._waiting:
            return []
        return [*self._known_again(now), *self._recognised(now, enter)]

    def _known_again(self, now: int) -> list[Stream]:
        """Streams that the journal has; what is new waits to be recognised."""
        found, self._found = self._found, []
        self._recognition.name([one.origin for one in found])
        streams = []
        for one in found:
            source = self._recognition.known(one.origin)
            parts = self._recognition.parts(one.origin)
            if source is not None:
                known = self._kept(source)
                streams.append(Stream(one.follow(known), [(source, known)]))
            elif parts:
                given = [(part, self._kept(part)) for part in parts]
                follower = one.follow(_least([known for _part, known in given]))
                streams.append(Stream(follower, given, self._welcome(one.origin, _kind(parts))))
            else:
                self._waiting.append(_Waiting(one.origin, one.follow, one.follow(())))
        return streams

    def _recognised(self, now: int, enter: Callable[[Source], Source]) -> list[Stream]:
        """Streams of which enough has come to say what they are."""
        ready: list[tuple[_Waiting, Kind, str | None]] = []
        still: list[_Waiting] = []
        for one in self._waiting:
            beginning = _beginning(one.follower)
            since = now if one.since is None else one.since
            closed = isinstance(one.follower, PipeFollower) and one.follower.is_closed
            kind = self._recognition.kind(one.origin, beginning, waited=now - since, closed=closed)
            if kind is None:
                still.append(one._replace(since=since) if beginning else one)
                continue
            if isinstance(kind, NoLog):
                one.follower.leave(now)
                self.sentences.append(f"{one.origin.label}: {kind.why}; it is left out")
                continue
            if kind.system is None:
                self.sentences.append(f"{one.origin.label}: {UNKNOWN_FORMAT}; its lines are kept and not read")
            if names_nodes(kind):
                ready += [(one, kind, pod) for pod in _pods(kind, beginning)]
            else:
                ready.append((one, kind, None))
        self._waiting = still
        if not ready:
            return []
        sources = self._recognition.sources([(one.origin, kind, pod) for one, kind, pod in ready])
        entered = [enter(source) for source in sources]
        streams: dict[str, tuple[_Waiting, Kind, str | None, list[Source]]] = {}
        for (one, kind, pod), source in zip(ready, entered, strict=True):
            streams.setdefault(one.origin.label, (one, kind, pod, []))[3].append(source)
        return [
            Stream(
                one.follower,
                [(source, ()) for source in given],
                None if pod is None else self._welcome(one.origin, kind),
            )
            for one, kind, pod, given in streams.values()
        ]

    def _welcome(self, origin: Origin, kind: Kind) -> Callable[[str], Source]:
        def welcome(pod: str) -> Source:
            return self._enter(self._recognition.sources([(origin, kind, pod)])[0])

        return welcome


def _paths(text: str) -> list[Path]:
    path = Path(text)
    if text and (path.exists() or not glob.has_magic(text)):
        if not path.parent.is_dir():
            raise Failed(f"{text}: there is no directory {path.parent}; check it with `ls`")
        return [path]
    found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - the pattern may be absolute
    if not found:
        raise Failed(f"{text}: nothing fits this pattern yet; name the directory to wait for files that appear in it")
    return [Path(one) for one in found]


def _beginning(follower: Follower) -> bytes:
    beginning = getattr(follower, "beginning", b"")
    return beginning if isinstance(beginning, bytes) else b""


def _pods(kind: Kind, beginning: bytes) -> list[str]:
    """The nodes that the first lines of a stream name."""
    whole = beginning[: beginning.rfind(b"\n") + 1]
    framing = FRAMINGS[kind.framing]
    return sorted(by_prefix(framing, whole, line_ends(whole), {}))  # type: ignore[arg-type] # names_nodes says so


def _kind(parts: Sequence[Source]) -> Kind:
    best = next((one for one in parts if one.role is not Role.UNREAD), parts[0])
    return Kind(best.framing, best.system, best.form)


def _least(known: Sequence[Sequence[Incarnation]]) -> list[Incarnation]:
    """Of one stream that is several sources, how far all of them have been read."""
    least: dict[int, Incarnation] = {}
    for incarnations in known:
        for one in incarnations:
            kept = least.get(one.count)
            if kept is None or one.high_water < kept.high_water:
                least[one.count] = one
    return [least[count] for count in sorted(least)]
