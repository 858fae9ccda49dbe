"""`observer alerts`: the history of alerts and incidents."""

from __future__ import annotations

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
    from observer.console import say_json_list
    from observer.history.asked import Fired, Options, episodes_of
    from observer.history.kept import history
    from observer.history.show import show_history, show_transitions

    options = Options(since, until, rule or (), node or (), state or ())
    with history(recording, rules, inventory, options, in_json=json) as found:
        asked = found.asked
        fired = Fired(asked)
        told = fired.through(found.told)
        if json:
            say_json_list(line for one, line in told if asked.fits(one))
        elif asked.states:
            fitting = [one for one, _line in told if asked.fits(one)]
        else:
            episodes = episodes_of(told, asked)
    if asked.states and not json:
        show_transitions(fitting)
    elif not json:
        show_history(episodes, found.ends, every=every)
    if fired.end():
        raise typer.Exit(Exit.VIOLATED)
