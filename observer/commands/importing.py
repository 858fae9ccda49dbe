"""`observer import`: logs become a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import (
    FramingOption,
    InventoryOption,
    SourcesArgument,
    SystemOption,
    YearOption,
    ZoneOption,
    app,
)
from observer.exits import Failed


@app.command("import")
def import_(  # noqa: PLR0913 - the command's options
    sources: SourcesArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="RUN.rec", help="The recording to make or add to.")],
    system: SystemOption = None,
    framing: FramingOption = None,
    tz: ZoneOption = None,
    year: YearOption = None,
    inventory: InventoryOption = None,
    network: Annotated[str | None, typer.Option(help="The network's name.")] = None,
    rules: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Judge by these rules from here on: a rule file, or builtin."),
    ] = None,
    judge: Annotated[
        bool,
        typer.Option(
            "--judge/--no-judge",
            help="Judge 16 MiB of logs or more on the way, so that `status`, `alerts` and `state` answer at once; "
            "not with --append.",
        ),
    ] = True,
    append: Annotated[bool, typer.Option("--append", help="Add what the recording does not have yet.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but problems.")] = False,
) -> None:
    """Merge logs by time into one recording.

    Node names come from the inventory, else from the names of files, pods or containers.
    """
    from observer.console import progress
    from observer.importing import (
        NOTHING_THERE,
        Judging,
        enter,
        nothing_found,
        opened,
        refuse_output,
        said_of,
        summary,
        warn_of_damage,
        what_is_there,
    )
    from observer.inventory import Inventory, read_inventory
    from observer.sources import find
    from observer.streams import Opener, new_spool
    from replay.importing import Import
    from replay.judgement import log_rules

    said = said_of(system, framing, tz)
    wanted = None if inventory is None else read_inventory(inventory)
    judged_by = None
    if rules is not None:
        from observer.rulefiles.reading import rules_named  # brings everything that judges

        judged_by = rules_named(rules)
    refuse_output(output, append=append)
    there = what_is_there(output) if append else NOTHING_THERE
    wanted = wanted or there.inventory or Inventory()
    with new_spool() as spool:
        opener = Opener()
        found = find(sources, said, wanted, opener, Path(spool), there.sources, there.begun)
        if not found.feeds:
            raise Failed(nothing_found(sources, found))
        with opened(output, append=append) as recording:
            enter(recording, found, wanted, network, year, fresh=not append)
            if judged_by is not None:
                last = recording.last()
                log_rules(recording, 0 if last is None else last.last_seq, judged_by.text)
            judging = Judging(recording) if judge and not append else None
            with progress("importing", found.size) as advance:
                following = None if judging is None else judging.following
                done = Import(recording, found.feeds, progress=advance, following=following)
                digest = done.run()
    warn_of_damage(opener, found)
    if not quiet:
        summary(output, found, done.counted, digest, None if judging is None else judging.verdict)
