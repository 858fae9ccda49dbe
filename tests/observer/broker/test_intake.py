"""What an intake gives of the records of a network: every line once, holes told, lost shippers lost (R1, R9, R23)."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observer.broker.intake import Intake
from observer.broker.knowing import OVERDUE_MS
from observer.broker.wire import HEADERS, JournalMark, Piece, Shipped, packed
from replay.journal import MarkKind, Role
from replay.ordering import Adjustment
from tests.observer.broker.pieces import NODE1, NODE2, SHIPPER, any_piece, kept, marks, opened, piece_of, taken

LOG = b"one\ntwo\nthree\nfour\n"
OTHER = b"another\nfile\n"
TICK = packed(Shipped(b"", [], [JournalMark(MarkKind.TICK, {})]))


def test_lines_come_with_their_incarnation_and_offset() -> None:
    """The first record of a log opens its first incarnation (R1)."""
    found = taken(Intake("net"), piece_of(LOG, marks=[opened()]))
    assert kept(found.arrived) == [(1, 0, b"one\n"), (1, 4, b"two\n"), (1, 8, b"three\n"), (1, 14, b"four\n")]
    assert marks(found.arrived) == [(MarkKind.OPENED, {"fresh": True})]
    assert found.arrived[0].incarnation.high_water == len(LOG)
    assert found.at == 1000 * 10**6


def test_what_is_sent_again_is_dropped_and_counted() -> None:
    """An entry below the high water of its incarnation is a duplicate (R1)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 8))
    again = taken(intake, piece_of(LOG, 0, 14))
    assert kept(again.arrived) == [(1, 8, b"three\n")]
    assert again.duplicates == intake.counted.duplicates == 2
    assert intake.counted.lines == 3


def test_a_record_that_is_there_already_gives_nothing() -> None:
    """Neither its lines nor the Marks that have a place among them come twice (R1)."""
    intake = Intake("net")
    gap = Adjustment(2, MarkKind.GAP, {"bytes": 4, "why": "it was cut off"})
    ended = Adjustment(4, MarkKind.ROTATED, {"incarnation": 1})
    taken(intake, piece_of(LOG, marks=[gap, ended]))
    assert taken(intake, piece_of(LOG, marks=[gap, ended])).arrived == []


def test_a_mark_at_the_high_water_is_told_once_and_one_behind_it_again() -> None:
    """A gap that a shipper found, and told before it died, is found again by its successor; a later one is another."""
    intake = Intake("net")
    gap = Adjustment(1, MarkKind.GAP, {"bytes": 4, "why": "it was cut off"})
    taken(intake, piece_of(LOG, 0, 4, marks=[gap]))
    again = taken(intake, piece_of(LOG, 4, 8, marks=[Adjustment(0, MarkKind.GAP, gap.facts)]))
    assert marks(again.arrived) == []
    later = taken(intake, piece_of(LOG, 8, 14, marks=[Adjustment(0, MarkKind.GAP, gap.facts)]))
    assert marks(later.arrived) == [(MarkKind.GAP, gap.facts)]


def test_the_rest_of_a_line_whose_beginning_is_there_is_taken() -> None:
    """A shipper left in the middle of a line, died before it had kept that, and sends the whole line (R1)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 10))
    found = taken(intake, piece_of(LOG, 4, 14))
    assert kept(found.arrived) == [(1, 10, b"ree\n")]


def test_marks_keep_their_lines_when_lines_before_them_are_dropped() -> None:
    """A Mark stands before the line that it stood before, whatever is left out."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 10))
    lag = [Adjustment(line, MarkKind.LAGGING, {"behind": line}) for line in (0, 3)]
    found = taken(intake, piece_of(LOG, marks=lag))
    assert kept(found.arrived) == [(1, 10, b"ree\n"), (1, 14, b"four\n")]
    assert [(one.line, one.facts["behind"]) for one in found.arrived[0].lines.adjustments] == [(0, 0), (1, 3)]


