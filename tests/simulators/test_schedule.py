"""When workers run, how many nodes are a quorum, and where a report ends."""

from __future__ import annotations

from itertools import islice

import pytest

from observer.simulators.xmtpd.model import Usage
from observer.simulators.xmtpd.network import START
from observer.simulators.xmtpd.schedule import GENERATOR, SETTLEMENT, SUBMITTER, minute, quorum, slots
from observer.simulators.xmtpd.settings import HOUR, MINUTE, Settings, read_settings
from observer.simulators.xmtpd.workers.generating import end_of
from tests.simulators.runs import Run

BEGAN = int(START.timestamp() * 1000)
MINUTES = {100: (31, 36, 41), 200: (47, 52, 57), 300: (2, 7, 12), 400: (18, 23, 28)}


@pytest.mark.parametrize("node", MINUTES)
def test_minutes_of_the_workers(node: int) -> None:
    """The minutes of the first four nodes, with the wrap-around at 32 bits."""
    found = tuple(minute(node, worker, read_settings(None)) for worker in (GENERATOR, SUBMITTER, SETTLEMENT))
    assert found == MINUTES[node]


def test_slots_come_once_an_hour() -> None:
    """The first slot is later than now, also at the very instant of a slot; the others follow at their pace."""
    at = list(islice(slots(100, GENERATOR, read_settings(None), BEGAN + 31 * MINUTE), 3))
    assert [(one - BEGAN) / MINUTE for one in at] == [91, 151, 211]
    quick = Settings.model_validate({"repeat_every": "10m", "minutes": {100: 3}})
    at = list(islice(slots(100, SUBMITTER, quick, BEGAN), 3))
    assert [(one - BEGAN) / MINUTE for one in at] == [8, 18, 28]


@pytest.mark.parametrize(("nodes", "enough"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_quorum_is_a_simple_majority(nodes: int, enough: int) -> None:
    """Half of the nodes, rounded down, and one more."""
    assert quorum(nodes) == enough


@pytest.mark.parametrize(
    ("start", "seen", "end"),
    [
        (0, 0, None),
        (0, 5, None),
        (0, 10, None),
        (0, 11, (10, 1)),
        (0, 20, (10, 1)),
        (0, 99, (20, 2)),
        (10, 20, None),
        (10, 21, (20, 2)),
        (20, 30, None),
    ],
)
def test_a_report_ends_at_the_second_newest_minute(start: int, seen: int, end: tuple[int, int] | None) -> None:
    """It needs usage of two minutes behind its start, as far as the node has seen."""
    usage = Usage([1, 2, 5], [10, 20, 30])
    assert end_of(usage, start, seen) == end


@pytest.mark.parametrize(
    ("message", "worker"),
    [("getting nodes from registry", 0), ("fetching reports to submit", 1), ("fetching reports to settle", 2)],
)
def test_workers_run_at_their_minutes(healthy: Run, message: str, worker: int) -> None:
    """Each hourly worker of each node wakes once an hour, at the start of its minute."""
    for node, minutes in MINUTES.items():
        wanted = [f"{hour:02d}:{minutes[worker]:02d}:00.000Z" for hour in range(7, 11)]
        assert [line.at[11:] for line in healthy.said(message, node=node)] == wanted


def test_the_attestation_worker_ticks(healthy: Run) -> None:
    """It looks for reports every ten seconds from the start of its process on."""
    ticks = [line.at for line in healthy.said("fetching reports needing attestation", node=200)]
    assert len(ticks) == 4 * HOUR // 10_000 - 1
    assert len({tick[18:] for tick in ticks}) == 1


def test_judgement_submission_and_settlement_follow_the_schedule(healthy: Run) -> None:
    """A report is judged within two ticks, submitted five minutes after it was made, settled five minutes later."""
    from datetime import datetime

    for course in healthy.courses().values():
        at = {one["stage"]: datetime.fromisoformat(one["at"]) for one in reversed(course)}
        judged = [datetime.fromisoformat(one["at"]) for one in course if one["stage"] == "attested"]
        made = at["created"]
        assert (max(judged) - made).total_seconds() <= 11
        assert 300 <= (at["submitted"] - made).total_seconds() <= 315
        assert 600 <= (at["settled"] - made).total_seconds() <= 615
