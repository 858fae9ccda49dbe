"""An engine and a cluster that are directories, as the programs in tests/fakes show them, and who follows them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from observer.following.groups import Group, Member
from observer.following.happenings import Follower, Happening, Lost, Missing, Opened, Read
from replay.journal import Incarnation

FAKES = Path(__file__).resolve().parents[2] / "fakes"
ROOM = 1 << 18
PATIENCE = 20.0


def write(path: Path, value: Any) -> None:
    """Put JSON in the place of what was there, at once."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(value))
    partial.rename(path)


def identifier(name: str) -> str:
    """64 hexadecimal digits, as docker's."""
    return name.encode().hex().ljust(64, "0")


class Reachable:
    """What a fake shows, as a directory."""

    root: Path

    def down(self) -> None:
        """The daemon cannot be reached."""
        (self.root / "down").touch()

    def up(self) -> None:
        """It can be reached again."""
        (self.root / "down").unlink()

    def calls(self, verb: str) -> list[list[str]]:
        """The arguments of every call of one of the fake's verbs."""
        found = [json.loads(line) for line in (self.root / "calls.jsonl").read_text().splitlines()]
        return [call for call in found if call[0] == verb]


class Engine(Reachable):
    """What the fake docker shows."""

    def __init__(self, root: Path) -> None:
        """An engine without containers."""
        self.root = root
        self._created = 0
        for folder in ("containers", "logs"):
            (root / folder).mkdir(parents=True)
        (root / "events.jsonl").touch()

    def run(self, name: str, service: str = "web", *, number: int = 1, state: str = "running", **labels: str) -> str:
        """Create and start a container; its id."""
        container = identifier(name)
        self._created += 1
        known = {
            "com.docker.compose.project": "net",
            "com.docker.compose.service": service,
            "com.docker.compose.container-number": str(number),
            "com.docker.compose.oneoff": "False",
        }
        described = {
            "id": container,
            "name": name,
            "state": state,
            "labels": known | {f"com.docker.compose.{key}": value for key, value in labels.items()},
            "created": self._created,
        }
        (self.root / "logs" / f"{container}.jsonl").touch()
        write(self.root / "containers" / f"{container}.json", described)
        return container

    def logs(self, container: str, *lines: tuple[str, str], stream: str = "stdout") -> None:
        """Let a container log (time, text); a text without a line break is the beginning of a line."""
        records = [json.dumps({"log": text, "stream": stream, "time": at}) + "\n" for at, text in lines]
        with (self.root / "logs" / f"{container}.jsonl").open("a") as file:
            file.write("".join(records))

    def rotate_away(self, container: str, keep: int) -> None:
        """Of what a container has logged the last records are kept."""
        path = self.root / "logs" / f"{container}.jsonl"
        records = path.read_text().splitlines(keepends=True)
        path.write_text("".join(records[len(records) - keep :]))

    def becomes(self, container: str, state: str) -> None:
        """A container is running, exited, ..."""
        path = self.root / "containers" / f"{container}.json"
        write(path, json.loads(path.read_text()) | {"state": state})

    def remove(self, container: str) -> None:
        """Remove a container with its log."""
        (self.root / "containers" / f"{container}.json").unlink()
        (self.root / "logs" / f"{container}.jsonl").unlink()

    def event(self, at: int, action: str, container: str) -> None:
        """Tell of an event at nanoseconds UTC."""
        value = {"Type": "container", "Action": action, "id": container, "time": at // 10**9, "timeNano": at}
        with (self.root / "events.jsonl").open("a") as file:
            file.write(json.dumps(value) + "\n")


class Cluster(Reachable):
    """What the fake kubectl shows: pods of one container each, named `node`."""

    def __init__(self, root: Path) -> None:
        """A cluster without pods."""
        self.root = root
        self._created = 0
        for folder in ("pods", "logs"):
            (root / folder).mkdir(parents=True)

    def start(self, pod: str, uid: str, number: int = 0, *, shown: int | None = None) -> None:
        """The container's start with this number, from 0 on; `shown` is what the API server tells meanwhile."""
        self._created += 1
        (self.root / "logs" / f"{uid}.{number}.log").touch()
        self._set(pod, uid, number, state="running", shown=number if shown is None else shown)

    def die(self, pod: str, uid: str, number: int, state: str = "terminated") -> None:
        """It ends, and is `terminated` or already `waiting` to be started again."""
        self._set(pod, uid, number, state=state, shown=number)

    def forget_previous(self, pod: str) -> None:
        """The kubelet has the log before the present one no more."""
        path = self.root / "pods" / f"{pod}.json"
        known = json.loads(path.read_text())
        known["containers"]["node"]["before"] = None
        write(path, known)

    def delete(self, pod: str) -> None:
        """Delete a pod."""
        (self.root / "pods" / f"{pod}.json").unlink()

    def logs(self, uid: str, number: int, *lines: tuple[str, str], tag: str = "F") -> None:
        """Let a start log (time, text)."""
        with (self.root / "logs" / f"{uid}.{number}.log").open("a") as file:
            file.write("".join(f"{at} stdout {tag} {text}\n" for at, text in lines))

    def _set(self, pod: str, uid: str, number: int, *, state: str, shown: int) -> None:
        ended = {"terminated": {"exitCode": 1, "reason": "Error"}}
        states = {
            "running": {"running": {"startedAt": "2026-11-21T07:00:00Z"}},
            "terminated": ended,
            "waiting": {"waiting": {"reason": "CrashLoopBackOff"}},
        }
        last: dict[str, Any] = ended if state == "waiting" or shown else {}
        status = {"name": "node", "restartCount": shown, "state": states[state], "lastState": last}
        before = number if state == "waiting" else number - 1
        described = {
            "shown": {
                "metadata": {
                    "name": pod,
                    "namespace": "test",
                    "uid": uid,
                    "labels": {"app": "node"},
                    "creationTimestamp": f"2026-11-21T07:{self._created:02}:00Z",
                },
                "status": {"phase": "Running", "containerStatuses": [status]},
            },
            "containers": {
                "node": {
                    "present": f"{uid}.{number}",
                    "before": None if before < 0 else f"{uid}.{before}",
                    "alive": state == "running",
                }
            },
        }
        write(self.root / "pods" / f"{pod}.json", described)


class Source:
    """What a journal has of one source."""

    def __init__(self) -> None:
        """Nothing."""
        self.incarnations: dict[int, Incarnation] = {}
        self.data: dict[int, bytes] = {}
        self.happened: list[Happening] = []

    @property
    def text(self) -> str:
        """All lines without their times, of one incarnation after the other."""
        whole = b"".join(self.data[count] for count in sorted(self.data)).decode()
        return "".join(line.partition(" ")[2] for line in whole.splitlines(keepends=True))

    def of(self, kind: type[Any]) -> list[Any]:
        """What happened of one kind."""
        return [one for one in self.happened if isinstance(one, kind)]

    def take(self, happening: Happening) -> None:
        """Keep it, and hold that bytes come at the offset where the last ended."""
        self.happened.append(happening)
        if isinstance(happening, Opened):
            known = self.incarnations.get(happening.incarnation)
            assert happening.start == (known.high_water if known else 0)
            assert happening.fresh == (known is None)
            one = Incarnation(1, happening.incarnation, happening.head, happening.head_length, 0, happening.label)
            self.incarnations[happening.incarnation] = known or one
            self.data.setdefault(happening.incarnation, b"")
        elif isinstance(happening, Read):
            known = self.incarnations[happening.incarnation]
            assert happening.offset == known.high_water
            assert happening.data.endswith(b"\n") or happening.torn
            self.data[happening.incarnation] += happening.data
            self.incarnations[happening.incarnation] = msgspec.structs.replace(
                known, high_water=known.high_water + len(happening.data), resume=happening.resume
            )


class Place(NamedTuple):
    """A follower and where its happenings go."""

    follower: Follower
    source: Source


class Attached:
    """A run of an observer over a group; what it has read outlives it in `journal`."""

    def __init__(self, make: Callable[[], Group], journal: dict[str, Source], room: int = ROOM) -> None:
        """`make` makes the group."""
        self.group = make()
        self.journal = journal
        self.members: list[Member] = []
        self._places: list[Place] = []
        self._passed = 0
        self._room = room

    def now(self) -> int:
        """The time, in nanoseconds UTC."""
        return time.time_ns() + self._passed

    def time_passes(self, seconds: float) -> None:
        """Let it be later for this run."""
        self._passed += int(seconds * 10**9)

    def look(self) -> None:
        """Look once."""
        for member in self.group.look(self.now()):
            self.members.append(member)
            source = self.journal.setdefault(f"{member.node}/{member.stream}", Source())
            self._places.append(Place(member.follow(list(source.incarnations.values())), source))
        for place in self._places:
            for happening in place.follower.look(self.now(), self._room):
                place.source.take(happening)

    def until(self, reached: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Look until something is so; fail where it does not become so."""
        deadline = time.monotonic() + patience
        while not reached():
            assert time.monotonic() < deadline, {name: source.happened for name, source in self.journal.items()}
            self.look()
            time.sleep(0.003)

    def looks(self, times: int) -> None:
        """Look some times."""
        for _ in range(times):
            self.look()
            time.sleep(0.003)

    def kill(self) -> None:
        """The run is over, wherever it is."""
        for place in self._places:
            assert place.follower.leave(self.now()) == []
        self.group.close()


def gaps(happened: Sequence[Happening]) -> list[int | None]:
    """How much was missing."""
    return [one.size for one in happened if isinstance(one, Missing)]


def losses(happened: Sequence[Happening]) -> list[str]:
    """Why it was lost."""
    return [one.why for one in happened if isinstance(one, Lost)]
