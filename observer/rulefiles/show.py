"""Rules, listed: for people and as an answer."""

from __future__ import annotations

from observer.answers import RuleAnswer, RulesAnswer
from observer.rulefiles.reading import RuleFile
from waits.durations import duration
from waits.rules import Rule
from waits.terms import shown_value


def rules_answer(name: str, file: RuleFile) -> RulesAnswer:
    """The rules of a file."""
    parameters = {key: shown_value(one.default, one.kind) for key, one in file.parameters.items()}
    return RulesAnswer(file=name, parameters=parameters, rules=[_rule(rule) for rule in file.rules])


def _rule(rule: Rule) -> RuleAnswer:
    return RuleAnswer(
        name=rule.name,
        severity=rule.severity,
        group=rule.group,
        each=rule.each,
        expr=rule.text,
        for_ns=rule.span,
        keep_firing_for_ns=rule.keep,
        inhibited_by=list(rule.inhibited_by),
        labels={name: str(text) for name, text in rule.labels},
        annotations={name: str(text) for name, text in rule.annotations},
    )


def show_rules(answer: RulesAnswer) -> None:
    """One row for each rule."""
    from rich.table import Table

    from observer.console import console, safe

    out = console()
    table = Table(box=None, pad_edge=False)
    for title in ("rule", "severity", "each", "for", "expr"):
        table.add_column(title, overflow="fold", no_wrap=title != "expr")
    for rule in answer.rules:
        span = duration(rule.for_ns)
        table.add_row(safe(rule.name), rule.severity, rule.each or "network", span, safe(rule.expr, 4000))
        summary = rule.annotations.get("summary")
        if summary:
            table.add_row("", "", "", "", f"[dim]{safe(summary, 1000)}[/dim]")
    out.print(table)
    if answer.parameters:
        said = ", ".join([f"{name} {value}" for name, value in answer.parameters.items()])
        out.print(f"\nparameters, which the inventory may set: {safe(said, 4000)}")
    out.print(f"{len(answer.rules)} rules in {safe(answer.file)}: read and checked")
