"""Payer reports in formulas: what is so, what is not, and what cannot be told (R23)."""

from __future__ import annotations

from typing import Any

import pytest

from state.events import Event, ProcessCrashed, ProcessReady, ProcessStarted, ProcessStopped
from state.report_events import (
    ChainReportSettled,
    ChainReportSubmitted,
    GenerationSkipped,
    OfReport,
    ReportExpired,
    ReportGenerated,
    ReportJudged,
    ReportSettled,
    ReportSubmitted,
    SettlementProgressed,
    Skipped,
    SubmittingFailed,
)
from state.sync_events import NodeIdStated, StreamAttempted, StreamEnded
from tests.waits.builders import Run
from waits import library
from waits.functions import FUNCTIONS
from waits.library.ages import NEVER
from waits.sight import Attachment

assert library
S = 10**9
START = ProcessStarted("xmtpd", "1.3.0")
AT = "100:80"


def name(number: int) -> str:
    """Of a node."""
    return f"n{number}"


class Net:
    """Nodes that are up at 1 s, each with its id, the first of which makes a report at 10 s."""

    def __init__(self, count: int = 4, *, unknown: tuple[int, ...] = (), made: bool = True) -> None:
        """Of the nodes in `unknown` no line tells what they do, nor their id but by what others know."""
        self.numbers = [100 * place for place in range(1, count + 1)]
        self.run = Run(*[name(one) for one in self.numbers], roster=[name(one) for one in self.numbers]).at(1)
        for number in self.numbers:
            said = [START, ProcessReady()] if number in unknown else [START, NodeIdStated(number), ProcessReady()]
            self.run.says(name(number), *said)
        self.run.at(10)
        if made:
            self.says(100, self.of(ReportGenerated, 100))

    def of(self, kind: type[OfReport], number: int, *rest: Any, report: str = "aa", through: int = 90) -> OfReport:
        """A line of a node about a report from 80 on."""
        return kind(number, report, 100, 80, through, *rest)

    def says(self, number: int, *events: Event) -> Net:
        """A node says something."""
        self.run.says(name(number), *events)
        return self

    def attest(self, *numbers: int, valid: bool = True, report: str = "aa") -> Net:
        """Nodes judge the report; `bb` goes further than `aa`."""
        through = 140 if report == "bb" else 90
        for number in numbers:
            self.says(number, self.of(ReportJudged, number, valid, "as it is", report=report, through=through))
        return self

    def refuse(self, *numbers: int, report: str = "aa") -> Net:
        """Nodes refuse it."""
        return self.attest(*numbers, valid=False, report=report)

    def deaf(self, *numbers: int) -> Net:
        """Logs end without a stop."""
        for number in numbers:
            self.run.source(name(number), Attachment.ENDED)
        return self

    def ask(self, function: str, *arguments: Any) -> Any:
        """A value as it is now."""
        return self.run.engine.graph.asked(FUNCTIONS[function], arguments or (AT,))


# --- quorate -----------------------------------------------------------------------------------------

Truth = bool | None
QUORATE: list[tuple[int, list[int], list[int], list[int], Truth]] = [
    # of how many, attested, refused, not heard: whether there is a quorum
    (3, [100], [], [], False),
    (3, [100, 200], [], [], True),
    (4, [100, 200], [], [], False),
    (4, [100, 200, 300], [], [], True),
    (5, [100, 200], [], [], False),
    (5, [100, 200, 300], [], [], True),
    (7, [100, 200, 300], [], [], False),
    (7, [100, 200, 300, 400], [], [], True),
    # Who is not heard may have attested,
    (4, [100, 200], [], [400], None),
    (4, [100], [], [200, 300, 400], None),
    # unless it has judged before,
    (4, [100, 200], [], [100, 200], False),
    (4, [100, 200], [400], [400], False),
    # or a quorum is there without it, or cannot come whatever it did.
    (4, [100, 200, 300], [], [400], True),
    (4, [100], [200, 300], [400], False),
    (3, [100], [200, 300], [100, 200, 300], False),
]


