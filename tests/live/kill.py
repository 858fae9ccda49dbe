"""kill -9 of `observer attach`, again and again, while programs write, rotate, delete and truncate their logs.

`python -m tests.live.kill --kills 300` is the long version of what the test suite does.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from replay.journal import HEAD_BYTES, MarkKind, head_of
from replay.recording import Recording
from tests.components.process import until
from tests.live.attach import Attach, observer, read_bytes, sources_read
from tests.live.histories import assert_live_is_replay, recorded

NODES = ("node1", "node2", "node3")
_START, _LATER = 1.5, 0.15
"""Seconds: about what a start takes, and the mean time from the first commit of a run to its kill."""


class Held(NamedTuple):
    """What a recording holds of one source."""

    files: list[bytes]
    """Of each incarnation, its lines."""
    starts: list[int]
    """Of each incarnation, the offset of the first of them."""
    gaps: int
    """Marks that something is missing."""


class Run(NamedTuple):
    """What a run left."""

    recording: Path
    written: dict[str, list[bytes]]
    """Of each node, the bytes of every file that had its log's name."""
    kills: int


def run(folder: Path, modes: Sequence[str], kills: int, seed: int = 0) -> Run:
    """Writers write, attach is killed and started anew; at the end everything is read, and it leaves in order.

    The first run is there before the logs are, so that no file was rotated away before anybody looked.
    """
    rng = random.Random(seed)  # noqa: S311 - a test is to be the same each time
    logs, truth, recording = folder / "logs", folder / "truth", folder / "run.rec"
    logs.mkdir()
    truth.mkdir()
    nodes = NODES[: len(modes)]
    arguments = (logs, "--record", recording, "--plain")
    with ExitStack() as writers, ExitStack() as first:
        attach = first.enter_context(Attach(*arguments))
        _until_looks(attach)
        running = [
            writers.enter_context(_writer(logs / f"{node}.log", truth, mode, node, seed))
            for node, mode in zip(nodes, modes, strict=True)
        ]
        for one in running:
            writers.callback(one.kill)
        until(lambda: sources_read(recording) == len(nodes), "all logs are read", told=lambda: attach.said)
        attach.kill()
        for _ in range(kills):
            with Attach(*arguments) as attach:
                _let_live(attach, recording, rng)
                attach.kill()
        for one in running:
            one.terminate()
            assert one.wait(30) == 0
    with Attach(*arguments) as attach:
        _until_read(recording, logs, nodes, attach)
        assert attach.end(within=60) == 130, attach.said
    return Run(recording, {node: _files(truth, node) for node in nodes}, kills)


def _until_looks(attach: Attach) -> None:
    """Until it has begun to look: before, nothing says so but the clock of its process."""
    until(lambda: attach.looks, "attach looks for logs", told=lambda: attach.said)


def _let_live(attach: Attach, recording: Path, rng: random.Random) -> None:
    """Until an instant that is anywhere: in one half of all cases from the start on, in the other from the first
    commit on, as a start may take longer than everything else.
    """
    if rng.random() < 0.5:
        before = read_bytes(recording)
        until(
            lambda: read_bytes(recording) > before,
            "something is read",
            120,
            alive=lambda: attach.running,
            told=lambda: attach.said,
        )
        time.sleep(rng.expovariate(1 / _LATER))
    else:
        time.sleep(rng.uniform(0, _START))
    assert attach.running, f"attach ended by itself: {attach.said}"


