"""Which node and stream a file is, by its name (R1).

node3.log.2.gz                                  node3, log       a rotated member
bitmonero.log-2026-11-21-07-02-58               bitmonero, log   a rotated member
<64 hex digits>-json.log                        the container's name or short id
/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log POD, CONTAINER
/var/log/containers/POD_NAMESPACE_CONTAINER-<id>.log
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple, TypeVar

from observer.exits import Failed

COMPRESSED = re.compile(r"\.(?:gz|zst|zstd|xz|bz2)$")
ROTATED = re.compile(r"(?:\.\d{1,4}|[-.]\d{4}-?\d\d-?\d\d(?:[-_T.]\d\d[-:]?\d\d(?:[-:]?\d\d)?)?|\.old)$")
STREAMS = ("log", "stdout", "stderr", "out", "err")
WRAPPINGS = (
    "txt",
    "json",
    "jsonl",
    "ndjson",
    "docker",
    "cri",
    "k8s",
    "kubectl",
    "journal",
    "journald",
    "compose",
)
LOG_LIKE = re.compile(r"\.(?:log|stdout|stderr|out|err)(?:$|[.-])|^(?:stdout|stderr)$|-json\.log")
_CONTAINER_ID = re.compile(r"([0-9a-f]{64})(?:-json)?$")
_POD_FILE = re.compile(r"(?P<pod>[a-z0-9.-]+)_[a-z0-9-]+_(?P<container>[a-z0-9-]+)-[0-9a-f]{64}$")
_POD_FOLDER = re.compile(r"[a-z0-9-]+_(?P<pod>[a-z0-9.-]+)_[0-9a-f-]{32,36}$")


class Name(NamedTuple):
    """What a file's name says of it."""

    node: str
    stream: str
    base: str
    """The file's name without compression and rotation: equal for members of one log."""


def name_of(label: str) -> Name:
    """Node, stream and base name from a path."""
    path = PurePath(label.replace("\\", "/"))
    base = path.name
    while (shorter := COMPRESSED.sub("", ROTATED.sub("", base))) not in (base, ""):
        base = shorter
    stem, stream = _stem(base)
    folders = path.parts[:-1]
    pod = _POD_FOLDER.fullmatch(folders[-2]) if len(folders) > 1 else None
    if pod is not None and (stem.isdigit() or base == path.name):
        return Name(pod["pod"], folders[-1], str(path.parent))
    in_name = _POD_FILE.fullmatch(stem)
    if in_name is not None:
        return Name(in_name["pod"], in_name["container"], base)
    container = _CONTAINER_ID.fullmatch(stem)
    if container is not None:
        return Name(_container_name(path.parent) or container[1][:12], stream, base)
    return Name(stem or base, stream, base)


def _stem(base: str) -> tuple[str, str]:
    stem, stream = base, "log"
    while True:
        head, dot, ending = stem.rpartition(".")
        if not dot or not head or ending.lower() not in (*STREAMS, *WRAPPINGS):
            break
        stem = head
        if ending.lower() in STREAMS:
            stream = ending.lower()
    stem = stem.removesuffix("-json")
    if stem in STREAMS and stem != "log":
        return stem, stem
    return stem, stream


def _container_name(folder: PurePath) -> str | None:
    """Docker keeps a container's name beside its log."""
    try:
        config = json.loads((Path(folder) / "config.v2.json").read_text(encoding="utf-8"))
        name = config["Name"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return name.removeprefix("/") or None if isinstance(name, str) else None


T = TypeVar("T")


def distinguished(files: Sequence[tuple[T, str, Name]]) -> list[tuple[T, Name]]:
    """Names that tell (node, stream) apart: where two files in different directories give the same one, their
    nodes take the shortest distinguishing directory. `files` are (file, path, name).
    """
    folders: dict[str, dict[str, set[str]]] = {}
    for _file, path, name in files:
        folders.setdefault(name.node, {}).setdefault(name.stream, set()).add(_folder(path))
    clashing = {node for node, streams in folders.items() if any(len(found) > 1 for found in streams.values())}
    short = _short_folders({_folder(path) for _, path, name in files if name.node in clashing})
    inside: dict[str, set[str]] = {}
    for _file, path, name in files:
        if name.node in clashing:
            inside.setdefault(short[_folder(path)], set()).add(name.node)
    named = []
    for file, path, name in files:
        if name.node not in clashing:
            named.append((file, name))
            continue
        folder = short[_folder(path)]
        node = folder if len(inside[folder]) == 1 else f"{folder}/{name.node}"
        named.append((file, name._replace(node=node)))
    return named


def _folder(path: str) -> str:
    """The directory by its full name: `.` and `..` say nothing to people."""
    return str(PurePath(os.path.abspath(path)).parent)  # noqa: PTH100 - resolve() would follow links


def _short_folders(folders: Iterable[str]) -> dict[str, str]:
    """The shortest name of each directory that no other has: one component where that suffices."""
    found: dict[str, str] = {}
    all_parts = {folder: PurePath(folder).parts for folder in folders}
    for folder, parts in all_parts.items():
        others = [other for name, other in all_parts.items() if name != folder]
        single = next((part for part in reversed(parts) if all(part not in other for other in others)), None)
        if single is not None:
            found[folder] = single
            continue
        length = next(
            (n for n in range(1, len(parts) + 1) if all(other[-n:] != parts[-n:] for other in others)),
            len(parts),
        )
        found[folder] = "/".join(parts[-length:])
    return found


def refuse_ambiguous(named: Iterable[tuple[str, Name]]) -> None:
    """Two different logs may not be one source. `named` are (path, name). Raises Failed."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for path, name in named:
        key = (name.node, name.stream)
        where = (_folder(path), name.base)
        if seen.setdefault(key, where) != where:
            raise Failed(
                f"{path}: would be the same source, {name.node}/{name.stream}, as "
                f"{'/'.join(seen[key])}; give one of them another node with NODE=PATH or in the inventory"
            )
