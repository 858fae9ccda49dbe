"""`observer alerts`: the history of alerts and incidents."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from observer.commands.application import InventoryOption, JsonOption, RecordingArgument, app
from observer.commands.reading import NodeOption, SinceOption, UntilOption
from observer.commands.status import RulesOption
from observer.exits import Exit


@app.command()
def alerts(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    rules: RulesOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    rule: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this rule. Repeatable.")] = None,
    node: NodeOption = None,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Only pending, firing, resolved, blind, unblind, relabelled. Repeatable."),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all", help="Also what was pending and did not last, and each time that an inactive alert was blind."
        ),
    ] = False,
    inventory: InventoryOption = None,
    json: JsonOption = False,
) -> None:
    """The history of alerts and incidents: what fired, when, for how long; with --json every transition.

    Exits with 1 if an alert, not an incident, was firing at some time within what is asked for.
    """
    from observer.console import progress, say_json_list
    from observer.history.show import show_history, show_transitions
    from observer.history.told import Fired, answers, asked_for, episodes_of, transitions
    from observer.inventory import read_inventory
    from observer.judged import Judged
    from observer.reaching import current
    from observer.rulefiles.reading import rules_in_force
    from observer.times import span

    expected = None if inventory is None else read_inventory(inventory)
    # What is written as it comes and a bar on the same terminal would be in each other's way.
    streamed = json and sys.stdout.isatty()
    with current(recording) as opened:
        schedule = rules_in_force(opened, rules)
        judged = Judged(opened, schedule, expected)
        asked = asked_for(opened, schedule, since, until, rule or (), node or (), state or (), judged.inventory)
        fired = Fired(asked)
        total = sum(info.raw_bytes for info in opened.block_infos())
        with nullcontext(_no_bar) if streamed else progress("judging", total) as advance:
            told = fired.through(transitions(judged, asked, advance))
            if json:
                loaded = [one for _seq, known in schedule for one in known]
                say_json_list(answers(opened, loaded, (one for one in told if asked.fits(one))))
            elif asked.states:
                fitting = [one for one in told if asked.fits(one)]
            else:
                history = episodes_of(told, asked)
        if asked.states and not json:
            show_transitions(fitting)
        elif not json:
            show_history(history, span(opened)[1], every=every)
    if fired.end():
        raise typer.Exit(Exit.VIOLATED)


def _no_bar(_bytes: int) -> None:
    """Nothing is shown of how far it is."""
