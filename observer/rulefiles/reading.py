"""Rule files: what is always watched for, in Prometheus' words (R26).

groups:
  - name: nodes
    rules:
      - alert: NodeSilent
        incident: NodeWentSilent
        each: node
        expr: silent(node)
        for: 2m
        annotations:
          summary: "{{ node }} has written nothing for {{ quiet_for(node) }}"

An entry with both names is two rules: the incident, listed at once and never sent, and the alert with its `for`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import yaml

from observer.exits import Failed
from observer.inventory import Inventory, kept_inventory
from observer.rulefiles.entries import KEYS, MOST_RULES, FileEntry
from observer.rulefiles.making import parameters_of, rules_of
from observer.yamlfiles import MOST_BYTES, Place, Written, checked, parsed, read_text
from replay.judgement import judgements
from replay.recording import Recording
from waits.durations import nanoseconds
from waits.rules import Rule
from waits.terms import Kind, Parameter

SHIPPED = ("general.yaml", "xmtpd.yaml")
"""Files of the rules that ship."""
BUILTIN = "builtin"
"""As the name of a rule file: the rules that ship with the observer."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """Rules, with what the inventory may set in them."""

    rules: tuple[Rule, ...]
    parameters: dict[str, Parameter]
    write: Callable[[], str]

    @property
    def text(self) -> str:
        """The file, as it is kept with what was judged by it."""
        return self.write()


def parse_rules(text: str, label: str) -> RuleFile:
    """The rules of a text; `label` names it in errors. Raises Failed."""
    if len(text) > MOST_BYTES:
        raise Failed(f"{label}: is bigger than {MOST_BYTES} bytes; split it")
    written = parsed(text, label)
    if written.value is None:
        raise Failed(f"{label}:1: is empty; write groups: with rules in them")
    return _rule_file(written, lambda: text)


def _rule_file(written: Written, write: Callable[[], str]) -> RuleFile:
    entry = checked(FileEntry, written, KEYS, "see docs/rules.md", _named(written))
    count = sum(len(group.rules) for group in entry.groups)
    if not count:
        raise written.failed(
            ("groups",), "groups: there is no rule in the file; a file that watches nothing is an error"
        )
    if count > MOST_RULES:
        raise written.failed(("groups",), f"groups: there are {count} rules; split them into files of {MOST_RULES}")
    parameters = parameters_of(entry)
    return RuleFile(rules_of(written, entry, parameters), parameters, write)


def _named(written: Written) -> dict[Place, str]:
    """What errors call the rules, by their places."""
    names: dict[Place, str] = {}
    groups = written.value.get("groups") if isinstance(written.value, dict) else None
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        rules = group.get("rules") if isinstance(group, dict) else None
        for place, rule in enumerate(rules if isinstance(rules, list) else ()):
            name = (rule.get("alert") or rule.get("incident")) if isinstance(rule, dict) else None
            if isinstance(name, str) and name.isprintable():
                names["groups", number, "rules", place] = name.strip()[:80]
    return names


def read_rules(path: Path) -> RuleFile:
    """The rules of a file, or those that ship. Raises Failed with the file and the place in it."""
    return parse_rules(read_text(path, "rule file"), str(path))


@lru_cache(maxsize=1)
def builtin_rules() -> RuleFile:
    """The rules that ship with the observer: for any system, then for each one that has its own. They are one file to
    whoever reads them, so that a rule of one system can be inhibited by a general one.
    """
    # They are read at every start of a command that judges: so by libyaml, where PyYAML has it, and once.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    folder = resources.files("observer").joinpath("rules")
    files = [yaml.load(folder.joinpath(name).read_text(encoding="utf-8"), loader) for name in SHIPPED]  # noqa: S506 - is safe
    merged = {
        "parameters": {name: value for file in files for name, value in file["parameters"].items()},
        "groups": [group for file in files for group in file["groups"]],
    }
    return _rule_file(
        Written("observer/rules", None, merged), lambda: yaml.safe_dump(merged, sort_keys=False, width=120)
    )


def rules_named(asked: str) -> RuleFile:
    """The rules of a path, or the built-in ones. Raises Failed."""
    return builtin_rules() if asked == BUILTIN else read_rules(Path(asked))


def rules_in_force(recording: Recording, asked: str | None = None) -> list[tuple[int, tuple[Rule, ...]]]:
    """From behind which sequence on which rules are in force (R20): those that were asked for, from the start; else
    those that the recording's judgement log names; else the built-in ones. Raises Failed.
    """
    if asked is not None:
        found = [(0, rules_named(asked))]
    else:
        label = f"{recording.place} (its rules)"
        found = [(one.seq, parse_rules(one.text, label)) for one in judgements(recording) if one.kind == "rules"] or [
            (0, builtin_rules())
        ]
    inventory = kept_inventory(recording) or Inventory()
    for _seq, file in found:
        check_parameters(file, inventory, f"{recording.place} (its inventory)")
    return [(seq, file.rules) for seq, file in found]


def check_parameters(file: RuleFile, inventory: Inventory, label: str) -> None:
    """Whether what an inventory sets is of the kind that the rules expect. Raises Failed."""
    for name, value in inventory.parameters.items():
        expected = file.parameters.get(name)
        if expected is None:
            continue
        if kind_of(value) is not expected.kind:
            raise Failed(f"{label}: parameters.{name}: is {kind_of(value).value}; the rules need {expected.kind.value}")


def kind_of(value: int | str) -> Kind:
    """What a parameter's value is."""
    if isinstance(value, int):
        return Kind.NUMBER
    try:
        nanoseconds(value)
    except ValueError:
        return Kind.TEXT
    return Kind.DURATION
