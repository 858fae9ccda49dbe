"""Order times (R3), held against a line-by-line reading of the rule's own text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.journal import MarkKind
from replay.ordering import BANNER, SUSTAINED, UNDATED, Adjustment, OrderTimes

S = 1_000_000_000
NOON = 1_795_262_400
"""2026-11-21 12:00:00 UTC."""
YEAR_2099 = 4_070_908_800
HOUR = 3600
MINUTE = 60

Dates = Sequence[int | None]
"""One per line, in seconds since 1970; None for a line without a time."""


@dataclass
class Reference:
    """R3, line by line, with every line of the source at hand and no thought of speed."""

    offset: int = 0
    good: int | None = None
    found: list[tuple[int, MarkKind, int]] = field(default_factory=list)
    """(line, kind, lines of a stray run or size of a step)."""

    def times(self, lines: Dates) -> Dates:
        """The order time of each line."""
        places = [place for place, date in enumerate(lines) if date is not None]
        dates = [date for date in lines if date is not None]
        mended: list[int] = []
        while len(mended) < len(dates):
            mended += self.decided(dates, len(mended), places)
        return self.spread(lines, mended)

    def decided(self, dates: list[int], place: int, places: list[int]) -> list[int]:
        """The mended dates from `place` on, up to the first that is no stray."""
        date = dates[place]
        back = self.comes_back(dates, place)
        if back is not None:
            self.found.append((places[place], MarkKind.STRAY, back - place))
            rest = self.decided(dates, back, places)
            return [rest[0]] * (back - place) + rest
        if self.good is not None and date < self.good - MINUTE:
            behind = dates[place : place + SUSTAINED]
            if len(behind) < SUSTAINED or any(one >= self.good - MINUTE for one in behind):
                return [date + self.offset]
            self.offset += self.good - date
            self.found.append((places[place], MarkKind.CLOCK_STEP, date - self.good))
        elif self.good is not None and date > self.good + MINUTE and self.offset:
            step = date - self.good
            if abs(self.offset - step) <= MINUTE:
                self.offset = 0
                self.found.append((places[place], MarkKind.CLOCK_STEP, step))
        self.good = date
        return [date + self.offset]

    def comes_back(self, dates: list[int], place: int) -> int | None:
        """Where the dates return to what they were before a leap into the future."""
        if self.good is not None and dates[place] <= self.good + MINUTE:
            return None
        for later in range(place + 1, min(place + 1 + SUSTAINED, len(dates))):
            earliest = dates[later] if self.good is None else self.good - MINUTE
            if earliest <= dates[later] < dates[place] - MINUTE:
                return later
        return None

    @staticmethod
    def spread(lines: Dates, mended: list[int]) -> Dates:
        """No line earlier than its predecessor, and a line without a time at its predecessor's."""
        given: list[int | None] = []
        left = iter(mended)
        last: int | None = None
        for date in lines:
            if date is not None:
                following = next(left)
                last = following if last is None else max(last, following)
            given.append(last)
        banner = next((place for place, time in enumerate(given) if time is not None), len(given))
        if 0 < banner < len(given) and banner <= BANNER:
            given[:banner] = [given[banner]] * banner
        return given


def in_columns(lines: Dates) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Dates as the reader gives them."""
    return np.array([UNDATED if date is None else date * S for date in lines], dtype=np.int64)


def ordered(lines: Dates, cuts: list[int] | None = None) -> tuple[Dates, list[Adjustment]]:
    """Order times in seconds, read in parts that end at `cuts`, with what was mended by line of the whole."""
    order = OrderTimes()
    columns = in_columns(lines)
    given: list[int] = []
    found: list[Adjustment] = []
    for end in [*sorted(cuts or []), len(lines)]:
        times, adjustments = order.order(columns[len(given) : end], final=False)
        found += [Adjustment(one.line + len(given), one.kind, one.facts) for one in adjustments]
        given += times.tolist()
    times, adjustments = order.order(columns[len(given) :], final=True)
    found += [Adjustment(one.line + len(given), one.kind, one.facts) for one in adjustments]
    given += times.tolist()
    return [None if time == UNDATED else time // S for time in given], found


def mendings(found: list[Adjustment]) -> list[tuple[int, MarkKind, int]]:
    """Strays and steps, as the reference gives them."""
    return [
        (one.line, one.kind, one.facts["lines"] if one.kind is MarkKind.STRAY else one.facts["step_ns"] // S)
        for one in found
        if one.kind is not MarkKind.CLAMPED
    ]


def steady(count: int, since: int = NOON) -> list[int]:
    """A line a second."""
    return list(range(since, since + count))


def test_dates_in_order_are_taken_as_they_are() -> None:
    """R3: where nothing is wrong a line's own date is its order time, and no Mark is made."""
    assert ordered([*steady(40), NOON + 39, NOON + 39]) == ([*steady(40), NOON + 39, NOON + 39], [])


