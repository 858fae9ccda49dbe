"""`observer wait`: exit codes for nodes that died or did not come up, several conditions, reports, and slips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from observer.exits import Failed
from observer.inventory import read_inventory
from observer.waited.asked import condition_asked
from observer.waited.waits import Terms, wait_for
from replay.recording import Recording
from tests.observer.conftest import Observer, Recorded
from tests.observer.waits import (  # noqa: F401 - fixtures
    Wait,
    clock,
    four_fixture,
    hasty_fixture,
    wait_fixture,
)
from waits.expression import Scope


def test_nodes_that_did_not_come_up_in_time(wait: Wait) -> None:
    """20: node3 stated its start at 07:03:28.675 and its readiness at 07:03:28.743."""
    asked = ("all_initialised()", "--since", "07:03:28.680")
    found = wait(*asked, "--within", "50ms", "--json")
    assert (found.code, found.json["result"]) == (20, "timed out")
    assert found.json["leaves"][0]["detail"] == "node3 is starting"
    assert wait(*asked, "--within", "63ms").code == 0


def test_nodes_that_are_not_up_when_the_recording_ends(wait: Wait) -> None:
    """20 also where it is open: truth has the last node exit at 07:04:38.823."""
    assert wait("initialised(node3) and min_height() > 1", "--since", "07:04:38.768", "--within", "1m").code == 20
    assert wait("not initialised(node3) and height(node1) > 999", "--since", "07:04:38.768", "--within", "1m").code == 3


def test_not_knowing_whether_a_node_came_up_is_unknown(wait: Wait, four: Path) -> None:
    """3, not 20: nobody listened."""
    assert wait("initialised(node4)", "--within", "10s", "--inventory", four).code == 3
    assert wait("initialised(node4)", "--inventory", four, "--since", "07:04:00").code == 3


def test_a_node_that_died_and_came_back(wait: Wait) -> None:
    """30: truth has SIGKILL of node3 at 07:03:19.585; its next life shows that it had not stopped."""
    found = wait("min_height() >= 999", "--since", "07:03:15", "--within", "20s", "--json")
    assert (found.code, found.json["result"]) == (30, "timed out")
    (death,) = found.json["deaths"]
    assert (death["node"], clock(death["restarted_at"])) == ("node3", "07:03:28.675")
    assert "node3 died: it started again at 07:03:28.675, and had not stopped before" in found.json["message"]
    assert wait("min_height() >= 999", "--since", "07:03:29", "--within", "5s").code == 1


def test_a_node_that_died_and_has_not_come_back(wait: Wait, hasty: Path) -> None:
    """30: it is silent, and every peer has lost it."""
    asked = ("min_height() >= 56", "--since", "07:03:15", "--within", "10s", "--json")
    found = wait(*asked, "--inventory", hasty)
    assert found.code == 30
    (death,) = found.json["deaths"]
    assert (death["node"], death["restarted_at"]) == ("node3", None)
    assert "07:03:19.5" < clock(death["silent_since"]) < "07:03:19.65"
    # By the pace of the default, six seconds are no silence yet.
    assert wait(*asked).code == 1


def test_a_met_condition_forgives_a_death(wait: Wait) -> None:
    """Who waits for a restart has seen one."""
    found = wait("restarted(node3)", "--since", "07:03:15", "--json")
    assert (found.code, found.json["deaths"], clock(found.json["at"])) == (0, [], "07:03:28.675")


SEVERAL = ("height(node3) > 1", "min_height() >= 999", "height(node2) >= 64", "height(node1) > 1000")


def test_several_conditions_are_each_their_own(wait: Wait, tmp_path: Path) -> None:
    """One object a line, one case each; the worst exit code stands, and none passes for another."""
    report = tmp_path / "out.xml"
    options = ("--since", "07:03:31.5", "--within", "2m", "--soft", "4s", "--json", "--junit", report)
    found = wait(*SEVERAL, *options)
    assert [(one["condition"], one["result"], one["exit"]) for one in found.answers] == [
        ("height(node3) > 1", "met", 0),
        ("min_height() >= 999", "open", 3),
        ("height(node2) >= 64", "late", 0),
        ("height(node1) > 1000", "open", 3),
    ]
    assert found.code == 3
    suite = ET.fromstring(report.read_text())  # noqa: S314 - our own
    cases = suite.findall(".//testcase")
    assert [case.get("name") for case in cases] == list(SEVERAL)
    assert [[part.tag for part in case] for case in cases] == [["system-out"], ["error"], ["system-out"], ["error"]]
    error = cases[3].find("error")
    assert error is not None
    assert "height(node1): is 147, needs > 1000" in str(error.get("message"))
    assert cases[0].get("time") == "0"


def test_one_pass_is_as_good_as_several(wait: Wait) -> None:
    """What one condition comes to does not depend on which others are waited for beside it."""
    together = wait(*SEVERAL, "--since", "07:03:05", "--json").answers
    alone = [wait(one, "--since", "07:03:05", "--json").json for one in SEVERAL]
    assert together == alone


def test_failures_of_a_report_hold_the_residual(wait: Wait, tmp_path: Path) -> None:
    """R22: a timeout's message contains it, and the lines."""
    report = tmp_path / "out.xml"
    wait("min_height() >= 67", "--since", "07:03:38", "--within", "20s", "--junit", report)
    failure = ET.fromstring(report.read_text()).find(".//failure")  # noqa: S314 - our own
    assert failure is not None
    assert "min_height(): is 64, needs >= 67 (node2 at 64 " in str(failure.get("message"))
    assert "node2.log:" in str(failure.text)


