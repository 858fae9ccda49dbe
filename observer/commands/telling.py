"""`observer replay` and `observer demo`: what happened, told as it is played."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from observer.answers import HappeningAnswer
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
from observer.commands.importing import enter, kept_inventory, nothing_found, said_of
from observer.exits import Exit, Failed
from observer.inventory import Inventory, nanoseconds, read_inventory
from observer.sources import find
from observer.story import Happening, Story
from observer.streams import Opener, new_spool
from observer.times import clock, written
from parsers.clock import NS
from replay.importing import Import
from replay.play import Player
from replay.recording import Recording

_SQLITE = b"SQLite format 3"
LONGEST_PAUSE = 3600
"""Seconds that a paced replay waits at most between two lines of its story."""


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
    if silent_after is not None:
        _checked_duration(silent_after)
    with _recording(sources, system, framing, tz, year, inventory) as recording:
        tell(recording, speed=speed, silent_after=silent_after, verbose=verbose, json=json)


def _checked_duration(text: str) -> None:
    try:
        nanoseconds(text)
    except ValueError as error:
        raise Failed(f"--silent-after: {error}") from None


@contextmanager
def _recording(  # noqa: PLR0913 - the options of an import
    sources: list[str],
    system: str | None,
    framing: str | None,
    tz: list[str] | None,
    year: int | None,
    inventory: Path | None,
) -> Iterator[Recording]:
    """The recording that is named, or one made of the named logs for the length of the command."""
    if len(sources) == 1 and _looks_recorded(Path(sources[0])):
        with Recording.open_to_read(Path(sources[0])) as recording:
            yield recording
        return
    from observer.console import progress

    with new_spool() as spool:
        wanted = Inventory() if inventory is None else read_inventory(inventory)
        path = Path(spool) / "replay.rec"
        with Recording.create(path, wanted.network) as made:
            found = find(sources, said_of(system, framing, tz), wanted, Opener(), Path(spool))
            if not found.feeds:
                raise Failed(nothing_found(sources, found))
            enter(made, found, wanted, None, year, fresh=True)
            with progress("reading", found.size) as advance:
                Import(made, found.feeds, progress=advance).run()
        with Recording.open_to_read(path) as recording:
            yield recording


def _looks_recorded(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE or path.suffix == ".rec"


def tell(
    recording: Recording,
    *,
    speed: float = 0,
    silent_after: str | None = None,
    verbose: bool = False,
    json: bool = False,
) -> list[Happening]:
    """Tell a recording; gives back what was told."""
    from observer.console import console, say_json_line

    pace = (kept_inventory(recording) or Inventory()).pace
    story = Story(Player(recording), silent_after or pace.silent_after, verbose=verbose)
    out = console()
    told: list[Happening] = []
    for one in story.tell():
        if speed and told and one.at > told[-1].at:
            time.sleep(min(LONGEST_PAUSE, (one.at - told[-1].at) / NS / speed))
        told.append(one)
        if json:
            say_json_line(
                HappeningAnswer(
                    at=written(one.at), sequence=one.seq, node=one.node, kind=one.kind, text=one.text, facts=one.facts
                )
            )
        else:
            out.print(_line(one))
    return told


def _line(one: Happening) -> str:
    from observer.console import safe

    who = safe(one.node) if one.node else "network"
    text, style = safe(one.text, 1000), _STYLES.get(one.kind)
    return f"{clock(one.at)}  [bold]{who:<10}[/] {f'[{style}]{text}[/]' if style else text}"


_STYLES = {
    "restart": "yellow",
    "regression": "red",
    "reorg": "yellow",
    "silence": "red",
    "diverged": "red",
    "behind": "yellow",
    "disconnected": "red",
    "connections lost": "red",
    "rejected": "yellow",
    "agreement": "green",
    "synced": "green",
}


@app.command()
def demo(
    speed: Annotated[float, typer.Option(min=0, metavar="N", help="N times as fast as it happened; 0 is at once.")] = 0,
    save: Annotated[Path | None, typer.Option(metavar="RUN.rec", help="Keep a copy of the recording.")] = None,
) -> None:
    """Play a bundled recording of a real three-node Monero network, and say what to look at."""
    from observer.console import console, safe

    out = console()
    with as_file(files("observer") / "demo" / "three-nodes.rec") as path:
        if save is not None:
            _copied(path, save)
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
    diverged = next((one for one in told if one.kind == "silence"), told[-1])
    for command in (
        f"observer state {kept} --at {clock(diverged.at)}",
        f"observer events {kept} --node node3 --kind ReorgStarted",
        f"observer lines {kept} --node node2 --since {clock(diverged.at)} | head",
        "observer import node*.log -o mine.rec",
    ):
        out.print(f"  {command}")


def _copied(path: Path, target: Path) -> None:
    if target.exists():
        raise Failed(f"{target}: is there already; choose another name")
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise Failed(f"{target}: cannot be written: {error.strerror}", Exit.ENVIRONMENT) from None


WORTH_A_LOOK = (
    ("node3", "regression", "node3 was killed and comes back with an empty chain: its height falls."),
    ("node1", "reorg", "node3 had been cut off and mined alone: node1 and node2 go over to its chain."),
    ("node2", "silence", "node2 was frozen: nothing tells it but its silence."),
    ("node3", "ban", "node3 bans its host and loses every peer, and still believes itself synchronised."),
    ("node2", "tip unknown", "blocks are taken from node2; how many, no line tells, so its height is unknown."),
    ("node3", "reorg", "node3 was cut off again: this time it is the one that goes over."),
)
"""(node, kind of happening, what it shows): the first of its kind is pointed at."""