def test_a_hole_is_a_gap_of_its_size() -> None:
    """Bytes that were read and never arrived are missing, and it is said how many (R15)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 4))
    found = taken(intake, piece_of(LOG, 14))
    assert marks(found.arrived) == [(MarkKind.GAP, {"bytes": 10, "why": "it was read, and did not arrive"})]
    assert kept(found.arrived) == [(1, 14, b"four\n")]
    assert intake.counted.gaps == 1


def test_a_log_whose_beginning_did_not_arrive_has_a_gap_before_it() -> None:
    """Retention took the first records: what they held is missing, not unsaid."""
    found = taken(Intake("net"), piece_of(LOG, 8))
    assert marks(found.arrived) == [(MarkKind.GAP, {"bytes": 8, "why": "its beginning was read, and did not arrive"})]


def test_a_log_that_is_read_from_its_end_has_no_gap() -> None:
    """A shipper that was told to leave out what is there says where it began."""
    found = taken(Intake("net"), piece_of(LOG, 8, marks=[opened(8)]))
    assert marks(found.arrived) == [(MarkKind.OPENED, {"fresh": True})]


def test_incarnations_that_never_arrived_are_a_gap() -> None:
    """A shipper counts its files without leaving one out."""
    intake = Intake("net")
    taken(intake, piece_of(LOG))
    found = taken(intake, piece_of(OTHER, count=3, marks=[opened(count=3)]))
    assert kept(found.arrived) == [(2, 0, b"another\n"), (2, 8, b"file\n")]
    assert marks(found.arrived)[0] == (
        MarkKind.GAP,
        {"bytes": None, "why": "1 file(s) of it were read, and did not arrive"},
    )


def test_a_shipper_that_has_lost_its_cursor_sends_nothing_twice() -> None:
    """Another shipper counts anew; the file is known by its beginning, which has grown since (R1)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG[:4]))
    found = taken(intake, piece_of(LOG, marks=[opened()]), shipper=b"shipper2")
    assert kept(found.arrived) == [(1, 4, b"two\n"), (1, 8, b"three\n"), (1, 14, b"four\n")]
    assert marks(found.arrived) == [(MarkKind.OPENED, {"fresh": False})]
    more = taken(intake, piece_of(LOG + b"five\n", len(LOG)), shipper=b"shipper2")
    assert kept(more.arrived) == [(1, 19, b"five\n")]


def test_a_file_of_another_shipper_that_begins_otherwise_is_another_file() -> None:
    """Its count is 1 again, and means nothing."""
    intake = Intake("net")
    taken(intake, piece_of(LOG))
    found = taken(intake, piece_of(OTHER), shipper=b"shipper2")
    assert kept(found.arrived) == [(2, 0, b"another\n"), (2, 8, b"file\n")]


def test_two_files_that_begin_alike_are_two_where_their_shipper_says_so() -> None:
    """A banner without a time stands at the beginning of every file of a log."""
    intake = Intake("net")
    taken(intake, piece_of(b"banner\n"))
    found = taken(intake, piece_of(b"banner\n", count=2))
    assert kept(found.arrived) == [(2, 0, b"banner\n")]


def test_a_log_that_grows_is_known_by_more_of_its_beginning() -> None:
    """What another shipper says of it later is compared with all that is known (R1)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG[:4]))
    grown = taken(intake, piece_of(LOG, 4))
    assert grown.arrived[0].incarnation.head_length == len(LOG)
    found = taken(intake, piece_of(LOG), shipper=b"shipper2")
    assert found.arrived == []


def test_records_of_another_network_are_none_of_ours() -> None:
    """A partition holds several networks; each is the subsequence of its key (R9)."""
    record = packed(Shipped(SHIPPER, [piece_of(LOG)], []))
    intake = Intake("net")
    assert intake.take(record, b"another", 1, HEADERS) is None
    assert intake.take(record, None, 1, HEADERS) is None
    assert intake.counted.records == 0


def test_a_record_that_cannot_be_read_is_counted_and_passed_over() -> None:
    """Its reason is said, and the next record is taken."""
    intake = Intake("net")
    found = intake.take(b"nso" + bytes(30), b"net", 5, HEADERS)
    assert found is not None
    assert (found.arrived, found.unreadable) == (
        [],
        "it is of version 0, and this program reads 1; use the same version everywhere",
    )
    assert intake.counted.unreadable == 1
    assert kept(taken(intake, piece_of(LOG, 0, 4)).arrived) == [(1, 0, b"one\n")]


def test_a_header_of_ours_on_something_else_is_no_line() -> None:
    """Whoever says to be a shipper of ours is read as one."""
    found = Intake("net").take(b"hello", b"net", 5, HEADERS)
    assert found is not None
    assert found.unreadable == "it is no record of this program"


def test_time_never_goes_back() -> None:
    """A broker's clock may be set; journal time is never decreasing (R9)."""
    intake = Intake("net")
    assert [taken(intake, at_ms=at).at for at in (5000, 4000, 6000)] == [5000 * 10**6, 5000 * 10**6, 6000 * 10**6]


def test_a_tick_is_of_no_source() -> None:
    """Who judges says that time has passed (R9)."""
    found = Intake("net").take(TICK, b"net", 7, HEADERS)
    assert found is not None
    assert (found.marks, found.arrived, found.at) == ([JournalMark(MarkKind.TICK, {})], [], 7 * 10**6)


