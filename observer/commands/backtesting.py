"""`observer backtest`: when each rule of a file would have fired."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import JsonOption, app


@app.command()
def backtest(
    rules: Annotated[str, typer.Argument(metavar="RULES.yaml", help="A rule file, or `builtin`.")],
    recordings: Annotated[list[Path], typer.Argument(metavar="RUN.rec...", help="Recordings to try the rules on.")],
    incidents: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What is known to have been, in YAML or JSON: a list of {rule, labels, from, to, recording}.",
        ),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(metavar="DURATION", help="How long after an incident's end a firing may still start.")
    ] = "0s",
    json: JsonOption = False,
) -> None:
    """When each rule would have fired on each recording, judged from its first entry on.

    With --incidents: precision, recall, time to detect, what was missed and what was false; then exits with 1 if
    anything was missed or false, with 3 if an incident could not be judged and nothing else is wrong.
    """
    from observer.backtesting.known_incidents import KnownIncidents
    from observer.backtesting.show import show_backtest
    from observer.backtesting.trying import backtest as tried
    from observer.backtesting.trying import exit_of
    from observer.console import progress, say_json
    from observer.exits import Failed
    from observer.inventory import Inventory, kept_inventory
    from observer.reaching import current
    from observer.rulefiles.reading import check_parameters, rules_named
    from waits.durations import nanoseconds

    try:
        span = nanoseconds(tolerance)
    except ValueError as error:
        raise Failed(f"--tolerance: {error}") from None
    file = rules_named(rules)
    loaded = file.rules
    known = None if incidents is None else KnownIncidents(incidents, sorted(rule.name for rule in loaded))
    total = 0
    for path in recordings:
        with current(path) as opened:
            total += sum(info.raw_bytes for info in opened.block_infos())
            check_parameters(file, kept_inventory(opened) or Inventory(), f"{path} (its inventory)")
    with progress("judging", total) as advance:
        found = tried(rules, loaded, recordings, known, span, advance)
    if json:
        say_json(found)
    else:
        show_backtest(found)
    if exit_of(found):
        raise typer.Exit(exit_of(found))
