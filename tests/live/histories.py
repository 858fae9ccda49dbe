"""What was told while attached, and what the recording tells when it is played from its start (R29).

`python -m tests.live.histories RUN.rec` prints the history that playing tells, in a process that has its own order of
hashes (R18).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from replay.recording import Recording
from waits.alerts import Transition

_SAVED = msgspec.msgpack.Decoder(Transition)


def recorded(path: Path) -> list[bytes]:
    """What was told live, byte for byte as it was committed."""
    with Recording.open_to_read(path) as recording:
        return list(recording.transitions())


def transitions(path: Path) -> list[Transition]:
    """The same, to be read."""
    return [_SAVED.decode(one) for one in recorded(path)]


def replayed(path: Path, *, hot: bool = True) -> Iterator[bytes]:
    """What the recording tells when it is played from its start, by the rules that were in force."""
    with Recording.open_to_read(path) as recording:
        for one in Judged(recording, rules_in_force(recording), hot=hot).run():
            yield msgspec.msgpack.encode(one)


def replayed_elsewhere(path: Path, seed: int) -> list[bytes]:
    """The same in another process, whose sets and maps have another order."""
    command = [sys.executable, "-m", __name__, str(path)]
    env = os.environ | {"PYTHONHASHSEED": str(seed)}
    found = subprocess.run(command, capture_output=True, check=True, env=env, timeout=120).stdout
    return [bytes.fromhex(line) for line in found.decode().split()]


def assert_live_is_replay(path: Path) -> None:
    """The history that was recorded is that of the recording, played hot, cold and elsewhere."""
    told = recorded(path)
    assert told, "nothing was told, so nothing is compared"
    assert differing(told, list(replayed(path))) == ""
    assert differing(told, list(replayed(path, hot=False))) == ""
    assert differing(told, replayed_elsewhere(path, 4242)) == ""


def differing(told: list[bytes], again: list[bytes]) -> str:
    """Where two histories part, for people; empty where they do not."""
    for place, (one, other) in enumerate(zip(told, again, strict=False)):
        if one != other:
            return f"transition {place} was told as {_SAVED.decode(one)} and is {_SAVED.decode(other)}"
    if len(told) == len(again):
        return ""
    longer, what = (told, "told and is not") if len(told) > len(again) else (again, "not told and is")
    return f"transition {min(len(told), len(again))} was {what}: {_SAVED.decode(longer[min(len(told), len(again))])}"


if __name__ == "__main__":
    for history_line in replayed(Path(sys.argv[1])):
        print(history_line.hex())  # noqa: T201 - the answer
