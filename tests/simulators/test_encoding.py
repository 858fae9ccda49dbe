"""The forms of lines: zap's JSON, zap's console, and what is neither."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from observer.simulators.xmtpd.encoding import console_line, iso8601, json_line
from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.settings import HOUR
from observer.simulators.xmtpd.statements import process, reports, serving
from tests.simulators.conftest import Faulty
from tests.simulators.runs import Run, made

AT = "2026-11-21T07:00:00.004Z"
CONSOLE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t(?:DEBUG|INFO|WARN|ERROR)\txmtpd[\w.-]*\t\w+/\w+\.go:\d+\t[^\t{]+(?:\t\{.*\})?"
)


def test_json_line_as_zap_writes_it() -> None:
    """Level, time, logger, caller, message, then the fields, compact."""
    line = json_line(reports.VALID, AT, reports.VALID.message, (100, "ab", 0, 80, 200, "valid report"))
    assert line == (
        '{"level":"INFO","time":"2026-11-21T07:00:00.004Z","logger":"xmtpd.payer-report.attestation-worker",'
        '"caller":"workers/attestation.go:203","message":"report is valid, submitting attestation",'
        '"worker_node_id":100,"report_id":"ab","start_sequence_id":0,"last_sequence_id":80,"originator_id":200,'
        '"reason":"valid report"}'
    )


def test_console_line_as_zap_writes_it() -> None:
    """Columns with tabs between them, and an object only where there are fields."""
    line = console_line(reports.GETTING_NODES, AT, reports.GETTING_NODES.message, (100,))
    assert line == (
        "2026-11-21T07:00:00.004Z\tINFO\txmtpd.payer-report.generator-worker\tworkers/generator.go:123\t"
        'getting nodes from registry\t{"worker_node_id": 100}'
    )
    bare = console_line(process.SYNC_STARTED, AT, process.SYNC_STARTED.message, ())
    assert bare == "2026-11-21T07:00:00.004Z\tINFO\txmtpd\tserver/server.go:372\tsync service started"


def test_maps_and_texts_are_encoded_as_go_does() -> None:
    """The keys of a map are sorted as text, quotes are escaped, and letters beyond ASCII are left alone."""
    line = json_line(serving.CATCHING_UP, AT, "catching up", ({200: 1, 0: 7, 1000: 3},))
    assert line.endswith('"body":{"0":7,"1000":3,"200":1}}')
    assert json_line(process.SIGNAL, AT, "x", ('a "b" <ü>\n',)).endswith(r'"signal":"a \"b\" <ü>\n"}')


def test_a_wrong_number_of_values_is_refused() -> None:
    """A line cannot be written with a field missing."""
    with pytest.raises(ValueError, match="shorter"):
        json_line(reports.VALID, AT, "x", (100,))


def test_times_have_milliseconds_and_z() -> None:
    """The layout is ISO8601 with three digits and Z."""
    assert iso8601(1_795_244_400_004) == "2026-11-21T07:00:00.004Z"


@pytest.mark.parametrize(
    ("message", "doubled"),
    [
        ("client unary RPC error", "message"),
        ("stream client RPC error", "message"),
        ("got logs", "time"),
        ("envelope gap detected", "originator_id"),
        ("received out-of-order envelope", "originator_id"),
        ("failed to submit report", "report_id"),
        ("failed to settle report", "report_id"),
    ],
)
def test_keys_that_are_there_twice(healthy: Run, faulty: Faulty, message: str, doubled: str) -> None:
    """Each line that has a key twice in xmtpd has it twice here, and the header's comes first."""
    failing = faulty(
        "submit-failing@20m..70m:400", "settle-failing@0m..70m:300", "partition@80m..90m", "partition@95m..99m"
    )
    lines = [*healthy.said(message), *failing.said(message)]
    assert lines
    assert all([key for key, _ in line.pairs].count(doubled) == 2 for line in lines)


def test_no_other_key_is_there_twice(healthy: Run) -> None:
    """Duplicate keys are where xmtpd has them and nowhere else."""
    lines = healthy.written(100)
    twice = {line.message for line in lines if len(dict(line.pairs)) < len(line.pairs)}
    expected = {"client unary RPC error", "stream client RPC error", "got logs", "envelope gap detected"}
    assert twice == expected


def test_a_log_opens_with_a_line_of_another_logger(healthy: Run) -> None:
    """A refused start, by Go's own logger, comes before anything of zap's; all else is JSON."""
    for node in healthy.nodes:
        first, *rest = healthy.text(node).splitlines()
        assert re.fullmatch(r"2026/11/21 06:59:59 could not validate options: .+", first)
        assert all(json.loads(line) for line in rest)


def test_console_and_json_of_one_run_say_the_same(tmp_path: Path) -> None:
    """The console form has the same times, callers, messages and fields, line by line."""
    one = made(tmp_path / "json", Order(length=HOUR, level="debug"), "startup_text=false")
    other = made(tmp_path / "console", Order(length=HOUR, level="debug", encoding="console"), "startup_text=false")
    for node in one.nodes:
        lines = other.text(node).splitlines()
        assert all(CONSOLE.fullmatch(line) for line in lines)
        columns = [line.split("\t") for line in lines]
        wanted = one.written(node)
        assert [tuple(column[:5]) for column in columns] == [
            (line.at, line.head["level"], line.head["logger"], line.head["caller"], line.message) for line in wanted
        ]
        assert [json.loads(column[5]) if len(column) > 5 else {} for column in columns] == [
            dict(line.fields) for line in wanted
        ]
    assert (tmp_path / "json" / "truth.jsonl").read_bytes().splitlines()[1:] == (
        tmp_path / "console" / "truth.jsonl"
    ).read_bytes().splitlines()[1:]


def test_console_keeps_doubled_keys(tmp_path: Path) -> None:
    """In the console form a field that the logger inherits stands twice as well."""
    run = made(tmp_path, Order(length=HOUR, encoding="console"), "gap_chance=0.5")
    gaps = [line for line in run.text(100).splitlines() if "\tenvelope gap detected\t" in line]
    assert gaps
    assert all(line.count('"originator_id": ') == 2 for line in gaps)
