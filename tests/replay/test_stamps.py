"""Reading the times of many lines at once, held against reading each line by itself (R3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.framing import FRAMINGS
from parsers.text import without_colour
from replay.ordering import UNDATED
from replay.stamps import Stamper, _own
from replay.zones import zone_named
from tests.replay import framings

S = 1_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WRITTEN = re.compile(
    rb"[\[(]*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?",
)
ZONES = ["UTC", "Europe/Berlin", "+05:30", "America/St_Johns"]
DAYS = {
    "an ordinary day": datetime(2026, 11, 21, tzinfo=UTC),
    "summer time begins in Berlin": datetime(2026, 3, 29, tzinfo=UTC),
    "summer time ends in Berlin": datetime(2026, 10, 25, tzinfo=UTC),
}


def own_time(text: bytes, zone: str) -> int | None:
    """The time a line begins with, in nanoseconds, by the standard library alone."""
    found = WRITTEN.match(without_colour(text))
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[part]) for part in range(1, 7))
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    if second > 60 or not 1678 <= local.year <= 2261:
        return None
    naive = (local - EPOCH) // timedelta(seconds=1) + (second == 60)
    offset = _offset(found[8], local, zone)
    return None if offset is None else (naive - offset) * S + int((found[7] or b"0").ljust(9, b"0"))


def _offset(written: bytes | None, local: datetime, zone: str) -> int | None:
    if written == b"Z":
        return 0
    said = written.decode() if written else zone if zone[0] in "+-" else None
    if said is None:
        offset = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        return None if offset is None else int(offset.total_seconds())
    digits = said[1:].replace(":", "")
    if int(digits[:2]) > 23 or int(digits[2:]) > 59:
        return None
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if said[0] == "-" else 1)


def one_by_one(framing: str, records: Sequence[bytes], zone: str) -> list[int | None]:
    """R3 for each record: the transport's time where there is one, else the line's own."""
    times = []
    for record in records:
        framed = FRAMINGS[framing].unwrap(record)
        times.append(own_time(framed.text, zone) if framed.time is None else framed.time)
    return times


def at_once(framing: str, records: Sequence[bytes], zone: str, parts: int = 1) -> list[int | None]:
    """The same by the Stamper, given the records in so many parts."""
    stamper = Stamper(FRAMINGS[framing], zone_named(zone))
    times: list[int] = []
    step = max(1, len(records) // parts)
    for first in range(0, len(records), step):
        some = records[first : first + step]
        ends = np.cumsum([len(record) for record in some])
        data = np.frombuffer(b"".join(some), dtype=np.uint8)
        times += stamper.times(data, np.concatenate(([0], ends[:-1])), ends).tolist()
    return [None if time == UNDATED else time for time in times]


@st.composite
def written_times(draw: st.DrawFn) -> bytes:
    """A time as some logger writes it, around the changes of summer time."""
    moment = draw(st.sampled_from(sorted(DAYS.values()))) + timedelta(seconds=draw(st.integers(0, 14_400)))
    digits = draw(st.sampled_from(["", ".0", ",431", ".431", ".431999", ".000000001", ".123456789"]))
    suffix = draw(st.sampled_from(["", "", "", "Z", "+02:00", "-0530", "+24:00"]))
    return f"{moment:%Y-%m-%d}{draw(st.sampled_from('T '))}{moment:%H:%M:%S}{digits}{suffix}".encode()


ZAP = [
    b'{"level":"INFO","time":"2026-11-21T07:20:54.431Z","logger":"xmtpd","message":"at 2020-01-01T00:00:00Z"}',
    b'{"level":"DEBUG","time":"2026-11-21T07:20:54.500Z","caller":"a/b.go:1","message":"got logs","time":"2020-01-01T00:00:00.000Z"}',
    b'{"level":"ERROR","time":"2026-11-21T09:20:55.001+0200","message":"no offset with a colon"}',
    b'{"level":"DPANIC","time":"2026-11-21T07:20:56.000Z","message":"longer"}',
    b'{"message":"said \\"time\\":\\"2020-01-01T00:00:00Z\\"","level":"INFO","time":"2026-11-21T07:20:57.250Z"}',
    b'{"level": "INFO", "time": "2026-11-21T07:20:58.125Z", "message": "blanks"}',
    b'{"level":"INFO","message":"no time, but 2026-11-21T07:20:54.431Z"}',
    b"2026-11-21T07:20:59.125Z\tINFO\txmtpd\ta/b.go:1\tconsole",
    b"2026/11/21 06:59:59 could not validate options: missing required arguments",
]
"""Lines of zap: in JSON the time is a key, behind a level of four to six letters."""


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
@pytest.mark.parametrize("parts", [1, 3])
def test_lines_of_zap_are_read_by_their_first_time(framing: str, parts: int) -> None:
    """R3: the `time` of the header, never one among the fields or in what the line says."""
    lines = [line + b"\n" for line in ZAP * 3]
    records = in_framing(framing, lines)
    found = at_once(framing, records, "America/St_Johns", parts)
    if any(FRAMINGS[framing].unwrap(record).time is not None for record in records):
        assert found == one_by_one(framing, records, "America/St_Johns")
        return
    second = 1_795_245_654 * S
    expected = [431, 500, 1001, 2000, 3250, 4125, None, 5125, None]
    assert found == [None if one is None else second + one * S // 1000 for one in expected] * 3


def test_a_log_of_json_is_read_by_a_few_places() -> None:
    """R3: one place for each length of a level, whatever its lines are long."""
    stamper = Stamper(FRAMINGS["bare"], zone_named("UTC"))
    levels = ("INFO", "DEBUG", "WARN", "ERROR")
    said = [(levels[place % 4], place) for place in range(400)]
    records = [
        f'{{"level":"{level}","time":"2026-11-21T07:20:54.{place:03d}Z","message":"{"x" * place}"}}\n'.encode()
        for level, place in said
    ]
    ends = np.cumsum([len(record) for record in records])
    data = np.frombuffer(b"".join(records), dtype=np.uint8)
    found = stamper.times(data, np.concatenate([[0], ends[:-1]]), ends)
    assert found.tolist() == [1_795_245_654 * S + place * 1_000_000 for _, place in said]
    assert len(stamper.shapes) == 4


ODD = [
    b"",
    b"    at frame 0x7f912ff31a00",
    b"9999-12-31 23:59:59.999 too far off to count in nanoseconds",
    b"0001-01-01 00:00:00.000 too long ago",
    b"2026-02-30 10:00:00.000 no such day",
    b"2026-11-21 24:00:00.000 no such hour",
    b"2026-11-21 23:59:60.500 a leap second",
    b"2026-11-21 07:20:54.4310000001 ten digits",
    b"2026-11-21 07:20:54.431-and more",
    b"2026-11-21 07:20:54.",
    b"it began at 2026-11-21 07:20:54.431 and went on",
    b"abcdefg2026-11-21 07:20:54.431 behind as many bytes as a colour has",
    b"\x1b[0;36m2026-11-21 07:20:54.431\tI \x1b[0;36mcoloured",
    b"\x1b[0m\x1b[0;36m2026-11-21 07:20:54.432\tI \x1b[0;36mcoloured twice",
    b"[2026-11-21 07:20:54.431] in brackets",
    "2026-11-21 07:20:54.431 höher".encode(),
    b"2026-11-21 07:20:54.431 \xff\xfe\x00 no UTF-8",
]
"""What stands in logs besides dated lines."""


@st.composite
def bare_lines(draw: st.DrawFn) -> list[bytes]:
    """Lines of one log: dated in a few manners, undated, broken."""
    lines = []
    for _ in range(draw(st.integers(0, 25))):
        text = draw(st.sampled_from(ODD)) if draw(st.integers(0, 3)) == 0 else draw(written_times()) + b"\tsaid"
        lines.append(text + draw(st.sampled_from([b"\n", b"\n", b"\r\n"])))
    return lines


def in_framing(framing: str, lines: list[bytes]) -> list[bytes]:
    """The lines as one node's records."""
    data = framings.framed(framing, {"node1": lines}).get("node1", b"")
    return framings.lines_of(data)


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
@settings(max_examples=60, derandomize=True, deadline=None)
@given(lines=bare_lines(), zone=st.sampled_from(ZONES), parts=st.integers(1, 4))
def test_times_are_those_of_reading_each_line_by_itself(
    framing: str, lines: list[bytes], zone: str, parts: int
) -> None:
    """R3: in every framing and zone, whatever stands between the dated lines, and however a source is cut."""
    records = in_framing(framing, lines)
    assert at_once(framing, records, zone, parts) == one_by_one(framing, records, zone)


