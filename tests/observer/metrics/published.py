"""Figures, written out."""

from __future__ import annotations

from observer.metrics.figures import (
    AlertFigures,
    DestinationFigures,
    DiskFigures,
    Durations,
    Figures,
    NetworkFigures,
    NodeFigures,
    SourceFigures,
    StageFigures,
    WorkFigures,
)

S = 10**9
NOW = 1_700_000_100 * S


def source(node: str = "node1", state: str = "attached", **others: int) -> SourceFigures:
    """One source."""
    given = {"lag_ns": 0, "behind_bytes": 0, "lines": 100, "raw_bytes": 9000, "read": 40, "malformed": 1, "gaps": 2}
    return SourceFigures(node, "log", state, **{**given, **others})


def network(name: str = "testnet", **others: object) -> NetworkFigures:
    """One network with a bit of everything."""
    given: dict[str, object] = {
        "sources": (source(), source("node2", "lagging", lag_ns=90 * S, behind_bytes=4096)),
        "nodes": (NodeFigures("node1", 57, 2, ((100, 12), (200, 7))), NodeFigures("node2", None, None)),
        "reports": (StageFigures("attested", 2, NOW - 600 * S),),
        "alerts": (
            AlertFigures("NodeDown", "critical", "firing", 1),
            AlertFigures("NodeDown", "critical", "pending", 3),
        ),
        "blind": 4,
    }
    return NetworkFigures(name, 123, NOW - 2 * S, 77, **{**given, **others})  # type: ignore[arg-type] # as they are given


def figures(*networks: NetworkFigures, trouble: str | None = None, at: int = NOW) -> Figures:
    """All of it."""
    to = DestinationFigures("webhook=http://a~1", 5, NOW - 30 * S, 11, 0, 3, 1, away=True)
    work = WorkFigures(((0, 12), (5, 0)), records=900, dead=3, ticks=40, refused=1)
    commits = Durations().with_one(0.003).with_one(0.003).with_one(70.0)
    return Figures(at, networks or (network(),), (to,), commits, trouble, DiskFigures(5 * 10**9, 20 * 10**9), work)
