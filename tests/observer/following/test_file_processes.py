"""R1, R29 with real processes: a writer that logs as fast as it can and rotates, a follower that is looked at every
20 ms, is killed between looks, and gives every byte once and in order.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from observer.following.files import FileFollower
from tests.observer.following.growing_logs import Journal

ROOM = 8 << 20
DEADLINE = 60.0
NUMBERED = "os.rename(path, f'{path}.{count:04d}')"
SHIFTED = """
for old in range(kept, 0, -1):
    if os.path.exists(f"{path}.{old}"):
        os.rename(f"{path}.{old}", f"{path}.{old + 1}")
os.rename(path, path + ".1")
"""
COPIED = """
with open(path, 'rb') as log, open(f'{path}.{count:04d}', 'wb') as copy:
    shutil.copyfileobj(log, copy)
os.truncate(path, 0)
"""
WRITER = """
import hashlib, os, shutil, sys, time
path, seconds, every, kept = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), 900
end, number, count, digest = time.monotonic() + seconds, 0, 0, hashlib.blake2b()
file = open(path, "ab", buffering=0)
while time.monotonic() < end:
    lines = b"".join(b"%012d a line of the kind that nodes write, of some length\\n" % (number + n) for n in range(50))
    number += 50
    file.write(lines)
    digest.update(lines)
    if number % every == 0:
        count += 1
        {rotate}
        file.close()
        file = open(path, "ab", buffering=0)
print(digest.hexdigest(), number, count)
"""


def writer(path: Path, rotate: str, every: int, seconds: float) -> subprocess.Popen[bytes]:
    """A process that writes and rotates."""
    program = WRITER.replace("{rotate}", rotate.strip().replace("\n", "\n        "))
    arguments = [sys.executable, "-c", program, str(path), str(seconds), str(every)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE)


def at(path: Path) -> FileFollower:
    """A follower of a log that is being begun."""
    end = time.monotonic() + DEADLINE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.001)
    return FileFollower(path)


@pytest.mark.parametrize(
    ("rotate", "every"),
    [(NUMBERED, 5_000), (NUMBERED, 100_000), (SHIFTED, 20_000), (COPIED, 20_000)],
    ids=["many rotations", "few rotations", "renumbered", "copied and truncated"],
)
def test_a_fast_writer_is_followed(tmp_path: Path, rotate: str, every: int) -> None:
    """R1, R29: what a process wrote is what was given, through rotations of its log and kills of the follower."""
    path, journal, looks = tmp_path / "node.log", Journal(), 0
    with writer(path, rotate, every, 1.5) as process:
        follower = at(path)
        last = None
        while last is None or time.monotonic() < last:
            said = follower.look(time.time_ns(), ROOM)
            journal.take(said)
            looks += 1
            if looks % 25 == 0:
                # Without a word: nothing of it is left but the journal.
                follower = FileFollower(path, journal.known)
            if process.poll() is not None and (last is None or said):
                last = time.monotonic() + 0.5
            time.sleep(0.02)
        assert process.stdout is not None
        digest, lines, rotations = process.stdout.read().split()
    follower.leave(time.time_ns())
    given = hashlib.blake2b()
    given.update(journal.text)
    assert int(rotations) > 0
    assert journal.text.count(b"\n") == int(lines)
    assert given.hexdigest().encode() == digest
    assert [one for one in journal.missing if one.size] == []
