"""Whatever finds the lines of a log, the same is told of it (R5, R10): digests, events, and the histories of alerts.

The slow path, in which every line is looked at, is the oracle. The histories are those of the rules that ship.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from observer.judged import Judged
from observer.main import run
from observer.rulefiles.reading import builtin_rules
from replay.play import Player
from replay.recording import Recording
from state.encoding import digest
from tests.replay.builders import CAPTURES

ENGINES = ("hyperscan", "re")
SIMULATED = {
    "json, a node down": ("--level", "debug", "--fault", "node-down@20m..50m:300"),
    "console, a quorum lost": ("--encoding", "console", "--fault", "quorum-loss@15m..70m:200,300"),
    "json, settling fails": ("--watchers", "--fault", "settle-failing@10m..70m"),
}
QUIET = ("batch_every=30s", "noise=0.3", "app_chain_every=4m", "repeat_every=15m")
Made = Callable[[str], Path]


class Told(NamedTuple):
    """Everything that is told of a recording."""

    digest: str
    events: list[Any]
    history: list[Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The recording of a capture or of a simulated run, each made once."""
    folder = tmp_path_factory.mktemp("engines")

    @cache
    def recording(name: str) -> Path:
        logs = CAPTURES / name
        if name in SIMULATED:
            logs = folder / name
            sets = [part for one in QUIET for part in ("--set", one)]
            asked = ["simulate", "xmtpd", "--hours", "1.3", "--seed", "5", "--quiet", *sets, *SIMULATED[name]]
            assert run([*asked, "-o", str(logs)]) == 0
        path = folder / f"{name}.rec"
        assert run(["import", *map(str, sorted(logs.glob("*.log"))), "-o", str(path), "--quiet"]) == 0
        return path

    return recording


def told(path: Path, engine: str, *, hot: bool, patch: pytest.MonkeyPatch) -> Told:
    """What one way of finding lines makes of a recording."""
    patch.setattr("observer.judged.Player", partial(Player, engine=engine))
    with Recording.open_to_read(path) as recording:
        events = [said for step in Player(recording, engine, hot=hot).steps() for said in step.said]
        judged = Judged(recording, [(0, builtin_rules().rules)], hot=hot)
        history = [msgspec.to_builtins(one) for one in judged.run()]
        return Told(digest(judged.player.state), events, history)


@pytest.mark.parametrize("name", ["level0", "level1", "selective", *SIMULATED])
def test_engines_agree(name: str, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """R5, R10: hyperscan, the regular expression and a look at every line; and the lines that import kept apart."""
    path = made(name)
    expected = told(path, "off", hot=False, patch=monkeypatch)
    assert expected.events
    assert expected.history
    assert told(path, "auto", hot=True, patch=monkeypatch) == expected
    for engine in ENGINES:
        assert told(path, engine, hot=False, patch=monkeypatch) == expected, engine


def test_runs_hold_what_rules_are_for(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts fire in every simulated run that is compared, so that their histories can differ."""
    for name in SIMULATED:
        history = told(made(name), "auto", hot=True, patch=monkeypatch).history
        assert any(one["state"] == "firing" for one in history), name
