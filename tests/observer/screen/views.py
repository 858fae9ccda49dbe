"""Views, made by hand."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from observer.screen.layout import rows
from observer.screen.row import text_of
from observer.screen.view import AlertView, BlindView, NodeView, Said, SourceView, StageView, TipView, View

SECOND = 10**9
NOON = 1_795_521_600 * SECOND
"""2026-11-24 12:00:00."""


def node(name: str, **more: Any) -> NodeView:
    """A node that is well."""
    well = NodeView(
        name=name,
        status="up",
        height=57,
        behind=0,
        tip="3f2a9c11ab02dd00",
        connections=2,
        number=None,
        reads_from=None,
        peers=None,
        clock_at=None,
        last_at=NOON - 3 * SECOND,
        log="attached",
        grave=False,
        odd=(),
    )
    return replace(well, **more)


def source(node: str, attachment: str = "attached", behind: int = 0) -> SourceView:
    """A log."""
    return SourceView(node, "log", attachment, NOON - 90 * SECOND, behind)


def alert(rule: str, about: str = "node3", state: str = "firing", sentence: str = "", **more: Any) -> AlertView:
    """An alert for a minute and a half."""
    return replace(AlertView(rule, about, "critical", state, NOON - 90 * SECOND, sentence, blind=False), **more)


CALM = View(
    network="three-nodes",
    now=NOON,
    at=NOON - SECOND,
    lines=1_204_332,
    events=20_114,
    lines_a_second=120.4,
    events_a_second=3.25,
    sources=(source("node1"), source("node2"), source("node3")),
    nodes=(node("node1"), node("node2"), node("node3")),
    tips=(TipView(57, "3f2a9c11ab02dd00", ("node1", "node2", "node3")),),
    rules=35,
)
TROUBLED = replace(
    CALM,
    sources=(source("node1"), source("node2", "lagging", 3 << 20), source("node3", "lost")),
    nodes=(
        node("node1"),
        node("node2", behind=5, height=52, odd=("catching up to 57",)),
        node("node3", log="lost", behind=None, grave=True, odd=("NodeDied", "log lost since 11:58:30")),
    ),
    tips=(TipView(57, "3f2a9c11ab02dd00", ("node1",)), TipView(52, "77aa", ("node2", "node3"))),
    diverged=(("node1", "node2", 50),),
    alerts=(
        alert("NodeDied", sentence="node3 ended without a stop statement", explains=("NodeSilent node3",)),
        alert("HeightStuck", "node2", "pending", "node2 stands at 52"),
        alert("NodeRestarted", "node1", "incident", "node1 has restarted"),
    ),
    counts={"firing": 2, "pending": 1, "incident": 1},
    unjudged=2,
    blind=(BlindView("the log of node3 is lost", ("HeightStuck", "NodeSilent")),),
    recent=(
        Said(NOON - 90 * SECOND, "transition", "FIRING NodeDied node3 (critical)", "bad"),
        Said(NOON - 80 * SECOND, "sight", "BLIND HeightStuck node3 (warning)", "aside"),
        Said(NOON - 60 * SECOND, "node", "node2 lost its last connection", "bad"),
    ),
)
REPLICATING = replace(
    CALM,
    nodes=(
        node(
            "node-100", number=100, height=None, connections=None, reads_from=1, peers=3, clock_at=NOON - 600 * SECOND
        ),
        node("node-200", number=200, height=None, connections=None, status="stopped", log="ended"),
    ),
    watchers=(node("chain-watcher", status=None, height=None, log="ended"),),
    replicates=True,
    tips=(),
    stages=(
        StageView("attested", 4, NOON - 2280 * SECOND, "100:1055", 2, 4, 3, ("node-200", "node-300")),
        StageView("settled", 4, NOON - 2600 * SECOND, "400 through 1025", 0, None, None, ()),
    ),
)


def shown(view: View, width: int = 80, height: int = 24) -> list[str]:
    """The rows as text."""
    return [text_of(one) for one in rows(view, width, height)]
