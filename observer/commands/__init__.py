"""The command line: one module for each group of commands."""

from __future__ import annotations

from observer.commands.application import app

# Each module registers its commands when it is imported.
from observer.commands import explaining, importing, inventory, reading, schema  # isort: skip  # noqa: F401
from observer.commands import rules, simulate, telling, verifying, waiting  # isort: skip  # noqa: F401
from observer.commands import alerts, attaching, backtesting, shipping, status, working  # isort: skip  # noqa: F401

__all__ = ["app"]
