"""A small simulated network of xmtpd with faults, in both forms."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from observer.simulators.xmtpd.encoding import Encoding
from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.settings import MINUTE
from tests.simulators.runs import made

FAULTS = ("quorum-loss@5m..20m", "partition@22m..26m:200", "db-outage@28m..31m:300", "node-down@33m..36m:400")
LENGTH = 40 * MINUTE


@cache
def simulated(encoding: Encoding, seed: int = 11) -> dict[str, tuple[bytes, ...]]:
    """The lines of every log at DEBUG, by the name of its file."""
    with TemporaryDirectory() as folder:
        order = Order(level="debug", length=LENGTH, faults=FAULTS, watchers=True, encoding=encoding, seed=seed)
        made(Path(folder), order)
        return {
            file.name: tuple(file.read_bytes().splitlines(keepends=True)) for file in sorted(Path(folder).glob("*.log"))
        }
