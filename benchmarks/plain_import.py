"""The plain sequence beside which import is measured: read, split, date, compress, insert, file after file.

It shares no code with the project, so that what is slow there is not slow here as well. Each step is taken as cheaply
as it can be with numpy, and nothing is done besides: no merge, no redaction, no odd dates mended, no checksums, no
literal looked for, nothing folded or kept for later. Only two kinds of logs can be dated: lines that begin with their
time, and those of zap in JSON, where it stands behind a level of four or five letters.

python -m benchmarks.plain_import NODE1.log NODE2.log -o PLAIN.db
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECE_BYTES = 1 << 20
LEVEL = 1
_COLUMNS = (0, len('{"level":"INFO","time":"'), len('{"level":"DEBUG","time":"'))
"""Where a line may carry its time."""
_TIME = len("2026-11-21 07:02:58.504")


def pieces(path: Path) -> Iterator[tuple[bytes, NDArray[np.int64]]]:
    """Whole lines of about a mebibyte, and where each ends."""
    rest = b""
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(PIECE_BYTES):
            last = chunk.rfind(b"\n") + 1
            if not last:
                rest += chunk
            else:
                data, rest = rest + chunk[:last], chunk[last:]
                yield data, np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    if rest:
        yield rest, np.array([len(rest)])


def times(data: bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Nanoseconds of each line, those of the line before where it has no time of its own."""
    array = np.frombuffer(data, dtype=np.uint8)
    starts = np.concatenate(([0], ends[:-1]))
    found = np.zeros(len(ends), dtype=np.int64)
    dated = np.zeros(len(ends), dtype=np.int64)
    for column in _COLUMNS:
        places = starts + column
        room = np.flatnonzero(places + _TIME < ends)
        here = room[(array[places[room]] == ord("2")) & (array[places[room] + 4] == ord("-"))]
        if len(here):
            texts: Any = np.ndarray((len(data) - _TIME + 1,), dtype=f"S{_TIME}", buffer=data, strides=(1,))
            found[here] = texts[places[here]].astype("datetime64[ns]").astype(np.int64)
            dated[here] = here
    return found[np.maximum.accumulate(dated)]


def rows(path: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The pieces of one file as they are stored: ends and times of lines, and their bytes."""
    compress = zstandard.ZstdCompressor(level=LEVEL).compress
    for data, ends in pieces(path):
        yield compress(ends.astype("<u4").tobytes()), compress(times(data, ends).tobytes()), compress(data)


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args()
    with sqlite3.connect(asked.output) as database:
        database.execute("CREATE TABLE piece (ends BLOB, times BLOB, body BLOB)")
        for path in asked.files:
            database.executemany("INSERT INTO piece VALUES (?, ?, ?)", rows(path))
    database.close()


if __name__ == "__main__":
    main()
