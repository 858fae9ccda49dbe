"""The raw lines behind an answer: each with its node, its source, and where it stands in which file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from observer.answers_shared import EvidenceAnswer
from observer.times import written
from parsers.text import clean, decoded

if TYPE_CHECKING:
    from replay.blocks import Block
    from replay.journal import Source
    from replay.recording import BlockInfo, Recording

LINE_SHOWN = 4000
"""Characters of a line in an answer."""


def evidence_of(recording: Recording, seqs: Sequence[int]) -> list[EvidenceAnswer]:
    """The lines at these sequences, each once, in journal order. A sequence that is no line's is left out: Marks
    have no text. Each block that holds one of them is loaded once.
    """
    wanted = sorted({seq for seq in seqs if seq > 0})
    if not wanted:
        return []
    sources = {source.number: source for source in recording.sources()}
    files = {(number, one.count): one.label for number in sources for one in recording.incarnations(number)}
    found: list[EvidenceAnswer] = []
    for info in recording.block_infos(wanted[0], wanted[-1]):
        here = wanted[bisect_left(wanted, info.first_seq) : bisect_right(wanted, info.last_seq)]
        if here:
            found += _of_block(recording.block(info.first_seq), here, sources, files)
    return sorted(found, key=lambda one: one.sequence)


def _of_block(
    block: Block, wanted: list[int], sources: dict[int, Source], files: dict[tuple[int, int], str]
) -> Iterator[EvidenceAnswer]:
    for segment, first, _start in block.segments():
        offsets = None
        for seq, place in _places(block.seqs[first : first + segment.lines], wanted):
            offsets = block.offsets(segment, first) if offsets is None else offsets
            source = sources[segment.source]
            yield EvidenceAnswer(
                sequence=seq,
                at=written(int(block.times[first + place])),
                node=source.node,
                source=source.name,
                file=files.get((segment.source, segment.incarnation), source.label),
                offset=int(offsets[place]),
                line=clean(decoded(block.line(first + place).rstrip(b"\r\n")), LINE_SHOWN),
            )


def _places(seqs: Any, wanted: list[int]) -> Iterator[tuple[int, int]]:
    """(sequence, place) of the wanted ones; sequences of one source rise."""
    import numpy as np

    for seq, place in zip(wanted, np.searchsorted(seqs, wanted).tolist(), strict=True):
        if place < len(seqs) and int(seqs[place]) == seq:
            yield seq, place


def line_before(recording: Recording, sources: set[int], seq: int) -> tuple[int, int] | None:
    """Sequence and journal time of the last line that these sources wrote before an entry."""
    import numpy as np

    for info in _back_from(recording, seq - 1):
        block = recording.block(info.first_seq)
        best: tuple[int, int] | None = None
        for segment, first, _start in block.segments():
            if segment.source not in sources:
                continue
            place = int(np.searchsorted(block.seqs[first : first + segment.lines], seq)) - 1
            if place >= 0:
                one = int(block.seqs[first + place]), int(block.times[first + place])
                best = one if best is None else max(best, one)
        if best is not None:
            return best
    return None


def _back_from(recording: Recording, seq: int) -> Iterator[BlockInfo]:
    """The block with an entry, and those before it, the last one first: nearly always the first one has what is looked
    for, and there may be thousands.
    """
    last = recording.last()
    seq = 0 if last is None else min(seq, last.last_seq)
    begins = recording.begins
    while seq >= begins:
        info = recording.block_infos(seq, seq)[0]
        yield info
        seq = info.first_seq - 1
