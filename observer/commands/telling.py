"""`observer replay` and `observer demo`: what happened, told as it is played."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
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
from observer.commands.importing import enter, kept_inventory, nothing_found, said_of
from observer.exits import Failed
from observer.inventory import Inventory, nanoseconds, read_inventory
from observer.sources import find
from observer.streams import Opener, new_spool
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
) -> int:
    """Tell a recording; gives back how many lines were told."""
    from observer.answers import HappeningAnswer
    from observer.console import console, safe, say_json_line
    from observer.story import Story
    from observer.times import clock, written

    pace = (kept_inventory(recording) or Inventory()).pace
    story = Story(Player(recording), silent_after or pace.silent_after, verbose=verbose)
    out = console()
    told, last = 0, None
    for one in story.tell():
        if speed and last is not None and one.at > last:
            time.sleep(min(LONGEST_PAUSE, (one.at - last) / NS / speed))
        last = one.at
        told += 1
        if json:
            say_json_line(
                HappeningAnswer(
                    at=written(one.at),
                    sequence=one.seq,
                    node=one.node,
                    kind=one.kind,
                    text=one.text,
                    facts=one.facts,
                )
            )
            continue
        style = _STYLES.get(one.kind, "")
        who = safe(one.node) if one.node else "network"
        text = safe(one.text, 1000)
        out.print(f"{clock(one.at)}  [bold]{who:<10}[/] {f'[{style}]{text}[/]' if style else text}")
    return told


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
) -> None:
    """Play a bundled recording of a real three-node Monero network, and say what to look at."""
    from observer.console import console

    out = console()
    with (
        as_file(files("observer") / "demo" / "three-nodes.rec") as path,
        Recording.open_to_read(path) as recording,
    ):
        out.print("[bold]A real run of three monerod nodes, recorded from their logs.[/]")
        out.print("A driver mined blocks, killed a node, cut it off, froze another and banned a host; the observer")
        out.print("saw nothing but the logs.\n")
        tell(recording, speed=speed)
    out.print("\n[bold]What to look at[/]")
    for when, what in WORTH_A_LOOK:
        out.print(f"  {when}  {what}")
    out.print("\nThe recording is ordinary. With a copy of it, or with logs of your own:")
    for command in (
        "observer import node*.log -o run.rec",
        "observer replay run.rec",
        "observer state run.rec --at 07:03:33.140",
        "observer events run.rec --node node3 --kind BlockAdded",
    ):
        out.print(f"  {command}")


WORTH_A_LOOK = (
    ("07:03:27", "node3 was killed; it comes back with an empty chain: its height falls from 26 to 0."),
    ("07:03:35", "node3 was cut off and mined alone: node1 and node2 reorganise, depth 4."),
    ("07:04:02", "node2 was frozen: nothing says so but its silence of 26 s."),
    ("07:04:16", "node3 bans its host and loses every peer, and still believes itself synchronised."),
    ("07:04:34", "node2 refuses an orphan: blocks had been taken from it, which no line told."),
    ("07:04:35", "node3 was cut off again: this time it reorganises, depth 2."),
)