def _writer(log: Path, truth: Path, mode: str, node: str, seed: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.live.writer", log, truth, "--mode", mode, "--node", node]
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([*map(str, command), "--seed", f"{seed}"], cwd=root)


def _files(truth: Path, node: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(truth.glob(f"{node}.log.*"))]


def _until_read(recording: Path, logs: Path, nodes: Sequence[str], attach: Attach) -> None:
    """Until the last file of each log is read to its end, and so are those before it."""

    def read() -> bool:
        with Recording.open_to_read(recording) as opened:
            last = {source.node: opened.incarnations(source.number)[-1] for source in opened.sources()}
        return all(
            last[node].high_water == path.stat().st_size
            and last[node].head == head_of(path.read_bytes()[:HEAD_BYTES])[0]
            for node in nodes
            if (path := logs / f"{node}.log").stat().st_size
        )

    until(read, "everything was read", 120, alive=lambda: attach.running, told=lambda: attach.said)


def held(path: Path) -> dict[str, Held]:
    """What a recording holds of each node. Asserts that offsets follow each other: no byte twice, none skipped."""
    with Recording.open_to_read(path) as recording:
        node_of = {source.number: source.node for source in recording.sources()}
        data: dict[tuple[str, int], bytearray] = {}
        starts: dict[tuple[str, int], int] = {}
        gaps = dict.fromkeys(node_of.values(), 0)
        for info in recording.block_infos():
            block = recording.block(info.first_seq)
            for mark in block.columns.marks:
                if mark.kind is MarkKind.GAP:
                    gaps[node_of[mark.source]] += 1
            for segment, first, start in block.segments():
                key = (node_of[segment.source], segment.incarnation)
                known = data.setdefault(key, bytearray())
                offsets = block.offsets(segment, first).tolist()
                begin = starts.setdefault(key, offsets[0])
                assert offsets[0] == begin + len(known), f"{key}: at {offsets[0]} after {begin + len(known)}"
                known += block.body[start : start + segment.length]
        return {
            node: Held(
                [bytes(data[key]) for key in sorted(data) if key[0] == node],
                [starts[key] for key in sorted(data) if key[0] == node],
                gaps[node],
            )
            for node in gaps
        }


def assert_whole(found: Held, written: list[bytes]) -> None:
    """Every byte that was written is held once, file by file, and nothing is said to be missing."""
    assert found.starts == [0] * len(found.files)
    for place, (has, wrote) in enumerate(zip(found.files, written, strict=False)):
        assert has == wrote, f"file {place}: {len(has)} bytes of {len(wrote)}, alike up to {_alike(has, wrote)}"
    assert [len(one) for one in found.files] == [len(one) for one in written if one]
    assert found.gaps == 0


def assert_none_twice(found: Held, written: list[bytes]) -> int:
    """What is held of each file is a part of it, no file is held twice, and where something is not held a Mark says
    so; gives the number of bytes that are not held.
    """
    left = list(written)
    lost = 0
    for has, start in zip(found.files, found.starts, strict=True):
        place = next((place for place, wrote in enumerate(left) if wrote[start : start + len(has)] == has), None)
        assert place is not None, f"{len(has)} bytes are held that no file has, or that are held twice: {has[:200]!r}"
        lost += sum(map(len, left[:place])) + len(left[place]) - len(has)
        left = left[place + 1 :]
    lost += sum(map(len, left))
    assert bool(lost) <= bool(found.gaps), f"{lost} bytes are not held, and nothing says so"
    return lost


def _alike(one: bytes, other: bytes) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(map(len, (one, other)))
    )


def assert_sound(path: Path) -> None:
    """`observer verify` finds nothing, and what was told live is what the recording tells."""
    found = observer("verify", path, within=300)
    assert found.returncode == 0, found.stdout + found.stderr
    assert_live_is_replay(path)


def main() -> int:
    """The long version: by kind of log, so that one cannot hide what another does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="where to leave what was written, instead of nowhere")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="observer-kill-") as folder:
        place = asked.keep or Path(folder)
        place.mkdir(exist_ok=True)
        made = run(place, ("rename", "recreate", "copytruncate"), asked.kills, asked.seed)
        found = held(made.recording)
        say = sys.stdout.write
        for node, mode in zip(NODES, ("rename", "recreate", "copytruncate"), strict=True):
            lost = assert_none_twice(found[node], made.written[node])
            size, files = sum(map(len, made.written[node])), len(made.written[node])
            say(f"{node} ({mode}): {size:,} bytes in {files} files, {lost:,} not held, {found[node].gaps} gaps told\n")
        assert_whole(found["node1"], made.written["node1"])
        assert_sound(made.recording)
        say(f"{made.kills} kills, {len(recorded(made.recording))} transitions, live is replay\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
