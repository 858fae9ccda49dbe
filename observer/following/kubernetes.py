"""`k8s:NAMESPACE/SELECTOR`: the containers of pods, by kubectl.

A node is a pod, a stream is a container in it, as in the names of files under /var/log/pods. A start of a container
is an incarnation: each has a log of its own, of which the kubelet keeps two, the present one and the one before it,
and it gives only what its last rotation has left of each. So what a crash left behind is read from `--previous`; what
was there before it cannot be had.

The pod's status may be some seconds behind the kubelet, while `kubectl logs` gives the log of whatever container is
there now. Therefore what is asked for is believed when a status that was asked for later still shows the same start.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from observer.following.groups import Containers, Group, Listed
from observer.following.lives import Life
from parsers.clock import NS

SETTLE = 3 * NS
"""How far a pod's status may be behind: the kubelet looks at its containers once a second, and reports then."""


class _State(msgspec.Struct):
    running: dict[str, Any] | None = None
    terminated: dict[str, Any] | None = None


class _Status(msgspec.Struct, rename="camel"):
    name: str
    restart_count: int = 0
    state: _State = msgspec.field(default_factory=_State)
    last_state: _State = msgspec.field(default_factory=_State)


class _PodStatus(msgspec.Struct, rename="camel"):
    init_container_statuses: list[_Status] = []
    container_statuses: list[_Status] = []
    ephemeral_container_statuses: list[_Status] = []


class _Metadata(msgspec.Struct, rename="camel"):
    name: str
    uid: str
    creation_timestamp: str = ""


class _Pod(msgspec.Struct):
    metadata: _Metadata
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)


class _Pods(msgspec.Struct):
    items: list[_Pod]


_PODS = msgspec.json.Decoder(_Pods)


def kubernetes_pods(namespace: str, selector: str, *, settle: int = SETTLE) -> Group:
    """The containers of the pods of a namespace that a label selector chooses. Raises Failed where kubectl cannot
    ask. `settle` is in nanoseconds.
    """

    def read(written: bytes) -> list[Listed]:
        found: dict[tuple[str, str], list[Life]] = {}
        pods = sorted(_PODS.decode(written).items, key=lambda pod: (pod.metadata.creation_timestamp, pod.metadata.uid))
        for pod in pods:
            of = pod.status
            for status in (*of.init_container_statuses, *of.container_statuses, *of.ephemeral_container_statuses):
                lives = found.setdefault((pod.metadata.name, status.name), [])
                lives.extend(_lives(namespace, pod.metadata, status, settle))
        return [Listed(*key, tuple(lives)) for key, lives in found.items() if lives]

    command = ("kubectl", "get", "pods", f"--namespace={namespace}", f"--selector={selector}", "--output=json")
    return Containers(f"k8s:{namespace}/{selector}", command, read)


def _lives(namespace: str, pod: _Metadata, status: _Status, settle: int) -> Iterator[Life]:
    """The starts of a container of which the kubelet may have the log."""
    where = (f"--namespace={namespace}", pod.name, f"--container={status.name}", "--timestamps")
    running, started = status.state.running is not None, status.restart_count
    present = running or status.state.terminated is not None

    def life(number: int, how: str, *, running: bool) -> Life:
        return Life(
            identity=_identity(pod, status, number),
            label=f"k8s:{namespace}/{pod.name} {status.name}, start {number + 1}",
            command=("kubectl", "logs", *where, how),
            since="--since-time=",
            running=running,
            follows=_identity(pod, status, number - 1) if number else "",
            settle=settle,
        )

    if status.last_state.terminated is not None:
        # While it waits to be started again, the start that is counted last is the one before.
        yield life(started - present, "--previous", running=False)
    if present:
        yield life(started, "--follow", running=running)


def _identity(pod: _Metadata, status: _Status, number: int) -> str:
    return f"k8s:{pod.uid}/{status.name}/{number}"
