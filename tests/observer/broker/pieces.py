"""Pieces as a shipper makes them, of logs that are written here as bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from observer.broker.intake import Arrived, Intake, Taken
from observer.broker.wire import HEADERS, Piece, Shipped, SourceDescription, packed
from replay.journal import MarkKind, Role, head_of
from replay.ordering import UNDATED, Adjustment
from replay.reading import Lines

NODE1 = SourceDescription("node1", "log", "monero", "bare", "file", "UTC", Role.PRIMARY, "node1.log")
NODE2 = SourceDescription("node2", "log", "monero", "bare", "file", "UTC", Role.PRIMARY, "node2.log")
SHIPPER = b"shipper1"
SECOND = 1_000_000_000


def lines_of(data: bytes, offset: int, count: int = 1, marks: Sequence[Adjustment] = ()) -> Lines:
    """Lines that stand at an offset, a second apart."""
    ends = np.array([at + 1 for at, byte in enumerate(data) if byte == ord("\n")], dtype=np.int64)
    if data and (not len(ends) or ends[-1] != len(data)):
        ends = np.append(ends, len(data))
    starts = np.concatenate((np.zeros(min(1, len(ends)), dtype=np.int64), ends[:-1]))
    times = np.arange(len(ends), dtype=np.int64) * SECOND
    return Lines(data, ends, times, starts + offset, count, list(marks))


def piece_of(  # noqa: PLR0913 - what tests differ in
    log: bytes,
    start: int = 0,
    end: int | None = None,
    *,
    count: int = 1,
    source: SourceDescription = NODE1,
    marks: Sequence[Adjustment] = (),
) -> Piece:
    """What a shipper sends of a log that it has read from `start` to `end`."""
    end = len(log) if end is None else end
    head, length = head_of(log)
    lines = lines_of(log[start:end], start, count, marks)
    return Piece(source, count, head, length, source.label, start, end, backlog=False, lines=lines)


def opened(start: int = 0, *, fresh: bool = True, count: int = 1) -> Adjustment:
    """A shipper says that it has opened a file."""
    return Adjustment(0, MarkKind.OPENED, {"incarnation": count, "from": start, "fresh": fresh})


def taken(
    intake: Intake,
    *pieces: Piece,
    at_ms: int = 1000,
    shipper: bytes = SHIPPER,
    left: bool = False,
    run: bytes = b"run1",
) -> Taken:
    """A record of these pieces, taken."""
    found = intake.take(packed(Shipped(shipper, list(pieces), [], left, run)), b"net", at_ms, HEADERS)
    assert found is not None
    return found


def kept(arrived: Sequence[Arrived], node: str = "node1") -> list[tuple[int, int, bytes]]:
    """(incarnation, offset, bytes) of all lines of a node."""
    return [
        (one.lines.incarnation, offset, bytes(one.lines.data[end - size : end]))
        for one in arrived
        if one.source.node == node
        for offset, end, size in zip(
            one.lines.offsets.tolist(),
            one.lines.ends.tolist(),
            np.diff(one.lines.ends, prepend=0).tolist(),
            strict=True,
        )
    ]


def marks(arrived: Sequence[Arrived], node: str = "node1") -> list[tuple[MarkKind, dict[str, object]]]:
    """Marks of a node, without what an opened file says of itself."""
    return [
        (found.kind, found.facts if found.kind is not MarkKind.OPENED else {"fresh": found.facts["fresh"]})
        for one in arrived
        if one.source.node == node
        for found in one.lines.adjustments
    ]


@st.composite
def any_piece(draw: st.DrawFn) -> Piece:
    """Any piece that a shipper may make: also of lines that lie apart, without lines, or without an end."""
    line = st.binary(max_size=40).map(lambda text: text.replace(b"\n", b" ") + b"\n")
    texts: list[bytes] = draw(st.lists(line, max_size=6))
    unfinished = draw(st.booleans())
    if texts and unfinished:
        texts[-1] = texts[-1].rstrip(b"\n") or b"x"
    since = draw(st.integers(0, 1 << 40))
    offsets, at = [], since
    for text in texts:
        at += draw(st.sampled_from([0, 0, 0, 17]))
        offsets.append(at)
        at += len(text)
    lines = Lines(
        b"".join(texts),
        np.cumsum([len(text) for text in texts], dtype=np.int64) if texts else np.empty(0, dtype=np.int64),
        np.array(
            draw(st.lists(st.integers(UNDATED, 1 << 62), min_size=len(texts), max_size=len(texts))), dtype=np.int64
        ),
        np.array(offsets, dtype=np.int64),
        draw(st.integers(1, 9)),
        [
            Adjustment(line, kind, {"why": "a reason", "bytes": None, "live": True})
            for line, kind in sorted(
                draw(
                    st.lists(
                        st.tuples(
                            st.integers(0, len(texts)), st.sampled_from([MarkKind.GAP, MarkKind.LOST, MarkKind.CLAMPED])
                        ),
                        max_size=3,
                    )
                ),
                key=lambda one: one[0],
            )
        ],
    )
    head = draw(st.sampled_from([(b"", 0), (b"\1" * 16, 1024), (b"\2" * 16, 3)]))
    return Piece(
        draw(st.sampled_from([NODE1, NODE2])),
        lines.incarnation,
        *head,
        "a label",
        since,
        at,
        draw(st.booleans()),
        lines,
    )
