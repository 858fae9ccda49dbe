"""The tables of the present by name: how many columns behind the network are the key, and which columns follow."""

from __future__ import annotations

from typing import NamedTuple


class Table(NamedTuple):
    """One table of the present, without its first column, the network."""

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, as in a row of `observer.database.rows`."""
        return (*self.key, *self.others)

    @property
    def put(self) -> str:
        """SQL that enters a row, or takes the place of the one with its key."""
        names = ("network", *self.columns)
        values = ", ".join(f"${place}" for place in range(1, len(names) + 1))
        changed = ", ".join(f"{one} = excluded.{one}" for one in self.others)
        return (
            f"INSERT INTO observer.{self.name} ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - literals below
            f" ON CONFLICT (network, {', '.join(self.key)}) DO UPDATE SET {changed}"
        )

    @property
    def delete(self) -> str:
        """SQL that takes a row out, by its key."""
        wanted = " AND ".join(f"{one} = ${place}" for place, one in enumerate(self.key, 2))
        return f"DELETE FROM observer.{self.name} WHERE network = $1 AND {wanted}"  # noqa: S608 - literals below

    @property
    def clear(self) -> str:
        """SQL that takes out every row of a network."""
        return f"DELETE FROM observer.{self.name} WHERE network = $1"  # noqa: S608 - literals below


PRESENT: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "node_now",
            ("node",),
            (
                *("system", "version", "status", "status_since", "started_at", "height", "tip", "tip_since"),
                *("connections", "synced", "syncing", "target_height", "disconnected_since", "restarts"),
                *("unclean_stops", "number", "problem_lines", "crash"),
            ),
        ),
        Table("peer_now", ("node", "connection"), ("peer", "address", "direction", "since", "handshaked")),
        Table("block_now", ("block",), ("height", "first_seen", "first_node", "on_main", "alternative", "rejected")),
        Table("clock_now", ("node", "originator"), ("sequence", "exact", "said_at")),
        Table(
            "report_now",
            ("originator", "report"),
            (
                *("start_sequence", "end_sequence", "stage", "why", "since", "created", "chosen", "open"),
                *("attested", "refused", "missing", "quorum", "active", "remaining"),
            ),
        ),
    )
}
EVENT = ("network", "seq", "n", "at", "at_ns", "node", "kind", "payload")
