"""Payer reports: each node's part follows the state machine that xmtpd's own guards make (catalogue, xmtpd §2.2)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state import report_parts
from state.encoding import digest
from state.events import Event
from state.origin import Origin
from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    GenerationFailed,
    GenerationSkipped,
    ReportExpired,
    ReportGenerated,
    ReportIgnored,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    ReportSubmitting,
    ReservedEnvelopeFound,
    SettlementInconsistent,
    SettlementProgressed,
    SettlementTransacted,
    SettlingFailed,
    Skipped,
    StatusNotStored,
    SubmissionRejected,
    SubmittingFailed,
    UsageCleared,
)
from state.reports import ANOMALIES_KEPT, EXPIRED_KEPT, RANGES_KEPT, REPORTS_KEPT, Submission
from state.snapshot import NetworkState, fold, fold_all
from tests.state.journal import Journal
from tests.state.reporting import A, B, attests, made, of, on_chain, originator, part, refuses, settled_at

PENDING, SUBMITTED, SETTLED, REJECTED = Submission
SUBMITS = of(ReportSubmitted)
ALREADY = of(ReportSubmitted, True)
SETTLES = of(ReportSettled)
STARTS_SETTLING = of(ReportSettling)
REFUSED_BY_CHAIN = of(SubmissionRejected)
EXPIRES = ReportExpired(100, 100, "a")
TO: dict[Submission, list[Event]] = {
    PENDING: [made()],
    SUBMITTED: [made(), SUBMITS],
    SETTLED: [made(), SUBMITS, SETTLES],
    REJECTED: [made(), REFUSED_BY_CHAIN],
}
"""How a node's database comes to each status."""

TRANSITIONS: list[tuple[Event, dict[Submission, Submission], set[Submission]]] = [
    (SUBMITS, {PENDING: SUBMITTED}, {SETTLED, REJECTED}),
    (ALREADY, {PENDING: SUBMITTED}, {SETTLED, REJECTED}),
    (on_chain(), dict.fromkeys(Submission, SUBMITTED), set()),
    (STARTS_SETTLING, dict.fromkeys(Submission, SUBMITTED), set()),
    (SETTLES, {PENDING: SETTLED, SUBMITTED: SETTLED}, {REJECTED}),
    (REFUSED_BY_CHAIN, {PENDING: REJECTED}, {SUBMITTED, SETTLED, REJECTED}),
    (EXPIRES, {PENDING: REJECTED}, {SUBMITTED, SETTLED, REJECTED}),
    (of(ReportSubmitting), {}, set()),
    (of(SubmittingFailed, "no funds"), {}, set()),
    (of(SettlingFailed, "report index is nil"), {}, set()),
    (of(SettlementProgressed, 3, 2), {}, set()),
    (of(SettlementInconsistent), {}, set()),
    (of(AttestingFailed, "expected 1 previous report, got 0"), {}, set()),
    (attests(), {}, {SUBMITTED, SETTLED, REJECTED}),
    (refuses(), {}, {SUBMITTED, SETTLED, REJECTED}),
    (made(), {}, set()),
    (on_chain(known=None), {}, set()),
    (on_chain(B), {}, set()),
    (settled_at(0), {}, set()),
    (ReportIgnored(100, 100, "a"), {}, set()),
]
"""For each line: where it leads from which status, and from which it is against the rules."""


@pytest.mark.parametrize("status", Submission)
@pytest.mark.parametrize(("line", "leads", "odd"), TRANSITIONS)
def test_submission(line: Event, leads: dict[Submission, Submission], odd: set[Submission], status: Submission) -> None:
    """Catalogue §2.2, axis sub: every line from every status. What the guards refuse changes nothing and is kept as an anomaly."""
    journal = Journal().say(*TO[status])
    before = part(journal)
    assert before.submission is status
    after = part(journal.say(line))
    assert after.submission is leads.get(status, status)
    assert after.anomaly_total - before.anomaly_total == (status in odd)
    if after.anomalies:
        assert status.value in after.anomalies[-1].what
        assert after.anomalies[-1].origin == journal.at(journal.seq)
    if status not in leads:
        assert after.submission_since == before.submission_since