def test_the_second_form_of_a_log_is_evidence_wherever_it_was_shipped_from() -> None:
    """One shipper sends a node's file, another its console: no event counts twice (R1)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG))
    console = type(NODE1)("node1", "stdout", "monero", "bare", "console", "UTC", Role.PRIMARY, "docker")
    found = taken(intake, piece_of(LOG, source=console), shipper=b"shipper2")
    assert found.arrived[0].source.role is Role.EVIDENCE


def test_how_a_source_is_read_stays_what_was_said_first() -> None:
    """What is recognised otherwise by another shipper changes nothing of what is known."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 4))
    other = type(NODE1)("node1", "log", "xmtpd", "cri", "json", "UTC", Role.PRIMARY, "elsewhere")
    assert taken(intake, piece_of(LOG, 4, source=other)).arrived[0].source == NODE1


# --- shippers that cannot be heard ---------------------------------------------------------------------------


def test_sources_of_a_silent_shipper_are_lost_and_found_again() -> None:
    """Nobody can tell a silent node from a shipper that has died (R23)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 4), at_ms=1000)
    due = intake.due
    assert due == 1000 + OVERDUE_MS + 1
    found = intake.take(TICK, b"net", due, HEADERS)
    assert found is not None
    assert marks(found.arrived) == [(MarkKind.LOST, {"why": "its shipper has not been heard for 10 s"})]
    assert found.arrived[0].at == (due - 1) * 10**6
    assert Intake("net", intake.state()).due is None
    again = taken(intake, piece_of(LOG, 4, 8), at_ms=30_000)
    assert marks(again.arrived) == [(MarkKind.CAUGHT_UP, {})]
    assert kept(again.arrived) == [(1, 4, b"two\n")]


def test_a_shipper_is_lost_from_the_same_moment_whether_or_not_a_tick_came() -> None:
    """While the broker is away nobody can write a Tick: what is told of a silence is told all the same (R21, R23)."""

    def told(*ticks: int) -> list[tuple[int, MarkKind]]:
        intake = Intake("net")
        taken(intake, piece_of(LOG, 0, 4), at_ms=1000)
        arrived = [one for at in ticks if (found := intake.take(TICK, b"net", at, HEADERS)) for one in found.arrived]
        arrived += taken(intake, piece_of(LOG, 4, 8), at_ms=60_000).arrived
        assert [one.at for one in arrived] == sorted(one.at for one in arrived)
        return [(one.at // 10**6, found.kind) for one in arrived for found in one.lines.adjustments]

    assert told() == told(11_001) == told(5_000, 30_000) == [(11_000, MarkKind.LOST), (60_000, MarkKind.CAUGHT_UP)]


def test_a_shipper_that_says_that_it_is_there_is_not_lost() -> None:
    """A network may be quiet: an empty record is enough."""
    intake = Intake("net")
    taken(intake, piece_of(LOG), at_ms=1000)
    for at in range(4000, 40_000, 3000):
        assert taken(intake, at_ms=at).arrived == []


def test_a_shipper_that_leaves_says_so() -> None:
    """Its sources are lost from then on; they have not ended (R25)."""
    intake = Intake("net")
    found = taken(intake, piece_of(LOG), piece_of(OTHER, source=NODE2), left=True)
    assert marks(found.arrived)[-1] == (MarkKind.LOST, {"why": "its shipper has left"})
    assert marks(found.arrived, "node2")[-1] == (MarkKind.LOST, {"why": "its shipper has left"})
    assert taken(intake, at_ms=2000, shipper=b"shipper2").arrived == []
    back = taken(intake, at_ms=60_000)
    assert marks(back.arrived) == [(MarkKind.CAUGHT_UP, {})]


def test_a_source_that_its_shipper_follows_no_more_is_lost() -> None:
    """Started again with one log less: nobody listens to that node now (R23)."""
    intake = Intake("net")
    taken(intake, piece_of(LOG), piece_of(OTHER, source=NODE2), at_ms=1000, left=True)
    back = taken(intake, piece_of(LOG, len(LOG), marks=[opened(len(LOG), fresh=False)]), at_ms=60_000, run=b"run2")
    assert marks(back.arrived) == [(MarkKind.OPENED, {"fresh": False})]
    assert marks(back.arrived, "node2") == []
    assert taken(intake, at_ms=75_000, run=b"run2").arrived[0].at == 70_000 * 10**6


def test_a_source_that_is_opened_again_after_a_kill_is_not_lost_in_between() -> None:
    """A shipper that is back within moments has told of no silence."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, 0, 4), piece_of(OTHER, source=NODE2), at_ms=1000)
    taken(intake, piece_of(LOG, 4, 8, marks=[opened(4, fresh=False)]), at_ms=3000, run=b"run2")
    for at in (9_000, 12_000, 14_000, 20_000):
        found = taken(intake, at_ms=at, run=b"run2")
        assert marks(found.arrived) == []
        lost = [(MarkKind.LOST, {"why": "its shipper was started again without it"})] if at == 14_000 else []
        assert marks(found.arrived, "node2") == lost


