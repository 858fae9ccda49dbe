"""Writes docs/conditions.md from the code: the words of formulas and conditions, and the rules that ship."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from observer.reference_tables import summary, table
from observer.rulefiles.reading import builtin_rules
from waits.durations import duration, written
from waits.entities import EACH, MEMBERS
from waits.expression import DEFAULT_PARAMETERS, LANGUAGE
from waits.functions import ANY_LINE, FUNCTIONS, MACROS, Function, Macro
from waits.library import (
    blocks,
    cursors,
    hearing,
    indexing,
    life,
    links,
    replication,
    report_troubles,
    report_words,
    reports,
    speaking,
    storing,
    working,
)
from waits.terms import Kind, Parameter, Variable, calls_of, shown_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from waits.entities import Entities

CONCERNS: tuple[ModuleType, ...] = (
    life,
    blocks,
    links,
    hearing,
    reports,
    report_troubles,
    report_words,
    speaking,
    working,
    replication,
    cursors,
    storing,
    indexing,
)
"""The modules of the library, in the order of the page."""
OPENING = """# Conditions, formulas and rules that ship

Generated from the code by `make docs`; a test holds that it is current. How they are written, and how they fit
together, is in [Writing rules](writing-rules.md).
"""
FUNCTIONS_OPENING = """## Functions

A formula is true, false or unknown in one snapshot. It joins functions with `and`, `or` and `not`, compares with `==`,
`!=`, `<`, `<=`, `>` and `>=`, and reckons with `+`, `-` and `*`. Numbers are whole; a duration has its unit (`90s`,
`1h30m`; ms, s, m, h, d, w); text stands in quotes, and so does the name of a node that is no plain word.

Without any line of what stands under *needs*, or where the log hides a topic, a function is unknown, and so is what
is made of it. *any line* is known from the first line that says anything about the node.
"""


def conditions() -> str:
    """The whole page."""
    parts = [OPENING, _language(), FUNCTIONS_OPENING, *[_functions(concern) for concern in CONCERNS]]
    return "\n".join([*parts, _entities(), _parameters(), _rules()])


def _language() -> str:
    rows: list[tuple[str, ...]] = [(f"`{form}`", meaning) for form, meaning in LANGUAGE.items()]
    return "## The language\n\n" + table(("form", "meaning"), rows)


def _functions(concern: ModuleType) -> str:
    own = [one for one in FUNCTIONS.values() if one.kind is not Kind.LIST and _of(one.compute, concern)]
    short = [one for one in MACROS.values() if _of(one.expand, concern)]
    rows = sorted([*map(_function, own), *map(_shorthand, short)])
    return f"### {summary(concern)}\n\n" + table(("function", "gives", "needs", "topics", "meaning"), rows)


def _of(code: Callable[..., object], concern: ModuleType) -> bool:
    return code.__module__ == concern.__name__


def _function(one: Function) -> tuple[str, ...]:
    return (f"`{one.signature}`", one.kind.value, _needs([one]), ", ".join(one.topics), one.doc)


def _shorthand(one: Macro) -> tuple[str, ...]:
    term = one.expand(*[Variable(name, kind) for name, kind in zip(one.names, one.takes, strict=True)])
    called = [call.function for call in calls_of(term)]
    topics = dict.fromkeys([topic for function in called for topic in function.topics])
    meaning = f"{one.doc} Short for `{term}`."
    return (f"`{one.signature}`", term.kind.value, _needs(called), ", ".join(topics), meaning)


def _needs(functions: list[Function]) -> str:
    return "; and ".join(dict.fromkeys([_group(group) for one in functions for group in one.needs]))


def _group(group: tuple[type, ...]) -> str:
    return "any line" if group == ANY_LINE else " or ".join([f"`{kind.__name__}`" for kind in group])


def _entities() -> str:
    rows: list[tuple[str, ...]] = [
        (f"`{name}`", one.kind.value, _labels(one), _members(name)) for name, one in EACH.items()
    ]
    return (
        "## What a rule can be bound to\n\n`each:` names one of these. There is then one alert for each, and the word "
        "is its variable in the formula and in the annotations.\n\n"
        + table(("each", "the variable is", "labels", "members"), rows)
    )


def _members(each: str) -> str:
    function = MEMBERS.get(each)
    if function is None:
        return "Every node of the inventory and every node that has a log."
    return function.doc


def _labels(entities: Entities) -> str:
    return ", ".join([f"`{name}`" for name in entities.labels])


def _parameters() -> str:
    shipped = builtin_rules().parameters
    rows: list[tuple[str, ...]] = [
        *[(f"`{name}`", _default(one), "`pace:`") for name, one in DEFAULT_PARAMETERS.items()],
        *[(f"`{name}`", _default(one), "`parameters:`") for name, one in shipped.items()],
    ]
    return (
        "## Parameters\n\nThe pace is known in every formula, the others in the rules that ship. "
        "`network.yaml` sets them under the key that is named.\n\n" + table(("parameter", "default", "set under"), rows)
    )


def _default(one: Parameter) -> str:
    return written(int(one.default)) if one.kind is Kind.DURATION else shown_value(one.default, one.kind)


def _rules() -> str:
    rows: list[tuple[str, ...]] = [
        (
            f"`{rule.name}`",
            rule.severity,
            rule.each or "network",
            f"`{rule.text}`",
            duration(rule.span),
            str(dict(rule.annotations).get("summary", "")),
        )
        for rule in builtin_rules().rules
    ]
    return (
        "## Rules that ship\n\nWhat each means and what to do is in [Rules](rules.md). An incident is listed and never "
        "sent.\n\n" + table(("rule", "severity", "each", "expr", "for", "summary"), rows)
    )


if __name__ == "__main__":
    sys.stdout.write(conditions())
