"""Reading times as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.clock import NS, day, offset_seconds, read_time, utc

NOON = 1_795_262_400 * NS
"""2026-11-21 12:00:00 UTC."""

WRITTEN = [
    ("2026-11-21 12:00:00", NOON),
    ("2026-11-21T12:00:00", NOON),
    ("2026-11-21 12:00:00.5", NOON + 500_000_000),
    ("2026-11-21 12:00:00.487", NOON + 487_000_000),
    ("2026-11-21 12:00:00,487", NOON + 487_000_000),
    ("2026-11-21 12:00:00.4879", NOON + 487_900_000),
    ("2026-11-21T12:00:00.123456789Z", NOON + 123_456_789),
    ("2026-11-21T12:00:00Z", NOON),
    ("2026-11-21T14:00:00+02:00", NOON),
    ("2026-11-21T14:00:00+0200", NOON),
    ("2026-11-21T06:30:00.1-05:30", NOON + 100_000_000),
    ("2026-11-21T12:00:60Z", NOON + 60 * NS),
    ("2028-02-29 00:00:00", 1_835_395_200 * NS),
    ("1970-01-01 00:00:00", 0),
    ("1969-12-31 23:59:59.999", -1_000_000),
]


@pytest.mark.parametrize(("text", "nanoseconds"), WRITTEN)
def test_forms(text: str, nanoseconds: int) -> None:
    """Every form is read to the nanosecond, and the end of the time is told."""
    assert read_time(text) == (nanoseconds, len(text))
    assert read_time(f"<{text}|", start=1) == (nanoseconds, len(text) + 1)


NO_TIMES = [
    "",
    "noon",
    "2026-11-21",
    "2026-11-21 12:00",
    "2026-11-21_12:00:00",
    "26-11-21 12:00:00",
    "2026-02-29 12:00:00",
    "2026-13-01 12:00:00",
    "2026-00-10 12:00:00",
    "2026-04-31 12:00:00",
    "0000-01-01 12:00:00",
    "2026-11-21 24:00:00",
    "2026-11-21 12:60:00",
    "2026-11-21 12:00:61",
    "2026-11-21 12:00:00+24:00",
    "2026-11-21 12:00:00-01:60",
    "٢٠٢٦-11-21 12:00:00",
]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time(text: str) -> None:
    """A day, hour or offset that does not exist is no time; nothing is rounded into one."""
    assert read_time(text) is None


@pytest.mark.parametrize(
    "text", ["0001-01-01 00:00:00", "1677-12-31 23:59:59", "2262-01-01 00:00:00", "9999-12-31 23:59:60"]
)
def test_time_beyond_64_bits_is_none(text: str) -> None:
    """A date of which nanoseconds do not fit into 64 bits is unreadable: no digest or checkpoint could hold it."""
    assert day(text[:10]) is None
    assert read_time(text) is None


@pytest.mark.parametrize("text", ["1678-01-01 00:00:00-23:59", "2261-12-31 23:59:60.999999999-23:59"])
def test_every_time_read_fits_into_64_bits(text: str) -> None:
    """The farthest dates that are read fit, whatever their offset."""
    found = read_time(text)
    assert found is not None
    assert -(1 << 63) <= found[0] < 1 << 63


def test_zone_decides_only_where_no_offset_stands() -> None:
    """The zone is asked for naive times with their local seconds, and for no others."""
    asked: list[int] = []

    def zone(local: int) -> int:
        asked.append(local)
        return 3600

    assert read_time("2026-11-21 13:00:00", zone) == (NOON, 19)
    assert read_time("2026-11-21 12:00:00Z", zone) == (NOON, 20)
    assert asked == [NOON // NS + 3600]
    assert utc(0) == 0


@pytest.mark.parametrize(("text", "seconds"), [("Z", 0), ("+00:00", 0), ("+02:00", 7200), ("-0530", -19800)])
def test_offsets(text: str, seconds: int) -> None:
    """Offsets are seconds east of UTC."""
    assert offset_seconds(text) == seconds


MOMENTS = st.datetimes(datetime(1678, 1, 2), datetime(2261, 12, 30))  # noqa: DTZ001 - the offset comes beside it


@given(MOMENTS, st.integers(-1439, 1439), st.sampled_from("T "))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_agrees_with_the_standard_library(naive: datetime, minutes: int, between: str) -> None:
    """Law: a moment written with any offset is read as that moment."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = moment.isoformat(between, "microseconds")
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    assert read_time(text) == (expected, len(text))
