"""How what was read is cut into records: in order, each piece behind the one before, nothing lost (R1)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from observer.broker.intake import Intake
from observer.broker.packing import Held, Record, Waiting
from observer.following.files import FileFollower
from observer.live.streams import Stream
from parsers.text import LINE_LIMIT
from replay.journal import Source
from tests.observer.broker.pieces import NODE1, NODE2, kept, taken

SECOND = 1_000_000_000


def stream_of(path: Path, source: Source) -> Stream:
    """A log that nobody has read yet."""
    return Stream(FileFollower(path), [(source, ())])


def read(waiting: Waiting, streams: dict[int, Stream], now: int, room: int = 1 << 20) -> None:
    """One look at every log."""
    for number, stream in streams.items():
        waiting.hold(Held(stream, number, lines, backlog=False) for _number, lines in stream.look(now, room))


@pytest.mark.parametrize("seed", range(25))
def test_records_of_any_size_give_every_line_once(tmp_path: Path, seed: int) -> None:
    """Logs that grow, records that are refused and cut smaller: what is taken of them is what was written."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    logs = {1: tmp_path / "node1.log", 2: tmp_path / "node2.log"}
    written = dict.fromkeys(logs, b"")
    for path in logs.values():
        path.write_bytes(b"")
    streams = {1: stream_of(logs[1], NODE1.numbered(1)), 2: stream_of(logs[2], NODE2.numbered(2))}
    waiting, intake, now = Waiting(), Intake("net"), 0
    found = []

    def send(most: int) -> None:
        record = waiting.record(most)
        if record.raw > most:
            assert record.lines == 1, "a record holds more than was asked for only where one line does"
        if draw.randrange(4) == 0:
            waiting.give_back(record)
            return
        rows = waiting.taken(record)
        assert {(one.source, one.count): one.high_water for one in rows} == _reached(record)
        found.extend(taken(intake, *record.pieces, at_ms=1000).arrived)

    for step in range(draw.randrange(1, 9)):
        number = draw.choice([1, 2])
        size = draw.randrange(1, 30)
        text = b"".join(b"%d %d %s\n" % (step, line, b"x" * (line % 7)) for line in range(size))
        with logs[number].open("ab") as log:
            log.write(text)
        written[number] += text
        now += SECOND
        read(waiting, streams, now, draw.choice([64, 1 << 20]))
        while waiting and draw.random() < 0.5:
            send(draw.choice([1, 10, 100, 1000]))
    for _ in range(200):
        now += SECOND
        read(waiting, streams, now)
    assert waiting.raw == sum(len(one.lines.data) for one in waiting._held)  # noqa: SLF001 - what is counted is there
    while waiting:
        send(50)
    for number, text in written.items():
        lines = kept(found, f"node{number}")
        assert b"".join(line for _, _, line in lines) == text
        assert [offset for _, offset, _ in lines] == sorted({offset for _, offset, _ in lines})
    assert intake.counted.duplicates == intake.counted.gaps == 0


def _reached(record: Record) -> dict[tuple[int, int], int]:
    return {key: until for key, (_stream, until) in record.through.items()}


def test_a_line_that_is_longer_than_a_record_is_sent_in_its_fragments(tmp_path: Path) -> None:
    """A line over the limit is fragments of that size, in the stream as in an import (R5)."""
    log = tmp_path / "node1.log"
    text = b"x" * (2 * LINE_LIMIT + 5) + b"\nnext\n"
    log.write_bytes(text)
    streams = {1: stream_of(log, NODE1.numbered(1))}
    waiting, intake = Waiting(), Intake("net")
    found = []
    for now in range(1, 6):
        read(waiting, streams, now * SECOND, 8 << 20)
    while waiting:
        record = waiting.record(1 << 20)
        waiting.taken(record)
        found += taken(intake, *record.pieces, at_ms=1000).arrived
    lines = kept(found)
    assert [(offset, len(line)) for _, offset, line in lines] == [
        (0, LINE_LIMIT),
        (LINE_LIMIT, LINE_LIMIT),
        (2 * LINE_LIMIT, 6),
        (2 * LINE_LIMIT + 6, 5),
    ]
    assert b"".join(line for _, _, line in lines) == text


def test_an_incarnation_is_noted_when_something_of_it_has_arrived(tmp_path: Path) -> None:
    """Whoever goes on before that opens it as for the first time, and says where it begins."""
    log = tmp_path / "node1.log"
    log.write_bytes(b"one\n")
    streams = {1: stream_of(log, NODE1.numbered(1))}
    waiting = Waiting()
    read(waiting, streams, SECOND)
    log.rename(tmp_path / "node1.log.1")
    log.write_bytes(b"two\n")
    for now in range(2, 12):
        read(waiting, streams, now * SECOND)
    noted = []
    while waiting:
        noted.append([(row.count, row.high_water) for row in waiting.taken(waiting.record(4))])
    assert noted[0] == [(1, 4)]
    assert noted[-1][-1] == (2, 4)
