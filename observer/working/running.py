"""A worker as it is run: its connections, its rules, and how it ends."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from observer.broker.address import address_of
from observer.broker.foreign import mapping_named
from observer.console import warn
from observer.database.storing import Store
from observer.exits import Failed
from observer.inventory import read_inventory
from observer.rulefiles.reading import rules_named
from observer.sending.notifiers import notifiers_of
from observer.sending.sender import senders_of
from observer.stopping import stopping
from observer.working.figures import Shown
from observer.working.taking_over import Settings
from observer.working.worker import Worker

PATIENCE_S = 5.0
"""So long a database that is away is asked again before anything is said; and before a start fails."""


class Work(NamedTuple):
    """What the command was given."""

    kafka: str
    postgres: str
    group: str
    rules: str
    inventories: tuple[Path, ...]
    foreign: str | None
    notify: tuple[str, ...]
    metrics: str | None
    migrate: bool


def work(given: Work) -> None:
    """Work until stopped. Raises Failed."""
    address = address_of(given.kafka)
    if address.network is not None:
        raise Failed(f"{address}: a worker judges every network of a prefix; leave the network away")
    inventories = {}
    for path in given.inventories:
        inventory = read_inventory(path)
        if inventory.network in inventories:
            raise Failed(f"{path}: two inventories are of the network {inventory.network}; leave one away")
        inventories[inventory.network] = inventory
    mapping = None if given.foreign is None else mapping_named(given.foreign)
    settings = Settings(rules_named(given.rules), inventories, mapping, given.group, warn)
    with ExitStack() as stack:
        loop = asyncio.new_event_loop()
        stack.callback(loop.close)
        stopped = stack.enter_context(stopping())
        senders = senders_of(notifiers_of(given.notify), warn)
        for sender in senders.values():
            stack.callback(sender.close)
        shown = None if given.metrics is None else Shown(given.metrics, senders)
        if shown is not None:
            stack.callback(shown.close)
        store = loop.run_until_complete(Store.open(given.postgres, patience=PATIENCE_S, migrating=given.migrate))
        stack.callback(lambda: loop.run_until_complete(store.close()))
        worker = Worker(address, store, loop, senders, settings)
        stack.callback(worker.close)
        worker.run(stopped, lambda: shown.looked(worker) if shown is not None else None)
        counted = worker.counted
        warn(
            f"{address}: this worker leaves; it has taken {counted.records:,} records, and others go on "
            f"with its {len(worker.networks)} networks"
        )
