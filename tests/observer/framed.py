"""The captured logs as transports would have kept them: what docker, Kubernetes, journald and compose write."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.observer.captures import CAPTURES, NODES

_DATE = re.compile(rb"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})")
CONTAINER_IDS = {node: f"{node[-1]}" * 64 for node in NODES}
POD_UID = "0b2f7c1e-93d4-4a51-8a54-0f6f1a2b3c4d"


def stamped(level: str, node: str, form: str) -> Iterator[tuple[str, bytes]]:
    """Each line of a captured log with the time at which a transport would have seen it, in nanoseconds."""
    when = "1970-01-01T00:00:00.000000000Z"
    for line in (CAPTURES / level / f"{node}.{form}").read_bytes().splitlines(keepends=True):
        found = _DATE.search(line)
        if found is not None:
            when = f"{found[1].decode()}T{found[2].decode()}123456Z"
        yield when, line


def _compact(record: dict[str, str]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def docker_records(lines: Iterator[tuple[str, bytes]], longest: int = 16384) -> bytes:
    """Docker's json-file: a line longer than `longest` bytes is several records, of which the last has the break."""
    return b"".join(
        _compact({"log": line[start : start + longest].decode(), "stream": "stdout", "time": when})
        for when, line in lines
        for start in range(0, len(line), longest)
    )


def cri_records(lines: Iterator[tuple[str, bytes]], longest: int = 16384) -> bytes:
    """CRI: P before a piece that goes on, F before a whole line or its last piece."""
    records = []
    for when, line in lines:
        text = line.removesuffix(b"\n")
        for start in range(0, max(1, len(text)), longest):
            tag = b"F" if start + longest >= len(text) else b"P"
            records.append(b"%s stdout %s %s\n" % (when.encode(), tag, text[start : start + longest]))
    return b"".join(records)


def prefixed(level: str, prefix: Callable[[str], str], *, stamps: bool = False) -> bytes:
    """All nodes in one file by time, each line behind the name of its node."""
    lines = sorted(
        ((when, node, place, line) for node in NODES for place, (when, line) in enumerate(stamped(level, node, "log"))),
        key=lambda one: one[:3],
    )
    return b"".join(
        prefix(node).encode() + (f"{when} ".encode() if stamps else b"") + line for when, node, _place, line in lines
    )


def journald_records(lines: Iterator[tuple[str, bytes]], first: int = 1_795_244_000_000_000) -> bytes:
    """`journalctl -o json`, with the microseconds at which journald received each line."""
    return b"".join(
        _compact(
            {"__REALTIME_TIMESTAMP": str(first + place), "_COMM": "monerod", "MESSAGE": line.decode().rstrip("\n")}
        )
        for place, (_when, line) in enumerate(lines)
    )


def docker_folder(folder: Path, level: str, form: str, longest: int) -> Path:
    """/var/lib/docker/containers: a directory per container, its configuration beside its log."""
    for node, container in CONTAINER_IDS.items():
        place = folder / "containers" / container
        place.mkdir(parents=True)
        (place / f"{container}-json.log").write_bytes(docker_records(stamped(level, node, form), longest))
        (place / "config.v2.json").write_text(json.dumps({"ID": container, "Name": f"/{node}", "State": {}}))
    return folder / "containers"


def pod_folder(folder: Path, level: str, form: str, longest: int) -> Path:
    """/var/log/pods: NAMESPACE_POD_UID/CONTAINER/0.log."""
    for node in NODES:
        place = folder / "pods" / f"testnet_{node}_{POD_UID[:-1]}{node[-1]}" / "monerod"
        place.mkdir(parents=True)
        (place / "0.log").write_bytes(cri_records(stamped(level, node, form), longest))
    return folder / "pods"
