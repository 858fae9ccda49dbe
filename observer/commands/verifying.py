"""`observer coverage` and `observer verify`: how much of a recording is understood, and whether it is sound."""

from __future__ import annotations

import typer

from observer.commands.application import JsonOption, RecordingArgument, app
from observer.exits import Exit


@app.command()
def coverage(recording: RecordingArgument, json: JsonOption = False) -> None:
    """What the parsers recognised, and the shapes of the lines that they did not."""
    from observer.console import progress, say_json
    from observer.coverage import coverage_of, show_coverage
    from observer.reaching import as_it_is

    with as_it_is(recording) as opened:
        total = sum(info.raw_bytes for info in opened.block_infos())
        with progress("reading", total) as advance:
            found = coverage_of(opened, advance)
    if json:
        say_json(found)
    else:
        show_coverage(found)


@app.command()
def verify(recording: RecordingArgument, json: JsonOption = False) -> None:
    """Check every checksum and sequence, fold again from the first entry, and compare the digests."""
    from observer.console import progress, say_json
    from observer.reaching import as_it_is
    from observer.verifying import show_verified, verified

    with as_it_is(recording) as opened:
        total = sum(info.raw_bytes for info in opened.block_infos())
        with progress("verifying", total) as advance:
            found = verified(opened, advance)
    if json:
        say_json(found)
    else:
        show_verified(found)
    if not found.sound:
        raise typer.Exit(Exit.DAMAGED)