@pytest.mark.parametrize("framing", sorted(FRAMINGS))
def test_lines_that_are_in_no_framing_are_read_by_their_own_time(framing: str) -> None:
    """R3: a transport's own messages and bare lines do not upset the records around them."""
    records = in_framing(framing, [b"2026-11-21 07:20:54.%03d\tx\n" % place for place in range(5)])
    records[2:2] = [b"-- rotated --\n", b"2026-11-21 07:20:54.431 bare\n", b"{\n", b"\n"]
    assert at_once(framing, records, "UTC") == one_by_one(framing, records, "UTC")


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("zone", ZONES)
def test_naive_times_are_read_in_the_zone_that_was_said(day: str, zone: str) -> None:
    """R3: every minute of a day on which clocks change, gaps and repeated hours included."""
    start = DAYS[day]
    records = [f"{start + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}\tx\n".encode() for minute in range(1440)]
    assert at_once("bare", records, zone) == one_by_one("bare", records, zone)


def test_a_part_shorter_than_what_stands_before_a_time_has_none() -> None:
    """R3: how a source is cut into parts changes no time, and a part may be a single empty line."""
    record = b'{"level":"INFO","time":"2026-11-21T07:20:54.431Z"}\n'
    assert at_once("bare", [record, b"\n", b"2026-11-21\n", record], "UTC", parts=4) == [
        1_795_245_654 * S + 431_000_000,
        None,
        None,
        1_795_245_654 * S + 431_000_000,
    ]


