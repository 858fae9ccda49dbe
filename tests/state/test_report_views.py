"""How far reports have come, read off what all nodes said (catalogue, xmtpd §2.4 and §2.6; R16)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.events import Event
from state.origin import Origin
from state.quorums import Active, Basis, active_nodes, called, name_of, number_of
from state.report_events import (
    AttestingFailed,
    ReportExpired,
    ReportSettled,
    ReportSubmitted,
    SettlementProgressed,
    SettlementTransacted,
    SettlingFailed,
    SubmissionRejected,
    SubmittingFailed,
)
from state.report_views import (
    GIVEN_UP,
    SUPERSEDED,
    Boundary,
    ChainOf,
    Course,
    Stage,
    boundaries_of,
    chain_of,
    courses_of,
    gaps_of,
)
from state.snapshot import NetworkState
from state.sync_events import NodeIdStated, RegistryStated
from tests.state.any_event import EVENTS, REPORT_EVENTS
from tests.state.journal import Journal
from tests.state.reporting import NODES, A, B, attests, made, of, on_chain, originator, refuses, settled_at

THREE = Active((100, 200, 300), Basis.INDEXER)


def courses(journal: Journal, active: Active | None = None) -> dict[str, Course]:
    """Every report of originator 100 by its id."""
    return {one.id: one for one in courses_of(100, originator(journal), active)}


def course(journal: Journal, active: Active | None = None) -> Course:
    """Report `a`."""
    return courses(journal, active)["a"]


def line(journal: Journal, seq: int, by: str = "node1") -> Origin:
    """A line by its place."""
    return journal.at(seq, by)


# --- who counts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)])
def test_quorum(n: int, quorum: int) -> None:
    """§2.4: half of the nodes and one more; those of which no id is known count too."""
    assert Active(tuple(range(100, 100 + n)), Basis.INDEXER).quorum == quorum
    assert Active(tuple(range(100, 99 + n)), Basis.INVENTORY, ("nodeX",)).quorum == quorum


def test_who_counts_is_known_best_from_the_chain() -> None:
    """R16: an indexer's line, else the registry (DEBUG), else the inventory, else whoever was seen; else nobody knows."""
    journal = Journal()
    assert active_nodes(journal.state) is None
    journal.say(made()).say(made(200), by="node2")
    assert active_nodes(journal.state) == Active((100, 200), Basis.SEEN)
    assert active_nodes(journal.state, ["node1", "node7"]) == Active((100,), Basis.INVENTORY, ("node7",))
    journal.say(RegistryStated(((100, "a"), (200, "b"), (300, "c"))))
    assert active_nodes(journal.state, ["node1", "node7"]) == Active((100, 200, 300), Basis.REGISTRY)
    journal.say(on_chain(active=(400, 100, 100)))
    assert active_nodes(journal.state, ["node1"]) == Active((100, 400), Basis.INDEXER, line=line(journal, 4))


def test_latest_indexer_counts() -> None:
    """R16: of several indexers the one that spoke last; a registry is the union of what all have shown."""
    journal = Journal().say(on_chain(active=(100,)), by="node2").say(on_chain(active=(100, 200)))
    assert active_nodes(journal.state) == Active((100, 200), Basis.INDEXER, line=line(journal, 2))
    journal = Journal().say(RegistryStated(((100, "a"),))).say(RegistryStated(((300, "c"),)), by="node2")
    assert active_nodes(journal.state) == Active((100, 300), Basis.REGISTRY)


def test_chains_and_migrators_are_no_nodes() -> None:
    """§3: originators 0, 1 and 10 to 14 have reports, and take no part in a quorum."""
    journal = Journal().say(*[of(SubmittingFailed, "x", worker=100, about=about) for about in (0, 1, 10, 14, 200)])
    assert active_nodes(journal.state) == Active((100, 200), Basis.SEEN)


def test_names_and_numbers() -> None:
    """Key finding 3: an id is a node's own word of itself, or that of its workers; one that two claim is nobody's."""
    journal = Journal().say(NodeIdStated(100)).say(made(200), by="node2")
    assert [number_of(journal.state, name) for name in ("node1", "node2", "node3")] == [100, 200, None]
    assert [called(journal.state, number) for number in (100, 200, 300)] == ["node1", "node2", "300"]
    journal.say(made(100), by="node2")
    assert (name_of(journal.state, 100), number_of(journal.state, "node2")) == (None, None)
    assert number_of(journal.state, "node1") == 100


