"""R3 by command: the order of the journal where clocks are set, dates stray, lines have no time or the same one."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observer.entries import lines_of
from observer.main import run
from replay.recording import Recording
from tests.observer.conftest import Observer, Ran
from tests.observer.monerod import idle, started, when


class Journal(NamedTuple):
    """An import of some logs: what it printed, the journal's lines, and the Marks that replay tells."""

    summary: str
    lines: list[dict[str, Any]]
    told: list[dict[str, Any]]

    def marks(self, kind: str) -> list[dict[str, Any]]:
        """What was told of one kind."""
        return [one for one in self.told if one["kind"] == kind]

    def order(self) -> list[str]:
        """node:number of every numbered line, in journal order."""
        found = ((one["node"], re.search(r"\] (\d+) bytes", one["text"])) for one in self.lines)
        return [f"{node}:{number[1]}" for node, number in found if number is not None]


Imported = Callable[..., Journal]


@pytest.fixture
def imported(observer: Observer, tmp_path: Path) -> Imported:
    """Import one log per node."""

    def made(**logs: bytes) -> Journal:
        for node, data in logs.items():
            (tmp_path / f"{node}.log").write_bytes(data)
        ran: Ran = observer("import", *(tmp_path / f"{node}.log" for node in logs), "-o", tmp_path / "made.rec")
        assert (ran.code, ran.err) == (0, "")
        lines = observer("lines", tmp_path / "made.rec", "--json").answers
        assert [one["at"] for one in lines] == sorted(one["at"] for one in lines)
        told = observer("replay", tmp_path / "made.rec", "--json").answers
        return Journal(ran.text, lines, told)

    return made


def test_clock_set_back_an_hour_is_followed(imported: Imported) -> None:
    """A source that steps back an hour for long keeps its place beside the others; the step is a Mark.

    How long the pause was in which the clock was set cannot be told, so it counts as none.
    """
    hour = 3_600_000
    steady = started(0) + b"".join(idle(number * 1000 + 500, number) for number in range(40))
    before = b"".join(idle(number * 1000, number) for number in range(20))
    after = b"".join(idle(number * 1000 - hour, number) for number in range(20, 40))
    found = imported(a=steady, b=started(0) + before + after)
    times = [(number * 1000 + 500, f"a:{number}") for number in range(40)]
    times += [((number - (number >= 20)) * 1000, f"b:{number}") for number in range(40)]
    assert found.order() == [line for _, line in sorted(times, key=lambda one: one[0])]
    (step,) = found.marks("clock step")
    assert step["node"] == "b"
    assert step["facts"]["step_ns"] == -(hour - 1000) * 10**6
    assert "1 clock step(s), later times adjusted" in found.summary
    assert found.lines[-1]["at"] < "2026-11-21T07:01"


def test_clock_set_back_and_forth_ends_where_it_was(imported: Imported) -> None:
    """A clock that is put right again is followed again: nothing is shifted for ever."""
    hour = 3_600_000
    times = [number * 1000 - (hour if 20 <= number < 40 else 0) for number in range(60)]
    found = imported(a=started(0) + b"".join(idle(time, number) for number, time in enumerate(times)))
    assert len(found.marks("clock step")) == 2
    assert found.lines[-1]["at"] == "2026-11-21T07:00:59.000Z"


@pytest.mark.parametrize("place", [1, 20, 38])
def test_one_line_from_the_year_2099_drags_nothing(imported: Imported, place: int) -> None:
    """A single stray date takes the time of the line behind it; one Mark says so and nothing else moves."""
    times = [when(number * 1000) for number in range(40)]
    times[place] = "2099-01-01 00:00:00.000"
    odd = started(0) + b"".join(idle(time, number) for number, time in enumerate(times))
    found = imported(a=odd, b=started(0) + b"".join(idle(number * 1000 + 500, number) for number in range(40)))
    expected = [f"{node}:{number}" for number in range(40) for node in ("a", "b")]
    # The stray one has the time of the line behind it, so b's line of before comes first.
    at = expected.index(f"a:{place}")
    expected[at : at + 2] = reversed(expected[at : at + 2])
    assert found.order() == expected
    (stray,) = found.marks("stray")
    assert (stray["node"], stray["facts"]["lines"]) == ("a", 1)
    assert found.marks("clock step") == []
    assert found.marks("silence") == []
    assert "1 run(s) of lines dated far off, ordered by their neighbours" in found.summary
    assert found.lines[-1]["at"] == "2026-11-21T07:00:39.500Z"


@pytest.mark.parametrize("date", ["1970-01-01", "2099-12-31"])
def test_whole_log_of_another_year_is_not_stray(imported: Imported, date: str) -> None:
    """A clock that was never right is a clock: its own order and pauses are kept."""
    lines = (started(0) + b"".join(idle(number * 1000, number) for number in range(30))).replace(
        b"2026-11-21", date.encode()
    )
    found = imported(a=lines)
    assert found.lines[-1]["at"] == f"{date}T07:00:29.000Z"
    assert found.marks("stray") == found.marks("clock step") == []


