"""What an attach names becomes streams: what is in a directory already, and what appears there."""

from __future__ import annotations

from pathlib import Path

from observer.inventory import Inventory
from observer.live.attending import Attached
from observer.live.recognition import Recognition
from observer.live.streams import Stream
from observer.sources import Said
from replay.journal import Source
from tests.observer.captures import CAPTURES

LINES = (CAPTURES / "level1" / "node1.log").read_bytes().splitlines(keepends=True)[:60]
SECOND = 10**9


def attached(folder: Path, *, tail: bool = False) -> Attached:
    """Attached to a directory."""
    return Attached([str(folder)], Recognition(Said(), Inventory()), lambda _source: (), tail=tail)


def as_it_is(source: Source) -> Source:
    """Entered."""
    return source


def read(stream: Stream) -> bytes:
    """Everything that a stream gives."""
    return b"".join([lines.data for _number, lines in stream.backlog(lambda: 0)])


def test_rotated_members_in_a_directory_are_read_as_an_import_reads_them(tmp_path: Path) -> None:
    """R1, R2: the backlog of a log is all of it that is there."""
    (tmp_path / "node1.log.1").write_bytes(b"".join(LINES[:40]))
    (tmp_path / "node1.log").write_bytes(b"".join(LINES[40:]))
    (stream,) = attached(tmp_path).arrivals(SECOND, as_it_is)
    assert read(stream) == b"".join(LINES)


def test_what_appears_later_is_read_from_its_first_line_whatever_was_left_out_before(tmp_path: Path) -> None:
    """`--tail` leaves out what was there when somebody attached, and nothing else."""
    (tmp_path / "node1.log").write_bytes(b"".join(LINES))
    found = attached(tmp_path, tail=True)
    (first,) = found.arrivals(SECOND, as_it_is)
    (tmp_path / "node2.log").write_bytes(b"".join(LINES))
    (second,) = found.arrivals(3 * SECOND, as_it_is)
    assert (read(first), read(second)) == (b"", b"".join(LINES))