def test_status_begins_unknown() -> None:
    """R15: before any line says something of it the database is taken to be at its beginning, and says since no line."""
    assert (part(Journal().say(attests())).submission, part(Journal().say(attests())).submission_since) == (
        PENDING,
        None,
    )


@pytest.mark.parametrize("status", Submission)
def test_indexer_may_force(status: Submission) -> None:
    """Catalogue §2.2: the indexer sets submitted from any status, revives what was rejected and takes back what was settled."""
    journal = Journal().say(*TO[status], on_chain())
    mine = part(journal)
    assert (mine.submission, mine.forced, mine.rejected_by, mine.anomalies) == (SUBMITTED, 1, None, ())
    assert mine.submission_since == mine.last == journal.at(journal.seq)
    assert part(journal.say(SETTLES)).submission is SETTLED


def test_force_names_a_range() -> None:
    """Catalogue §4.4: the indexer's line names no report; of two of one range it moves neither, nor another node's part."""
    journal = Journal().say(made(report="a"), made(report="b")).say(made(200), by="node2").say(on_chain())
    assert [part(journal, report=name).submission for name in "ab"] == [PENDING, PENDING]
    assert part(journal, 200, by="node2").submission is PENDING
    assert part(journal.say(on_chain(), by="node2"), 200, by="node2").submission is SUBMITTED


@pytest.mark.parametrize("status", [SETTLED, REJECTED])
def test_settling_shows_that_the_indexer_forced(status: Submission) -> None:
    """Catalogue §2.2: of a report that a node has, its indexer's force is told at DEBUG; only what it calls submitted is settled."""
    mine = part(Journal().say(*TO[status], STARTS_SETTLING))
    assert (mine.submission, mine.forced, mine.anomalies, mine.rejected_by) == (SUBMITTED, 1, (), None)
    assert part(Journal().say(made(), STARTS_SETTLING)).forced == 0


# --- lines that say more than the database holds -----------------------------------------------------


def not_stored(status: str, error: str = "") -> StatusNotStored:
    """A status could not be written."""
    return of(StatusNotStored, status, error)


def test_settled_but_not_written() -> None:
    """Catalogue §4.3, trap 4: `report settled` stands before the write; a warning behind it takes it back. The chain has settled it all the same."""
    journal = Journal().say(made(), SUBMITS, SETTLES, not_stored("settled"))
    mine = part(journal)
    assert (mine.submission, mine.submission_since, mine.settled) == (SUBMITTED, journal.at(2), journal.at(3))
    again = part(journal.say(STARTS_SETTLING, SETTLES))
    assert (again.submission, again.settled, again.anomalies) == (SETTLED, journal.at(3), ())


def test_submitted_but_not_written() -> None:
    """Catalogue §4.3, trap 4: `report submitted` stands behind the warning that it could not be written."""
    journal = Journal().say(made(), of(ReportSubmitting), not_stored("submitted"), SUBMITS)
    mine = part(journal)
    assert (mine.submission, mine.submission_since, mine.on_chain) == (PENDING, None, journal.at(4))
    assert part(journal.say(of(ReportSubmitting), SUBMITS)).submission is SUBMITTED


@pytest.mark.parametrize("between", [[of(ReportSubmitting), SUBMITS], [ALREADY]])
def test_warning_is_about_its_own_try(between: list[Event]) -> None:
    """Trap 4: where the line behind the warning is lost, the next try is believed, and so is `already submitted`, which no such warning precedes."""
    assert part(Journal().say(made(), not_stored("submitted"), *between)).submission is SUBMITTED


def test_already_submitted_but_not_written() -> None:
    """Catalogue §2.2 and §8 D: in the branch of a report that the chain has already, the failure to write stands behind."""
    journal = Journal().say(made(), of(ReportSubmitting), ALREADY)
    assert part(journal).submission is SUBMITTED
    mine = part(journal.say(not_stored("submitted", "deadlock")))
    assert (mine.submission, mine.submission_since, mine.on_chain) == (PENDING, None, journal.at(3))


