r"""`docker:PROJECT`: the containers of a compose project, by docker's own command line.

A container's stdout and stderr are one stream, named stdout, in the order in which docker kept them: what a node
says on stderr when it dies belongs behind what it logged before. (Where a line of more than 16 KiB is being written
to the one while a line comes on the other, docker itself tells their parts apart no more.)

A node is named by its service; its second container, and further ones, by service and number. The first keeps the
bare name however many there are, so that scaling a service up renames nobody, and a source stays the same (R1). What
`docker compose run` starts is named by its container's own name.

What docker says of the containers (started, died with which code, out of memory, killed, unhealthy) is the stream
`events` of a node `docker`: one JSON object a line, with its own time before it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from observer.following.groups import Containers, Group, Listed
from observer.following.lives import Life
from parsers.clock import NS

_LABEL = "com.docker.compose"
_EVENTS = (
    *("create", "start", "restart", "die", "kill", "oom", "stop"),
    *("pause", "unpause", "rename", "destroy", "health_status"),
)
"""Not those of the commands that health checks run, of which there may be many a second."""
_EPOCH = "1970-01-01T00:00:01Z"
_SHORT = 12


class _Container(msgspec.Struct):
    id: str
    name: str
    state: str
    service: str
    number: str
    oneoff: str


class _Event(msgspec.Struct):
    timeNano: int  # noqa: N815 - docker's own word
    Action: str = ""
    id: str = ""


_FORMAT = (
    '{"id":{{json .ID}},"name":{{json .Names}},"state":{{json .State}},'
    + ",".join(
        f'"{key}":{{{{json (.Label "{_LABEL}.{label}")}}}}'
        for key, label in (("service", "service"), ("number", "container-number"), ("oneoff", "oneoff"))
    )
    + " }"
)
"""Labels one by one: in docker's own list of them, a comma may be one's end or its content."""
_CONTAINER = msgspec.json.Decoder(_Container)
_EVENT = msgspec.json.Decoder(_Event)
_ALIVE = ("running", "restarting", "paused")


def docker_project(name: str) -> Group:
    """The containers of a compose project. Raises Failed where docker cannot be asked."""
    return _Project(name).group


class _Project:
    def __init__(self, name: str) -> None:
        self._name = name
        self._starts: dict[str, int] = {}
        chosen = f"--filter=label={_LABEL}.project={name}"
        command = ("docker", "ps", "--all", "--no-trunc", chosen, f"--format={_FORMAT}")
        self._events = Listed(
            "docker",
            "events",
            (
                Life(
                    identity=f"docker-events:{name}",
                    label=f"docker:{name} events",
                    command=(
                        "docker", "events", chosen, "--filter=type=container",
                        *(f"--filter=event={event}" for event in _EVENTS), "--format={{json .}}",
                    ),
                    since="--since=",
                    everything=_EPOCH,
                    framed=self._noted,
                ),
            ),
        )  # fmt: skip
        self.group = Containers(f"docker:{name}", command, self._listed)

    def _listed(self, written: bytes) -> list[Listed]:
        lives: dict[str, list[Life]] = {}
        # Docker lists the latest first.
        for line in reversed(written.splitlines()):
            found = _CONTAINER.decode(line)
            lives.setdefault(_node(found), []).append(self._life(found))
        return [self._events, *(Listed(node, "stdout", tuple(found)) for node, found in lives.items())]

    def _life(self, found: _Container) -> Life:
        return Life(
            identity=f"docker:{found.id}",
            label=f"docker:{self._name} {found.name} ({found.id[:_SHORT]})",
            command=("docker", "logs", "--timestamps", "--follow", found.id),
            since="--since=",
            running=found.state in _ALIVE,
            merged=True,
            turn=self._starts.get(found.id, 0),
        )

    def _noted(self, line: bytes) -> bytes:
        """An event with its time before it. It tells the group that there is something to be seen."""
        try:
            event = _EVENT.decode(line)
            seconds, fraction = divmod(event.timeNano, NS)
            head = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z "
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, OverflowError, OSError):
            return line
        if event.Action == "start" and event.id:
            self._starts[event.id] = self._starts.get(event.id, 0) + 1
        self.group.hurry()
        return head.encode() + line


def _node(found: _Container) -> str:
    if found.oneoff.lower() == "true" or not found.service:
        return found.name
    return found.service if found.number in ("", "1") else f"{found.service}-{found.number}"
