"""`observer status`: one screen that says in what state a network is, whether it is stuck, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from observer.commands.application import InventoryOption, JsonOption, RecordingArgument, app
from observer.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from observer.answers_judged import StatusAnswer
    from replay.recording import Recording

CODES = {"firing": Exit.VIOLATED, "unknown": Exit.UNKNOWN, "clear": Exit.OK}
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
    from observer.answers_judged import StatusAnswer
    from observer.console import say_json
    from observer.keeping import at_its_end
    from observer.reaching import current
    from observer.standing.show import show_status

    if at is None and rules is None and not without and inventory is None:
        found = at_its_end(recording, "status", StatusAnswer, _judged)
    else:
        with current(recording) as opened:
            found = _judged(opened, at, rules, without or (), inventory)
    if json:
        say_json(found)
    else:
        show_status(found)
    if CODES[found.state]:
        raise typer.Exit(CODES[found.state])


def _judged(
    recording: Recording,
    at: str | None = None,
    rules: str | None = None,
    without: Sequence[str] = (),
    inventory: Path | None = None,
) -> StatusAnswer:
    from observer.console import progress
    from observer.inventory import read_inventory
    from observer.rulefiles.reading import rules_in_force
    from observer.standing.status import left_out
    from observer.standing.status import status as standing

    expected = None if inventory is None else read_inventory(inventory)
    total = sum(info.raw_bytes for info in recording.block_infos())
    with progress("judging", total) as advance:
        schedule = left_out(rules_in_force(recording, rules), without)
        return standing(recording, schedule, expected, at, advance)