def test_unnumbered_inventory() -> None:
    """R24: nodes of the inventory count although no line has told their ids, whatever order they are named in."""
    found = active_nodes(Journal().say(made()).state, ["node3", "node2", "node1", "node2"])
    assert found == Active((100,), Basis.INVENTORY, ("node2", "node3"))
    assert found is not None
    assert (found.n, found.quorum) == (3, 2)


# --- one report --------------------------------------------------------------------------------------


def test_life_of_a_report() -> None:
    """§2.2: created, attested by one and another, submitted, settled; `since` is the line that brought it there first."""
    journal = Journal().say(made())
    one = course(journal)
    assert (one.stage, one.since, one.created, one.makers, one.pending) == (
        Stage.CREATED,
        *[line(journal, 1)] * 2,
        (100,),
        True,
    )
    journal.say(attests(200), by="node2").say(attests())
    one = course(journal)
    assert (one.stage, one.since, one.attested) == (Stage.ATTESTED, line(journal, 2, "node2"), (100, 200))
    assert one.unjudged(THREE.nodes) == (300,)
    journal.say(of(ReportSubmitted)).say(on_chain(), by="node2")
    one = course(journal)
    assert (one.stage, one.since, one.pending, one.remaining) == (Stage.SUBMITTED, line(journal, 4), False, None)
    journal.say(settled_at(0, 3), by="node2")
    assert (course(journal).stage, course(journal).remaining) == (Stage.SUBMITTED, 3)
    journal.say(settled_at(0), by="node2")
    one = course(journal)
    assert (one.stage, one.since, one.remaining) == (Stage.SETTLED, line(journal, 7, "node2"), 0)
    assert (one.held, one.anomalies) == ((100, 200), 0)


def test_refusals_and_errors() -> None:
    """§2.6, split vote and attestation stall: who refused and why, who cannot judge, who was not heard."""
    failed = of(AttestingFailed, "expected 1 previous report, got 0", worker=300)
    journal = Journal().say(attests()).say(refuses(200), by="node2").say(failed, by="node3")
    one = course(journal)
    assert (one.attested, one.refused) == ((100,), ((200, "merkle root mismatch"),))
    assert [(each.node, each.trouble.count) for each in one.attesting] == [(300, 1)]
    assert one.unjudged((100, 200, 300, 400)) == (300, 400)
    assert course(journal.say(attests(300), by="node3")).attesting == ()


def test_verdict_that_was_not_written_is_none() -> None:
    """workers/attestation.go:203: behind an error the node's verdict does not count, and the report is not attested."""
    one = course(Journal().say(attests(), of(AttestingFailed, "deadlock")))
    assert (one.stage, one.attested, len(one.attesting)) == (Stage.CREATED, (), 1)


def test_failing_submission_and_settlement() -> None:
    """§2.6, submit failing and settle failing: by node."""
    journal = Journal().say(of(SubmittingFailed, "NodeIdsLengthMismatch"), of(SettlingFailed, "report index is nil"))
    one = course(journal)
    assert [each.trouble.text for each in (*one.submitting, *one.settling)] == [
        "NodeIdsLengthMismatch",
        "report index is nil",
    ]


@pytest.mark.parametrize("taken", ["a", "b"])
def test_superseded(taken: str) -> None:
    """§2.4: a report must start where the last one ended, so whatever starts before what the chain has is superseded."""
    ranges = {"a": (0, 9), "b": (0, 12)}
    journal = Journal().say(made(report="a"), made(report="b", covers=(0, 12)), on_chain(ranges[taken]))
    found = courses(journal)
    assert {name: one.stage for name, one in found.items()} == {
        name: Stage.SUBMITTED if name == taken else Stage.REJECTED for name in "ab"
    }
    lost = found["b" if taken == "a" else "a"]
    assert (lost.why, lost.since) == (SUPERSEDED, line(journal, 3))


def test_report_behind_the_chain_is_not_superseded() -> None:
    """§2.4: what starts where the chain ends is next."""
    assert courses(Journal().say(on_chain(A), made(report="b", covers=B)))["b"].stage is Stage.CREATED


