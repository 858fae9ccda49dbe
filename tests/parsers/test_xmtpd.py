"""Every statement of xmtpd gives the event it stands for, in both forms, and a spoilt one says that it was not read."""

from __future__ import annotations

from functools import cache

import pytest

from parsers.framing import FRAMINGS
from parsers.matcher import Matcher, matcher_for
from parsers.statements import PROBLEM_LEVELS
from parsers.text import LINE_LIMIT
from state.events import (
    Event,
    ProblemLogged,
    ProcessCrashed,
    ProcessStopped,
    ProcessStopping,
    StatementUnreadable,
)
from state.report_events import Sign, Worker, WorkerSeen
from state.sync_events import ClockStated, EnvelopeGap
from tests.parsers.example import Example
from tests.parsers.examples_xmtpd import EXAMPLES
from tests.parsers.monerod import FRAMED, feed
from tests.parsers.xmtpd_lines import XMTPD, events_of, on_console, parser, said, split, without_problems, written

IDS = [f"{example.statement}-{number}" for number, example in enumerate(EXAMPLES)]
STATEMENTS = {statement.name: statement for statement in XMTPD.statements}
REPORT = "53afd0dcf71b4b2bbd7fe9df8ba5e9ad9ea6b7f3ff5d3a7fd6f39fbde7c0f8aa"
RANGE = '"worker_node_id":200,"report_id":"{}","start_sequence_id":{},"last_sequence_id":230,"originator_id":100'
SUBMITTER = "xmtpd.payer-report.submitter-worker"


def test_no_statement_lacks_an_example() -> None:
    """A statement nobody has seen a line of is not believed: each one has an example, and no example is of none."""
    assert {example.statement for example in EXAMPLES} == set(STATEMENTS)


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
@pytest.mark.parametrize("form", ["json", "console"])
def test_both_forms(example: Example, form: str) -> None:
    """A line gives exactly these events in either form, and is counted for its statement and at a level of its."""
    line = example.lines if form == "json" else on_console(example.lines)
    reading = parser()
    events = feed(reading, [line + b"\n"])
    assert without_problems(events) == example.events
    assert bool(events[len(example.events) :]) == any(level in PROBLEM_LEVELS for level in _levels(example))
    assert dict(reading.tally.hit) == {example.statement: 1}
    assert not reading.tally.malformed
    assert not reading.tally.other_level


def _levels(example: Example) -> tuple[str, ...]:
    return STATEMENTS[example.statement].levels


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_forms_are_one(example: Example) -> None:
    """Both forms give equal events, problems among them, and so does a line whose keys were sorted."""
    header, fields = split(example.lines)
    resorted = written([*sorted(header.items()), *fields]).encode()
    expected = events_of(example.lines)
    assert events_of(on_console(example.lines)) == expected
    assert events_of(resorted) == expected


@cache
def matcher_of(engine: str) -> Matcher:
    """The matcher of xmtpd's needles, none of which any framing writes otherwise."""
    return matcher_for(XMTPD.needles(), engine)


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
@pytest.mark.parametrize("framed", FRAMED)
def test_every_framing(example: Example, framed: str) -> None:
    """R10: in every framing either form is hit by both engines, and the events are those of the bare line."""
    framing, wrap = FRAMED[framed]
    for line in (example.lines, on_console(example.lines)):
        record = wrap(line + b"\n")
        assert list(matcher_of("hyperscan").hits(record))
        assert list(matcher_of("re").hits(record))
        assert without_problems(feed(parser(framing), [record])) == example.events


def test_needles_survive_every_framing() -> None:
    """R10: letters, digits, blanks, `_`, `.` and `-` alone, which neither JSON nor a framing escapes."""
    assert all(set(needle) <= set("_.- ") | set(map(chr, range(48, 123))) for needle in XMTPD.needles())
    assert not any(set(needle) & set("\t\\[]^`<>&:;=?@") for needle in XMTPD.needles())
    assert XMTPD.heads() == ()
    assert all(FRAMINGS)


