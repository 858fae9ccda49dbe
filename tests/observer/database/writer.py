"""A process that commits a recording to a database and may be killed at any time: what is there already it skips."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from observer.database.address import Address, address_of
from observer.database.batches import Commit, Position
from observer.database.storing import Store
from tests.observer.database.stored import batches


async def write(address: Address, path: Path) -> None:
    """Go on from what was committed last."""
    store = await Store.open(address, migrating=True)
    claim = await store.claim("t", 0, "writer")
    loaded = await store.load("net")
    done = 0 if loaded is None or loaded.last is None else loaded.last.info.last_seq
    for batch in batches(path, "net", 1):
        last = batch.blocks[-1].info.last_seq
        if last > done:
            await store.commit(Commit((batch,), (Position("t", 0, done or claim.next_offset, last, claim.epoch),)))
            done = last
            print(last, flush=True)  # noqa: T201 - the parent waits for it
    await store.close()


if __name__ == "__main__":
    asyncio.run(write(address_of(sys.argv[1]), Path(sys.argv[2])))
