"""The application object, and the arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer import __version__

app = typer.Typer(
    name="observer",
    help="Know what a test network is doing, and why it stopped, from the logs of its nodes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RecordingArgument = Annotated[
    Path,
    typer.Argument(
        metavar="RUN.rec",
        help="A recording; or kafka://BROKER/PREFIX/NETWORK or postgres://HOST/DATABASE/NETWORK, as it is now.",
    ),
]
SourcesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="Files, directories, globs, .gz .zst .xz .bz2 .tar archives, NODE=PATH, or - for standard input.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON (see `observer schema`).")]
InventoryOption = Annotated[
    Path | None,
    typer.Option("--inventory", metavar="FILE", help="network.yaml: the nodes that are expected."),
]
ForeignOption = Annotated[
    str | None,
    typer.Option(metavar="PRESET|FILE", help="How records of other shippers are read: vector, fluent-bit, ..."),
]
SystemOption = Annotated[str | None, typer.Option(help="What wrote the logs, instead of detecting it: monero, xmtpd.")]
FramingOption = Annotated[
    str | None,
    typer.Option(
        help="What carried the logs, instead of detecting it: bare, docker-json, cri, journald, "
        "kubectl, compose, timestamps."
    ),
]
ZoneOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tz",
        metavar="[NODE=]ZONE",
        help="Zone of times that are written without one; UTC unless said. Repeatable.",
    ),
]
YearOption = Annotated[int | None, typer.Option(min=1970, max=2200, help="Year of times that are written without one.")]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Know what a test network is doing, and why it stopped, from the logs of its nodes."""
    if version:
        typer.echo(f"observer {__version__}")
        raise typer.Exit
