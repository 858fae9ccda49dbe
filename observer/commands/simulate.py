"""`observer simulate`: logs of a network of which the truth is known."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from observer.commands.application import app
from observer.exits import Failed

if TYPE_CHECKING:
    from observer.simulators.xmtpd.network import Order

simulators = typer.Typer(
    help="Write the logs that a network would write, with the truth beside them.", no_args_is_help=True
)
app.add_typer(simulators, name="simulate")


@simulators.callback()
def simulate() -> None:
    """Write the logs that a network would write, with the truth beside them."""


class Form(StrEnum):
    """How lines are encoded."""

    JSON = "json"
    CONSOLE = "console"


class Level(StrEnum):
    """From which level on lines are written."""

    INFO = "info"
    DEBUG = "debug"


@simulators.command()
def xmtpd(  # noqa: PLR0913 - the command's options
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="An empty or new directory.")],
    nodes: Annotated[int, typer.Option(min=1, max=64, help="How many nodes.")] = 4,
    hours: Annotated[float, typer.Option(min=0.01, max=10_000, help="How long the network runs.")] = 4,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 7,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND@FROM..TO[:NODES]", help="What goes wrong, such as node-down@90m..2h:300. Repeatable."
        ),
    ] = None,
    encoding: Annotated[Form, typer.Option(help="The form of the lines.")] = Form.JSON,
    level: Annotated[Level, typer.Option(help="The lowest level that is written.")] = Level.INFO,
    pace: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="N", help="Write N seconds of logs a second, instead of all at once."),
    ] = None,
    rotate_bytes: Annotated[
        int | None, typer.Option(min=1000, metavar="BYTES", help="Rename a log of this size to .1 and begin anew.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When the run begins; or now. Unless said now with --pace, else 2026-11-21T07:00:00Z."
        ),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML: schedules, traffic, what faults do.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One of the settings. Repeatable.")
    ] = None,
    watchers: Annotated[
        bool, typer.Option("--watchers", help="Also write the logs of network-watcher and chain-watcher.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but problems.")] = False,
) -> None:
    """Write one log for each node of a network of xmtpd, and truth.jsonl.

    With --pace logs grow as time passes, until the end of the run or SIGTERM. Begun now, each line is dated when it is
    written, at any pace; lengths of time within lines stay those of the network.
    """
    from observer.simulators.xmtpd.failures import CannotSimulate
    from observer.simulators.xmtpd.network import Order

    dated_now = start == "now" or (start is None and pace is not None)
    began = None if start is None and not dated_now else _milliseconds(start or "now")
    order = Order(
        nodes=nodes,
        length=round(hours * 3_600_000),
        seed=seed,
        faults=tuple(fault or ()),
        encoding=encoding.value,
        level=level.value,
        pace=pace,
        dated_now=dated_now,
        rotate_bytes=rotate_bytes,
        watchers=watchers,
        **({} if began is None else {"start": began}),
    )
    try:
        _run(order, settings, set_ or [], output, quiet=quiet)
    except CannotSimulate as error:
        raise Failed(str(error)) from None


def _run(order: Order, settings: Path | None, said: list[str], output: Path, *, quiet: bool) -> None:
    from observer.console import console, safe
    from observer.simulators.xmtpd.network import simulate as run
    from observer.simulators.xmtpd.settings import read_settings

    with _stopping(paced=order.pace is not None) as stopped:
        made = run(order, read_settings(settings, said), output, stopped=stopped)
    if not quiet:
        out = console()
        out.print(f"{safe(str(output))}: {made.lines:,} lines of {order.nodes} nodes, {made.bytes / 1e6:,.1f} MB")
        out.print(f"  what was really so: {safe(str(made.truth))}")


@contextmanager
def _stopping(*, paced: bool) -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM has come, where that ends a run in order."""
    asked: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number)) if paced else None
    try:
        yield lambda: bool(asked)
    finally:
        if paced:
            signal.signal(signal.SIGTERM, before)


def _milliseconds(text: str) -> int:
    """The start of a run. Raises Failed."""
    if text == "now":
        return int(datetime.now(tz=UTC).timestamp() * 1000)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"--start {text}: is no time; write 2026-11-21T07:00:00Z, or now") from None
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
