"""`observer schema`: the JSON Schema of each answer."""

from __future__ import annotations

from typing import Annotated

import typer

from observer.commands.application import app
from observer.exits import Failed


@app.command()
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="state, events, lines, coverage, verify, replay, explain, wait, bisect, rules, test-rules, "
            "status, alerts (one of the list), backtest or inventory.",
        ),
    ],
) -> None:
    """Print the JSON Schema of what a command answers with --json, or of the inventory."""
    from pydantic import BaseModel

    from observer.answers import SCHEMAS
    from observer.console import say_json
    from observer.inventory import Inventory

    known: dict[str, type[BaseModel]] = {**SCHEMAS, "inventory": Inventory}
    if name not in known:
        raise Failed(f"{name}: there is no such schema; there are {', '.join(known)}")
    say_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **known[name].model_json_schema()})