def test_rejection_not_written() -> None:
    """Catalogue §8 D: a rejection that could not be written leaves the report pending."""
    mine = part(Journal().say(made(), REFUSED_BY_CHAIN, not_stored("rejected", "deadlock")))
    assert (mine.submission, mine.submission_since, mine.rejected_by) == (PENDING, None, None)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([made(), on_chain(), ALREADY, not_stored("submitted", "deadlock")], SUBMITTED),
        ([made(), REFUSED_BY_CHAIN, on_chain(), not_stored("submitted", "deadlock")], SUBMITTED),
        ([made(), SUBMITS, SETTLES, SETTLES, not_stored("settled")], SETTLED),
        ([made(), SUBMITS, not_stored("settled")], SUBMITTED),
        ([made(), SUBMITS, not_stored("submitted", "x"), not_stored("submitted", "x")], PENDING),
        ([not_stored("rejected", "x")], PENDING),
        ([not_stored("no such status", "x")], PENDING),
    ],
)
def test_only_a_workers_own_change_is_taken_back(lines: list[Event], status: Submission) -> None:
    """Trap 4: a failure to write takes back the change that its worker told before it, never the indexer's."""
    assert part(Journal().say(*lines)).submission is status


def test_settled_by_somebody_else() -> None:
    """Catalogue §4.3, trap 5: `report settled` alone is legal, and says that the chain has the report and has settled it."""
    journal = Journal().say(STARTS_SETTLING, SETTLES)
    mine = part(journal)
    assert (mine.submission, mine.on_chain, mine.settled, mine.remaining) == (
        SETTLED,
        journal.at(1),
        journal.at(2),
        None,
    )
    assert mine.anomalies == ()


def test_log_that_begins_at_the_end() -> None:
    """R15: the first line of a report may be its last one; nothing before it is made up."""
    journal = Journal().say(SETTLES)
    mine = part(journal)
    assert (mine.submission, mine.settled, mine.on_chain, mine.born) == (SETTLED, *[journal.at(1)] * 3)
    assert (mine.generated, mine.verdict, mine.sent, mine.index, mine.anomalies) == (None, None, 0, None, ())
    late = part(journal.say(attests()))
    assert (late.submission, late.verdict, late.anomaly_total) == (SETTLED, True, 1)


# --- judging -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "verdict"), [(attests(), True), (refuses(), False)])
def test_verdict(line: ReportJudged, verdict: bool) -> None:  # noqa: FBT001 - what is expected
    """Catalogue §2.2, axis att: from pending to approved or rejected, with the reason."""
    journal = Journal().say(made(), line)
    mine = part(journal)
    assert (mine.verdict, mine.reason, mine.judged, mine.anomalies) == (verdict, line.reason, journal.at(2), ())


@pytest.mark.parametrize("first", [attests(), refuses()])
@pytest.mark.parametrize("second", [attests(), refuses()])
def test_verdict_is_final(first: ReportJudged, second: ReportJudged) -> None:
    """Catalogue §2.2: att 1 and 2 are terminal; a second verdict changes nothing and is kept as an anomaly."""
    journal = Journal().say(first, second)
    mine = part(journal)
    assert (mine.verdict, mine.reason, mine.judged) == (first.valid, first.reason, journal.at(1))
    assert [one.origin for one in mine.anomalies] == [journal.at(2)]


def test_verdict_not_written() -> None:
    """workers/attestation.go:203: the verdict is told before it is written; an error behind it means that the report is judged anew."""
    failed = of(AttestingFailed, "deadlock")
    journal = Journal().say(made(), attests(), failed)
    mine = part(journal)
    assert (mine.verdict, mine.reason, mine.judged) == (None, None, None)
    assert mine.attesting is not None
    assert (mine.attesting.count, mine.attesting.text) == (1, "deadlock")
    mine = part(journal.say(failed, refuses()))
    assert (mine.verdict, mine.judged, mine.anomalies) == (False, journal.at(5), ())


def test_parts_are_kept_by_node_and_worker() -> None:
    """R16: one node's verdict is not another's, and a log in which two workers speak has two parts."""
    journal = Journal().say(attests(100), refuses(200)).say(attests(300), by="node3")
    assert [part(journal, *who).verdict for who in ((100,), (200,))] == [True, False]
    assert part(journal, 300, by="node3").born == journal.at(3, "node3")


