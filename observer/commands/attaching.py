"""`observer attach`: a running network, watched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import (
    ForeignOption,
    FramingOption,
    InventoryOption,
    JsonOption,
    SystemOption,
    ZoneOption,
    app,
)
from observer.exits import Exit, Failed


@app.command("attach")
def attach(  # noqa: PLR0913 - the command's options
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, directories, globs, NODE=PATH, - for standard input, docker:PROJECT, k8s:NAMESPACE/SELECTOR, "
            "kafka://BROKER/PREFIX/NETWORK.",
        ),
    ],
    record: Annotated[
        Path | None,
        typer.Option(metavar="RUN.rec", help="The recording to make or go on with; else one in the state directory."),
    ] = None,
    network: Annotated[str | None, typer.Option(help="The network's name.")] = None,
    rules: Annotated[
        str | None,
        typer.Option(metavar="FILE|builtin", help="Judge by these rules from here on; else by those that ship."),
    ] = None,
    until: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Leave once this is met, or cannot be any more. Repeatable."),
    ] = None,
    within: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="The hard limit of --until: 5m, or '30 blocks'.")
    ] = None,
    soft: Annotated[
        str | None, typer.Option(metavar="LIMIT", help="The soft limit: beyond it a pass is reported as late.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="A late pass fails.")] = False,
    notify: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=URL", help="Send alerts: alertmanager=http://HOST:9093 or webhook=https://... Repeatable."
        ),
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="[HOST:]PORT", help="Figures for Prometheus, on loopback unless said.")
    ] = None,
    tail: Annotated[bool, typer.Option("--tail", help="Leave out what a new log holds already.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines instead of a screen, as where output is piped.")
    ] = False,
    foreign: ForeignOption = None,
    inventory: InventoryOption = None,
    system: SystemOption = None,
    framing: FramingOption = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """Watch a running network: follow its logs, record them, judge as they come.

    What is recorded replays to the same verdicts and alerts. Ctrl-C leaves cleanly, and a recording can be gone on
    with, however it was left. With --until exits as `observer wait` does; else with 0, or 130 where interrupted.
    """
    from observer.importing import said_of
    from observer.inventory import read_inventory
    from observer.live.attaching import Asked, attached_to
    from observer.waited.asked import limits_asked

    soft_limit, hard_limit = limits_asked(soft, within)
    if (soft_limit or hard_limit) and not until:
        raise Failed("--within, --soft: say what is waited for with --until", Exit.USAGE)
    asked = Asked(
        sources,
        record or new_recording(network),
        network,
        said_of(system, framing, tz),
        None if inventory is None else read_inventory(inventory),
        rules,
        tuple(until or ()),
        soft_limit,
        hard_limit,
        strict,
        tail,
        tuple(notify or ()),
        metrics,
        plain,
        json,
        foreign=foreign,
    )
    return attached_to(asked)


def new_recording(network: str | None) -> Path:
    """A place in the state directory that nothing is at yet."""
    import time

    from observer.places import state_directory

    stamp = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime())
    folder = state_directory() / "recordings"
    folder.mkdir(exist_ok=True, mode=0o700)
    name = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in network or "network")[:80]
    path = folder / f"{name}-{stamp}.rec"
    count = 2
    while path.exists():
        path, count = folder / f"{name}-{stamp}-{count}.rec", count + 1
    return path