@pytest.mark.parametrize(("count", "attested", "refused", "deaf", "expected"), QUORATE)
def test_a_quorum_is_there_is_not_or_cannot_be_told(
    count: int, attested: list[int], refused: list[int], deaf: list[int], expected: Truth
) -> None:
    """Half of those who count and one more; and whoever is not heard may have attested (R23)."""
    net = Net(count).attest(*attested).refuse(*refused).deaf(*deaf)
    assert net.ask("quorate") is expected
    assert net.ask("quorum") == count // 2 + 1


@pytest.mark.parametrize("end", [ProcessStopped(), ProcessCrashed("out of disk")])
def test_a_node_that_stated_its_end_has_not_attested(end: Event) -> None:
    """R23: its log may end behind that."""
    net = Net(3).says(200, end).says(300, end).deaf(200, 300)
    assert net.ask("quorate") is False
    assert net.ask("awaited") is True


def test_a_node_whose_log_shows_nothing_of_reports_may_have_attested() -> None:
    """R23: a level that hides them hides attestations too."""
    assert Net(3, unknown=(300,)).attest(100).ask("quorate") is None
    restarted = Net(3).attest(100).says(200, START, ProcessReady())
    assert restarted.ask("quorate") is None
    assert restarted.says(200, NodeIdStated(200)).ask("quorate") is False


def test_what_the_chain_took_had_its_quorum() -> None:
    """Whoever was heard."""
    net = Net(4).says(200, net_submitted(200)).deaf(300, 400)
    assert net.ask("quorate") is True
    assert net.ask("awaited") is False


def net_submitted(number: int, report: str = "aa", through: int = 90) -> ReportSubmitted:
    """A node's submitter took it to the chain."""
    return ReportSubmitted(number, report, 100, 80, through)


# --- awaited and unsettled ---------------------------------------------------------------------------


def test_nothing_is_known_of_a_report_that_no_line_speaks_of() -> None:
    """R23: that nobody awaits it is not told by silence."""
    net = Net(3, made=False)
    assert [net.ask(one) for one in ("awaited", "unsettled", "quorate", "stage", "counted")] == [None] * 5


def test_a_report_with_a_quorum_is_awaited_while_all_are_heard() -> None:
    """Whoever is not heard may have submitted it; without a quorum nobody can have."""
    net = Net(4).attest(100, 200, 300)
    assert net.ask("awaited") is True
    assert net.deaf(400).ask("awaited") is None
    assert Net(4).attest(100, 200).refuse(300).deaf(400).ask("awaited") is None
    assert Net(4).attest(100, 200).refuse(300, 400).deaf(400).ask("awaited") is True


def test_a_place_whose_report_all_have_given_up_is_still_awaited() -> None:
    """R26: what is stuck there is stuck until the chain takes a report from that start."""
    net = Net(3).attest(100)
    net.run.at(100)
    for number in net.numbers:
        net.says(number, ReportExpired(number, 100, "aa"))
    assert (net.ask("stage"), net.ask("awaited")) == ("rejected", True)
    net.run.at(200)
    net.says(100, net.of(ReportGenerated, 100, report="bb", through=140)).attest(100, report="bb")
    assert (net.ask("stage"), net.ask("awaited"), net.ask("last_sequence")) == ("attested", True, 140)
    assert net.ask("awaited_for") == 10 * S
    assert net.ask("made_for") == 200 * S
    net.says(200, net_submitted(200, "bb", 140))
    assert net.ask("awaited") is False


def test_a_report_on_the_chain_is_unsettled_while_anybody_is_heard() -> None:
    """Every indexer would tell of the settlement; where none is heard it may be settled."""
    net = Net(3).attest(100, 200).says(100, net_submitted(100))
    assert net.ask("unsettled") is True
    assert net.deaf(100, 200).ask("unsettled") is True
    assert net.deaf(300).ask("unsettled") is None


