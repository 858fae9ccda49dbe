"""`observer test-rules`: unit tests of rules, as promtool has them; and those of the rules that ship."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.exits import Failed
from observer.rulefiles.reading import builtin_rules
from observer.ruletests.entries import InputEntry
from observer.ruletests.running import Outcome, parse_tests, read_tests, run_tests
from state.kinds import ALL
from tests.observer.conftest import Observer

SHIPPED = Path(__file__).parents[2] / "observer" / "rules" / "tests"
FILES = sorted(SHIPPED.glob("*.yaml"))
RULES = """\
groups:
- name: g
  rules:
  - alert: Low
    each: node
    expr: height(node) < 5
    for: 1m
    annotations: {summary: "{{ node }} is at {{ height(node) }}"}
"""
TESTS = """\
rule_files: [rules.yaml]
tests:
- name: low
  start: 2026-11-21T07:00:00Z
  nodes: [n1, n2]
  input:
  - {at: 0s, node: n1, event: ProcessStarted, system: monero}
  - {at: 10s, node: n1, event: BlockAdded, height: "1+1x3", block: "b{height}", repeat: {every: 30s}}
  alert_rule_test:
  - {eval_time: 9s, alertname: Low, blind: true}
  - {eval_time: 69s, alertname: Low, blind: [n2]}
  - eval_time: 69s
    alertname: Low
    state: pending
    blind: [n2]
    exp_alerts: [{exp_labels: {node: n1, severity: warning}}]
  - eval_time: 70s
    alertname: Low
    blind: [n2]
    exp_alerts: [{exp_labels: {node: n1, severity: warning}, exp_annotations: {summary: n1 is at 3}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rule file and a file of tests beside it."""
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "tests.yaml").write_text(TESTS)
    return tmp_path


def run(folder: Path, text: str) -> list[Outcome]:
    """Run the tests of a text."""
    return run_tests(parse_tests(text, "tests.yaml", folder))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_shipped_rules_pass_their_tests(path: Path) -> None:
    """Each fires when it should and not just before, and is unknown without the lines that it needs."""
    for tested in run_tests(read_tests(path)):
        assert tested.differences == [], f"{tested.name}: {tested.differences}"


def test_every_shipped_rule_is_tested() -> None:
    """Each is seen firing, not firing, and blind."""
    firing, quiet, blind = set(), set(), set()
    for path in FILES:
        for test in read_tests(path).entry.tests:
            for case in test.alert_rule_test:
                if case.blind:
                    blind.add(case.alertname)
                elif case.exp_alerts and case.state == "firing":
                    firing.add(case.alertname)
                elif not case.exp_alerts:
                    quiet.add(case.alertname)
    shipped = {rule.name for rule in builtin_rules().rules}
    assert (shipped - firing, shipped - quiet) == (set(), set())
    # Facts about the log itself are known as soon as there is one.
    assert shipped - blind == {"ClockStepped", "SourceGap", "LogGap"}


def test_tests_pass(folder: Path, observer: Observer) -> None:
    """Exit code 0, and what was tested."""
    ran = observer("test-rules", folder / "tests.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert "pass  low" in ran.text
    assert "1 tests, 4 checks: all passed" in ran.text


def test_failing_test_shows_what_was_expected_and_what_came(folder: Path, observer: Observer) -> None:
    """Exit code 1; the difference as promtool shows it, in JSON and in JUnit XML."""
    (folder / "tests.yaml").write_text(TESTS.replace("n1 is at 3", "n1 is at 4"))
    ran = observer("test-rules", folder / "tests.yaml", "--junit", folder / "out.xml", "--json")
    assert ran.code == 1
    (test,) = ran.json["tests"]
    assert (ran.json["passed"], test["passed"], test["checks"]) == (False, False, 4)
    assert test["differences"] == [
        {
            "alertname": "Low",
            "eval_time": "1m10s",
            "expected": ['firing {node="n1", severity="warning"} {summary="n1 is at 4"}', "blind: n2"],
            "got": ['firing {node="n1", severity="warning"} {summary="n1 is at 3"}', test["differences"][0]["got"][1]],
        }
    ]
    assert "n2" in test["differences"][0]["got"][1]
    report = ET.parse(folder / "out.xml").getroot()  # noqa: S314 - our own XML
    assert report.get("failures") == "1"
    assert "n1 is at 4" in str(report.findtext("testsuite/testcase/failure"))
    text = observer("test-rules", folder / "tests.yaml").text
    assert "FAIL  low" in text
    assert "1 failed" in text


@pytest.mark.parametrize(
    ("replaced", "by"),
    [
        ("blind: [n2]}", "blind: [n1]}"),
        ("{eval_time: 9s, alertname: Low, blind: true}", "{eval_time: 9s, alertname: Low}"),
        (
            "exp_labels: {node: n1, severity: warning}}]\n  - eval_time: 70s",
            "exp_labels: {node: n1}}]\n  - eval_time: 70s",
        ),
        ("    state: pending\n", ""),
        ("eval_time: 70s", "eval_time: 40h"),
    ],
)
def test_what_is_otherwise_fails(folder: Path, replaced: str, by: str) -> None:
    """Blindness elsewhere, an alert that nobody could see, other labels, another state, another time."""
    changed = TESTS.replace(replaced, by)
    assert changed != TESTS
    assert run(folder, changed)[0].differences != []


def test_nothing_expected_of_what_nobody_could_see_is_no_pass(folder: Path) -> None:
    """Nothing that observed nothing is ever green."""
    (difference,) = run(folder, TESTS.replace("Low, blind: true", "Low, exp_alerts: []"))[0].differences
    assert difference.expected == ["nothing firing, as far as can be seen"]
    assert all(said.startswith("blind n") for said in difference.got)


BAD = [
    ("", "1: is empty; write rule_files: and tests:"),
    ("rule_files: [rules.yaml]\ntests: []\n", "2: tests: should hold at least one"),
    (TESTS.replace("rules.yaml", "other.yaml"), "1: rule_files: "),
    (TESTS.replace("  input:", "  inputs:"), "6: tests.0.inputs: there is no such key; did you mean input?"),
    (TESTS.replace("9s, alertname: Low", "9s, alertname: Lo"), "10: alertname: there is no rule 'Lo'; did you mean Low?"),
    (TESTS.replace("event: BlockAdded", "event: BlockAded"), "8: event: there is no event 'BlockAded'; did you mean BlockAdded?"),
    (TESTS.replace('block: "b{height}", ', ""), "8: event: BlockAdded: Object missing required field block"),
    (TESTS.replace('block: "b{height}"', "blok: x"), "8: blok: BlockAdded has no such field; did you mean block?"),
    (TESTS.replace("b{height}", "b{heigt}"), "8: block: there is no {heigt} here; did you mean height?"),
    (TESTS.replace("1+1x3", "1+x3"), "8: height: '1+x3' is neither a number nor a series such as 1+1x5"),
    (TESTS.replace("repeat: {every: 30s}", "repeat: {times: 4}"), "8: repeat: needs every:"),
    (TESTS.replace("repeat: {every: 30s}", "repeat: {times: 3, every: 1s}"), "8: height: is 4 numbers long and not 3"),
    (TESTS.replace("system: monero", "system: 5"), "7: system: ProcessStarted: Expected str, got int"),
    (TESTS.replace("{at: 0s, node: n1", "{at: 0, node: n1"), "7: tests.0.input.0.at: 0 has no unit"),
    (TESTS.replace("{at: 0s, node: n1", "{at: 0s, node: n9"), "7: node: there is no 'n9' under nodes:; add it"),
    (TESTS.replace("event: ProcessStarted, system: monero", "mark: gone"), "7: tests.0.input.0.mark: "),
    (TESTS.replace("event: ProcessStarted, ", ""), "7: an input is an event: or a mark:, one of the two"),
    (TESTS.replace("event: ProcessStarted", "event: line"), "7: system: only an event has fields"),
    (TESTS.replace("07:00:00Z", "late"), "4: tests.0.start: should be a time"),
    (TESTS.replace("  input:", "  given: [x]\n  input:"), "6: given: there is no 'x'"),
    (TESTS.replace("alert_rule_test:", "alert_rule_test: []\n  x:"), "10: tests.0.x: there is no such key"),
    (TESTS.replace("system: monero", "system: monero, skew: 5"), "7: tests.0.input.0.skew: should be text"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_wrong_file_of_tests_is_named_with_file_and_line(folder: Path, text: str, expected: str) -> None:
    """One sentence with the file, the line and what to write instead; exit code 2."""
    with pytest.raises(Failed) as refusal:
        run(folder, text)
    assert str(refusal.value).startswith(f"tests.yaml:{expected}")
    assert "\n" not in str(refusal.value)
    assert refusal.value.code == 2


def test_wrong_file_exits_with_two(folder: Path, observer: Observer) -> None:
    """A file that is wrong is not a failed test; nothing is run, whatever stands beside it."""
    (folder / "wrong.yaml").write_text(TESTS.replace("ProcessStarted", "Started"))
    ran = observer("test-rules", folder / "tests.yaml", folder / "wrong.yaml")
    assert (ran.code, ran.out) == (2, b"")
    assert "wrong.yaml:7: event: there is no event 'Started'" in ran.err


@given(st.text() | st.text(alphabet="rule_files:[]{}tests-&*!'\"# \n\t01builtin", max_size=80))
def test_any_text_is_a_file_of_tests_or_one_sentence(text: str) -> None:
    """Whatever stands in the file, reading it ends in tests or in one sentence."""
    said = ""
    try:
        parse_tests(text, "tests.yaml", Path())
    except Failed as refusal:
        said = str(refusal)
    assert "\n" not in said


def test_no_event_has_a_field_named_as_an_input_key() -> None:
    """Else it could not be written."""
    fields = {field.name for kind in ALL for field in msgspec.structs.fields(kind)}
    assert fields & set(InputEntry.model_fields) == set()


def test_examples_of_the_docs_are_true(tmp_path: Path) -> None:
    """The rule file of docs/rules.md is one, and its tests pass."""
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    rules, tests = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "rules.yaml").write_text(rules)
    assert [one.differences for one in run(tmp_path, tests)] == [[]]


def test_series_are_promtools(folder: Path) -> None:
    """`1+2x3` has four values, `4x2` three, `_` leaves one out, and several follow one another."""
    text = TESTS.replace("1+1x3", "1+2x1 4x1 _ 9-1x2")
    said = parse_tests(text, "tests.yaml", folder).tests[0].said[1:]
    assert [(one.at // 10**9, getattr(one.event, "height", None)) for one in said] == [
        (10, 1), (40, 3), (70, 4), (100, 4), (160, 9), (190, 8), (220, 7),
    ]  # fmt: skip
    assert getattr(said[0].event, "block", None) == "b1"
