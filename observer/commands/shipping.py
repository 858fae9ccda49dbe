"""`observer ship` and `observer broker-setup`: logs go to Kafka, into a topic that is as it must be."""

from __future__ import annotations

from pathlib import Path
from signal import SIGINT
from typing import Annotated

import typer

from observer.commands.application import FramingOption, InventoryOption, SystemOption, ZoneOption, app
from observer.exits import Exit, Failed


@app.command("ship")
def ship(  # noqa: PLR0913 - the command's options
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, directories, globs, NODE=PATH, - for standard input, docker:PROJECT, k8s:NAMESPACE/SELECTOR.",
        ),
    ],
    to: Annotated[str, typer.Option("--to", metavar="kafka://BROKER/PREFIX", help="Broker and prefix of the topic.")],
    network: Annotated[str | None, typer.Option(help="The network's name; else the inventory says it.")] = None,
    cursor: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to note how far the logs were sent, instead of the state directory."),
    ] = None,
    system: SystemOption = None,
    framing: FramingOption = None,
    tz: ZoneOption = None,
    inventory: InventoryOption = None,
    tail: Annotated[bool, typer.Option("--tail", help="Leave out what a new log holds already.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Send what is there, and end.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say when it begins, and what was sent.")] = False,
) -> None:
    """Send what is written to logs to Kafka, each line once.

    Goes on where it was left, however it was ended. A password comes from `?password_file=PATH` behind the address,
    or from OBSERVER_KAFKA_PASSWORD.
    """
    import time

    from observer.broker.address import address_of
    from observer.broker.client import topic_of
    from observer.broker.cursor import Cursor, cursor_path
    from observer.broker.sending import Sender
    from observer.broker.shipping import Shipping
    from observer.console import warn
    from observer.importing import said_of
    from observer.inventory import Inventory, read_inventory
    from observer.live.attending import Attached
    from observer.live.recognition import Recognition
    from observer.stopping import stopping

    said = said_of(system, framing, tz)
    expected = Inventory() if inventory is None else read_inventory(inventory)
    address = address_of(to).of(network or (None if inventory is None else expected.network))
    assert address.network is not None  # noqa: S101 - `of` has named it
    topic = topic_of(address)
    kept = Cursor(cursor or cursor_path(address), topic.identity)
    try:
        if kept.began_anew:
            warn(f"{address}: the topic was made anew since the last time; everything is sent again")
        attached = Attached(sources, Recognition(said, expected, kept.sources()), kept.incarnations, tail=tail)
        sender = Sender(address, address.network, warn)
        shipping = Shipping(address, attached, kept, sender, time.time_ns)
        if verbose:
            warn(f"ships to {address}, its cursor in {kept.path}")
        with stopping() as stopped:
            try:
                shipping.run(stopped, once=once)
            except BaseException:
                attached.close()
                raise
            done = shipping.close()
            signal = stopped()
    finally:
        kept.close()
    counted = shipping.counted
    if verbose:
        warn(
            f"{counted.lines:,} lines, {counted.raw / 1e6:,.1f} MB in {counted.records:,} records of "
            f"{counted.sent / 1e6:,.1f} MB went to {address}"
        )
    if not done:
        raise Failed(
            f"{address}: the broker has not taken everything that was read; it is sent when this is started again",
            Exit.ENVIRONMENT,
        )
    if once and not counted.sources and not kept.had_sources:
        raise Failed(f"{' '.join(sources)}: no logs found; name the files themselves", Exit.UNKNOWN)
    if signal == SIGINT:
        raise typer.Exit(Exit.INTERRUPTED)


@app.command("broker-setup")
def broker_setup(
    address: Annotated[
        str, typer.Argument(metavar="kafka://BROKER/PREFIX", help="Broker and prefix of the topic's name.")
    ],
    partitions: Annotated[int, typer.Option(min=1, max=10_000, help="Of a new topic: at most so many workers.")] = 12,
    replicas: Annotated[int, typer.Option(min=1, max=100, help="Of a new topic: copies of each partition.")] = 1,
) -> None:
    """Make the topic PREFIX.journal as shippers and workers need it, or set what it lacks.

    Run again it changes nothing.
    """
    from observer.broker.address import address_of
    from observer.broker.client import set_up
    from observer.console import console, safe

    found = set_up(address_of(address, with_network=False), partitions, replicas)
    console().print(
        f"{safe(found.name)}: {found.partitions} partitions, time of the broker, records up to "
        f"{found.message_bytes / (1 << 20):,.1f} MiB"
    )
