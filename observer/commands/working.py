"""`observer worker`, `record` and `migrate`: journals in Kafka, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import ForeignOption, InventoryOption, app
from observer.exits import Exit, Failed

PostgresOption = Annotated[
    str, typer.Option("--postgres", metavar="postgres://HOST/DATABASE", help="The database that results are stored in.")
]


@app.command("worker")
def worker(  # noqa: PLR0913 - the command's options
    kafka: Annotated[str, typer.Option("--kafka", metavar="kafka://BROKER/PREFIX", help="Where the journals are.")],
    postgres: PostgresOption,
    group: Annotated[str, typer.Option(help="The consumer group over which networks are spread.")] = "observer",
    rules: Annotated[
        str, typer.Option(metavar="FILE|builtin", help="Judge by these rules from here on, in every network.")
    ] = "builtin",
    inventory: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="network.yaml of one of the networks, by its name. Repeatable."),
    ] = None,
    foreign: ForeignOption = None,
    notify: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=URL", help="Send alerts, as of `observer attach`. Repeatable."),
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="[HOST:]PORT", help="Figures for Prometheus, on loopback unless said.")
    ] = None,
    migrate: Annotated[bool, typer.Option("--migrate", help="Bring the tables to this version first.")] = False,
) -> None:
    """Judge the networks whose journals are in Kafka, and store what comes of them.

    Any number of workers share the networks of a group. Each is safe to kill: what was taken is committed together
    with what came of it, and others take over within seconds.
    """
    from observer.working.running import Work, work

    work(Work(kafka, postgres, group, rules, tuple(inventory or ()), foreign, tuple(notify or ()), metrics, migrate))


@app.command("migrate")
def migrate(postgres: PostgresOption) -> None:
    """Make the tables of a database, or bring those of an older version to this one."""
    import asyncio

    from observer.console import console, safe
    from observer.database.address import address_of
    from observer.database.connecting import connected
    from observer.database.failures import reported
    from observer.database.migrating import migrate as migrated

    address = address_of(postgres)

    async def done() -> list[str]:
        with reported(address):
            connection = await connected(address)
            try:
                return [one.name for one in await migrated(connection, address)]
            finally:
                await connection.close()

    applied = asyncio.run(done())
    console().print(f"applied: {safe(', '.join(applied))}" if applied else "the tables are those of this version")


@app.command("retain")
def retain(
    postgres: PostgresOption,
    journal: Annotated[int, typer.Option(min=0, metavar="DAYS", help="Keep journals for so long; 0 is for ever.")] = 30,
    events: Annotated[int, typer.Option(min=0, metavar="DAYS", help="Keep events for so long; 0 is for ever.")] = 30,
    alerts: Annotated[
        int, typer.Option(min=0, metavar="DAYS", help="Keep alert history so long; 0 is for ever.")
    ] = 365,
    every: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Do it again and again, such as every 6h, until stopped.")
    ] = None,
) -> None:
    """Remove from the database what is older than it is to be kept.

    A journal is shortened up to a checkpoint, so that what is left can be gone on with; what has been removed is
    unknown to whoever folds it anew.
    """
    from observer.database.retention import Retention
    from observer.working.retaining import retaining

    kept = Retention(journal or None, events or None, alerts or None)
    retaining(postgres, kept, every)


@app.command("record")
def record(  # noqa: PLR0913 - the command's options
    address: Annotated[
        str,
        typer.Option("--from", metavar="kafka://BROKER/PREFIX/NETWORK", help="Or postgres://HOST/DATABASE/NETWORK."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="RUN.rec", help="The recording to make.")],
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="From this time on, RFC 3339, by the broker's clock.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to this time.")] = None,
    rules: Annotated[
        str | None, typer.Option(metavar="FILE|builtin", help="Judge by these rules; else by those that ship.")
    ] = None,
    inventory: InventoryOption = None,
    foreign: ForeignOption = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
) -> int:
    """Make a recording of a network's journal in Kafka or PostgreSQL.

    It has the entries, times, alerts and verdicts of the workers, and can be taken anywhere. Of a topic it is made
    anew, so give the rules, the inventory and the mapping that the workers have.
    """
    from observer.database.address import is_address

    if output.exists() and not follow:
        raise Failed(f"{output}: is there already; choose another name, or go on with it with --follow")
    if is_address(address):
        if rules is not None or inventory is not None or foreign is not None:
            raise Failed("--rules, --inventory, --foreign: what a database holds was judged with those of the worker")
        return _from_database(address, output)
    if not address.startswith("kafka://"):
        raise Failed(f"--from {address}: write kafka://BROKER/PREFIX/NETWORK or postgres://HOST/DATABASE/NETWORK")
    from observer.inventory import read_inventory
    from observer.live.attaching import Asked, attached_to

    asked = Asked(
        (address,),
        output,
        rules=rules,
        plain=True,
        since_ms=_milliseconds("--since", since),
        until_ms=_milliseconds("--until", until),
        to_end=not follow,
        inventory=None if inventory is None else read_inventory(inventory),
        foreign=foreign,
    )
    return attached_to(asked)


def _from_database(address: str, output: Path) -> int:
    from observer.database.address import address_of
    from observer.database.reading import export

    export(address_of(address), output)
    return Exit.OK


def _milliseconds(option: str, text: str | None) -> int | None:
    """A time as the broker counts it. Raises Failed."""
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(f"{option} {text}: is no time; write it as 2026-11-21T07:00:00Z") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