MALFORMED = [
    ("process_started", said("version: ")),
    ("process_started", said("version: of nothing")),
    ("process_started", said("version: " + "1" * 65)),
    ("node_identified", said("registrant identified", fields='"originator_id":-1')),
    ("node_identified", said("registrant identified", fields='"originator_id":4294967296')),
    ("node_identified", said("registrant identified", fields='"originator_id":"100"')),
    ("node_identified", said("registrant identified")),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT[1:], 110))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT + "0", 110))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format("0x" + REPORT[2:], 110))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, -1))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, 2**63))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, "1e3"))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, "true"))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, "null"))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, 110))[:-20]),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, "9" * 5000))),
    ("report_submitted", said("report submitted", SUBMITTER, RANGE.format(REPORT, "[" * 100_000))),
    (
        "stream_subscribed",
        said(
            "vector clock for sync subscription",
            "xmtpd.sync-worker",
            '"originator_id":200,"body":{' + ",".join(f'"{n}":1' for n in range(4097)) + "}",
        ),
    ),
    (
        "stream_subscribed",
        said("vector clock for sync subscription", "xmtpd.sync-worker", '"originator_id":200,"body":{"x":1}'),
    ),
    (
        "stream_subscribed",
        said("vector clock for sync subscription", "xmtpd.sync-worker", '"originator_id":200,"body":[1]'),
    ),
    (
        "envelope_gap",
        said(
            "envelope gap detected",
            "xmtpd.sync-worker",
            '"originator_id":"x","originator_id":1,"sequence_id":3,"expected_sequence_id":2',
        ),
    ),
    (
        "envelope_gap",
        said("envelope gap detected", "xmtpd.sync-worker", '"sequence_id":3,"expected_sequence_id":2'),
    ),
    (
        "reserved_envelope_found",
        said("found envelope with reserved topic", "xmtpd.sync-worker", '"topic":"payer_reports_v1/6400"'),
    ),
    (
        "reserved_envelope_found",
        said("found envelope with reserved topic", "xmtpd.sync-worker", '"topic":"group_messages_v1/64000000"'),
    ),
    (
        "registry_read",
        said("processing new nodes", "xmtpd.node-registry-watchdog", '"count":1,"body":[{"x":1}]', level="DEBUG"),
    ),
    (
        "chain_report_settled",
        said(
            "payer report fully settled",
            "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
            '"originator_id":100,"payer_report_index":"x","count":1,"fees_settled":"1"',
        ),
    ),
    (
        "chain_report_partly_settled",
        said(
            "payer report partially settled",
            "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
            '"originator_id":100,"payer_report_index":"0","count":1,"fees_settled":"1"',
        ),
    ),
]


@pytest.mark.parametrize(("statement", "line"), MALFORMED, ids=range(len(MALFORMED)))
def test_spoilt_statement_says_so(statement: str, line: bytes) -> None:
    """R13: a statement that is known and cannot be read is counted and visible, and says nothing else."""
    reading = parser()
    assert feed(reading, [line + b"\n"]) == [StatementUnreadable(statement)]
    assert dict(reading.tally.hit) == dict(reading.tally.malformed) == {statement: 1}


def test_the_last_of_a_name_counts_among_fields() -> None:
    """§4.3: submitter lines have `report_id` twice; where they differ the line's own, which is last, counts."""
    line = said(
        "failed to submit report", SUBMITTER, RANGE.format("0" * 64, 1) + f',"report_id":"{REPORT}"', level="ERROR"
    )
    (failed,) = without_problems(events_of(line))
    assert getattr(failed, "report", None) == REPORT


def test_peer_and_originator_of_a_gap() -> None:
    """§4.3: of two `originator_id` the first is the peer's, the second that of the envelope."""
    fields = (
        '"originator_id":200,"node_http_address":"http://n","originator_id":11,"sequence_id":9,"expected_sequence_id":7'
    )
    line = said("envelope gap detected", "xmtpd.sync-worker", fields)
    assert events_of(line) == events_of(on_console(line)) == [EnvelopeGap(200, 11, 9, 7)]


def test_one_text_under_several_loggers() -> None:
    """§4.3: `starting`, `closing` and `closed` mean something under some loggers and nothing under others."""
    worker = '"worker_node_id":100'
    assert events_of(said("starting", "xmtpd.publish-worker", worker)) == []
    assert events_of(said("starting", "xmtpd.payer-report.generator-worker", worker)) == [
        WorkerSeen(100, Worker.GENERATOR, Sign.STARTED)
    ]
    assert events_of(said("closing", "xmtpd.sync"), said("closed", "xmtpd.metrics"), said("closed")) == []
    assert events_of(said("closing", "xmtpd.api"), said("closed", "xmtpd.api")) == [ProcessStopping(), ProcessStopped()]
    assert events_of(said("submitting report", "xmtpd.payer-report-manager-admin", level="DEBUG")) == []