def test_given_up_by_all() -> None:
    """§2.2: a report is over where the databases of all that count have given it up; at INFO that is never seen, and then it is not."""
    journal = Journal()
    for node, number in list(NODES.items())[:3]:
        assert not journal.seq or course(journal, THREE).stage is Stage.CREATED
        journal.say(of(SubmittingFailed, "x", worker=number), ReportExpired(number, 100, "a"), by=node)
    one = course(journal, THREE)
    assert (one.stage, one.why, one.given_up, one.since) == (
        Stage.REJECTED,
        GIVEN_UP,
        (100, 200, 300),
        line(journal, 6, "node3"),
    )
    assert course(journal).stage is Stage.CREATED
    assert course(journal, Active((100, 200, 300), Basis.INVENTORY, ("node4",))).stage is Stage.CREATED


def test_given_up_by_who_never_named_it() -> None:
    """§8 D: the expiry line has no range; it counts for a node that said nothing else of the report."""
    journal = Journal().say(made()).say(ReportExpired(200, 100, "a"), by="node2")
    assert course(journal).given_up == (200,)


def test_rejected_by_one_submitter() -> None:
    """§2.2: one node's database is not the network; the report is pending while others have it."""
    one = course(Journal().say(made(), of(SubmissionRejected)).say(attests(200), by="node2"), THREE)
    assert (one.stage, one.given_up) == (Stage.ATTESTED, (100,))


# --- two ids of one range ----------------------------------------------------------------------------


def split(journal: Journal) -> dict[str, Stage]:
    """Stages by id."""
    return {name: one.stage for name, one in courses(journal, THREE).items()}


def test_split_and_one_was_attested() -> None:
    """#1818: nodes that count differently make two reports of one range. The chain's line names none: it is the one that enough have attested."""
    journal = Journal().say(made(report="a"), attests(report="a"))
    journal.say(made(200, report="b"), attests(200, report="b"), by="node2").say(attests(300, report="b"), by="node3")
    assert split(journal) == {"a": Stage.ATTESTED, "b": Stage.ATTESTED}
    journal.say(on_chain(known=None), by="watcher")
    assert split(journal) == {"a": Stage.REJECTED, "b": Stage.SUBMITTED}
    assert courses(journal, THREE)["a"].why == SUPERSEDED
    journal.say(settled_at(0), by="watcher")
    assert split(journal) == {"a": Stage.REJECTED, "b": Stage.SETTLED}


def test_split_and_one_was_named() -> None:
    """R16: a worker that names the report it has submitted tells more than attestations do."""
    journal = Journal().say(attests(report="a")).say(attests(200, report="a"), by="node2")
    journal.say(of(ReportSubmitted, worker=300, report="b"), by="node3").say(on_chain(known=None), by="watcher")
    assert split(journal) == {"a": Stage.REJECTED, "b": Stage.SUBMITTED}


def test_split_where_each_node_names_its_own() -> None:
    """§2.2: each node's indexer moves the one report that the node has spoken of; the chain has one of them all the same."""
    journal = Journal().say(made(report="a"), on_chain())
    journal.say(made(200, report="b"), attests(200, report="b"), on_chain(), by="node2")
    assert split(journal) == {"a": Stage.REJECTED, "b": Stage.SUBMITTED}


def test_split_and_one_was_settled() -> None:
    """R16: the worker that settles a report has its id from the chain, though an indexer moved it by its range before."""
    journal = Journal().say(made(report="a"), on_chain(), of(ReportSettled))
    journal.say(attests(200, report="b"), by="node2").say(attests(300, report="b"), by="node3")
    assert split(journal) == {"a": Stage.SETTLED, "b": Stage.REJECTED}


def test_split_that_nobody_judged() -> None:
    """R15: with nothing to tell them apart the chain has taken the one that was made first: the place is taken, and nothing there is stuck."""
    journal = Journal().say(made(report="b")).say(made(200, report="a"), by="node2").say(on_chain(known=None), by="w")
    assert split(journal) == {"a": Stage.REJECTED, "b": Stage.SUBMITTED}


# --- the chain ---------------------------------------------------------------------------------------


