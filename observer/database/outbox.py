"""The outbox in PostgreSQL: what was decided and has not arrived yet, of the networks that one worker owns (R27).

As `observer.sending.outbox.Outbox`, and awaited. What is put and the ledger that it follows from come with the commit
of their transitions (`Batch.notices`, `Batch.ledger`); here is what a sender does with them afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from observer.database.values import key_text, text
from observer.database.writing import keep_ledger, put_notices
from observer.sending.notices import Notice
from observer.sending.outbox import WHY_KEPT, Counts, Pending

if TYPE_CHECKING:
    from observer.database.connecting import Connection, Line

T = TypeVar("T")
_OF = "network = ANY(SELECT id FROM observer.network WHERE name = ANY($2::text[])) AND destination = $1"
_HEADS = f"""FROM observer.outbox AS one WHERE {_OF} AND settled_at IS NULL AND NOT EXISTS (
    SELECT FROM observer.outbox AS other WHERE other.network = one.network AND other.destination = one.destination
    AND other.alert = one.alert AND other.settled_at IS NULL AND other.number < one.number)"""
_NOTICE = msgspec.msgpack.Decoder(Notice)


class DatabaseOutbox:
    """The outbox of some networks."""

    def __init__(self, line: Line, networks: Sequence[str]) -> None:
        """Other networks in the same database are other workers' to send."""
        self._line = line
        self._networks = [key_text(name) for name in networks]

    async def put(self, to: str, notices: Sequence[Notice]) -> None:
        """Notices for one destination, outside of a commit."""

        async def work(connection: Connection) -> None:
            for network in dict.fromkeys(one.network for one in notices):
                number = await connection.fetchval("SELECT id FROM observer.network WHERE name = $1", key_text(network))
                await put_notices(connection, number, to, [one for one in notices if one.network == network])

        await self._do(work)

    async def pending(self, to: str, now: int, limit: int) -> list[Pending]:
        """What may be sent now: of each alert the earliest only, and that only if its time has come."""
        sql = f"SELECT value, attempts {_HEADS} AND again_at <= $3 ORDER BY number LIMIT $4"
        rows = await self._do(lambda connection: connection.fetch(sql, to, self._networks, now, limit))
        return [Pending(_NOTICE.decode(row["value"]), row["attempts"]) for row in rows]

    async def due(self, to: str) -> int | None:
        """When the next one may be sent; None where nothing is pending."""
        sql = f"SELECT min(again_at) {_HEADS}"
        found: int | None = await self._do(lambda connection: connection.fetchval(sql, to, self._networks))
        return found

    async def done(self, to: str, keys: Sequence[str], at: int) -> None:
        """They were acknowledged."""
        await self._settle(to, keys, "settled_at = $4, sent = true", at)

    async def failed(self, to: str, keys: Sequence[str], why: str, again_at: int) -> None:
        """They were not, and are to be tried again, not before `again_at`."""
        await self._settle(to, keys, "attempts = attempts + 1, again_at = $4, why = $5", again_at, text(why, WHY_KEPT))

    async def dropped(self, to: str, keys: Sequence[str], why: str, at: int) -> None:
        """They were refused for good; they are kept as dead letters and not tried again."""
        await self._settle(to, keys, "settled_at = $4, why = $5", at, text(why, WHY_KEPT))

    async def _settle(self, to: str, keys: Sequence[str], change: str, *values: object) -> None:
        sql = f"UPDATE observer.outbox SET {change} WHERE {_OF} AND key = ANY($3::text[]) AND settled_at IS NULL"  # noqa: S608 - literals
        known = [key_text(key) for key in keys]
        await self._do(lambda connection: connection.execute(sql, to, self._networks, known, *values))

    async def counts(self, to: str) -> Counts:
        """How it stands."""
        sql = (
            "SELECT count(*) FILTER (WHERE settled_at IS NULL), min(at) FILTER (WHERE settled_at IS NULL),"  # noqa: S608 - literals
            " count(*) FILTER (WHERE sent), count(*) FILTER (WHERE settled_at IS NOT NULL AND NOT sent),"
            " (SELECT why FROM observer.outbox WHERE settled_at IS NULL AND why IS NOT NULL AND"
            f" {_OF} ORDER BY number DESC LIMIT 1) FROM observer.outbox WHERE {_OF}"
        )
        row = await self._do(lambda connection: connection.fetchrow(sql, to, self._networks))
        assert row is not None  # noqa: S101 - aggregates give one row
        return Counts(*row)

    async def destinations(self) -> list[str]:
        """Every one that something is pending for, in order."""
        sql = (
            "SELECT DISTINCT destination FROM observer.outbox WHERE settled_at IS NULL AND network ="
            " ANY(SELECT id FROM observer.network WHERE name = ANY($1::text[])) ORDER BY destination"
        )
        return [row[0] for row in await self._do(lambda connection: connection.fetch(sql, self._networks))]

    async def prune(self, before: int) -> int:
        """Forget what was sent or dropped before a time; how many that were."""
        sql = "DELETE FROM observer.outbox WHERE settled_at < $1"
        told = await self._do(lambda connection: connection.execute(sql, before))
        return int(told.rpartition(" ")[2])

    async def keep(self, ledger: bytes) -> None:
        """The ledger that the notices follow from, outside of a commit; of the first of the networks."""

        async def work(connection: Connection) -> None:
            await keep_ledger(connection, await self._first(connection), ledger)

        await self._do(work)

    async def kept(self) -> bytes | None:
        """The last one."""

        async def work(connection: Connection) -> bytes | None:
            number = await self._first(connection)
            found: bytes | None = await connection.fetchval(
                "SELECT ledger FROM observer.sending WHERE network = $1", number
            )
            return found

        return await self._do(work)

    async def _first(self, connection: Connection) -> int:
        return int(await connection.fetchval("SELECT id FROM observer.network WHERE name = $1", self._networks[0]))

    async def _do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return await self._line.do(lambda connection, _attempt: work(connection))