@pytest.mark.parametrize("strays", [1, 5, SUSTAINED])
@pytest.mark.parametrize("before", [0, 1, 7, 40])
@pytest.mark.parametrize("behind", [1, 15, 40])
def test_stray_dates_take_the_time_of_the_line_behind_them(strays: int, before: int, behind: int) -> None:
    """R3: lines from the year 2099, one or a statement of several, drag neither themselves nor what follows."""
    back = steady(behind, NOON + before)
    given, found = ordered([*steady(before), *steady(strays, YEAR_2099), *back])
    assert given == [*steady(before), *[back[0]] * strays, *back]
    assert mendings(found) == [(before, MarkKind.STRAY, strays)]


def test_a_stray_last_line_stands_where_it_is_dated() -> None:
    """R3: with no dated line behind it, nothing contradicts a date."""
    assert ordered([*steady(30), YEAR_2099]) == ([*steady(30), YEAR_2099], [])


def test_strays_of_several_dates_all_end_at_the_first_line_that_is_none() -> None:
    """R3: a stray that comes back to another stray takes the time of what that one comes back to."""
    given, found = ordered([*steady(3), YEAR_2099, YEAR_2099 - HOUR, *steady(20, NOON + 3)])
    assert given == [*steady(3), NOON + 3, NOON + 3, *steady(20, NOON + 3)]
    assert mendings(found) == [(3, MarkKind.STRAY, 1), (4, MarkKind.STRAY, 1)]


def test_more_lines_than_a_stray_can_have_are_believed() -> None:
    """R3: a leap that lasts is a node that was silent."""
    lines = [*steady(5), *steady(SUSTAINED + 1, NOON + HOUR)]
    assert ordered(lines) == (lines, [])


def test_a_clock_set_back_goes_on_where_it_was() -> None:
    """R3: a step back that lasts sixteen lines is added to every date behind it."""
    given, found = ordered([*steady(20), *steady(30, NOON + 20 - HOUR)])
    assert given == [*steady(20), *steady(30, NOON + 19)]
    assert mendings(found) == [(20, MarkKind.CLOCK_STEP, 1 - HOUR)]
    assert found[0].facts["offset_ns"] == (HOUR - 1) * S


def test_a_clock_set_back_and_forward_again_is_trusted_again() -> None:
    """R3: what had been added is no longer added once the clock has made good the step."""
    given, found = ordered([*steady(20), *steady(20, NOON + 20 - HOUR), *steady(20, NOON + 40)])
    assert given == [*steady(20), *steady(20, NOON + 19), *steady(20, NOON + 40)]
    assert mendings(found) == [(20, MarkKind.CLOCK_STEP, 1 - HOUR), (40, MarkKind.CLOCK_STEP, HOUR + 1)]
    assert found[1].facts["offset_ns"] == 0


@pytest.mark.parametrize("late", [1, SUSTAINED - 1])
def test_too_few_lines_for_a_step_take_their_predecessors_time(late: int) -> None:
    """R3: a line earlier than its predecessor takes the predecessor's time, and a Mark says how far it was off."""
    given, found = ordered([*steady(20), *steady(late, NOON - HOUR), *steady(20, NOON + 20)])
    assert given == [*steady(20), *[NOON + 19] * late, *steady(20, NOON + 20)]
    assert [(one.line, one.kind) for one in found] == [(20, MarkKind.CLAMPED)]
    assert found[0].facts == {"lines": late, "largest_ns": (HOUR + 19) * S}


