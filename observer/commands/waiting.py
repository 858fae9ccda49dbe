"""`observer wait` and `bisect`: whether something came about, and where it did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import InventoryOption, JsonOption, RecordingArgument, app
from observer.exits import Exit, Failed


@app.command()
def wait(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    conditions: Annotated[
        list[str],
        typer.Argument(
            metavar="CONDITION...",
            help="What is waited for, such as 'tips_agree() and min_height() >= 57'; each of several on its own.",
        ),
    ],
    within: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="The hard limit: 5m, or '30 blocks' that the network grows by.")
    ] = None,
    soft: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="The soft limit: beyond it a pass is reported as late.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Begin here, with what was so then; the start unless said.")
    ] = None,
    to_end: Annotated[
        bool,
        typer.Option("--to-end", help="The end of the recording is the end: what held so far has held throughout."),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A late pass fails.")] = False,
    inventory: InventoryOption = None,
    json: JsonOption = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="OUT.xml", help="Write a JUnit report too, a case a condition.")
    ] = None,
) -> int:
    """Whether conditions came to be met in a recording, when, and if not, what was still missing.

    Exits with 0 where all were met, 1 where one was violated or timed out, 3 where what was needed was not observed
    or the recording ended before, 20 where nodes did not initialise, 30 where a node died meanwhile.
    """
    from observer.console import say_json_line
    from observer.inventory import read_inventory
    from observer.reaching import current
    from observer.waited.asked import limits_asked
    from observer.waited.show import show_waits, waits_report
    from observer.waited.waits import Terms, wait_for, worst

    soft_limit, hard_limit = limits_asked(soft, within)
    expected = None if inventory is None else read_inventory(inventory)
    terms = Terms(soft_limit, hard_limit, since, to_end, strict, expected)
    with current(recording) as opened:
        found = wait_for(opened, conditions, terms)
        network = opened.network
    if junit is not None:
        _write(junit, waits_report(network, found))
    if json:
        for one in found:
            say_json_line(one)
    else:
        show_waits(found)
    return worst([one.exit for one in found])


def _write(path: Path, report: bytes) -> None:
    try:
        path.write_bytes(report)
    except OSError as error:
        raise Failed(f"--junit {path}: cannot be written: {error.strerror}", Exit.ENVIRONMENT) from None


@app.command()
def bisect(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="Such as 'height(node3) >= 57'.")],
    to: Annotated[
        str | None, typer.Option(metavar="VALUE", help="What it turned to: true (unless said), false or unknown.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every turn, to anything unless --to says to what.")] = False,
    inventory: InventoryOption = None,
    json: JsonOption = False,
) -> int:
    """The first entry of a recording at which a formula turned, with its line, and the leaves before and after.

    Exits with 1 where it never turned so, 3 where it was unknown throughout.
    """
    from observer.bisected.show import show_bisected
    from observer.bisected.turns import bisect as bisected
    from observer.bisected.turns import truth_asked
    from observer.console import say_json
    from observer.inventory import read_inventory
    from observer.reaching import current

    wanted = truth_asked(to)
    expected = None if inventory is None else read_inventory(inventory)
    with current(recording) as opened:
        found = bisected(opened, formula, wanted, every=every, anything=every and to is None, inventory=expected)
    if json:
        say_json(found)
    else:
        show_bisected(found)
    return found.exit
