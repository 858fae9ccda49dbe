"""Times as people write and read them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.exits import Failed
from observer.times import clock, lasting, moment, written

SECOND = 10**9
FIRST = 1_795_244_578_504_000_000
LAST = FIRST + 100 * SECOND
ANY_TIME = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (FIRST, "2026-11-21T07:02:58.504Z"),
        (FIRST + 1000, "2026-11-21T07:02:58.504001Z"),
        (FIRST + 1, "2026-11-21T07:02:58.504000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-62_135_596_800 * SECOND, "0001-01-01T00:00:00.000Z"),
    ],
)
def test_time_is_written_with_the_digits_it_needs(at: int, text: str) -> None:
    """RFC 3339 in UTC, four digits of year, the fraction in threes."""
    assert written(at) == text


@given(ANY_TIME)
def test_what_is_written_is_read_back(at: int) -> None:
    """Every time of a journal can be pasted back as it was printed, to the nanosecond."""
    if at <= 9_000_000_000 * SECOND:
        assert moment(written(at), FIRST, LAST) == at


@given(ANY_TIME, ANY_TIME)
def test_written_times_sort_as_they_are_with_equal_digits(one: int, other: int) -> None:
    """Times of whole milliseconds sort as text."""
    one, other = one // 10**6 * 10**6, other // 10**6 * 10**6
    assert (written(one) < written(other)) == (one < other)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("+90s", FIRST + 90 * SECOND),
        ("+1m30s", FIRST + 90 * SECOND),
        ("+0s", FIRST),
        ("-30s", LAST - 30 * SECOND),
        ("-500ms", LAST - SECOND // 2),
        ("07:03", FIRST + 1496 * 10**6),
        ("07:03:00", FIRST + 1496 * 10**6),
        ("07:03:00.25", FIRST + 1746 * 10**6),
        ("2026-11-21", 1_795_219_200 * SECOND),
        ("1795244578.504", FIRST),
        ("1795244578.5040001", FIRST + 100),
        ("1795244578504000000", FIRST),
        ("0", 0),
    ],
)
def test_moment_of_a_journal(text: str, at: int) -> None:
    """Counted from either end, by the clock of the first day, by date, in seconds or in nanoseconds."""
    assert moment(text, FIRST, LAST) == at


@pytest.mark.parametrize(
    "text",
    ["", " ", "+", "-", "now", "7:03", "07:60", "24:00", "2026-11-31", "1e9", "12345678901234", "\u0660\u0667:03x"],
)
def test_what_is_no_time(text: str) -> None:
    """The sentence shows how one is written."""
    with pytest.raises(Failed, match="is no time; write 2026-11-21T07:03:20Z"):
        moment(text, FIRST, LAST)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_one_sentence(text: str) -> None:
    """Nothing that is typed makes anything but a time or a sentence, and every time can be written."""
    with contextlib.suppress(Failed):
        assert written(moment(text, FIRST, LAST))


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0.0 s"),
        (26_215 * 10**6, "26.2 s"),
        (59_999 * 10**6, "59.9 s"),
        (184 * SECOND, "3 m 04 s"),
        (7500 * SECOND, "2 h 05 m"),
        (200_000 * SECOND, "2 d 07 h"),
    ],
)
def test_durations_for_people(duration: int, text: str) -> None:
    """Two units at most, the smaller one to its full digits."""
    assert lasting(duration) == text


def test_clock_is_the_time_of_day() -> None:
    """Lines of one run need no date."""
    assert clock(FIRST + 1) == "07:02:58.504"
