"""What was stuck in a run, or otherwise wrong, by its truth alone, and which alerts are true of it (catalogue, xmtpd
§2.6). Every line of `EXPECTATIONS` is one kind of state; the reason for each stands with
it, in `expected_reports` and `expected_nodes`.

A state that has to be told has a `notice`: what its rule waits for before it can be true, plus its `for`, plus a
moment. What ends sooner may be told and need not. A state without one need not be told at all: it is the consequence
or the neighbour of another one, and only makes an alert true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.accuracy.stuck import Expected
from benchmarks.accuracy.xmtpd import expected_nodes, expected_reports
from benchmarks.accuracy.xmtpd.places import places
from benchmarks.accuracy.xmtpd.seen import Seen
from benchmarks.accuracy.xmtpd.truth import Truth

EXPECTATIONS: tuple[Callable[[Seen], Iterator[Expected]], ...] = (
    expected_reports.no_quorum,
    expected_reports.not_sent,
    expected_reports.split,
    expected_reports.conflict,
    expected_reports.submit_failing,
    expected_reports.submit_overdue,
    expected_reports.settle_failing,
    expected_reports.settle_overdue,
    expected_reports.stalled,
    expected_reports.unjudged,
    expected_reports.waiting,
    expected_nodes.silent_worker,
    expected_nodes.node_down,
    expected_nodes.node_unreachable,
    expected_nodes.streams_lost,
    expected_nodes.database,
    expected_nodes.frozen,
    expected_nodes.lag,
    expected_nodes.log_lost,
)


def expected(truth: Truth, *, watchers: bool) -> list[Expected]:
    """All of a run, those that must be told first."""
    seen = Seen(truth, watchers, places(truth))
    found = [one for expectation in EXPECTATIONS for one in expectation(seen)]
    return sorted(found, key=lambda one: (not one.required, one.since))
