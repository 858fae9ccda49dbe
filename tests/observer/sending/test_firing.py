"""What fires, as whoever only wants to know that hears it."""

from __future__ import annotations

import pytest

from observer.sending.firing import due, lasting, overtaken, repeated
from observer.sending.notices import RESOLVED, WATCHDOG, Notice
from tests.observer.sending.contract import notice

S = 10**9
DOG = Notice("net", "dog", 0, "firing", {"alertname": WATCHDOG}, {}, 5, None, 5)


@pytest.mark.parametrize(("last", "now", "is_due"), [(None, 0, True), (0, 59, False), (0, 60, True), (0, 61, True)])
def test_what_fires_is_told_again_each_minute(last: int | None, now: int, *, is_due: bool) -> None:
    """R27."""
    assert due(last, now * S) is is_due


def test_it_begins_when_it_began_and_ends_in_four_minutes() -> None:
    """R27: constant startsAt, so that it is one alert; what is resolved ends when it did."""
    early, late = (lasting(notice(1), now * S) for now in (100, 160))
    assert early.starts_at == late.starts_at == notice(1).starts_at
    assert (early.ends_at, late.ends_at) == (340 * S, 400 * S)
    assert lasting(notice(2, kind=RESOLVED), 100 * S) == notice(2, kind=RESOLVED)


def test_watchdog_is_silent_when_the_loop_that_judges_is() -> None:
    """R27: alerts stay as they were last known; that nobody watches is told by what is missing."""
    told = [[one.alert for one in repeated([DOG, notice(1)], now * S, 0)] for now in (119, 120)]
    assert told == [["dog", "down"], ["down"]]


@pytest.mark.parametrize(
    ("one", "known", "told"),
    [
        (notice(1), None, False),
        (notice(1), notice(1), True),
        (notice(1), notice(3), False),
        (notice(2, kind=RESOLVED), None, True),
        (notice(2, kind=RESOLVED), notice(3), False),
    ],
)
def test_what_is_overtaken_is_not_told(one: Notice, known: Notice | None, *, told: bool) -> None:
    """R27: after an outage, what fires now counts: an older end of it would end it."""
    assert overtaken(one, {} if known is None else {known.alert: known}) is not told
