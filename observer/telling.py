"""Telling a recording on the console, at once or at the pace at which it happened."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observer.answers_lines import HappeningAnswer
from observer.exits import Exit, Failed
from observer.importing import enter, nothing_found, said_of, warn_of_damage
from observer.inventory import Inventory, inventory_of, nanoseconds, read_inventory
from observer.reaching import address_in, as_it_is
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
WORTH_A_LOOK = (
    ("node3", "regression", "node3 was killed and comes back with an empty chain: its height falls."),
    ("node1", "reorg", "node3 had been cut off and mined alone: node1 and node2 go over to its chain."),
    ("node2", "silence", "node2 was frozen: nothing tells it but its silence."),
    ("node3", "ban", "node3 bans its host and loses every peer, and still believes itself synchronised."),
    ("node2", "tip unknown", "blocks are taken from node2; how many, no line tells, so its height is unknown."),
    ("node3", "reorg", "node3 was cut off again: this time it is the one that goes over."),
)
"""What of the bundled recording is pointed at, as (node, kind of happening, what it shows): the first of its kind."""


def refuse_duration(text: str) -> None:
    """Refuse what is no duration. Raises Failed."""
    try:
        nanoseconds(text)
    except ValueError as error:
        raise Failed(f"--silent-after: {error}") from None


@contextmanager
def recording_of(  # noqa: PLR0913 - the options of an import
    sources: list[str],
    system: str | None,
    framing: str | None,
    tz: list[str] | None,
    year: int | None,
    inventory: Path | None,
) -> Iterator[Recording]:
    """The recording that is named, or one made of the named logs for the length of the command."""
    if len(sources) == 1 and (address_in(sources[0]) or _looks_recorded(Path(sources[0]))):
        with as_it_is(Path(sources[0])) as recording:
            yield recording
        return
    from observer.console import progress, warn

    with new_spool() as spool:
        wanted = Inventory() if inventory is None else read_inventory(inventory)
        path = Path(spool) / "replay.rec"
        with Recording.create(path, wanted.network) as made:
            opener = Opener()
            found = find(sources, said_of(system, framing, tz), wanted, opener, Path(spool))
            if not found.feeds:
                raise Failed(nothing_found(sources, found))
            enter(made, found, wanted, None, year, fresh=True)
            with progress("reading", found.size) as advance:
                Import(made, found.feeds, progress=advance).run()
        warn_of_damage(opener, found)
        for one in found.left_out:
            warn(f"left out: {one.label} {one.why}")
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

    pace = inventory_of(recording).pace
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


def copied(path: Path, target: Path) -> None:
    """Copy a recording to a place where nothing is. Raises Failed."""
    if target.exists():
        raise Failed(f"{target}: is there already; choose another name")
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise Failed(f"{target}: cannot be written: {error.strerror}", Exit.ENVIRONMENT) from None