def test_a_settlement_that_names_no_report_makes_it_unknown() -> None:
    """The chain settles by index, and which report has that index is told by few lines."""
    net = Net(3).attest(100, 200).says(100, net_submitted(100))
    net.run.at(20)
    assert net.says(200, ChainReportSettled(100, 6, 5, 0, "7")).ask("unsettled") is None
    assert net.says(300, net.of(ReportSettled, 300)).ask("unsettled") is False


def test_a_part_is_settled_where_leaves_are_left() -> None:
    """Until then nothing is settled in part, and how many leaves there are is not told."""
    net = Net(3).attest(100, 200).says(100, net_submitted(100))
    assert (net.ask("settled_in_part"), net.ask("remaining")) == (False, None)
    net.says(100, net.of(SettlementProgressed, 100, 5, 100))
    assert (net.ask("settled_in_part"), net.ask("remaining")) == (True, 5)
    net.says(200, net.of(ReportSettled, 200))
    assert (net.ask("settled_in_part"), net.ask("remaining")) == (False, 0)


# --- since when --------------------------------------------------------------------------------------


def test_a_quorum_is_there_since_the_last_that_was_needed() -> None:
    """Not since the latest attestation; and never where it is not there."""
    net = Net(4)
    for at, number in ((20, 100), (30, 200), (40, 300), (50, 400)):
        assert net.ask("quorate_for") == NEVER or number == 400
        net.run.at(at)
        net.attest(number)
    assert net.ask("quorate_for") == 40 * S


def test_what_follows_a_report_with_a_quorum_waits_for_its_own() -> None:
    """What follows one without has waited since that was made: it is the same quorum that does not come."""
    net = Net(3).attest(100)
    net.run.at(100)
    net.says(100, net.of(ReportGenerated, 100, report="bb", through=140))
    assert net.ask("short_for") == 10 * S
    net.attest(200)
    assert net.ask("short_for") == 100 * S


def test_a_node_is_late_since_the_report_was_made_or_it_came_up() -> None:
    """A node that is down is not late; one that has judged it neither way is."""
    net = Net(3).attest(100)
    assert (net.ask("unjudged_for"), net.ask("late_attesters")) == (10 * S, 2)
    net.run.at(20)
    net.says(200, ProcessStopped()).refuse(300)
    assert (net.ask("unjudged_for"), net.ask("late_attesters")) == (NEVER, 0)
    net.run.at(50)
    net.says(200, START, NodeIdStated(200), ProcessReady())
    assert (net.ask("unjudged_for"), net.ask("late_attesters")) == (50 * S, 1)
    assert net.deaf(200).ask("late_attesters") == 0


# --- what is wrong -----------------------------------------------------------------------------------


def test_a_report_that_nobody_can_fetch_has_not_got_out() -> None:
    """As long as nobody but its maker has it, and each reader of the maker has lost it; or none has tried again since."""
    net = Net(3).attest(100)
    assert net.ask("out_for") == 10 * S
    for number in (200, 300):
        net.says(number, StreamAttempted(100, "http://a"))
    net.says(200, StreamEnded(100, "http://a", "reset"))
    assert net.ask("out_for") == 10 * S
    net.says(300, StreamEnded(100, "http://a", "reset"))
    assert net.ask("out_for") == NEVER
    net.run.at(40)
    assert net.says(300, StreamAttempted(100, "http://a")).ask("out_for") == 40 * S
    net.says(300, StreamEnded(100, "http://a", "reset"))
    assert net.attest(200).ask("out_for") == 10 * S


def test_reports_in_conflict_are_those_that_only_their_maker_attests() -> None:
    """#1810: refused by another one, and attested by no other."""
    net = Net(4).attest(100).refuse(200)
    assert (net.ask("conflicts"), net.ask("split")) == (1, True)
    assert net.attest(300).ask("conflicts") == 0
    net.says(100, net.of(ReportGenerated, 100, report="bb", through=140)).refuse(100, report="bb")
    assert net.ask("conflicts") == 0
    assert net.refuse(200, report="bb").ask("conflicts") == 1


