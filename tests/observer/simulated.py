"""Recordings of simulated networks of xmtpd, each made once, with what was really so beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from observer.main import run
from replay.recording import Recording

QUIET = ("batch_every=30s", "noise=0.2", "app_chain_every=4m")
"""Less traffic than by default: what holds does not depend on it."""
LOST = "quorum-loss@65m..170m:200,300"
RUNS: dict[str, tuple[str, ...]] = {
    "healthy": (),
    "down": ("--fault", LOST),
    "refusing": ("--fault", LOST, "--set", "quorum_loss_by=refusing"),
    "silent": ("--fault", LOST, "--set", "quorum_loss_by=silent"),
    "split": ("--fault", "merkle-split@65m..170m"),
    "submit-failing": ("--fault", "submit-failing@65m..170m"),
    "settle-failing": ("--fault", "settle-failing@65m..170m"),
}
NODES = (100, 200, 300, 400)


class Truth(NamedTuple):
    """How a report stood at a time, as the simulator knew it."""

    report: str
    originator: int
    start: int
    end: int
    stage: str
    attested: tuple[int, ...]
    refused: tuple[int, ...]
    why: str | None


class Simulated:
    """Runs in a folder."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self._folder = folder

    def logs(self, name: str) -> Path:
        """The folder of a run's logs."""
        folder = self._folder / name
        if not folder.exists():
            options = ["simulate", "xmtpd", "--hours", "2.5", "--seed", "11", "--watchers", "--quiet"]
            sets = [part for one in QUIET for part in ("--set", one)]
            assert run([*options, *sets, *RUNS[name], "-o", str(folder)]) == 0
        return folder

    def recording(self, name: str, nodes: Sequence[int] = NODES, *, watched: bool = True) -> Path:
        """The recording of the logs of some nodes."""
        path = self._folder / f"{name}-{'-'.join(map(str, nodes))}{'-watched' if watched else ''}.rec"
        if not path.exists():
            folder = self.logs(name)
            files = [folder / f"node-{node}.log" for node in nodes]
            files += [folder / f"{one}.log" for one in ("network-watcher", "chain-watcher") if watched]
            assert run(["import", *map(str, files), "-o", str(path), "--quiet"]) == 0
        return path

    def truth(self, name: str, at: str) -> dict[str, Truth]:
        """Every report by its id, at a time of day."""
        found = {}
        for line in (self.logs(name) / "truth.jsonl").read_text().splitlines():
            one: dict[str, Any] = json.loads(line)
            if one["at"][11:19] > at:
                break
            if one["kind"] == "stage":
                found[one["report"]] = Truth(
                    one["report"],
                    one["originator"],
                    one["start"],
                    one["end"],
                    one["stage"],
                    tuple(one["attested"]),
                    tuple(one["refused"]),
                    one.get("why"),
                )
        return found


def opened(path: Path) -> Recording:
    """A recording, to read."""
    return Recording.open_to_read(path)
