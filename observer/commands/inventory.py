"""`observer inventory`: a draft of network.yaml from logs (R24)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import (
    FramingOption,
    JsonOption,
    SourcesArgument,
    SystemOption,
    ZoneOption,
    app,
)
from observer.exits import Failed


@app.command()
def inventory(  # noqa: PLR0913 - the command's options
    sources: SourcesArgument,
    network: Annotated[str, typer.Option(help="The network's name.")] = "network",
    system: SystemOption = None,
    framing: FramingOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> None:
    """Draft network.yaml: the nodes that the logs show, with what could be told of each."""
    from observer.console import say_json, warn
    from observer.drafting import draft, drafted_text
    from observer.importing import nothing_found, said_of, warn_of_damage
    from observer.inventory import Inventory
    from observer.sources import find
    from observer.streams import Opener, new_spool

    said = said_of(system, framing, tz)
    with new_spool() as spool:
        opener = Opener()
        found = find(sources, said, Inventory(), opener, Path(spool))
        if not found.feeds:
            raise Failed(nothing_found(sources, found))
        drafted = draft(found, network, Path(spool))
    warn_of_damage(opener, found)
    for one in found.left_out:
        warn(f"left out: {one.label} {one.why}")
    if json:
        say_json(drafted)
    else:
        typer.echo(drafted_text(drafted), nl=False)