def test_counts_are_unknown_while_nobody_is_heard() -> None:
    """R23: they may have grown."""
    net = Net(3).attest(100)
    net.says(100, net.of(SubmittingFailed, 100, "reverted"))
    net.says(
        200, GenerationSkipped(100, Skipped.PENDING, 200, 80, 1), GenerationSkipped(100, Skipped.PENDING, 200, 80, 1)
    )
    counts = ("submit_failures", "settle_failures", "blocked_rounds")
    assert [net.ask(one) for one in counts] == [1, 0, 2]
    assert [net.deaf(100, 200).ask(one) for one in counts] == [1, 0, 2]
    assert [net.deaf(300).ask(one) for one in counts] == [None] * 3
    assert net.ask("generation_failures", "100") is None


def test_a_round_that_finds_another_place_pending_blocks_that() -> None:
    """Rounds count at one boundary."""
    net = Net(3).says(200, GenerationSkipped(100, Skipped.PENDING, 200, 90, 1))
    assert net.ask("blocked_rounds") == 0


# --- what the chain says -----------------------------------------------------------------------------


def _taken(net: Net, node: str, *ranges: tuple[int, int], signers: int | None = None) -> Net:
    for start, end in ranges:
        net.run.says(node, ChainReportSubmitted(100, start, end, (100,), "", None, signers))
    return net


def test_gaps_are_told_by_chain_watcher_alone() -> None:
    """No node tells at INFO of every report that the chain took; yet what it tells fills a gap."""
    net = _taken(Net(1, made=False), "n100", (0, 5), (9, 12))
    assert net.ask("chain_gaps", "100") is None
    net.run.source("chain-watcher", Attachment.ATTACHED)
    _taken(net, "chain-watcher", (0, 5), (9, 12), signers=1)
    assert (net.ask("chain_gaps", "100"), net.ask("chain_gap", "100")) == (1, "0..5 is followed by 9..12")
    _taken(net, "n100", (5, 9))
    assert (net.ask("chain_gaps", "100"), net.ask("chain_gap", "100")) == (0, "there is no gap")
    net.run.source("chain-watcher", Attachment.ENDED)
    assert net.ask("chain_gaps", "100") is None


def test_ranges_that_overlap_are_a_gap_too() -> None:
    """What two reports cover is paid twice."""
    net = Net(1, made=False)
    net.run.source("chain-watcher", Attachment.ATTACHED)
    assert _taken(net, "chain-watcher", (0, 5), (4, 12), signers=1).ask("chain_gaps", "100") == 1


def test_an_indexer_misses_only_what_came_while_it_could_have_told() -> None:
    """What was settled before its process started it may have told where nobody read it."""
    net = Net(3, made=False)
    net.says(100, ChainReportSettled(100, 3, 5, 0, "7"))
    assert net.ask("missed_settlement_for", "n200") == 10 * S
    assert net.ask("missed_settlement_for", "n100") == NEVER
    net.run.at(20)
    net.says(200, ChainReportSettled(100, 3, 5, 0, "7"))
    assert net.ask("missed_settlement_for", "n200") == NEVER
    net.says(300, START, ProcessReady())
    assert net.ask("missed_settlement_for", "n300") is None
    assert net.says(300, NodeIdStated(300)).ask("missed_settlement_for", "n300") == NEVER
    assert net.deaf(300).ask("missed_settlement_for", "n300") is None


def test_a_watcher_misses_no_settlement() -> None:
    """It has no indexer."""
    net = Net(3, made=False)
    net.run.says("network-watcher", ProcessStarted("network-watcher"))
    net.says(100, ChainReportSettled(100, 3, 5, 0, "7"))
    net.run.source("network-watcher", Attachment.ATTACHED)
    assert net.ask("missed_settlement_for", "network-watcher") == NEVER
