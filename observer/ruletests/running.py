"""Rule unit tests: what rules say of a small journal, at chosen times, as promtool has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from observer.exits import Failed
from observer.rulefiles.reading import BUILTIN, RuleFile, check_parameters, rules_named
from observer.ruletests.entries import KEYS, CaseEntry, RuleTestEntry, RuleTestFileEntry
from observer.ruletests.input import Said, journal
from observer.ruletests.playing import Play, Stands
from observer.yamlfiles import Place, Written, checked, nearest, parsed, read_text
from waits.alerts import State
from waits.durations import duration
from waits.rules import Rule


class Difference(NamedTuple):
    """What was expected of a rule at a time, and what it said."""

    alertname: str
    eval_time: str
    expected: list[str]
    got: list[str]

    def __str__(self) -> str:
        expected, got = "\n      ".join(self.expected), "\n      ".join(self.got)
        return f"{self.alertname} at {self.eval_time}:\n    expected:\n      {expected}\n    got:\n      {got}"


class Outcome(NamedTuple):
    """How one test went."""

    file: str
    name: str
    checks: int
    differences: list[Difference]


class RuleTest(NamedTuple):
    """One test, ready to be played."""

    name: str
    entry: RuleTestEntry
    said: list[Said]


class RuleTestFile(NamedTuple):
    """A file of tests, read and checked as a whole before any of them is played."""

    label: str
    entry: RuleTestFileEntry
    rules: tuple[Rule, ...]
    tests: list[RuleTest]


def read_tests(path: Path) -> RuleTestFile:
    """The tests of a file. Raises Failed with the file and the place in it."""
    return parse_tests(read_text(path, "file of tests"), str(path), path.parent)


def parse_tests(text: str, label: str, folder: Path) -> RuleTestFile:
    """The tests of a text; rule files are relative to `folder`. Raises Failed."""
    written = parsed(text, label)
    if written.value is None:
        raise Failed(f"{label}:1: is empty; write rule_files: and tests:")
    entry = checked(RuleTestFileEntry, written, KEYS, "see docs/rules.md")
    rules: dict[str, Rule] = {}
    for number, name in enumerate(entry.rule_files):
        file = _rules(written, number, name, folder)
        check_parameters(file, entry.inventory, label)
        for rule in file.rules:
            if rules.setdefault(rule.name, rule) is not rule:
                raise written.failed(("rule_files", number), f"rule_files: {rule.name} is in two of these files")
    tests = [_test(written, number, entry, rules) for number in range(len(entry.tests))]
    return RuleTestFile(label, entry, tuple(rules.values()), tests)


def _rules(written: Written, number: int, name: str, folder: Path) -> RuleFile:
    try:
        return rules_named(name if name == BUILTIN else str(folder / name))
    except Failed as error:
        if ": the rule file cannot be read" in str(error):
            raise written.failed(("rule_files", number), f"rule_files: {error}") from None
        raise


def _test(written: Written, number: int, entry: RuleTestFileEntry, rules: Mapping[str, Rule]) -> RuleTest:
    test, given = entry.tests[number], entry.given
    place: Place = ("tests", number)
    for at, case in enumerate(test.alert_rule_test):
        if case.alertname not in rules:
            hint = nearest(case.alertname, list(rules), "see `observer rules`")
            where = (*place, "alert_rule_test", at, "alertname")
            raise written.failed(where, f"alertname: there is no rule {case.alertname[:80]!r}; {hint}")
    return RuleTest(test.name or f"test {number + 1}", test, journal(written, place, test, given))


def run_tests(file: RuleTestFile) -> list[Outcome]:
    """Play every test of a file."""
    return [_run(file, test) for test in file.tests]


def _run(file: RuleTestFile, test: RuleTest) -> Outcome:
    play = Play(test.entry, test.said, file.rules, file.entry.inventory)
    differences = []
    for case in sorted(test.entry.alert_rule_test, key=lambda one: one.eval_time):
        play.until(case.eval_time)
        found = _difference(case, play.alerts(case))
        if found is not None:
            differences.append(found)
    return Outcome(file.label, test.name, len(test.entry.alert_rule_test), differences)


def _difference(case: CaseEntry, alerts: Sequence[Stands]) -> Difference | None:
    """What is otherwise than expected; None where nothing is."""
    wanted = State(case.state)
    got = [one for one in alerts if one.state is wanted]
    left = list(got)
    for alert in case.exp_alerts:
        fits = next((one for one in left if _fits(alert.exp_labels, alert.exp_annotations, one)), None)
        if fits is None:
            break
        left.remove(fits)
    else:
        if not left and _sees_as_expected(case, alerts):
            return None
    expected = [f"{wanted.value} {_shown(one.exp_labels, one.exp_annotations)}" for one in case.exp_alerts]
    if case.blind:
        expected.append(f"blind: {', '.join(case.blind)}" if isinstance(case.blind, tuple) else "blind")
    said = [_said(one, {name for alert in case.exp_alerts for name in alert.exp_annotations}) for one in alerts]
    return Difference(
        case.alertname,
        duration(case.eval_time),
        expected or [f"nothing {wanted.value}, as far as can be seen"],
        [one for one in said if one] or ["nothing"],
    )


def _fits(labels: Mapping[str, str], annotations: Mapping[str, str], alert: Stands) -> bool:
    """Labels are compared as a whole, and those annotations that the test names."""
    return labels == alert.labels and all(
        alert.annotations.get(name, "").strip() == text.strip() for name, text in annotations.items()
    )


def _sees_as_expected(case: CaseEntry, alerts: Sequence[Stands]) -> bool:
    """Whether it is blind where it should be. What nobody could see is no proof that nothing was to be seen."""
    unseen = {one.entity for one in alerts if one.unknown is not None}
    if isinstance(case.blind, tuple):
        return unseen == set(case.blind)
    if case.blind:
        return len(unseen) == len(alerts) and bool(alerts)
    return bool(case.exp_alerts) or not alerts or len(unseen) < len(alerts)


def _said(alert: Stands, named: set[str]) -> str:
    state = "" if alert.state is State.INACTIVE else f"{alert.state.value} "
    blind = "" if alert.unknown is None else f"blind {alert.entity}: {alert.unknown}".replace(" :", ":")
    shown = {name: text for name, text in alert.annotations.items() if name in named}
    return f"{state}{_shown(alert.labels, shown) if state else ''} {blind}".strip()


def _shown(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """As promtool shows them."""
    return " ".join(
        "{" + ", ".join([f'{name}="{value}"' for name, value in sorted(one.items())]) + "}"
        for one in (labels, annotations)
        if one or one is labels
    )