def test_minutes_that_are_none_do_not_upset_their_neighbours() -> None:
    """R3: a minute is read once for all lines in a row that have it; one of them may be none, or hold odd bytes."""
    written = [
        b"07:20:54",
        b"07:60:54",
        b"07:20:55",
        b"24:00:00",
        b"07:2\xff:01",
        b"07:2\x00:01",
        b"07:21:60",
        b"07:21:61",
    ]
    records = [b"2026-11-21 %b.5 x\n" % clock for clock in written]
    assert at_once("bare", records, "UTC") == one_by_one("bare", records, "UTC")
    first = 1_795_245_654 * S + S // 2
    assert at_once("bare", records, "UTC") == [first, None, first + S, None, None, None, first + 66 * S, None]


def test_many_places_and_precisions_are_all_read() -> None:
    """R3: more kinds of written times than are learned by heart are read all the same."""
    digits = ["", *(f".{'1' * count}" for count in range(1, 10))]
    records = [
        f"2026-11-21 07:20:{place:02d}{fraction}{suffix} x\n".encode()
        for place, (fraction, suffix) in enumerate(
            (fraction, suffix) for fraction in digits for suffix in ("", "Z", "+01:00", "-01:00", "+0130")
        )
    ]
    assert at_once("bare", [*records, *records], "UTC") == one_by_one("bare", [*records, *records], "UTC")


@pytest.mark.parametrize("stamped", [False, True])
def test_kubectl_lines_of_several_pods_are_read_with_and_without_timestamps(*, stamped: bool) -> None:
    """R3: behind `--prefix` stands the transport's time where `--timestamps` asked for it."""
    lines = [b"2026-11-21 07:20:54.%03d\tI x\n" % place for place in range(9)]
    records = framings.lines_of(framings.kubectl({"a-0": lines, "longer-name-1": lines}, stamped=stamped))
    found = at_once("kubectl", records, "UTC")
    assert found == one_by_one("kubectl", records, "UTC")
    assert None not in found


@pytest.mark.parametrize("before", [b"", b"[pod/a-0/monerod] ", b"a-1  | "], ids=["timestamps", "kubectl", "compose"])
def test_stamps_of_whole_seconds_are_read_among_the_others(before: bytes) -> None:
    """R3: Go writes no fraction where it is 0; such a stamp is the order time, and not the line's own time behind it."""
    framing = {b"": "timestamps", b"[": "kubectl", b"a": "compose"}[before[:1]]
    stamps = [b"2026-11-21T07:20:54Z", b"2026-11-21T07:20:54.5Z", b"2026-11-21T07:20:55Z", b"2026-11-21T09:20:56+02:00"]
    records = [before + stamp + b" 2026-11-21 03:00:00.431\tI x\n" for stamp in stamps]
    first = 1_795_245_654 * S
    for zone in ("UTC", "America/St_Johns"):
        assert at_once(framing, records, zone) == [first, first + S // 2, first + S, first + 2 * S]
        assert one_by_one(framing, records, zone) == at_once(framing, records, zone)


def test_coloured_names_do_not_hide_the_time_behind_them() -> None:
    """R3: `docker compose logs` colours the names of the services on a terminal."""
    lines = [b"2026-11-21 07:20:54.%03d\tI x\n" % place for place in range(9)]
    records = framings.lines_of(framings.compose({"a-1": lines, "node10-1": lines}, colour=True))
    found = at_once("compose", records, "UTC")
    assert found == one_by_one("compose", records, "UTC")
    assert None not in found


def test_lines_with_and_without_a_bracket_are_read_at_once() -> None:
    """A place behind nothing does not take the lines that have their time behind something: few are read one by one."""
    records = [b"2026-11-21 07:00:00.%03d x\n" % place for place in range(100)]
    records[1::2] = [b"[" + record.replace(b" x", b"] x") for record in records[1::2]]
    with mock.patch("replay.stamps._own", wraps=_own) as slowly:
        found = at_once("bare", records, "UTC", parts=4)
    assert found == one_by_one("bare", [record.strip(b"[") for record in records], "UTC")
    assert slowly.call_count == 2


def test_a_date_in_what_a_line_says_is_not_its_time() -> None:
    """R3: a date at the very column where another line had its own, before the line's end or after as much text."""
    records = [
        b"[pod/a-pod-with-a-long-name/monerod] 2026-11-21 07:20:54.431 x\n",
        b"[pod/a-pod-with-a-long-name/monerod] 2026-11-21 07:20:55.431 since 2026-11-20 07:20:54.431 x\n",
        b"0123456789012345678901234567890123456 2026-11-20 07:20:54.431 x\n",
        b"01234567890123456789012345678901234562026-11-20 07:20:54.431 x\n",
    ]
    assert at_once("kubectl", records, "UTC") == one_by_one("kubectl", records, "UTC")
