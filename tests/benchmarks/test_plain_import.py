"""The plain sequence beside which import is measured does its work, so that it may be compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.plain_import import PIECE_BYTES, pieces, rows, times

SECOND = 1_795_245_654_000_000_000
LINES = [
    b"2026/11/21 07:20:54 no time that it knows\n",
    b"2026-11-21 07:20:54.431\tI begins with its time\n",
    b"    and goes on\n",
    b'{"level":"INFO","time":"2026-11-21T07:20:55.500Z","message":"x"}\n',
    b'{"level":"DEBUG","time":"2026-11-21T07:20:56.000Z","message":"x"}\n',
]


def test_every_line_is_dated_by_itself_or_by_the_one_before() -> None:
    """Of plain lines and of zap's in JSON, as the logs of the benchmark are."""
    ends = np.cumsum([len(line) for line in LINES])
    found = times(b"".join(LINES), ends) - SECOND
    assert found[1:].tolist() == [431_000_000, 431_000_000, 1_500_000_000, 2_000_000_000]


def test_pieces_are_whole_lines_and_nothing_is_lost(tmp_path: Path) -> None:
    """A line longer than a piece and a last line without its end included."""
    data = b"".join(LINES) * 9000 + b"x" * (2 * PIECE_BYTES) + b"\n" + LINES[1] + b"torn"
    log = tmp_path / "node1.log"
    log.write_bytes(data)
    found = list(pieces(log))
    assert b"".join(piece for piece, _ in found) == data
    assert all(piece.endswith(b"\n") for piece, _ in found[:-1])
    assert sum(len(ends) for _, ends in found) == data.count(b"\n") + 1
    assert len(list(rows(log))) == len(found) > 2
