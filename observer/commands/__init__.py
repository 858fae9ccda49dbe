"""The command line: one module for each group of commands."""

from __future__ import annotations

from observer.commands.application import app

# Each module registers its commands when it is imported.
from observer.commands import importing, inventory, reading, schema, simulate, telling, verifying  # isort: skip  # noqa: F401

__all__ = ["app"]
