"""Attached to a network in memory: what is told live is what the recording tells when it is replayed."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from observer.inventory import Inventory
from observer.judged import Judged
from observer.main import run
from observer.rulefiles.reading import builtin_rules
from replay.recording import Recording
from replay.verifying import verify
from tests.observer.live.worlds import SECOND, World
from tests.replay.builders import capture
from waits.alerts import Transition

RULES = builtin_rules().rules


def recorded(path: Path) -> list[Transition]:
    """What was told live, as it was committed."""
    with Recording.open_to_read(path) as recording:
        return [msgspec.msgpack.decode(one, type=Transition) for one in recording.transitions()]


def replayed(path: Path, *, hot: bool = True) -> list[Transition]:
    """What the recording tells when it is played from its start."""
    with Recording.open_to_read(path) as recording:
        return list(Judged(recording, [(0, RULES)], hot=hot).run())


def world(path: Path, name: str = "level1", late: dict[str, int] | None = None) -> World:
    """A captured network of monerod."""
    return World(
        path,
        capture(name),
        RULES,
        late=late or {},
        inventory=Inventory.model_validate({"pace": {"silent_after": "10s"}}),
    )


def looks(seed: int, span: int) -> list[int]:
    """Looks at uneven distances, some far apart, to beyond the end."""
    rng = random.Random(seed)  # noqa: S311 - a test is to be the same each time
    found, at = [], 0
    while at < span + 30 * SECOND:
        found.append(at)
        at += rng.choice([20_000_000, 100_000_000, 700_000_000, 2 * SECOND, 7 * SECOND])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_live_equals_replay(seed: int, tmp_path: Path) -> None:
    """R2, R6: in whatever steps it was looked at, the history that was committed is that of the recording."""
    net = world(tmp_path / "run.rec")
    net.run(looks(seed, net.ends - net.begins))
    told = recorded(net.path)
    assert told
    assert told == replayed(net.path) == replayed(net.path, hot=False)


@pytest.mark.parametrize("events", [20_000, 300, 1])
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_look(seed: int, events: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R29: killed again and again, nothing is lost, nothing is told twice, and the history is that of the recording;
    whether there is no checkpoint to go on from, or one at every look.
    """
    monkeypatch.setattr("observer.live.growing.CHECKPOINT_EVENTS", events)
    rng = random.Random(seed)  # noqa: S311 - a test is to be the same each time
    late = {"node3": 40 * SECOND} if seed % 2 else {}
    net = world(tmp_path / "run.rec", late=late)
    net.run(looks(seed, net.ends - net.begins), lambda _look: rng.random() < 0.05)
    assert recorded(net.path) == replayed(net.path)
    with Recording.open_to_read(net.path) as recording:
        assert verify(recording).faults == []
        lines: dict[str, bytes] = {}
        names = {source.number: source.node for source in recording.sources()}
        for info in recording.block_infos():
            block = recording.block(info.first_seq)
            for segment, _first, start in block.segments():
                name = names[segment.source]
                lines[name] = lines.get(name, b"") + block.body[start : start + segment.length]
        assert lines == dict(net.logs)


@pytest.mark.parametrize("events", [20_000, 40])
def test_an_xmtpd_network_killed_at_any_look(events: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R29: with reports, workers and originators, which come and go, under a lost quorum."""
    monkeypatch.setattr("observer.live.growing.CHECKPOINT_EVENTS", events)
    logs = tmp_path / "logs"
    fault = ["--fault", "quorum-loss@65m..150m:200,300"]
    assert (
        run(
            [
                "simulate",
                "xmtpd",
                "-o",
                str(logs),
                "--hours",
                "2.5",
                "--watchers",
                "--set",
                "noise=0",
                "--seed",
                "5",
                "-q",
                *fault,
            ]
        )
        == 0
    )
    written = {path.stem: path.read_bytes() for path in sorted(logs.glob("*.log"))}
    net = World(tmp_path / "run.rec", written, RULES, system="xmtpd", form="json", late={"node-200": 300 * SECOND})
    rng = random.Random(events)  # noqa: S311 - a test is to be the same each time
    span, at, found = net.ends - net.begins, 0, []
    while at < span + 600 * SECOND:
        found.append(at)
        at += rng.choice([SECOND, 30 * SECOND, 120 * SECOND])
    net.run(found, lambda _look: rng.random() < 0.05)
    told = recorded(net.path)
    assert {one.rule for one in told} > {"QuorumNotReached", "NodeStopped"}
    assert told == replayed(net.path)
