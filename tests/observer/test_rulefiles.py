"""R26: rule files that people write, and what is said of one that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from observer.exits import Failed
from observer.inventory import parse_inventory
from observer.rulefiles.reading import builtin_rules, check_parameters, parse_rules, read_rules, rules_in_force
from replay.judgement import log_rules
from replay.recording import Recording
from tests.observer.conftest import Recorded
from waits.rules import INCIDENT, Flapping, Rule
from waits.terms import Kind

NS = 10**9
GOOD = """\
parameters: {lag: 3, slow: 90s, who: node1}
groups:
  - name: one
    rules:
      - alert: Silent
        incident: WentSilent
        each: node
        expr: silent(node)
        for: 1h30m
        keep_firing_for: 30s
        flapping: {times: 3, within: 10m}
        inhibited_by: [Behind]
        labels: {severity: critical, team: chain, about: "node {{ node }}"}
        annotations:
          summary: "{{ node }} is quiet for {{ quiet_for(node) }}"
      - alert: Behind
        each: node
        expr: behind(node) >= lag and quiet_for(node) > slow
        annotations: {summary: behind}
      - incident: Apart
        expr: partitioned()
        for: 2s
"""


def rule(text: str, name: str) -> Rule:
    """One rule of a file."""
    return next(one for one in parse_rules(text, "rules.yaml").rules if one.name == name)


def test_good_file_is_read() -> None:
    """An entry with both names is two rules: the incident at once and never sent, the alert as written."""
    found = parse_rules(GOOD, "rules.yaml")
    assert [one.name for one in found.rules] == ["WentSilent", "Silent", "Behind", "Apart"]
    incident, alert, behind, apart = found.rules
    assert (incident.severity, incident.span, incident.keep, incident.flapping) == (INCIDENT, 0, 0, None)
    assert (alert.severity, alert.span, alert.keep) == ("critical", 5400 * NS, 30 * NS)
    assert alert.flapping == Flapping(3, 600 * NS)
    assert alert.inhibited_by == ("Behind",)
    assert incident.formula == alert.formula
    assert [(name, str(text)) for name, text in alert.labels] == [("team", "chain"), ("about", "node {{ node }}")]
    assert [(name, str(text)) for name, text in alert.annotations] == [
        ("summary", "{{ node }} is quiet for {{ quiet_for(node) }}")
    ]
    assert (behind.severity, behind.group) == ("warning", "one")
    assert (apart.severity, apart.span, apart.each) == (INCIDENT, 2 * NS, None)
    assert {name: (one.kind, one.default) for name, one in found.parameters.items()} == {
        "lag": (Kind.NUMBER, 3),
        "slow": (Kind.DURATION, 90 * NS),
        "who": (Kind.TEXT, "node1"),
    }


def test_a_file_read_again_is_the_same() -> None:
    """R20: an identical rule is equal, so that a reload keeps its state."""
    assert parse_rules(GOOD, "rules.yaml").rules == parse_rules(GOOD, "again.yaml").rules


def one(body: str, each: str = "each: node, ") -> str:
    """A file of one rule."""
    return f"groups:\n- name: g\n  rules:\n  - {{alert: A, {each}annotations: {{summary: s}}, {body}}}\n"


BAD = [
    ("", "1: is empty; write groups: with rules in them"),
    ("groups: []\n", "1: groups: should hold at least one"),
    ("groups:\n- {name: g, rules: []}\n", "1: groups: there is no rule in the file"),
    ("rules: []\n", "1: "),
    ("group: []\n", "1: "),
    (one("expr: up(node), fro: 5m"), "4: A: fro: there is no such key; did you mean for?"),
    (one("expr: up(node), for: 5"), "4: A: for: 5 has no unit; write 5s, 5m or 5h"),
    (one("expr: up(node), for: '5'"), "4: A: for: 5 has no unit; write 5s, 5m or 5h"),
    (one("expr: up(node), for: 5 m"), "4: A: for: '5 m' is no duration; write for example 90s"),
    (one("expr: up(node), for: [5m]"), "4: A: for: should be a duration, such as 90s"),
    (one("expr: up(node), labels: {tip: '{{ height(node) }}'}"), "4: A: labels.tip: {{ height(node) }} is a value"),
    (one("expr: up(node), labels: {tip: '{{ 5 }}'}"), "4: A: labels.tip: {{ 5 }} is a value, which changes"),
    (one("expr: up(node), labels: {node: x}"), "4: A: labels.node: this label is set already"),
    (one("expr: up(node), labels: {alertname: x}"), "4: A: labels.alertname: this label is set already"),
    (one("expr: up(node), labels: {originator: x}"), "4: A: labels.originator: this label is set already"),
    (one("expr: up(node), labels: {a-b: x}"), "4: A: labels: 'a-b' is no name"),
    (one("expr: up(node), labels: {tier: 1}"), "4: A: labels.tier: should be text; put it into quotes"),
    (one("expr: up(node), labels: {severity: warn}"), "4: A: there is no severity 'warn'; did you mean warning?"),
    (one("expr: up(node), labels: {severity: incident}"), "4: A: what is listed and never sent is written as incident:"),
    (one("expr: hight(node) > 1"), "4: A: expr: there is no function hight(); did you mean height? (column 1)"),
    (one("expr: up(node) and hight(node) > 1"), "4: A: expr: there is no function hight(); did you mean height? (column 14)"),
    (one("expr: up(node) and"), "4: A: expr: is no formula: "),
    (one("expr: height(node)"), "4: A: expr: height(node) is a number, not a formula"),
    (one("expr: never(up(node))"), "4: A: expr: never() is a condition over time"),
    (one("expr: quiet_for(node) > 5"), "4: A: expr: quiet_for(node) is an age and 5 is a number; write a duration"),
    (one("expr: up(nod)"), "4: A: expr: there is no 'nod' here; write node, or the name of a node in quotes"),
    (one("expr: up(node)", each=""), "4: A: expr: there is no 'node' here; a rule about one needs each: node"),
    (one("expr: fork_depth(fork) > 1", each=""), "4: A: expr: there is no 'fork' here"),
    (one("expr: fork_depth(node) > 1"), "4: A: expr: node is a node; a fork belongs into fork_depth()"),
    (one("expr: up(fork)", each="each: fork, "), "4: A: expr: fork is a fork; a node belongs into up()"),
    (one("expr: 5"), "4: A: expr: should be text; put it into quotes"),
    (one("expr: up(node)", each="each: nodes, "), "4: A: each: there is no 'nodes'; did you mean node?"),
    (one("expr: up(node)", each="each: block, "), "4: A: each: there is no 'block'; there are node, fork"),
    (one("expr: up(node), inhibited_by: [B]"), "4: A: inhibited_by: there is no rule 'B'; "),
    (one("expr: up(node), inhibited_by: [A]"), "4: A: inhibited_by: A is inhibited by this rule in turn"),
    (one("expr: up(node), inhibited_by: B"), "4: A: inhibited_by: should be a list"),
    (one("expr: up(node), flapping: {times: 1, within: 5m}"), "4: A: flapping.times: "),
    (one("expr: up(node), incident: A"), "4: A: A is the name of the alert and of the incident"),
    (one("expr: up(node), alert: B"), "4: alert: is there twice"),
    ("groups:\n- name: g\n  rules:\n  - {each: node, expr: up(node)}\n", "4: groups.0.rules.0: a rule needs alert: or"),
    ("groups:\n- name: g\n  rules:\n  - {alert: A}\n", "4: A: expr: is missing"),
    ("groups:\n- name: g\n  rules:\n  - {alert: A, expr: partitioned()}\n", "4: A: an alert needs annotations: with a"),
    ("groups:\n- name: g\n  rules:\n  - {incident: A, expr: partitioned(), labels: {severity: info}}\n", "4: A: an incident has"),
    ("groups:\n- name: g\n  rules:\n  - {incident: ' A', expr: partitioned()}\n", "4: A: incident: ' A' is no name"),
    ("groups:\n- name: g\n  rules:\n  - {incident: A, expr: partitioned()}\n  - {incident: A, expr: partitioned()}\n", "5: A: incident: two rules have this name"),
    ("groups:\n- {name: g, rules: []}\n- {name: g, rules: [{incident: A, expr: partitioned()}]}\n", "3: g: two groups have"),
    ("parameters: {lag: 1.5}\n" + one("expr: up(node)"), "1: parameters.lag: should be a whole number, a duration"),
    ("parameters: {height: 1}\n" + one("expr: up(node)"), "1: parameters: height is a word of formulas already"),
    ("parameters: {silent_after: 1s}\n" + one("expr: up(node)"), "1: parameters: silent_after is the inventory's pace"),
    ("parameters: {a-b: 1}\n" + one("expr: up(node)"), "1: parameters: 'a-b' is no name"),
    ("parameters: {level: eror}\n" + one("expr: 'problems(node, level) > 1'"), "5: A: expr: problems() needs one of warning, error, fatal written out, not level"),
    ("groups: [\n", "2: is not YAML"),
    ("groups: !!python/object:os.system {}\n", "1: is not YAML"),
    ("groups: !!bool x\n", " is not YAML that can be read"),
    ("a: &a [x, x]\nb: &b [*a, *a]\n", "1: "),
    ("groups: &a [*a]\n", " its aliases stand for more than"),
    (one("expr: '" + "not " * 900 + "up(node)'"), "4: A: expr: is too"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_wrong_file_is_named_with_file_and_line(text: str, expected: str) -> None:
    """One sentence with the file, the line, the rule, what is wrong and what to write instead; exit code 2."""
    with pytest.raises(Failed) as refusal:
        parse_rules(text, "rules.yaml")
    assert str(refusal.value).startswith(f"rules.yaml:{expected}")
    assert "\n" not in str(refusal.value)
    assert refusal.value.code == 2


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("{{ hight(node) }}", "there is no function hight(); did you mean height? (column 4)"),
        ("at {{ height(node)", "a `{{` without its `}}` (column 4)"),
        ("{{ height(nod) }}", "there is no 'nod' here; write node, or the name of a node in quotes"),
        ("{{ increase(restarts(node), 5m) }}", "{{ increase(restarts(node), 5m) }} would count from the alert's own"),
        ("{{ }}", "nothing stands here"),
    ],
)
def test_wrong_annotation_is_named(annotation: str, expected: str) -> None:
    """The place in the annotation is told too."""
    text = one(f"expr: up(node), incident: B, flapping: {{times: 2, within: 1m}}, labels: {{team: '{annotation}'}}")
    with pytest.raises(Failed):
        parse_rules(text, "rules.yaml")
    text = one("expr: up(node)").replace("summary: s", f"summary: '{annotation}'")
    with pytest.raises(Failed) as refusal:
        parse_rules(text, "rules.yaml")
    assert str(refusal.value).startswith(f"rules.yaml:4: A: annotations.summary: {expected}")


def test_rules_cannot_explain_each_other() -> None:
    """If both were firing, neither would be sent."""
    text = GOOD.replace("      - alert: Behind\n", "      - alert: Behind\n        inhibited_by: [Silent]\n")
    with pytest.raises(Failed, match="inhibited by this rule in turn, and neither would be sent"):
        parse_rules(text, "rules.yaml")


def test_a_rule_may_be_explained_by_one_about_something_else() -> None:
    """R26: whether one explains the other hangs on the labels that both have when they fire."""
    text = GOOD.replace("inhibited_by: [Behind]", "inhibited_by: [Behind, Deep]") + (
        "      - {incident: Deep, each: fork, expr: fork_depth(fork) > 2}\n"
    )
    assert rule(text, "Silent").inhibited_by == ("Behind", "Deep")


def test_a_node_in_quotes_is_a_node() -> None:
    """A bare word in a rule about each node is a misspelt variable; a name in quotes is meant."""
    assert str(rule(one('expr: height("node1") > height(node)'), "A").formula) == "height(node1) > height(node)"
    assert str(rule(one("expr: height(node1) > 5", each=""), "A").formula) == "height(node1) > 5"


def test_too_many_rules_are_refused() -> None:
    """A file is bounded in bytes and in rules."""
    many = "groups:\n- name: g\n  rules:\n" + "".join(
        f"  - {{incident: A{n}, expr: partitioned()}}\n" for n in range(1001)
    )
    with pytest.raises(Failed, match="there are 1001 rules; split them into files of 1000"):
        parse_rules(many, "rules.yaml")
    with pytest.raises(Failed, match="is bigger than"):
        parse_rules("#" * (1 << 20) + "\n", "rules.yaml")


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a directory, bytes that are no UTF-8 and a file that is too big are named."""
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\n")
    (tmp_path / "big.yaml").write_bytes(b"#" * (1 << 21))
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "bytes.yaml"):
        with pytest.raises(Failed, match="the rule file cannot be read"):
            read_rules(path)
    with pytest.raises(Failed, match="the rule file is bigger than"):
        read_rules(tmp_path / "big.yaml")


