"""What was decided and has not arrived yet (R27): committed with the transitions, taken off when it was acknowledged.

Whatever kind of store holds it must keep the contract that `tests/observer/sending/contract.py` states. `put`, `done`,
`failed`, `dropped` and `keep` belong into a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from observer.sending.notices import Notice

WHY_KEPT = 300
"""Characters of the reason of a failure."""


class Pending(NamedTuple):
    """A notice that is to be sent."""

    notice: Notice
    attempts: int
    """How often it has been tried."""


class Counts(NamedTuple):
    """How an outbox stands towards one destination."""

    pending: int
    oldest: int | None
    """Journal time of the first one that is pending."""
    sent: int
    dropped: int
    """Refused for good: the dead letters."""
    last_failure: str | None
    """Of those that are pending."""


class Outbox(Protocol):
    """Notices for destinations, in the order in which they were put."""

    def put(self, to: str, notices: Sequence[Notice]) -> None:
        """Notices for one destination. One that is known already, by its key, is left as it is."""
        ...

    def pending(self, to: str, now: int, limit: int) -> list[Pending]:
        """What may be sent now: of each alert the earliest only, and that only if its time has come."""
        ...

    def due(self, to: str) -> int | None:
        """When the next one may be sent; None where nothing is pending."""
        ...

    def done(self, to: str, keys: Sequence[str], at: int) -> None:
        """They were acknowledged."""
        ...

    def failed(self, to: str, keys: Sequence[str], why: str, again_at: int) -> None:
        """They were not, and are to be tried again, not before `again_at`."""
        ...

    def dropped(self, to: str, keys: Sequence[str], why: str, at: int) -> None:
        """They were refused for good; they are kept as dead letters and not tried again."""
        ...

    def counts(self, to: str) -> Counts:
        """How it stands."""
        ...

    def destinations(self) -> list[str]:
        """Every one that something is pending for, in order: one that is no longer given is seen by that."""
        ...

    def prune(self, before: int) -> int:
        """Forget what was sent or dropped before a time; how many that were."""
        ...

    def keep(self, ledger: bytes) -> None:
        """The ledger that the notices follow from."""
        ...

    def kept(self) -> bytes | None:
        """The last one."""
        ...
