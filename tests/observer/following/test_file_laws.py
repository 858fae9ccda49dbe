"""R1, R29 as a law: whatever a writer does to its log between two looks, and whenever the follower is killed, every
byte is given once, in the order in which it was written, or told to be missing.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observer.following.files import FileFollower
from tests.observer.following.growing_logs import PLENTY, Clock, Journal, append, compress

KEPT = 30


class Writer:
    """A program that logs, and what people and logrotate do to its log. Each line has a number of its own."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.chance = chance
        self.written = b""
        self.number = 0
        self.packed = 0

    def write(self) -> None:
        """Some lines, the last perhaps unfinished."""
        for _ in range(self.chance.randint(1, 4)):
            self._add(self._line(self.chance.choice([0, 20, 900])) + b"\n")
        if self.chance.random() < 0.2:
            self._add(self._line(30))

    def _line(self, size: int) -> bytes:
        self.number += 1
        return b"%08d " % self.number + b"x" * self.chance.randint(0, size)

    def _add(self, data: bytes) -> None:
        self.written += data
        append(self.path, data)

    def _shift(self) -> Path:
        for number in range(KEPT, 0, -1):
            for ending in ("", ".gz"):
                old = self.path.with_name(f"{self.path.name}.{number}{ending}")
                if old.exists():
                    old.rename(self.path.with_name(f"{self.path.name}.{number + 1}{ending}"))
        return self.path.with_name(self.path.name + ".1")

    def rename(self) -> None:
        """Rotation by renaming; the next file is begun later."""
        if self.path.exists():
            self.path.rename(self._shift())

    def create(self) -> None:
        """An empty log, as a logger that reopens makes."""
        append(self.path, b"")

    def copy_and_truncate(self) -> None:
        """Rotation for writers that cannot reopen."""
        if self.path.exists() and self.path.stat().st_size:
            shutil.copy(self.path, self._shift())
            self.path.open("wb").close()

    def pack(self) -> None:
        """The second oldest member is compressed, as with delaycompress."""
        old = self.path.with_name(self.path.name + ".2")
        if old.exists() and old.stat().st_size:
            compress(old)

    def truncate(self) -> None:
        """Nobody keeps what was in it."""
        if self.path.exists():
            self.path.open("wb").close()

    def delete(self) -> None:
        """Nobody keeps it."""
        self.path.unlink(missing_ok=True)


KEEPING = ("write", "write", "write", "write", "rename", "create", "copy_and_truncate", "pack", "look", "look", "kill")
LOSING = (*KEEPING, "truncate", "delete", "look")


class Run:
    """A writer, a follower, and what the follower gave as far as it was kept."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a test's own choices
        self.writer = Writer(path, self.chance)
        self.journal = Journal()
        self.clock = Clock()
        self.follower = FileFollower(path)

    def step(self, what: str) -> None:
        """One thing happens."""
        if what == "look":
            room = self.chance.choice([PLENTY, 700, 64])
            said = self.follower.look(self.clock.on(self.chance.choice([1, 20, 300])), room)
            if self.chance.random() < 0.1:
                self.kill()  # before anything of it was kept
            else:
                self.journal.take(said)
        elif what == "kill":
            self.kill()
        elif what in {"truncate", "delete"}:
            # Of a file that nobody ever saw, nobody can say that it is missing.
            self.writer.write()
            for _ in range(3):
                self.journal.take(self.follower.look(self.clock.on(300), PLENTY))
            self.step("write")
            getattr(self.writer, what)()
        else:
            getattr(self.writer, what)()

    def kill(self) -> None:
        """What is left is the journal."""
        self.follower.leave(self.clock.now)
        self.follower = FileFollower(self.writer.path, self.journal.known)

    def finish(self) -> None:
        """The writer writes a last line, and the follower has time."""
        self.writer.create()
        self.writer.write()
        for _ in range(60):
            self.journal.take(self.follower.look(self.clock.on(100), PLENTY))
        self.journal.take(self.follower.leave(self.clock.on()))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), steps=st.lists(st.sampled_from(KEEPING), max_size=60))
def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path, seed: int, steps: list[str]) -> None:
    """R1, R29: with rotations of every kind and kills at any time, what was given is what was written."""
    folder = tmp_path / "logs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    run = Run(folder / "node.log", seed)
    # A log is followed from when it is there: what was rotated away before is another matter.
    run.writer.write()
    run.step("look")
    while not run.journal.known:
        run.journal.take(run.follower.look(run.clock.on(), PLENTY))
        run.writer.write()
    for what in steps:
        run.step(what)
    run.finish()
    assert run.journal.text == run.writer.written


@pytest.mark.parametrize("chunk", range(4))
def test_what_is_lost_is_told(tmp_path: Path, chunk: int) -> None:
    """R1, R15: where logs are truncated without a copy or deleted, nothing is given twice, order holds, and whatever
    was not given lies where something is told to be missing.
    """
    for seed in range(chunk * 50, chunk * 50 + 50):
        folder = tmp_path / str(seed)
        folder.mkdir()
        run = Run(folder / "node.log", seed)
        run.writer.write()
        run.journal.take(run.follower.look(run.clock.on(), PLENTY))
        for _ in range(60):
            run.step(run.chance.choice(LOSING))
        run.finish()
        left = run.writer.written
        lost = False
        for _, _, data in run.journal.given:
            for piece in data.splitlines(keepends=True):
                before, found, left = left.partition(piece)
                assert found, (seed, piece)
                lost = lost or bool(before)
        assert not (lost or left) or run.journal.missing, seed