def test_anomalies_are_bounded() -> None:
    """The latest are kept and all are counted."""
    journal = Journal().say(*[attests()] * (ANOMALIES_KEPT + 5))
    mine = part(journal)
    assert (len(mine.anomalies), mine.anomaly_total) == (ANOMALIES_KEPT, ANOMALIES_KEPT + 4)
    assert mine.anomalies[-1].origin == journal.at(journal.seq)


# --- expiry and generation ---------------------------------------------------------------------------


def test_expiry() -> None:
    """Catalogue §2.2: the generator gives up a pending report; the line has no range, so one that is not known is kept by its id."""
    journal = Journal().say(made(), EXPIRES, ReportExpired(100, 100, "b"), EXPIRES)
    mine = part(journal)
    assert (mine.submission, mine.rejected_by, mine.submission_since) == (REJECTED, "expired", journal.at(2))
    assert originator(journal).generation["node1", 100].expired == ("b", "a")
    assert list(originator(journal).reports) == ["a"]


def test_expired_are_bounded() -> None:
    """The latest are kept, each once."""
    journal = Journal().say(*[ReportExpired(100, 100, str(number)) for number in range(EXPIRED_KEPT + 3)])
    assert originator(journal).generation["node1", 100].expired == tuple(map(str, range(3, EXPIRED_KEPT + 3)))


def test_generation_is_blocked() -> None:
    """Catalogue §2.6, generation blocked: rounds that find reports pending at one boundary count, until one finds another or makes a report."""

    def pending(boundary: int) -> GenerationSkipped:
        return GenerationSkipped(100, Skipped.PENDING, 100, boundary, 1)

    journal = Journal().say(pending(0), pending(0), GenerationFailed(100, 100, "deadlock"), pending(0))
    mine = originator(journal).generation["node1", 100]
    assert (mine.blocked, mine.blocked_since, mine.boundary) == (3, journal.at(1), 0)
    assert mine.failing is not None
    mine = originator(journal.say(pending(9))).generation["node1", 100]
    assert (mine.blocked, mine.blocked_since, mine.boundary) == (1, journal.at(5), 9)
    mine = originator(journal.say(GenerationSkipped(100, Skipped.INTERVAL, 100))).generation["node1", 100]
    assert (mine.blocked, mine.blocked_since, mine.why) == (0, None, Skipped.INTERVAL)
    mine = originator(journal.say(pending(9), made())).generation["node1", 100]
    assert (mine.blocked, mine.why, mine.last) == (0, None, journal.at(8))


def test_generated_twice_is_one_report() -> None:
    """Catalogue §2.1: same content, same id; the first time stands."""
    journal = Journal().say(made(), made()).say(made(200), by="node2")
    assert part(journal).generated == journal.at(1)
    assert [len(one.parts) for one in originator(journal).reports.values()] == [2]


def test_skip_without_a_worker_says_nothing() -> None:
    """Catalogue §8 D: on the indexer's path the line names no worker."""
    assert len(Journal().say(GenerationSkipped(100, Skipped.TRAFFIC)).state.reports) == 0


def test_waiting_for_envelopes() -> None:
    """Catalogue §8 D: the line that a node has not got all envelopes names a range; since when is kept as long as it is the same one."""
    journal = Journal().say(*[AttestationWaiting(100, 100, 0, 9, seen) for seen in (3, 5)])
    one = originator(journal).waiting["node1", 100]
    assert (one.seen, one.first, one.last) == (5, journal.at(1), journal.at(2))
    one = originator(journal.say(AttestationWaiting(100, 100, 9, 20, 9))).waiting["node1", 100]
    assert (one.seen, one.first) == (9, journal.at(3))


def test_envelopes_about_reports_are_counted() -> None:
    """Catalogue §2.2: arrival of a report or an attestation names neither report nor sender, so it is a count."""
    journal = Journal().say(*[ReservedEnvelopeFound(what, 100) for what in ("report", "attestation", "attestation")])
    one = originator(journal).received["node1"]
    assert (one.reports, one.attestations, one.last) == (1, 2, journal.at(3))
    assert len(originator(journal).reports) == 0


# --- submitting and settling -------------------------------------------------------------------------