@given(st.text() | st.text(alphabet="groups:name[]{}-&*!'\"# \n\t01alertexpr", max_size=80))
def test_any_text_is_a_rule_file_or_one_sentence(text: str) -> None:
    """Whatever stands in the file, reading it ends in rules or in one sentence."""
    said = ""
    try:
        parse_rules(text, "rules.yaml")
    except Failed as refusal:
        said = str(refusal)
    assert "\n" not in said


WORDS = [
    "up(node)",
    "and",
    "height(node)",
    ">",
    "5m",
    "{{",
    "}}",
    "node",
    "'",
    "(",
    "not",
    "fork",
    "increase",
    ",",
    "é",
    "\\",
    "\0",
]


@given(st.lists(st.sampled_from(WORDS)).map(" ".join), st.sampled_from(["expr", "for", "each", "labels", "summary"]))
def test_any_word_in_any_place_is_a_rule_or_one_sentence(text: str, place: str) -> None:
    """The same for what stands in the places of a rule."""
    import json

    body = {"alert": "A", "expr": "up(node)", "each": "node", "annotations": {"summary": "s"}}
    body |= (
        {"annotations": {"summary": text}}
        if place == "summary"
        else {"labels": {"a": text}}
        if place == "labels"
        else {place: text}
    )
    said = ""
    try:
        parse_rules("groups: [{name: g, rules: [" + json.dumps(body) + "]}]", "rules.yaml")
    except Failed as refusal:
        said = str(refusal)
    assert "\n" not in said


