"""The command line: one module for each group of commands, imported when one of its commands is asked for.

A command begins in a fraction of the time that all of them would take to be read, and that is most of what a short one
takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from observer.commands.application import app

MODULE_OF = {
    "status": "status",
    "explain": "explaining",
    "import": "importing",
    "inventory": "inventory",
    "state": "reading",
    "events": "reading",
    "lines": "reading",
    "schema": "schema",
    "rules": "rules",
    "test-rules": "rules",
    "replay": "telling",
    "demo": "telling",
    "coverage": "verifying",
    "verify": "verifying",
    "wait": "waiting",
    "bisect": "waiting",
    "alerts": "alerts",
    "attach": "attaching",
    "backtest": "backtesting",
    "ship": "shipping",
    "broker-setup": "shipping",
    "worker": "working",
    "migrate": "working",
    "retain": "working",
    "record": "working",
    "simulate": "simulate",
}
"""Every command, in the order of the help, and the module that registers it by being imported."""


def commands_for(arguments: Sequence[str]) -> typer.Typer:
    """The application, with at least the command that these arguments begin with; with all commands where they begin
    with none.
    """
    asked = arguments[0] if arguments else ""
    if asked not in MODULE_OF:
        return every_command()
    import_module(f"observer.commands.{MODULE_OF[asked]}")
    return app


def every_command() -> typer.Typer:
    """The application with all its commands."""
    for module in dict.fromkeys(MODULE_OF.values()):
        import_module(f"observer.commands.{module}")
    places = {name: place for place, name in enumerate(MODULE_OF)}
    app.registered_commands.sort(key=lambda one: places[_name(one)])
    return app


def _name(registered: typer.models.CommandInfo) -> str:
    return registered.name or getattr(registered.callback, "__name__", "").replace("_", "-")