def test_a_source_that_its_shipper_has_lost_is_not_found_with_the_shipper() -> None:
    """A shipper that is heard again still cannot read the file."""
    intake = Intake("net")
    taken(intake, piece_of(LOG, marks=[Adjustment(4, MarkKind.LOST, {"why": "it has gone"})]), at_ms=1000)
    assert taken(intake, at_ms=99_000, shipper=b"shipper2").arrived == []
    assert taken(intake, at_ms=99_500).arrived == []


# --- the law -------------------------------------------------------------------------------------------------


@given(st.data())
def test_however_shippers_die_every_line_is_taken_once(data: st.DataObject) -> None:
    """R1, R29: two logs of three files each; records of any size; a shipper that goes back to any cursor that it may
    have kept, or has lost it; an intake that is made anew from its state at any record.
    """
    logs = {
        source: [
            b"".join(b"%s file %d line %d\n" % (source.node.encode(), file, line) for line in range(8))
            for file in range(3)
        ]
        for source in (NODE1, NODE2)
    }
    state: bytes | None = None
    found = []
    cursor, sent, shipper = dict.fromkeys(logs, (0, 0)), dict.fromkeys(logs, (0, 0)), 0
    for _ in range(data.draw(st.integers(5, 40))):
        event = data.draw(st.sampled_from(["send", "send", "send", "send", "die", "lose"]))
        if event != "send":
            # What was sent after the cursor is sent again, cut otherwise.
            shipper += event == "lose"
            sent = dict.fromkeys(logs, (0, 0)) if event == "lose" else dict(cursor)
            cursor = dict(sent)
            continue
        pieces = []
        for source in data.draw(st.lists(st.sampled_from(list(logs)), unique=True, max_size=2)):
            file, start = sent[source]
            end = data.draw(st.integers(start, len(logs[source][file])))
            fresh = [opened(start, fresh=start == 0, count=file + 1)] if start == 0 else []
            pieces.append(piece_of(logs[source][file], start, end, count=file + 1, source=source, marks=fresh))
            whole = end == len(logs[source][file]) and file < 2
            sent[source] = (file + 1, 0) if whole else (file, end)
        intake = Intake("net", state)
        found += taken(intake, *pieces, at_ms=1000, shipper=b"shipper%d" % shipper).arrived
        state = intake.state()
        if data.draw(st.booleans()):
            cursor = dict(sent)
    for source, files in logs.items():
        got: dict[int, bytes] = {}
        for count, offset, line in kept(found, source.node):
            assert offset == len(got.get(count, b"")), "in order, none twice, none left out"
            got[count] = got.get(count, b"") + line
        assert all(files[count - 1].startswith(text) for count, text in got.items())
        assert not [kind for kind, _ in marks(found, source.node) if kind is MarkKind.GAP]


@given(st.lists(st.tuples(st.lists(any_piece(), max_size=3), st.integers(0, 3), st.integers(0, 50_000)), max_size=8))
def test_whatever_shippers_say_no_byte_is_taken_twice(records: list[tuple[list[Piece], int, int]]) -> None:
    """Records that contradict each other: nothing is raised, time rises, and no place of an incarnation comes twice."""
    intake, spans, times = Intake("net"), set[tuple[str, int, int]](), [0]
    for pieces, shipper, at in records:
        found = taken(intake, *pieces, at_ms=at, shipper=b"%d" % shipper, run=b"%d" % (at % 2))
        intake = Intake("net", intake.state())
        times += [*(one.at for one in found.arrived), found.at]
        for one in found.arrived:
            for count, offset, line in kept([one], one.source.node):
                span = {(one.source.node, count, place) for place in range(offset, offset + len(line))}
                assert not span & spans
                spans |= span
    assert times == sorted(times)


def test_offsets_of_lines_that_lie_apart_are_kept() -> None:
    """Of a file that names the node on every line, each source has the lines of one: what lies between is no hole."""
    piece = piece_of(b"a\nb\n")
    piece.lines.offsets = np.array([10, 40])
    piece.since, piece.until = 0, 60
    intake = Intake("net")
    assert kept(taken(intake, piece).arrived) == [(1, 10, b"a\n"), (1, 40, b"b\n")]
    more = piece_of(b"c\n")
    more.lines.offsets = np.array([90])
    more.since, more.until = 60, 120
    assert [kind for kind, _ in marks(taken(intake, more).arrived)] == []
