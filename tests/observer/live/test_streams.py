"""From what happens to a stream to lines and Marks of its sources."""

from __future__ import annotations

from collections.abc import Sequence

from observer.following.happenings import (
    CaughtUp,
    Ended,
    Happening,
    Lost,
    Missing,
    Opened,
    Read,
    Rotated,
)
from observer.live.streams import Stream
from replay.journal import Incarnation, MarkKind, Role, Source

SOURCE = Source(1, "node1", "log", "monero", "bare", "file", "UTC", Role.PRIMARY, "node1.log")
LINE = b"2026-11-21 07:00:0%d.000\tI\tglobal\ta.cpp:1\t%s\n"


class Scripted:
    """Gives what it was told to give, a look at a time."""

    def __init__(self, *looks: Sequence[Happening]) -> None:
        """In this order."""
        self._looks = [list(one) for one in looks]

    @property
    def behind(self) -> int:
        """Nothing."""
        return 0

    def look(self, now: int, room: int) -> list[Happening]:
        """The next look."""
        return self._looks.pop(0) if self._looks else []

    def leave(self, now: int) -> list[Happening]:
        """Nothing is left."""
        return []


def line(second: int, text: bytes = b"x") -> bytes:
    """A line of monerod."""
    return LINE % (second, text)


def opened(count: int, start: int = 0, *, fresh: bool = True) -> Opened:
    """An incarnation."""
    return Opened(count, bytes([count]) * 16, 8, start, fresh, "node1.log")


def told(stream: Stream) -> list[tuple[int, list[int], bytes, list[tuple[int, MarkKind]]]]:
    """(incarnation, offsets, data, marks) of one look."""
    return [
        (
            lines.incarnation,
            lines.offsets.tolist(),
            bytes(lines.data),
            [(found.line, found.kind) for found in lines.adjustments],
        )
        for _number, lines in stream.look(0, 1 << 20)
    ]


def stream_of(*looks: Sequence[Happening], known: Sequence[Incarnation] = ()) -> Stream:
    """A stream of one source."""
    return Stream(Scripted(*looks), [(SOURCE, known)])


def test_lines_come_at_once_with_the_mark_before_them() -> None:
    """R4: no line waits for one that may come later."""
    stream = stream_of([opened(1), Read(1, 0, line(1), backlog=False)], [Read(1, len(line(1)), line(2), backlog=False)])
    assert told(stream) == [(1, [0], line(1), [(0, MarkKind.OPENED)])]
    assert told(stream) == [(1, [len(line(1))], line(2), [])]
    assert told(stream) == []


def test_marks_without_lines_come_alone() -> None:
    """R15, R23: what is lost, missing or found again is told though nothing is written."""
    stream = stream_of([opened(1)], [Missing(7, "truncated"), Lost("gone")], [CaughtUp()], [Ended("closed")])
    assert told(stream) == [(1, [], b"", [(0, MarkKind.OPENED)])]
    assert told(stream) == [(1, [], b"", [(0, MarkKind.GAP), (0, MarkKind.LOST)])]
    assert told(stream) == [(1, [], b"", [(0, MarkKind.CAUGHT_UP)])]
    assert told(stream) == [(1, [], b"", [(0, MarkKind.ENDED)])]
    assert stream.has_ended


def test_a_writer_that_reopens_late_is_heard_in_the_file_it_writes_to() -> None:
    """R1: a line that comes to a file after its successor was begun is that file's, at its offset there."""
    first, second, late = line(1), line(2), line(3, b"late")
    stream = stream_of(
        [
            opened(1),
            Read(1, 0, first, backlog=False),
            Rotated(1),
            opened(2),
            Read(2, 0, second, backlog=False),
            Read(1, len(first), late, backlog=False),
            Read(2, len(second), line(4), backlog=False),
        ]
    )
    assert [(count, offsets, data) for count, offsets, data, _marks in told(stream) if data] == [
        (1, [0], first),
        (2, [0], second),
        (1, [len(first)], late),
        (2, [len(second)], line(4)),
    ]


def test_what_the_journal_has_is_left_out() -> None:
    """R1: a line that was read before, and the beginning of one of which only that was."""
    lines = [line(1), line(2), line(3)]
    data = b"".join(lines)
    seen = len(lines[0]) + 10
    known = [Incarnation(1, 1, b"\1" * 16, 8, seen, "node1.log")]
    stream = stream_of([opened(1, 0, fresh=False), Read(1, 0, data, backlog=True)], known=known)
    (found,) = told(stream)
    assert found[:3] == (1, [seen, len(lines[0]) + len(lines[1])], data[seen:])


def test_a_torn_line_is_marked() -> None:
    """A line whose end has not come is kept, and said to be torn."""
    stream = stream_of([opened(1), Read(1, 0, b"2026-11-21 07:00:01.000\tI", backlog=False, torn=True)])
    assert [marks for _count, _offsets, _data, marks in told(stream)] == [[(0, MarkKind.OPENED)], [(0, MarkKind.TORN)]]


def test_a_backlog_ends_where_live_lines_begin() -> None:
    """R2: what has come since is left for the next look."""
    stream = stream_of(
        [opened(1), Read(1, 0, line(1), backlog=True), Read(1, len(line(1)), line(2), backlog=False)],
    )
    assert [lines.data for _number, lines in stream.backlog(lambda: 0)] == [line(1)]
    assert [data for _count, _offsets, data, _marks in told(stream)] == [line(2)]