def places(journal: Journal) -> list[tuple[int, int, int | None]]:
    """Ranges of the chain with their indices."""
    return [(one.start, one.end, one.place) for one in chain_of(originator(journal)).ranges]


def test_chain_without_reports() -> None:
    """R15: reports that were made before our logs begin are on the chain, and none of them is a course."""
    journal = Journal().say(on_chain(A), on_chain(B)).say(on_chain(A, known=None), by="watcher")
    assert places(journal) == [(0, 9, 0), (9, 20, 1)]
    assert courses(journal) == {}
    chain = chain_of(originator(journal))
    assert (chain.end, gaps_of(chain)) == (20, ())
    one = chain.at(*A)
    assert one is not None
    assert (one.submitted, one.remaining, one.settled) == (line(journal, 1), None, None)
    assert chain.at(0, 20) is None
    assert ChainOf(()).end is None


def test_indices_run_from_the_beginning() -> None:
    """§2.4: a report starts where the last one ended, so places follow from the first; behind a gap they are not known."""
    journal = Journal().say(on_chain(A), on_chain(B), on_chain((25, 30)), on_chain((30, 31)))
    assert places(journal) == [(0, 9, 0), (9, 20, 1), (25, 30, None), (30, 31, None)]
    assert [(one.end, other.start) for one, other in gaps_of(chain_of(originator(journal)))] == [(20, 25)]


def test_indices_run_from_a_transaction() -> None:
    """§8 E: a transaction that names an index anchors its neighbours, before and behind."""
    journal = Journal().say(on_chain((5, 9)), on_chain(B), on_chain((20, 30)), on_chain((40, 41)))
    assert [place for *_range, place in places(journal)] == [None] * 4
    journal.say(SettlementTransacted(100, 7, 2), of(SettlementProgressed, 2, 1, covers=B))
    assert places(journal) == [(5, 9, 6), (9, 20, 7), (20, 30, 8), (40, 41, None)]


def test_settled_by_an_index_that_is_not_known() -> None:
    """R15: what was settled at an index settles no range while no line tells which one that is."""
    journal = Journal().say(made(covers=B), on_chain(B), settled_at(1))
    assert (course(journal).stage, course(journal).remaining) == (Stage.SUBMITTED, None)
    assert course(journal.say(on_chain(A))).stage is Stage.SETTLED


def test_settled_alone() -> None:
    """R15: an index without any range, in a log that begins in the middle, is nothing but kept."""
    journal = Journal().say(settled_at(3))
    assert (places(journal), courses(journal)) == ([], {})
    late = Journal().say(of(ReportSettled))
    assert (course(late).stage, course(late).since, course(late).makers) == (Stage.SETTLED, line(late, 1), ())
    assert places(late) == [(0, 9, 0)]


def test_settlement_that_goes_on() -> None:
    """§2.6, settlement partial: what is left is the least that anybody saw, so that it goes down and never up."""
    journal = Journal().say(made(), on_chain())
    left = []
    for remaining, by in ((7, "node1"), (4, "node2"), (5, "node1"), (4, "node1")):
        left.append(course(journal.say(settled_at(0, remaining), by=by)).remaining)
    assert left == [7, 4, 4, 4]
    journal.say(of(SettlementProgressed, 2, 2))
    assert (course(journal).stage, course(journal).remaining) == (Stage.SUBMITTED, 2)
    assert course(journal.say(of(ReportSettled))).remaining == 0


def test_chain_is_the_same_for_all() -> None:
    """R16: whichever node's indexer speaks, and how often, the earliest line of a range is that of the chain."""
    journal = Journal().say(on_chain(), by="node3").say(on_chain()).say(on_chain(), by="node3")
    one = chain_of(originator(journal)).at(*A)
    assert one is not None
    assert one.submitted == line(journal, 1, "node3")


def test_report_that_another_one_begins_behind_is_on_the_chain() -> None:
    """Catalogue §2.3: a report starts where the last one ended that its maker has as submitted, and is attested only by who
    has that one too, so that it shows what no line said.
    """
    journal = Journal().say(made(report="a"), attests(report="a"))
    assert course(journal).stage is Stage.ATTESTED
    journal.say(made(report="b", covers=(A[1], A[1] + 5)), by="node2")
    assert (course(journal).stage, course(journal).since) == (Stage.SUBMITTED, line(journal, 3, "node2"))
    assert courses(journal)["b"].stage is Stage.CREATED