@pytest.mark.parametrize(("value", "kind"), [("3m", "a duration"), ("many", "a text")])
def test_inventory_sets_what_the_rules_expect(value: str, kind: str) -> None:
    """A parameter of another kind would compare what does not compare."""
    file = parse_rules(GOOD, "rules.yaml")
    check_parameters(file, parse_inventory("parameters: {lag: 5, slow: 2m, other: x}\n", "n"), "network.yaml")
    with pytest.raises(Failed, match=f"network.yaml: parameters.lag: is {kind}; the rules need a number"):
        check_parameters(file, parse_inventory(f"parameters: {{lag: {value}}}\n", "n"), "network.yaml")


def test_rules_in_force(recorded: Recorded, tmp_path: Path) -> None:
    """R20: those asked for, else those of the judgement log from their sequence on, else the built-in ones."""
    path = tmp_path / "run.rec"
    path.write_bytes(recorded("level0", "log").read_bytes())
    file = tmp_path / "rules.yaml"
    file.write_text(GOOD)
    with Recording.open_to_read(path) as recording:
        assert rules_in_force(recording) == [(0, builtin_rules().rules)]
        assert rules_in_force(recording, str(file)) == [(0, parse_rules(GOOD, "x").rules)]
    with Recording.open_to_append(path) as recording:
        assert log_rules(recording, 0, GOOD)
        assert log_rules(recording, 100, one("expr: up(node)"))
    with Recording.open_to_read(path) as recording:
        schedule = rules_in_force(recording)
        assert [(seq, [each.name for each in rules]) for seq, rules in schedule] == [
            (0, ["WentSilent", "Silent", "Behind", "Apart"]),
            (100, ["A"]),
        ]
        assert rules_in_force(recording, "builtin") == [(0, builtin_rules().rules)]


