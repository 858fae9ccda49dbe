"""`observer status` for people: one screen, the answer first, whatever the logs hold."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from observer.console import console
from observer.rulefiles.reading import rules_in_force
from observer.standing.show import show_status
from observer.standing.status import status
from replay.recording import Recording
from tests.observer.conftest import Observer, Recorded
from tests.observer.judged import rule_file
from tests.observer.many import write_many

TIMES = ("07:03:01", "07:03:25", "07:03:33", "07:03:35.650", "07:04:00", "07:04:17", "07:04:35.5", "07:05:00")


def screen(path: Path, at: str | None, rules: str | None = None) -> list[str]:
    """What stands on a terminal of 80 columns."""
    out = StringIO()
    with Recording.open_to_read(path) as recording:
        found = status(recording, rules_in_force(recording, rules), at=at)
    show_status(found, Console(file=out, width=80, height=40, highlight=False, emoji=False, soft_wrap=True))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("at", TIMES)
@pytest.mark.parametrize("own", [False, True])
def test_three_nodes_fit_one_screen(recorded: Recorded, tmp_path: Path, at: str, *, own: bool) -> None:
    """80 columns and 40 rows are enough at every time, by the rules that ship as well as by others."""
    shown = screen(recorded("level1", "log"), at, str(rule_file(tmp_path)) if own else None)
    assert max(map(len, shown)) <= 80
    assert len(shown) <= 40
    assert shown[0].startswith(("No alert fires", "1 alert firing", "2 alerts firing"))


def test_a_hundred_nodes_fit_one_screen(observer: Observer, tmp_path: Path) -> None:
    """Nodes that are well are one line with counts; those that are not have a row each."""
    observer("import", *write_many(tmp_path / "logs", 100, frozen=2, cut=3), "-o", tmp_path / "made.rec", "-q")
    shown = screen(tmp_path / "made.rec", "07:01:50")
    assert max(map(len, shown)) <= 80
    assert len(shown) <= 40
    rows = shown[next(place for place, row in enumerate(shown) if row.startswith("node  ")) + 1 :]
    assert [row.split()[0] for row in rows if row.startswith("node0")] == [f"node00{one}" for one in (1, 2, 3, 4, 5)]
    assert any(row.startswith("95 nodes with nothing odd: 95 ") for row in shown)


def test_text_of_logs_is_shown_as_it_stands(observer: Observer, tmp_path: Path) -> None:
    """Neither markup nor emoji codes nor escapes of a log mean anything on the screen."""
    log = tmp_path / "a.log"
    log.write_bytes(b"2026-11-21 07:00:00.000\t[P2P1]\tINFO\tglobal\tx:1\t[red]boo[/] :skull: \x1b[2Jgone\n")
    (tmp_path / "b.log").write_bytes(b"2026-11-21 07:01:00.000\t[P2P1]\tINFO\tglobal\tx:1\thello\n" * 2)
    observer("import", log, tmp_path / "b.log", "-o", tmp_path / "made.rec", "-q")
    with log.open("ab") as file:
        file.write(b"2026-11-21 07:02:00.000\t[P2P1]\tINFO\tglobal\tx:1\tend\n")
    observer("import", log, "-o", tmp_path / "made.rec", "-q", "--append")
    shown = "\n".join(screen(tmp_path / "made.rec", "07:00:50", str(rule_file(tmp_path))))
    assert "\x1b" not in shown
    assert "\U0001f480" not in shown


def test_the_console_makes_no_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    """A log may write `:skull:`; it stays that."""
    console().print("peer :skull: left")
    assert capsys.readouterr().out == "peer :skull: left\n"
