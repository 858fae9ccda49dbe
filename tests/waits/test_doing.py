"""What a node is doing, in words, by what the logs show of it."""

from __future__ import annotations

from state.events import Event, ProcessCrashed, ProcessReady, ProcessStarted, ProcessStopped
from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    ReportExpired,
    ReportGenerated,
    ReportJudged,
    ReservedEnvelopeFound,
)
from state.report_views import (
    Course,
    courses_of,
)
from state.sync_events import NodeIdStated, SinkFailed, StreamAttempted, StreamFailed
from tests.state.journal import Journal, S
from tests.waits.builders import Written
from waits.functions import View
from waits.library.doing import Doing, doing, heard, told
from waits.sight import Attachment, Ear, Ears

REPORT = "7a" * 32
START = ProcessStarted("xmtpd", "1.0.0", "")
NUMBERS = {"node-100": 100, "node-200": 200, "node-300": 300}


class Net:
    """Three nodes; each has one source, whose last line is that of its last event."""

    def __init__(self, *logged: str) -> None:
        """The first node makes a report behind its start."""
        self.journal = Journal()
        self.written = Written()
        self.ears = Ears()
        for number, name in enumerate(logged or tuple(NUMBERS), 1):
            self.ears.put(Ear(number, name, primary=True, attachment=Attachment.ATTACHED, since=1))
        for name in logged or tuple(NUMBERS):
            self.say(name, START, NodeIdStated(NUMBERS[name]), ProcessReady())
        self.say("node-100", ReportGenerated(100, REPORT, 100, 0, 80))

    def say(self, name: str, *events: Event, after: int = S) -> Net:
        """A node says something, a second later unless said."""
        for event in events:
            self.journal.say(event, by=name, after=after)
            self.line(name)
        return self

    def line(self, name: str, after: int = 0) -> Net:
        """A node writes a line that says nothing."""
        self.journal.now += after
        ears = self.ears.of(name)
        if ears:
            self.written.line(ears[0].number, self.journal.seq, self.journal.now)
        return self

    def ends(self, name: str, attachment: Attachment = Attachment.ENDED) -> Net:
        """A node's log ends, or is lost."""
        ear = self.ears.of(name)[0]
        self.ears.put(Ear(ear.number, name, primary=True, attachment=attachment, since=self.journal.now))
        return self

    @property
    def view(self) -> View:
        """As it stands."""
        return View(self.journal.state, self.ears, self.written, self.journal.now, self.journal.seq)

    @property
    def course(self) -> Course:
        """The report, as it stands."""
        return courses_of(100, self.journal.state.reports[100])[0]

    def of(self, number: int, *, about: bool = True) -> str:
        """What a node is doing."""
        return doing(self.view, number, self.course if about else None)


def test_a_node_that_has_attested_says_when() -> None:
    """A verdict stands, whatever has become of its node since."""
    net = Net().say("node-200", ReportJudged(200, REPORT, 100, 0, 80, True, "valid report"))
    assert net.of(200) == "attested 00:00:11"
    assert net.say("node-200", ProcessStopped()).of(200) == "attested 00:00:11"


def test_a_node_that_refused_says_why() -> None:
    """The reason is that of its line."""
    net = Net().say("node-200", ReportJudged(200, REPORT, 100, 0, 80, False, "merkle root mismatch"))
    assert net.of(200) == "refused 00:00:11: merkle root mismatch"


def test_a_stopped_node_was_stopped_in_order() -> None:
    """It is no silence, however long it lasts."""
    net = Net().say("node-200", ProcessStopped()).line("node-100", 600 * S)
    assert net.of(200) == "stopped in order 00:00:11"


def test_a_crashed_node_says_what_it_died_of() -> None:
    """What it said is cut where it is long."""
    net = Net().say("node-200", ProcessCrashed("no space left"))
    assert net.of(200) == "crashed 00:00:11: no space left"
    assert len(Net().say("node-200", ProcessCrashed("x" * 9000)).of(200)) < 200


def test_a_silent_node_is_silent_for_so_long() -> None:
    """Whether it lives is not known by that."""
    net = Net().line("node-100", 720 * S)
    assert net.of(200) == "silent for 12m04s"


