"""How a fault is written on the command line: `KIND@FROM..TO[:NODES]`."""

from __future__ import annotations

import pytest

from observer.simulators.xmtpd.failures import CannotSimulate
from observer.simulators.xmtpd.faults import KINDS, read_fault
from observer.simulators.xmtpd.settings import MINUTE

NODES = (100, 200, 300, 400)


def test_every_kind_is_known() -> None:
    """There are fifteen faults, and each has nodes of its own where none are named."""
    assert len(KINDS) == 15
    for kind, choice in KINDS.items():
        assert set(choice(NODES)) <= set(NODES)
        assert choice((100,)) == (100,)
        assert read_fault(f"{kind}@1m..2m", NODES, 0, 10 * MINUTE).nodes == choice(NODES)


def test_a_fault_without_an_end_lasts() -> None:
    """What is left out after the dots is the end of the run; nodes are sorted and named once."""
    fault = read_fault("node-down@90s..:300,100,300", NODES, 1000, 10 * MINUTE)
    assert (fault.since, fault.until, fault.nodes) == (91_000, 10 * MINUTE, (100, 300))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fire@1m..2m", "there is no fault 'fire'; there are node-down"),
        ("node-down", "write KIND@FROM..TO[:NODES], such as node-down@90m..2h:400"),
        ("node-down@1m", "write KIND@FROM..TO"),
        ("node-down@1..2", "'1' is no length of time"),
        ("node-down@2m..1m", "ends before it begins"),
        ("node-down@20m..30m", "begins after the run has ended"),
        ("node-down@1m..2m:500", "there is no node '500'; there are 100, 200, 300, 400"),
        ("node-down@1m..2m:100>200", "only partition and latency have a direction"),
        ("partition@1m..2m:100>", "there is no node ''"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(text: str, why: str) -> None:
    """What is wrong with a fault is said in one sentence, with what would be right."""
    with pytest.raises(CannotSimulate) as refused:
        read_fault(text, NODES, 0, 10 * MINUTE)
    assert str(refused.value).startswith(f"--fault {text}: ")
    assert why in str(refused.value)