def test_a_late_line_does_not_undo_a_clock_step() -> None:
    """R3: one line an hour early, behind a clock set back by an hour, is late and no second step."""
    back = NOON + 20 - HOUR
    given, found = ordered([*steady(20), *steady(20, back), back - HOUR, *steady(20, back + 20)])
    assert given == [*steady(20), *steady(20, NOON + 19), NOON + 38, *steady(20, NOON + 39)]
    assert mendings(found) == [(20, MarkKind.CLOCK_STEP, 1 - HOUR)]


def test_lines_without_a_time_take_that_of_the_line_before_them() -> None:
    """R3: else that of the line before it; a short banner takes the first date that comes."""
    assert ordered([None, None, NOON, None, NOON + 5, None])[0] == [NOON, NOON, NOON, NOON, NOON + 5, NOON + 5]


@pytest.mark.parametrize(("banner", "time"), [(BANNER, NOON), (BANNER + 1, None)])
def test_a_long_beginning_without_a_time_is_left_to_the_merge(banner: int, time: int | None) -> None:
    """R3: a source is not kept in memory until a date comes that may never come."""
    assert ordered([*[None] * banner, NOON])[0] == [*[time] * banner, NOON]


def test_a_source_without_any_time_has_no_order_times() -> None:
    """R3: such lines stand where the merge puts them."""
    assert ordered([None] * 200, [50, 130]) == ([None] * 200, [])


def test_dates_at_the_edge_of_what_can_be_counted_overflow_nothing() -> None:
    """R3: whatever a log says, order times stay within 64 bits and never decrease."""
    far, near = 9_223_372_035, -9_214_646_400
    columns = in_columns([*[far] * 20, *[near] * 20, *[far - HOUR] * 20, *[near] * 20, far])
    given = OrderTimes().order(columns, final=True)[0]
    assert bool((np.diff(given) >= 0).all())


@st.composite
def sources(draw: st.DrawFn) -> Dates:
    """A log that runs, stops, leaps, steps and stutters."""
    lines: list[int | None] = []
    now = NOON
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["run", "run", "stray", "late", "step", "silence", "none", "same"]))
        count = draw(st.integers(1, 20))
        pace = draw(st.sampled_from([1, 5, 59, 61]))
        if kind == "none":
            lines += [None] * count
        elif kind in ("stray", "late"):
            far = draw(st.sampled_from([61, HOUR, YEAR_2099 - NOON])) if kind == "stray" else -HOUR
            lines += [now + far + place for place in range(min(count, 17))]
        elif kind == "same":
            lines += [now] * count
        else:
            now += {"run": 0, "step": -HOUR, "silence": HOUR}[kind]
            lines += [now + pace * place for place in range(count)]
            now += pace * count
    return lines


@settings(max_examples=400, derandomize=True, deadline=None)
@given(sources(), st.lists(st.integers(0, 160), max_size=6))
def test_order_times_are_those_of_the_rule_whatever_the_parts(lines: Dates, cuts: list[int]) -> None:
    """R3: equal times, strays and steps as by reading the rule line by line, however the source is cut."""
    reference = Reference()
    expected = reference.times(lines)
    given, found = ordered(lines, [cut for cut in cuts if cut < len(lines)])
    assert given == expected
    assert mendings(found) == reference.found
    dated = [time for time in given if time is not None]
    assert dated == sorted(dated)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(NOON - 200, NOON + 200)), max_size=120), st.integers(1, 9))
def test_order_times_never_decrease(lines: Dates, step: int) -> None:
    """R3: import never breaks the order within a source, whatever its dates."""
    given, _found = ordered(lines, list(range(step, len(lines), step)))
    dated = [time for time in given if time is not None]
    assert dated == sorted(dated)
    assert len(given) == len(lines)
