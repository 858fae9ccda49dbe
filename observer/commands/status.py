"""`observer status`: one screen that says in what state a network is, whether it is stuck, and what is not known."""

from __future__ import annotations

from typing import Annotated

import typer

from observer.commands.application import InventoryOption, JsonOption, RecordingArgument, app

RulesOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|builtin",
        help="Rules to judge by, from the first entry on, instead of those that the recording names: a rule file, "
        "or `builtin` for those that come with the observer.",
    ),
]


@app.command()
def status(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="At this journal time, entries at that time included."),
    ] = None,
    rules: RulesOption = None,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Leave this rule out: these logs cannot show what it needs. Repeatable."),
    ] = None,
    inventory: InventoryOption = None,
    json: JsonOption = False,
) -> None:
    """What state the network is in: is it stuck, since when, who is missing, and what could not be judged.

    Exits with 1 if an alert fires (an incident is listed and does not count), with 3 if none fires but a rule
    could not be judged, with 0 if none fires and everything that the rules need was observed. At the end of a
    recording all logs end; what was known just before counts.
    """
    from observer.console import progress, say_json
    from observer.inventory import read_inventory
    from observer.reaching import current
    from observer.rulefiles.reading import rules_in_force
    from observer.standing.show import show_status
    from observer.standing.status import CODES, left_out
    from observer.standing.status import status as standing

    expected = None if inventory is None else read_inventory(inventory)
    with current(recording) as opened:
        total = sum(info.raw_bytes for info in opened.block_infos())
        with progress("judging", total) as advance:
            schedule = left_out(rules_in_force(opened, rules), without or ())
            found = standing(opened, schedule, expected, at, advance)
    if json:
        say_json(found)
    else:
        show_status(found)
    if CODES[found.state]:
        raise typer.Exit(CODES[found.state])
