"""`observer explain`: the life of one thing, told step by step with the lines behind it."""

from __future__ import annotations

from typing import Annotated

import typer

from observer.commands.application import JsonOption, RecordingArgument, app
from observer.commands.status import RulesOption


@app.command()
def explain(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A node (node3), an alert (NodeDied/node3, or NodeDied for every one), a payer report (its id, 6 or "
            "more digits of it, or ORIGINATOR:START), an originator (100), a block (its id, 6 or more digits of it, or "
            "block/60) or a field (nodes/node3/height, agreement/agreed).",
        ),
    ],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop at this journal time, entries at that time included.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100_000, metavar="N", help="Steps that are told: the first and the last ones.")
    ] = 200,
    rules: RulesOption = None,
    json: JsonOption = False,
) -> None:
    """The life of one thing as a story: of a node, an alert, a payer report, a block, or a field of `observer state`.

    Each step says when, where and what happened, with the line of the log behind it: file and offset in bytes.
    """
    from observer.console import say_json
    from observer.explaining.kinds import explain as explained
    from observer.explaining.show import show_explained
    from observer.reaching import current

    with current(recording) as opened:
        found = explained(opened, what, at, limit, rules)
    if json:
        say_json(found)
    else:
        show_explained(found)