def test_every_shipped_rule_has_its_paragraph() -> None:
    """The runbook of every rule is a heading of docs/rules.md, and every summary says who."""
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    anchors = {found.lower() for found in re.findall(r"^### (\w+)", page, re.MULTILINE)}
    for shipped in builtin_rules().rules:
        said = {name: str(text) for name, text in shipped.annotations}
        assert said["runbook_url"].startswith("docs/rules.md#")
        assert said["runbook_url"].partition("#")[2] in anchors
        assert said["summary"]
        assert said["description"]
        assert shipped.name in page
        assert shipped.each is None or f"{{{{ {shipped.each} }}}}" in said["summary"]


def test_shipped_rules_are_those_of_the_text_that_is_kept() -> None:
    """They are read by another parser and without their places; as a rule file, their text says the same."""
    shipped = builtin_rules()
    read = parse_rules(shipped.text, "observer/rules")
    assert (read.rules, read.parameters, read.text) == (shipped.rules, shipped.parameters, shipped.text)


def test_shipped_rules_are_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML has it or not, by how it was built."""
    shipped = builtin_rules()
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    plain = builtin_rules.__wrapped__()
    assert (plain.rules, plain.text) == (shipped.rules, shipped.text)


def test_every_incident_of_a_state_is_an_alert_too() -> None:
    """R26: a built-in detector is an incident, listed at once, and an alert for production."""
    shipped = builtin_rules().rules
    assert {one.severity for one in shipped} == {"incident", "critical", "warning", "info"}
    assert all(one.span == 0 or one.name == "PeersLost" for one in shipped if one.is_incident)
