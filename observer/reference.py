"""Writes docs/reference.md from the code: `python -m observer.reference`. What formulas are made of has a page of its
own, `observer.reference_conditions`.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from typing import Any, Union, get_args, get_origin

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from observer.answers import SCHEMAS
from observer.commands import every_command
from observer.exits import Exit
from observer.reference_tables import summary, table
from parsers.framing import FRAMINGS
from parsers.systems import SYSTEMS
from state.kinds import ALL
from state.snapshot import SLICES

EXITS = {
    Exit.OK: "done; nothing was asked that failed",
    Exit.VIOLATED: "violated, timed out, or an alert fired",
    Exit.USAGE: "wrong usage",
    Exit.UNKNOWN: "unknown: what was needed was not observed",
    Exit.DAMAGED: "a recording or its checksum is damaged, or the file is none",
    Exit.ENVIRONMENT: "environment: file, disk, broker, database",
    Exit.NOT_INITIALISED: "nodes did not initialise in time",
    Exit.NODE_CRASHED: "a node crashed of itself",
    Exit.DEFECT: "a defect of the observer",
    Exit.INTERRUPTED: "interrupted",
}

OPENING = """# Reference

Generated from the code by `make docs`; a test holds that it is current. What formulas are made of, parameters, and the
rules that ship are in [Conditions](conditions.md).
"""


def reference() -> str:
    """The whole page."""
    parts = [
        OPENING,
        _exits(),
        _answers(),
        _events(),
        _statements(),
        _framings(),
        f"## Slices of the snapshot\n\n{', '.join(f'`{name}`' for name in SLICES)}\n",
    ]
    return "\n".join(parts)


def _exits() -> str:
    text = "## Exit codes\n\n" + table(("code", "means"), [(str(int(code)), text) for code, text in EXITS.items()])
    text += "\nWhere several hold: 70, 4, 2, 5, 30, 20, 1, 3, 0, the first of them. Of the commands that judge:\n\n"
    return text + table(("command", "exits"), _exits_by_command())


def _exits_by_command() -> list[tuple[str, ...]]:
    """What the commands say of their own exit codes."""
    found: list[tuple[str, ...]] = []
    for command in every_command().registered_commands:
        sentences = re.split(r"(?<=[.:])\s+(?=[A-Z])", inspect.getdoc(command.callback) or "")
        said = [sentence for sentence in sentences if re.search(r"\b[Ee]xits with\b", sentence)]
        name = str(command.name or getattr(command.callback, "__name__", ""))
        if said:
            found.append((f"`observer {name.replace('_', '-')}`", " ".join(said)))
    return sorted(found)


def _answers() -> str:
    text = "## Answers\n\nWith `--json`; `observer schema NAME` prints the JSON Schema. What is unknown is null.\n"
    told: set[type[BaseModel]] = set()
    for command, model in SCHEMAS.items():
        text += f"\n### `observer {command} --json`\n\n"
        text += _model(model, told)
    return text


def _model(model: type[BaseModel], told: set[type[BaseModel]]) -> str:
    told.add(model)
    rows: list[tuple[str, ...]] = [
        (f"`{name}`", f"`{_type(field)}`", field.description or "") for name, field in model.model_fields.items()
    ]
    text = f"**{model.__name__}**: {summary(model)}\n\n" + table(("field", "type", "meaning"), rows)
    for field in model.model_fields.values():
        for inner in _models(field.annotation):
            if inner not in told:
                text += "\n" + _model(inner, told)
    return text


def _models(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _type(field: FieldInfo) -> str:
    return _type_name(field.annotation)


def _type_name(annotation: Any) -> str:
    if annotation is type(None):
        return "null"
    origin = get_origin(annotation)
    parts = [_type_name(part) for part in get_args(annotation)]
    if origin in (Union, types.UnionType):
        return " or ".join(parts)
    if origin is not None:
        return f"{origin.__name__} of {', '.join(parts)}"
    return getattr(annotation, "__name__", str(annotation))


def _events() -> str:
    rows: list[tuple[str, ...]] = []
    for kind in ALL:
        fields = ", ".join(f"`{field.name}`" for field in msgspec.structs.fields(kind))
        rows.append((f"`{kind.__name__}`", fields, summary(kind)))
    return "## Events\n\n" + table(("event", "fields", "meaning"), rows)


def _statements() -> str:
    text = "## Log statements that are read\n"
    for name, system in sorted(SYSTEMS.items()):
        rows: list[tuple[str, ...]] = [
            (
                f"`{one.text}`" + "".join(f"<br>`{line.text}`".replace("\t", "\\t") for line in one.then),
                one.category,
                one.level,
                summary(one.handler),
            )
            for one in system.statements
        ]
        text += f"\n### {name}\n\n" + table(("statement", "category", "level", "meaning"), rows)
    return text


def _framings() -> str:
    rows: list[tuple[str, ...]] = [(f"`{name}`", summary(framing)) for name, framing in FRAMINGS.items()]
    return "## Framings\n\n" + table(("framing", "what it is"), rows)


if __name__ == "__main__":
    sys.stdout.write(reference())