def test_troubles_of_a_report_are_counted() -> None:
    """Catalogue §2.6, submit and settle failing: the same error again and again is one trouble with its first and last line."""
    journal = Journal().say(
        of(SubmittingFailed, "no funds"),
        of(SubmittingFailed, "reverted"),
        of(SettlingFailed, "x"),
        of(SettlementInconsistent),
    )
    mine = part(journal)
    assert mine.submitting is not None
    assert (mine.submitting.count, mine.submitting.text, mine.submitting.first) == (2, "reverted", journal.at(1))
    assert mine.settling is not None
    assert (mine.settling.count, mine.inconsistent, mine.submission) == (1, 1, PENDING)


def test_index_is_bound_by_the_transaction_before() -> None:
    """Catalogue §8 E: `settled report` names the index and no report; the worker's line behind it names the report and no index."""
    chunk = SettlementTransacted(100, 3, 50)
    journal = Journal().say(made(), SUBMITS, STARTS_SETTLING, chunk, of(SettlementProgressed, 50, 100))
    assert (part(journal).index, part(journal).remaining, part(journal).remaining_since) == (3, 50, journal.at(5))
    assert originator(journal).chain["node1"].transacted is None
    assert part(journal.say(of(SettlementProgressed, 50, 0))).remaining_since == journal.at(5)


@pytest.mark.parametrize(
    "lines",
    [
        [SettlementTransacted(100, 3, 51), of(SettlementProgressed, 50, 100)],
        [SettlementTransacted(200, 3, 50), of(SettlementProgressed, 50, 100)],
        [SettlementTransacted(100, 3, 51), of(SettlementProgressed, 50, 100), of(SettlementProgressed, 51, 1)],
        [of(SettlementProgressed, 50, 100)],
    ],
)
def test_index_is_not_bound_by_another_transaction(lines: list[Event]) -> None:
    """R15: a transaction of another originator, with another rest, or one that was bound already tells no index."""
    assert part(Journal().say(*lines)).index is None


def test_transaction_of_another_node_binds_nothing() -> None:
    """R16: only a node's own transaction is the one before its line."""
    journal = Journal().say(SettlementTransacted(100, 3, 50), by="node2").say(of(SettlementProgressed, 50, 100))
    assert part(journal).index is None
    assert originator(journal).chain["node2"].transacted == (3, 50)


def test_what_the_chain_says_is_kept_by_range_and_index() -> None:
    """Catalogue §4.4: submitted by range, with the active nodes; settled by index, of which the first time that nothing is left stands."""
    journal = Journal().say(on_chain(), on_chain(), settled_at(0, 4), settled_at(0), settled_at(0, 4))
    chain = originator(journal).chain["node1"]
    one = chain.submitted[9, 0]
    assert (one.active, one.times, one.first, one.last) == ((100, 200, 300), 2, journal.at(1), journal.at(2))
    left = chain.settled[0]
    assert (left.remaining, left.first, left.last, left.settled) == (4, journal.at(3), journal.at(5), journal.at(4))
    cleared = originator(journal.say(UsageCleared(100, 1, 2))).chain["node1"]
    assert (cleared.cleared, cleared.cleared_last) == (1, journal.at(6))


def test_what_the_chain_says_is_bounded() -> None:
    """Of ranges those that end last are kept, of indices the greatest."""
    said = [(on_chain((number, number + 1)), settled_at(number)) for number in range(RANGES_KEPT + 3)]
    journal = Journal().say(*[line for both in reversed(said) for line in both])
    chain = originator(journal).chain["node1"]
    assert sorted(chain.settled) == list(range(3, RANGES_KEPT + 3))
    assert sorted(chain.submitted) == [(number + 1, number) for number in range(3, RANGES_KEPT + 3)]


# --- retention and forged lines ----------------------------------------------------------------------


def test_reports_that_end_last_are_kept() -> None:
    """R19, retention: what ends first goes, and what comes late about it does not come back."""
    journal = Journal().say(*[made(report=str(end), covers=(end - 1, end)) for end in range(1, REPORTS_KEPT + 4)])
    mine = originator(journal)
    assert (len(mine.reports), mine.forgotten_through) == (REPORTS_KEPT, 3)
    assert sorted(map(int, mine.reports)) == list(range(4, REPORTS_KEPT + 4))
    assert originator(journal.say(attests(report="2", covers=(1, 2)))).reports == mine.reports