@pytest.mark.parametrize(
    "date", ["0001-01-01 00:00:00.000", "1600-01-01 00:00:00.000", "2400-01-01 00:00:00.000", "9999-12-31 23:59:59.999"]
)
@pytest.mark.parametrize("place", [0, 5])
def test_date_beyond_any_journal_is_kept_and_drags_nothing(imported: Imported, date: str, place: int) -> None:
    """A year that 64 bits of nanoseconds cannot hold is a date like any other odd one."""
    times = [when(number * 1000) for number in range(30)]
    times[place] = date
    found = imported(a=b"".join(idle(time, number) for number, time in enumerate(times)))
    assert found.order() == [f"a:{number}" for number in range(30)]
    assert found.lines[-1]["at"] == "2026-11-21T07:00:29.000Z"


def test_line_dated_before_its_predecessor_stays_behind_it(imported: Imported) -> None:
    """The order within a source is never broken: such a line takes its predecessor's time, and is counted."""
    times = [number * 1000 for number in range(30)]
    times[10] -= 5000
    found = imported(a=started(0) + b"".join(idle(time, number) for number, time in enumerate(times)))
    assert found.order() == [f"a:{number}" for number in range(30)]
    assert found.lines[12]["at"] == found.lines[11]["at"] == "2026-11-21T07:00:09.000Z"
    assert "1 run(s) of lines dated before their predecessor, put behind it" in found.summary
    assert found.marks("clock step") == []


def test_short_step_back_is_not_believed(imported: Imported) -> None:
    """Fewer than 16 lines of another hour are late lines, not a clock that was set."""
    times = [number * 1000 - (3_600_000 if 10 <= number < 20 else 0) for number in range(40)]
    found = imported(a=started(0) + b"".join(idle(time, number) for number, time in enumerate(times)))
    assert found.order() == [f"a:{number}" for number in range(40)]
    assert found.marks("clock step") == []
    assert found.lines[-1]["at"] == "2026-11-21T07:00:39.000Z"


def test_lines_without_time_follow_the_line_before_them(imported: Imported) -> None:
    """What has no date of its own, as a traceback, stays with the line above it, before other nodes' later lines."""
    trace = b"Traceback:\n  at main\n\n"
    found = imported(a=started(0) + idle(1000, 1) + trace + idle(3000, 2), b=started(0) + idle(1000, 1) + idle(2000, 2))
    texts = [(one["node"], one["text"]) for one in found.lines if one["node"] == "a" or " bytes " in one["text"]]
    assert [text for _, text in texts[3:6]] == ["Traceback:", "  at main", ""]
    assert [node for node, _ in texts[6:]] == ["b", "b", "a"]
    assert {one["at"] for one in found.lines if one["text"] == "  at main"} == {"2026-11-21T07:00:01.000Z"}


def test_lines_before_the_first_date_come_first(imported: Imported) -> None:
    """A banner without a time stands before the first dated line of its source, and not in 1970."""
    found = imported(a=b"**********\nwelcome\n" + started(5000), b=started(1000))
    assert found.lines[0]["at"] >= "2026-11-21T07:00:01.000Z"
    assert [one["text"] for one in found.lines if one["node"] == "a"][:2] == ["**********", "welcome"]


def test_log_without_any_time_is_said(imported: Imported) -> None:
    """A source in which no time can be read is kept, marked and named in the summary."""
    found = imported(a=started(0), b=b"one\ntwo\nthree\n")
    assert "b/log: no time can be read in its lines" in found.summary
    assert [one["text"] for one in found.lines if one["node"] == "b"] == ["one", "two", "three"]
    assert {one["at"][:10] for one in found.lines} == {"2026-11-21"}


def test_equal_times_are_ordered_by_source_and_offset(imported: Imported) -> None:
    """Lines of the same instant: by name of the source, then as they stand in it; arguments in any order."""
    same = b"".join(idle(1000, number) for number in range(5))
    found = imported(c=same, a=same, b=same)
    assert found.order() == [f"{node}:{number}" for node in "abc" for number in range(5)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(-4_000_000, 4_000_000)), min_size=1, max_size=40),
        min_size=1,
        max_size=3,
    )
)
def test_any_dates_keep_every_line_in_the_order_of_its_source(times: list[list[int | None]]) -> None:
    """Whatever the dates, journal time never decreases, no line is lost, and each source keeps its own order."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = {
            f"n{number}": [
                f"no time {place}\n".encode() if time is None else idle(time, place) for place, time in enumerate(one)
            ]
            for number, one in enumerate(times)
        }
        for node, lines in logs.items():
            (folder / f"{node}.log").write_bytes(b"".join(lines))
        assert run(["import", name, "-o", f"{name}/made.rec", "-q"]) == 0
        with Recording.open_to_read(folder / "made.rec") as recording:
            found = list(lines_of(recording, (1, None), None, None, None))
    assert [one.at for one in found] == sorted(one.at for one in found)
    for node, lines in logs.items():
        assert [one.entry for one in found if one.source.node == node] == lines