# --- boundaries --------------------------------------------------------------------------------------


def boundary(journal: Journal, active: Active | None = None) -> Boundary:
    """The only one."""
    (one,) = boundaries_of(courses_of(100, originator(journal), active))
    return one


def test_boundary_outlives_its_reports() -> None:
    """R26 and #1810: successive reports of one start are one thing that is stuck, since the first of them."""
    journal = Journal().say(made(report="a"), attests(report="a"), made(report="b", covers=(0, 12)))
    one = boundary(journal)
    assert (one.start, one.since, one.best.id, [each.id for each in one.courses]) == (
        0,
        line(journal, 1),
        "b",
        ["a", "b"],
    )
    assert one.open
    journal.say(attests(200, report="b", covers=(0, 12)), attests(300, report="b", covers=(0, 12)), by="node2")
    assert (boundary(journal).best.id, boundary(journal).since) == ("b", line(journal, 1))


def test_latest_of_equals_is_best() -> None:
    """R26: of reports that have come equally far the latest is the one that may still get on."""
    assert boundary(Journal().say(made(report="b"), made(report="a", covers=(0, 12)))).best.id == "a"


def test_boundary_is_open_until_the_chain_has_settled() -> None:
    """R26: submitted is not the end; settled is, and so is a chain that has gone on elsewhere."""
    journal = Journal().say(made(), of(ReportSubmitted))
    assert boundary(journal).open
    assert not boundary(journal.say(of(ReportSettled))).open
    passed = Journal().say(made(covers=(3, 9)), on_chain(A))
    assert (boundary(passed).best.why, boundary(passed).open) == (SUPERSEDED, False)


def test_boundary_stays_open_between_two_reports() -> None:
    """#1810, conflict loop: a report that all have given up is followed by another one; in between the place is as stuck as before."""
    only = Active((100,), Basis.INDEXER)
    journal = Journal().say(made(), ReportExpired(100, 100, "a"))
    one = boundary(journal, only)
    assert (one.best.stage, one.open) == (Stage.REJECTED, True)
    journal.say(made(report="b", covers=(0, 12)))
    assert (boundary(journal, only).best.id, boundary(journal, only).since) == ("b", one.since)


def test_boundaries_by_start() -> None:
    """R26: what starts elsewhere is another one."""
    journal = Journal().say(made(report="b", covers=B), made(report="a"))
    assert [one.start for one in boundaries_of(courses_of(100, originator(journal)))] == [0, 9]
    assert boundaries_of(()) == ()


def test_nothing_is_read_off_nothing() -> None:
    """R15: an originator of whom nothing was said has no report and no chain."""
    journal = Journal().say(ReportExpired(100, 100, "a"))
    assert (courses(journal), places(journal)) == ({}, [])
    assert active_nodes(NetworkState(), []) is None


@given(
    history=st.lists(st.tuples(REPORT_EVENTS | EVENTS, st.sampled_from(["node1", "node2", "watcher"])), max_size=40),
    active=st.sampled_from([None, THREE, Active((100,), Basis.SEEN)]),
)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_whatever_was_said_can_be_read(history: list[tuple[Event, str]], active: Active | None) -> None:
    """Law: from any history every view answers; the chain has at most one report of a range, and only what was never taken is pending."""
    journal = Journal()
    for event, by in history:
        journal.say(event, by=by)
    active_nodes(journal.state, ["node1", "node9"])
    for number, mine in journal.state.reports.items():
        chain = chain_of(mine)
        gaps_of(chain)
        found = courses_of(number, mine, active)
        assert {one.id for one in found} == set(mine.reports)
        there = [(one.start, one.end) for one in found if one.stage in (Stage.SUBMITTED, Stage.SETTLED)]
        assert len(there) == len(set(there))
        assert all(chain.at(*covers) is not None for covers in there)
        assert not any(one.pending and chain.at(one.start, one.end) is not None for one in found)
        for one in boundaries_of(found):
            assert one.best in one.courses
            assert one.since == min((each.created for each in one.courses), key=lambda line: (line.at, line.seq))
