"""From a run to a recording: simulated, and imported as `observer import` does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from observer.importing import enter
from observer.inventory import Inventory, NodeEntry, Pace
from observer.simulators.xmtpd.network import simulate
from observer.simulators.xmtpd.settings import read_settings
from observer.sources import Said, find
from observer.streams import Opener
from replay.importing import Import
from replay.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.accuracy.xmtpd.runs import Run

WATCHERS = ("chain-watcher", "network-watcher")
SILENT_AFTER = "2m"


def simulated(run: Run, folder: Path) -> Path:
    """Write a run's logs; gives back where the truth is."""
    said = [f"{name}={value}" for name, value in run.settings.items()]
    return simulate(run.order, read_settings(None, said), folder).truth


def logs_of(run: Run, folder: Path) -> list[Path]:
    """The logs that are imported."""
    missing = {f"node-{node}.log" for node in run.missing}
    return [path for path in sorted(folder.glob("*.log")) if path.name not in missing]


def inventory_of(run: Run, parameters: dict[str, str | int] | None = None) -> Inventory:
    """What is expected of the network: the nodes by name with their ids, and how soon one is silent."""
    nodes = {
        f"node-{node}": NodeEntry(aliases=(str(node),), system="xmtpd", log_level=run.order.level.upper())
        for node in run.order.ids
    }
    if run.order.watchers:
        nodes |= {name: NodeEntry(system="xmtpd", quorum=False) for name in WATCHERS}
    return Inventory(network="xmtpd", nodes=nodes, pace=Pace(silent_after=SILENT_AFTER), parameters=parameters or {})


def recorded(logs: Sequence[Path], inventory: Inventory, path: Path) -> str:
    """Import logs; gives back the digest."""
    spool = path.with_suffix(".spool")
    spool.mkdir()
    found = find([str(log) for log in logs], Said(), inventory, Opener(), spool)
    with Recording.create(path, inventory.network) as recording:
        enter(recording, found, inventory, None, None, fresh=True)
        return Import(recording, found.feeds).run()
