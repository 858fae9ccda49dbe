"""An outbox in memory: for tests, and for a run that is told to keep nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from observer.sending.notices import Notice
from observer.sending.outbox import WHY_KEPT, Counts, Pending


class _Row(msgspec.Struct):
    notice: Notice
    again_at: int = 0
    attempts: int = 0
    why: str | None = None
    settled_at: int | None = None
    sent: bool = False


class MemoryOutbox:
    """Keeps the contract of `Outbox`, for as long as the process lives."""

    def __init__(self) -> None:
        """Empty."""
        self._rows: dict[str, dict[str, _Row]] = {}
        self._ledger: bytes | None = None

    def put(self, to: str, notices: Sequence[Notice]) -> None:
        rows = self._rows.setdefault(to, {})
        for one in notices:
            rows.setdefault(one.key, _Row(one))

    def _heads(self, to: str) -> Iterable[_Row]:
        seen: set[str] = set()
        for row in self._rows.get(to, {}).values():
            alert = f"{row.notice.network}/{row.notice.alert}"
            if row.settled_at is None and alert not in seen:
                seen.add(alert)
                yield row

    def pending(self, to: str, now: int, limit: int) -> list[Pending]:
        found = [Pending(row.notice, row.attempts) for row in self._heads(to) if row.again_at <= now]
        return found[:limit]

    def due(self, to: str) -> int | None:
        return min((row.again_at for row in self._heads(to)), default=None)

    def done(self, to: str, keys: Sequence[str], at: int) -> None:
        for row in self._of(to, keys):
            row.settled_at, row.sent = at, True

    def failed(self, to: str, keys: Sequence[str], why: str, again_at: int) -> None:
        for row in self._of(to, keys):
            row.attempts, row.why, row.again_at = row.attempts + 1, why[:WHY_KEPT], again_at

    def dropped(self, to: str, keys: Sequence[str], why: str, at: int) -> None:
        for row in self._of(to, keys):
            row.settled_at, row.why = at, why[:WHY_KEPT]

    def _of(self, to: str, keys: Sequence[str]) -> list[_Row]:
        rows = self._rows.get(to, {})
        return [rows[key] for key in keys if key in rows and rows[key].settled_at is None]

    def counts(self, to: str) -> Counts:
        rows = list(self._rows.get(to, {}).values())
        pending = [row for row in rows if row.settled_at is None]
        return Counts(
            len(pending),
            min((row.notice.at for row in pending), default=None),
            sum(row.sent for row in rows),
            sum(row.settled_at is not None and not row.sent for row in rows),
            next((row.why for row in reversed(pending) if row.why is not None), None),
        )

    def destinations(self) -> list[str]:
        return sorted(to for to, rows in self._rows.items() if any(row.settled_at is None for row in rows.values()))

    def prune(self, before: int) -> int:
        old = [
            (to, key)
            for to, rows in self._rows.items()
            for key, row in rows.items()
            if row.settled_at is not None and row.settled_at < before
        ]
        for to, key in old:
            del self._rows[to][key]
        return len(old)

    def keep(self, ledger: bytes) -> None:
        self._ledger = ledger

    def kept(self) -> bytes | None:
        return self._ledger