def test_answers_fit_their_schema(wait: Wait, observer: Observer) -> None:
    """Every kind of outcome validates."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(observer("schema", "wait").json)
    for options in ((), ("--within", "1s"), ("--to-end",), ("--soft", "1s")):
        for one in wait("tips_agree()", "min_height() > 60", "never(diverged())", *options, "--json").answers:
            validator.validate(one)


def test_ends_do_not_depend_on_where_the_recording_is_cut(recorded: Recorded, hasty: Path) -> None:
    """A wait begun at an entry is what one begun in its middle sees."""
    terms = Terms(since="07:03:36.497", inventory=read_inventory(hasty))
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        (one,) = wait_for(recording, ["tips_agree() and min_height() >= 57"], terms)
    assert (one.result, one.after_ns) == ("met", 0)


SLIPS = [
    (("tips_agre()",), "'tips_agre()': there is no function tips_agre(); did you mean tips_agree? (column 1)"),
    (("tips_agree() and min_heigth() >= 5",), "did you mean min_height? (column 18)"),
    (("height(nod3) > 1",), "there is no node 'nod3'; did you mean node3? (column 8)"),
    (("min_height()",), "is a number, not a formula; compare it with something (column 1)"),
    (("tips_agree() and",), "is no formula"),
    (("",), "nothing stands here"),
    (("__import__('os')",), "there is no function __import__()"),
    (("tips_agree()", "tips_agre()"), "did you mean tips_agree?"),
    (
        ("tips_agree()", "--within", "5min"),
        "--within 5min: is no limit; write for example 90s, 5m, 1h30m or '30 blocks'",
    ),
    (("tips_agree()", "--soft", "-5s"), "--soft -5s: is no limit"),
    (("tips_agree()", "--within", "5 blobs"), "is no limit"),
    (("tips_agree()", "--within", "5m", "--soft", "6m"), "is later than --within 5m"),
    (("tips_agree()", "--within", "5 blocks", "--soft", "6 blocks"), "is later than --within 5 blocks"),
    (("tips_agree()", "--since", "soon"), "'soon' is no time"),
    (("tips_agree()", "--inventory", "no-such-file.yaml"), "no-such-file.yaml: the inventory cannot be read"),
]


@pytest.mark.parametrize(("arguments", "expected"), SLIPS)
def test_slips(refused: Callable[..., str], recorded: Recorded, arguments: tuple[str, ...], expected: str) -> None:
    """One sentence with the text, the place and what to write instead."""
    assert expected in refused(2, "wait", recorded("level1", "log"), *arguments)


def test_a_beginning_behind_the_end(refused: Callable[..., str], recorded: Recorded) -> None:
    """Nothing was observed there: unknown."""
    said = refused(3, "wait", recorded("level1", "log"), "tips_agree()", "--since", "08:00")
    assert "the recording ends at 2026-11-21T07:04:38.768Z" in said


def test_a_report_that_cannot_be_written(refused: Callable[..., str], recorded: Recorded, tmp_path: Path) -> None:
    """The environment's fault is said as such."""
    where = tmp_path / "no" / "such.xml"
    assert str(where) in refused(5, "wait", recorded("level1", "log"), "tips_agree()", "--junit", where)


def test_a_terminal_is_shown_the_place(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A caret below the text."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with pytest.raises(Failed, match="did you mean tips_agree"):
        condition_asked("not tips_agre()", Scope())
    assert capsys.readouterr().err == "  not tips_agre()\n      ^\n"
