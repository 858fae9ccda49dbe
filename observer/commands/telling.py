"""`observer replay` and `observer demo`: what happened, told as it is played."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import (
    FramingOption,
    InventoryOption,
    JsonOption,
    SourcesArgument,
    SystemOption,
    YearOption,
    ZoneOption,
    app,
)

SECOND = 10**9


@app.command()
def replay(  # noqa: PLR0913 - the command's options
    sources: SourcesArgument,
    speed: Annotated[
        float,
        typer.Option(min=0, metavar="N", help="N times as fast as it happened; 0, the default, is at once."),
    ] = 0,
    silent_after: Annotated[
        str | None, typer.Option(metavar="DURATION", help="A node that writes nothing for longer is silent.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also every tip and every closed connection.")
    ] = False,
    json: JsonOption = False,
    system: SystemOption = None,
    framing: FramingOption = None,
    tz: ZoneOption = None,
    year: YearOption = None,
    inventory: InventoryOption = None,
) -> None:
    """Play a recording, or logs, through and tell what happened.

    Starts, stops, restarts, syncs, heights, agreement, reorganisations, connections lost, silences.
    """
    from observer.telling import recording_of, refuse_duration, tell

    if silent_after is not None:
        refuse_duration(silent_after)
    with recording_of(sources, system, framing, tz, year, inventory) as recording:
        tell(recording, speed=speed, silent_after=silent_after, verbose=verbose, json=json)


@app.command()
def demo(
    speed: Annotated[float, typer.Option(min=0, metavar="N", help="N times as fast as it happened; 0 is at once.")] = 0,
    save: Annotated[Path | None, typer.Option(metavar="RUN.rec", help="Keep a copy of the recording.")] = None,
) -> None:
    """Play a bundled recording of a real three-node Monero network, and say what to look at."""
    from observer.console import console, safe
    from observer.telling import WORTH_A_LOOK, copied, tell
    from observer.times import clock
    from replay.recording import Recording

    out = console()
    with as_file(files("observer") / "demo" / "three-nodes.rec") as path:
        if save is not None:
            copied(path, save)
        with Recording.open_to_read(path) as recording:
            out.print("[bold]A real run of three monerod nodes, recorded from their logs.[/]")
            out.print("A driver mined blocks, killed a node, cut it off, froze another and banned a host;")
            out.print("the observer saw nothing but the logs.\n")
            told = tell(recording, speed=speed)
    out.print("\n[bold]What to look at[/]")
    for node, kind, what in WORTH_A_LOOK:
        found = next((one for one in told if (one.node, one.kind) == (node, kind)), None)
        if found is not None:
            out.print(f"  {clock(found.at)}  {what}")
    kept = safe(str(save)) if save is not None else "run.rec"
    out.print("\n[bold]What to try[/]")
    if save is None:
        out.print(f"  observer demo --save {kept}")
    silence = next((one for one in told if one.kind == "silence"), told[-1])
    for command in (
        f"observer status {kept} --at {clock(silence.at - SECOND)}",
        f"observer alerts {kept}",
        f"observer explain {kept} NodeDied",
        f"observer wait {kept} 'tips_agree() and min_height() >= 64' --since 07:03:30 --within 3s",
        "observer import node*.log -o mine.rec",
    ):
        out.print(f"  {command}")