def test_another_level_is_counted() -> None:
    """R13: a statement that comes at a level it is not known at is read, and shown by coverage."""
    reading = parser()
    line = said("registrant identified", fields='"originator_id":100', level="DEBUG")
    assert len(feed(reading, [line + b"\n"])) == 1
    assert dict(reading.tally.other_level) == {"node_identified DEBUG": 1}


def test_the_largest_clock_is_read() -> None:
    """As many originators as are taken, whose sequences are as large as they get."""
    body = ",".join(f'"{n}":{2**63 - 1}' for n in range(4096))
    line = said("vector clock for sync subscription", "xmtpd.sync-worker", f'"originator_id":200,"body":{{{body}}}')
    stated = events_of(line)[0]
    assert isinstance(stated, ClockStated)
    assert len(stated.sequences) == 4096


# --- problems ----------------------------------------------------------------------------------------


def problems(*lines: bytes) -> list[Event]:
    """What lines of level warning or worse are."""
    return [event for event in events_of(*lines) if isinstance(event, ProblemLogged)]


def test_every_warning_is_a_problem() -> None:
    """Whatever it says, with its error behind it; numbers do not make it another one."""
    (first,) = problems(said("out of luck", "xmtpd.ledger", '"error":"code 7"', level="WARN"))
    (second,) = problems(on_console(said("out of luck", "xmtpd.ledger", '"error":"code 812"', level="WARN")))
    assert isinstance(first, ProblemLogged)
    assert isinstance(second, ProblemLogged)
    assert (first.severity, first.category, first.text) == ("warning", "xmtpd.ledger", "out of luck: code 7")
    assert first.fingerprint == second.fingerprint


@pytest.mark.parametrize(
    "fields",
    ["", '"error":7', '"error":null', '"error":{"a":1}', '"error":"\\ud800"', '"n":1,"error":"x'],
    ids=range(6),
)
def test_an_error_that_is_no_text_is_left_out(fields: str) -> None:
    """The message stands by itself."""
    (found,) = problems(said("out of luck", fields=fields, level="ERROR"))
    assert isinstance(found, ProblemLogged)
    assert found.text == "out of luck"


def test_the_message_of_an_rpc_error_is_its_error() -> None:
    """§4.3: it is called `message`, as what the line says is."""
    line = said("client unary RPC error", "xmtpd.api", '"code":"internal","message":"no room"', level="ERROR")
    (found,) = problems(line)
    assert isinstance(found, ProblemLogged)
    assert found.text == "client unary RPC error: no room"
    assert problems(on_console(line)) == [found]


@pytest.mark.parametrize("level", ["FATAL", "PANIC"])
def test_a_fatal_line_is_the_end_of_a_process(level: str) -> None:
    """Zap ends the process behind it."""
    line = said("initializing server", fields='"error":"no route to host"', level=level)
    problem, crashed = events_of(line)
    assert isinstance(problem, ProblemLogged)
    assert crashed == ProcessCrashed("initializing server: no route to host")
    assert events_of(on_console(line)) == [problem, crashed]


def test_errors_are_bounded() -> None:
    """An error of a mebibyte becomes one of 300 characters, on one line, without what steers a terminal."""
    error = "a\\u001b[31m\\u202e\\n" * 20_000
    for event in events_of(
        said("failed to process batch", "xmtpd.publish-worker", f'"error":"{error}"', level="ERROR")
    ):
        text = getattr(event, "error", "") or getattr(event, "text", "")
        assert 0 < len(text) <= 300
        assert not set(text) & set("\x1b\u202e\n")


def test_a_line_over_the_limit_is_malformed() -> None:
    """R5: of a line over a mebibyte the beginning is read, and its fields are not whole."""
    reading = parser()
    line = said("failed to process batch", "xmtpd.publish-worker", f'"error":"{"x" * LINE_LIMIT}"', level="ERROR")
    assert without_problems(feed(reading, [line + b"\n"])) == (StatementUnreadable("batch_failed"),)
