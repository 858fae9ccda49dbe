"""Lines for pipes and files."""

from __future__ import annotations

import io
import re
from pathlib import Path

from msgspec.structs import replace

from observer.screen.plain import Plain, summary
from observer.screen.showing import Showing
from observer.screen.view import Said, View
from replay.recording import Recording
from tests.observer.conftest import Recorded
from tests.observer.screen.playing import played
from tests.observer.screen.views import CALM, NOON, REPLICATING, TROUBLED

SECOND = 10**9


def lines(path: Path) -> list[str]:
    """What is written while a recording is played as if it were live."""
    out, turns = io.StringIO(), iter(range(10**9))
    with Recording.open_to_read(path) as recording:
        played(recording, Showing(Plain(out), "x", clock=lambda: next(turns) * SECOND // 4), SECOND // 4, 0)
    return out.getvalue().splitlines()


def test_a_run_as_lines(recorded: Recorded) -> None:
    """Transitions and the lives of nodes with their journal time, in order, and a summary every ten seconds."""
    found = lines(recorded("level1", "log"))
    assert all(re.match(r"2026-11-21T07:0\d:\d\d\.\d{3}", one) for one in found)
    texts = [one.split(" ", 1)[1] for one in found]
    assert "node2 started, monero 0.18.0.0-unknown" in texts
    assert any(one.startswith("PENDING NodeDown node3 (critical): ") for one in texts)
    assert any(one.startswith("INCIDENT NodeDied node3: ") for one in texts)
    times = [one.split(" ", 1)[0] for one in found if " SUMMARY " in one]
    assert len(times) > 5
    told = [one.split(" ", 1)[0] for one in found if " SUMMARY " not in one]
    assert told == sorted(told)


def test_a_summary_says_how_things_stand() -> None:
    """Alerts, blindness, nodes, heights, reports, sources and pace, in one line."""
    assert summary(CALM) == (
        "0 firing, 0 pending; 3 nodes: 3 up; height 57; 3 of 3 sources attached; 1,204,332 lines, 120/s"
    )
    assert summary(replace(TROUBLED, catching_up=True)) == (
        "2 firing, 1 pending; 1 incident open; 2 of 35 rules blind somewhere; 3 nodes: 3 up; 2 with something odd; "
        "height 52 to 57; 1 of 3 sources attached; 1,204,332 lines, 120/s; catching up, at 2026-11-24T11:59:59.000Z"
    )
    assert "reports attested 4" in summary(REPLICATING)
    assert summary(View(network="x", now=NOON)) == "waiting for the first line"


def test_nothing_that_steers_a_terminal_is_written() -> None:
    """A pipe may end on one; a line is one line, and not without end."""
    out = io.StringIO()
    screen = Plain(out)
    screen.tell(Said(NOON, "node", "node\x1b[2J3 said\nthis\x07" + "x" * 5000))
    screen.say("a\x1b[31m sentence")
    assert re.fullmatch(r"2026-11-24T12:00:00\.000Z node3 said this(x+)\na sentence\n", out.getvalue())
    assert len(out.getvalue()) < 1100


def test_stages_of_reports_are_left_to_replay() -> None:
    """And nothing more is written once it is closed."""
    out = io.StringIO()
    screen = Plain(out)
    screen.tell(Said(NOON, "report", "report f2dad885… of originator 100 is settled"))
    screen.close()
    screen.tell(Said(NOON, "node", "node3 stopped"))
    screen.update(CALM)
    screen.close()
    assert out.getvalue() == ""