def test_a_silent_node_that_every_peer_lost_is_gone() -> None:
    """Peers whose streams fail are witnesses."""
    net = Net().say("node-100", StreamAttempted(200, "http://b"), StreamFailed("http://b", "refused", 200))
    net.line("node-100", 720 * S)
    assert told(net.view, 200, net.course).doing is Doing.GONE
    assert net.of(200) == "silent for 12m06s; every peer lost it, since 00:00:12"


def test_who_is_silent_is_no_witness() -> None:
    """The last word of a node that writes no more says nothing of the streams of now."""
    net = Net().say("node-300", StreamAttempted(200, "http://b"))
    net.say("node-100", StreamAttempted(200, "http://b"), StreamFailed("http://b", "refused", 200))
    assert net.line("node-100", 20 * S).of(200).startswith("heard")
    assert net.line("node-100", 700 * S).of(200).endswith("; every peer lost it, since 00:00:13")
    net.line("node-300")
    assert net.of(200).endswith("; 1 of 2 peers cannot reach it")


def test_a_node_without_a_log_is_not_heard() -> None:
    """What it does is unknown: it may have attested."""
    net = Net("node-100", "node-300")
    assert net.of(200) == "not heard: no log of it"
    assert not heard(net.view, 200)
    assert heard(net.view, 300)


def test_a_node_whose_log_ends_is_not_heard() -> None:
    """A log that ends without a stop is not a node that is down."""
    net = Net().ends("node-200").line("node-100", 600 * S)
    assert net.of(200) == "not heard: its log ends 00:00:10 without a stop statement"


def test_a_log_that_ends_with_all_others_is_read() -> None:
    """So ends every recording."""
    assert Net().ends("node-200").of(200) == "heard, no word of it yet"


def test_a_lost_log_is_not_heard() -> None:
    """However short a time ago."""
    assert Net().ends("node-200", Attachment.LOST).of(200) == "not heard: its log was lost 00:00:10"


def test_a_node_that_cannot_judge_says_its_error() -> None:
    """How often, and when last."""
    error = AttestingFailed(200, REPORT, 100, 0, 80, "expected 1 previous report, got 0")
    net = Net().say("node-200", error, error)
    assert net.of(200) == "cannot judge it: 2 x expected 1 previous report, got 0, last 00:00:12"


def test_a_node_that_lacks_envelopes_says_how_far_it_is() -> None:
    """At DEBUG."""
    net = Net().say("node-200", AttestationWaiting(200, 100, 0, 80, 44))
    assert net.of(200) == "waits for envelopes, has 44 of 80 at 00:00:11"


def test_a_node_that_cannot_read_from_the_originator_says_so() -> None:
    """Its envelopes come from there alone."""
    net = Net().say("node-200", StreamAttempted(100, "http://a"), StreamFailed("http://a", "connection refused", 100))
    assert net.of(200) == "cannot read from node-100 since 00:00:12: connection refused"


def test_a_node_that_cannot_store_says_so_while_it_lasts() -> None:
    """Trouble from before the report is over, or would have come again."""
    net = Net().say("node-200", SinkFailed("deadlock"))
    assert net.of(200) == "cannot store envelopes: deadlock, last 00:00:11"


def test_a_node_that_gave_it_up_says_so() -> None:
    """At DEBUG."""
    net = Net().say("node-200", ReportExpired(200, 100, REPORT))
    assert net.of(200) == "gave it up as too old"


def test_a_node_with_nothing_wrong_has_no_word_yet() -> None:
    """Of envelopes that came no line says of which report they are."""
    net = Net().say("node-200", ReservedEnvelopeFound("report", 100))
    assert net.of(200) == "heard, no word of it yet"
    assert net.of(100) == "has it since 00:00:10, no verdict yet"


def test_apart_from_a_report_a_node_is_what_its_life_is() -> None:
    """The same words, without what concerns a report."""
    net = Net().say("node-300", ProcessStopped())
    assert net.of(200, about=False) == "up since 00:00:06"
    assert net.of(300, about=False) == "stopped in order 00:00:11"
    assert net.of(900, about=False) == "not heard: no log of it"