def test_what_ends_together_goes_together() -> None:
    """R17: which of the reports of one end came first must not matter, so none of them is kept when one has to go."""
    twins = [made(report=name, covers=(0, 1)) for name in ("x", "y")]
    others = [made(report=str(end), covers=(end - 1, end)) for end in range(2, REPORTS_KEPT + 1)]
    journal = Journal().say(*twins, *others)
    assert (len(originator(journal).reports), originator(journal).forgotten_through) == (REPORTS_KEPT - 1, 1)


FEW_ENDS = st.integers(1, 6)
LINES = st.one_of(
    st.builds(
        lambda kind, name, end, start: of(kind, report=name, covers=(min(start, end), end)),
        st.sampled_from([ReportGenerated, ReportSubmitting, ReportSettling, ReportSettled]),
        st.sampled_from("abcdefgh"),
        FEW_ENDS,
        st.sampled_from([0, 3]),
    ),
    st.builds(lambda end, start: on_chain((min(start, end), end)), FEW_ENDS, st.sampled_from([0, 3])),
    st.builds(lambda name: ReportExpired(100, 100, name), st.sampled_from("abcdefgh")),
    st.builds(lambda rest: of(SettlementProgressed, rest, 1), st.sampled_from([1, 2])),
    st.builds(lambda rest: SettlementTransacted(100, 0, rest), st.sampled_from([1, 2])),
)


@given(
    histories=st.tuples(*[st.lists(LINES, max_size=16)] * 2),
    order=st.lists(st.booleans(), max_size=32),
    kept=st.sampled_from([1, 2, 3]),
)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_retention_does_not_depend_on_order(
    histories: tuple[list[Event], list[Event]], order: list[bool], kept: int
) -> None:
    """R17, law: with ids claimed for several ranges and far more reports than are kept, interleaving changes no fact."""
    left = [list(one) for one in histories]
    times, mixed = [0, 0], []
    for second in [*order, *([False] * len(left[0])), *([True] * len(left[1]))]:
        if left[second]:
            times[second] += 1
            mixed.append((left[second].pop(0), Origin(f"node{second:d}", times[second], 1, 1, 1)))
    plain = sorted(mixed, key=lambda one: one[1].node)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_parts, "REPORTS_KEPT", kept)
        one, other = fold_all(NetworkState(), mixed), fold_all(NetworkState(), plain)
    assert digest(one) == digest(other)
    if 100 in one.reports:
        assert len(one.reports[100].reports) <= kept
        assert one.reports[100].forgotten_through == other.reports[100].forgotten_through


def test_forged_id_of_two_ranges() -> None:
    """Catalogue §2.1: an id is one range. Of two that nodes claim the smaller stands; of two that one node claims, the one that ends last."""
    journal = Journal().say(made(covers=B)).say(made(200, covers=A), by="node2")
    report = originator(journal).reports["a"]
    assert (report.start, report.end) == A
    assert [(one.start, one.end) for one in report.parts.values()] in ([A, B], [B, A])
    journal.say(attests(200, covers=B), refuses(200, covers=A), by="node2")
    report = originator(journal).reports["a"]
    mine = report.parts["node2", 200]
    assert ((report.start, report.end), (mine.start, mine.end)) == (B, B)
    assert (mine.generated, mine.verdict) == (None, True)
    assert [one.what for one in mine.anomalies] == ["named with the range (0, 9]"]


@pytest.mark.parametrize("kept", [2, 3])
def test_originators_are_bounded(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """R17: the smallest ids are kept, whatever order they come in, and what is not entered touches nothing."""
    monkeypatch.setattr(report_parts, "ORIGINATORS_KEPT", kept)
    for numbers in ([5, 1, 4, 2, 3], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]):
        journal = Journal().say(*[ReservedEnvelopeFound("report", number) for number in numbers])
        assert sorted(journal.state.reports) == [1, 2, 3][:kept]
    for line in (of(ReportGenerated, about=9), of(SettlementProgressed, 1, 1, about=9), ReportExpired(100, 9, "a")):
        after, touched = fold(journal.state, line, journal.at(9))
        assert (after.reports is journal.state.reports, [name for name, _ in touched if name == "reports"]) == (
            True,
            [],
        )
