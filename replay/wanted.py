"""The fast path: from a block to the few lines that a parser wants (R10, R5).

The matcher runs over each source's slice of the body. Lines it hits are wanted, and with them those that
only make sense together with a neighbour: the lines behind the head of a statement of several lines, the
records of a line that its transport split, the pieces of a line that no entry holds whole. Everything
else is never seen by Python. `every_line` is the slow path with the same answer: the oracle of the tests.

What is wanted of a block depends on the blocks before it only through a small carry.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import zstandard

from parsers.framing import FRAMINGS, STREAMS, Cri, DockerJson, Framing, Journald
from parsers.matcher import Matcher, matcher_for
from parsers.statements import System
from parsers.systems import SYSTEMS
from replay.blocks import Block, Segment
from replay.failures import DamagedRecording
from replay.journal import Mark, Role, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEIGHBOUR, HIT = 1, 2
"""Why a line is wanted: for a line before it, or for itself."""
WANTED_VERSION = 2
"""Part of the matcher's fingerprint: raised when this module would choose other lines."""


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """A line some parser wants."""

    seq: int
    at: int
    source: int
    entry: bytes


class HotBlock(msgspec.Struct, array_like=True):
    """The wanted lines of a block, in journal order, and its Marks."""

    first_seq: int
    seqs: bytes
    """`int64` each."""
    ats: bytes
    sources: bytes
    """`uint32` each."""
    kinds: bytes
    """NEIGHBOUR or HIT for each."""
    ends: bytes
    """`uint32`: where each line ends in the body."""
    body: bytes
    marks: list[Mark]

    def lines(self) -> Iterator[tuple[int, int, int, int, bytes]]:
        """(sequence, journal time, source, kind, entry) of each line."""
        start = 0
        body = self.body
        seqs, ats = memoryview(self.seqs).cast("q"), memoryview(self.ats).cast("q")
        sources, ends = memoryview(self.sources).cast("I"), memoryview(self.ends).cast("I")
        for seq, at, source, kind, end in zip(seqs, ats, sources, self.kinds, ends, strict=True):
            yield seq, at, source, kind, body[start:end]
            start = end

    def __len__(self) -> int:
        """How many lines."""
        return len(self.ends) // 4

    def packed(self) -> bytes:
        """As stored."""
        return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(self))


_HOT = msgspec.msgpack.Decoder(HotBlock)


def unpacked(first_seq: int, value: bytes) -> HotBlock:
    """The inverse of `HotBlock.packed`. Raises DamagedRecording."""
    try:
        return _HOT.decode(zstandard.decompress(value))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise DamagedRecording(f"the hot lines at sequence {first_seq} are unreadable: {error}") from None


class _Plan(NamedTuple):
    """How the lines of one source are chosen."""

    source: Source
    system: System
    framing: Framing
    matcher: Matcher
    heads: tuple[tuple[bytes, int], ...]
    """Heads of statements of several lines as they are spelt, with how many whole lines behind them are wanted."""

    @property
    def longest(self) -> int:
        """The most lines that a block can leave wanted in the next."""
        return 1 + max((span for _, span in self.heads), default=0)


class _Carry(NamedTuple):
    """What the blocks before leave wanted in the next one."""

    lines: int = 0
    """So many whole lines from its beginning."""
    open: frozenset[str] = frozenset()
    """And of these streams of the transport's the next record, as a line goes on in it."""


class Chooser:
    """Chooses the wanted lines of consecutive blocks."""

    def __init__(self, sources: Iterable[Source], engine: str = "auto") -> None:
        """`engine` is the matcher's: `auto`, `hyperscan`, `re`, or `off` for every line of a read source."""
        self._plans: dict[int, _Plan] = {}
        self._carry: dict[int, _Carry] = {}
        self._everything = engine == "off"
        self._engine = "re" if self._everything else engine
        self._matchers: dict[tuple[str, str], Matcher] = {}
        for source in sources:
            self.join(source)

    def join(self, source: Source) -> None:
        """Choose from a source too, from its first line on."""
        if source.role is not Role.PRIMARY or source.system is None:
            return
        system, framing = SYSTEMS[source.system], FRAMINGS[source.framing]
        key = (system.name, framing.name)
        if key not in self._matchers:
            literals = [spelt for needle in system.needles() for spelt in _spellings(needle, framing)]
            self._matchers[key] = matcher_for(literals, self._engine)
        heads = tuple(
            (spelt.encode(), span) for needle, span in system.heads() for spelt in _spellings(needle, framing)
        )
        self._plans[source.number] = _Plan(source, system, framing, self._matchers[key], heads)

    def choose(self, block: Block) -> HotBlock:
        """The wanted lines of the next block."""
        import numpy as np

        chosen: list[NDArray[np.int64]] = []
        owners: list[NDArray[np.int64]] = []
        kinds: list[NDArray[np.uint8]] = []
        for segment, first_line, start in block.segments():
            plan = self._plans.get(segment.source)
            if plan is None:
                continue
            marked = self._marked(plan, block, segment, first_line, start)
            lines = np.flatnonzero(marked)
            chosen.append(lines + first_line)
            owners.append(np.full(len(lines), segment.source))
            kinds.append(marked[lines])
        return _hot(block, chosen, owners, kinds)

    def _marked(self, plan: _Plan, block: Block, segment: Segment, first_line: int, start: int) -> NDArray[np.uint8]:
        """For each line of a segment 0, NEIGHBOUR or HIT."""
        import numpy as np

        lines = segment.lines
        if self._everything:
            return np.full(lines, HIT, dtype=np.uint8)
        body = block.body[start : start + segment.length]
        ends = block.ends[first_line : first_line + lines] - start
        carry = self._carry.pop(segment.source, _Carry())
        if _hides(plan.framing, body, lines, carry.open):
            entries = [block.line(place) for place in range(first_line, first_line + lines)]
            self._carry[segment.source] = _Carry(plan.longest, _left_open(plan.framing, entries, carry.open))
            return np.full(lines, HIT, dtype=np.uint8)
        incomplete = _incomplete(plan.framing, body, ends)
        hit = _lines_at(ends, plan.matcher.hits(body))
        heads = [(found, span) for head, span in plan.heads if len(found := _holding(head, body, ends, hit))]
        marked = np.zeros(lines, dtype=np.uint8)
        if heads or len(incomplete) or carry != _Carry():
            left = _mark_neighbours(marked, plan, heads, incomplete, carry)
            marked[incomplete] = HIT
            goes_on = carry.open
            if carry.open or (len(incomplete) and incomplete[-1] == lines - 1):
                goes_on = _left_open(plan.framing, [block.line(first_line + lines - 1)], carry.open)
            if left > 0 or goes_on:
                self._carry[segment.source] = _Carry(left, goes_on)
        marked[hit] = HIT
        return marked

    def resume(self, open_streams: Mapping[int, Iterable[str]]) -> None:
        """Begin behind blocks that another has chosen from. Of the lines that they leave wanted as many as may
        be are assumed; which streams of a source have a record that goes on is known to its parser.
        """
        self._carry = {
            number: _Carry(plan.longest, frozenset(open_streams.get(number, ())))
            for number, plan in self._plans.items()
        }


def _mark_neighbours(
    marked: NDArray[np.uint8],
    plan: _Plan,
    heads: Iterable[tuple[NDArray[np.int64], int]],
    incomplete: NDArray[np.int64],
    carry: _Carry,
) -> int:
    """Mark the lines of a segment that are wanted for a line before them: behind heads of statements, which are given
    with how many whole lines they want, and behind incomplete lines. Gives back how many are wanted of the next block.
    """
    import numpy as np

    whole = np.ones(len(marked), dtype=np.int64)
    whole[incomplete] = 0
    done = np.cumsum(whole)
    # Regions, as (first line, number of whole lines that must be done behind the last).
    # Where a record of the block before goes on in the first one, what is joined may be a head.
    first = max(carry.lines, plan.longest + 1 if carry.open else 0)
    regions = [(np.array([0]), np.array([first]))] if first else []
    regions += [(lines + 1, done[lines] - whole[lines] + 1 + span) for lines, span in heads]
    # A line of several records may be a head whose literal stands across two of them.
    regions.append((incomplete + 1, done[incomplete] + plan.longest))
    targets = np.concatenate([target for _, target in regions])
    change = np.zeros(len(marked) + 2, dtype=np.int64)
    np.add.at(change, np.concatenate([first for first, _ in regions]), 1)
    np.add.at(change, np.minimum(np.searchsorted(done, targets) + 1, len(marked) + 1), -1)
    marked[np.cumsum(change)[: len(marked)] > 0] = NEIGHBOUR
    return max(int(targets.max() - done[-1]), 0)


def _lines_at(ends: NDArray[np.int64], hits: Sequence[int]) -> NDArray[np.int64]:
    """The lines in which hits end, which ascend: that whose own end is the first beyond the hit's last byte."""
    import numpy as np

    lines = np.searchsorted(ends, np.asarray(hits, dtype=np.int64) - 1, side="right")
    # Not by `np.unique`, which looks them up in a hash table and sorts, and loads all of `numpy.ma` for it.
    return lines[np.diff(lines, prepend=-1) > 0]


def _holding(needle: bytes, body: bytes, ends: NDArray[np.int64], hit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the lines that were hit that hold one of the needles: no other line does. One that stands across a line
    and the rest of it in the next is not found; what follows an incomplete line is wanted anyway.
    """
    import numpy as np

    starts = np.where(hit > 0, ends[hit - 1], 0)
    spans = zip(starts.tolist(), ends[hit].tolist(), strict=True)
    held = np.array([body.find(needle, start, end) >= 0 for start, end in spans], dtype=bool)
    found: NDArray[np.int64] = hit[held]
    return found


def _hides(framing: Framing, body: bytes, lines: int, open_streams: frozenset[str]) -> bool:
    """Whether a segment holds wanted lines that neither a literal nor their place tells: where docker split a
    line, where journald wrote a message as numbers, where split lines of two streams are mixed. Then every line
    of the segment is looked at.
    """
    if isinstance(framing, DockerJson):
        return bool(open_streams) or body.count(framing.complete) != lines
    if isinstance(framing, Cri):
        splits = bool(open_streams) or framing.partial.search(body) is not None
        return splits and not any(len(_OF_STREAM[stream].findall(body)) == lines for stream in STREAMS)
    return isinstance(framing, Journald) and framing.as_bytes.search(body) is not None


_OF_STREAM = {stream: re.compile(rb"^\S{20,35} %b [PF]" % stream.encode(), re.MULTILINE) for stream in STREAMS}


def _left_open(framing: Framing, entries: Iterable[bytes], open_streams: frozenset[str]) -> frozenset[str]:
    """The streams whose last record goes on."""
    left = set(open_streams)
    for entry in entries:
        framed = framing.unwrap(entry)
        if framed.partial:
            left.add(framed.stream)
        else:
            left.discard(framed.stream)
    return frozenset(left)


def _incomplete(framing: Framing, body: bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lines that go on in the next one: without their line break, or partial records of CRI."""
    import numpy as np

    torn = np.flatnonzero(np.frombuffer(body, dtype=np.uint8)[ends - 1] != ord("\n"))
    if not isinstance(framing, Cri):
        return torn
    partial = _lines_at(ends, [found.end() for found in framing.partial.finditer(body)])
    return np.union1d(torn, partial)


def _spellings(needle: str, framing: Framing) -> tuple[str, ...]:
    """A literal as it may stand in the journal's bytes: of a tab, journald writes the letter and docker the number."""
    if not framing.escaped or "\t" not in needle:
        return (needle,)
    return needle.replace("\t", "\\t"), needle.replace("\t", "\\u0009")


def _hot(
    block: Block, chosen: list[NDArray[np.int64]], owners: list[NDArray[np.int64]], kinds: list[NDArray[np.uint8]]
) -> HotBlock:
    import numpy as np

    lines = np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)
    if not len(lines):
        return HotBlock(block.first_seq, b"", b"", b"", b"", b"", b"", block.columns.marks)
    seqs = block.seqs[lines]
    order = np.argsort(seqs)
    lines = lines[order]
    ends, body = block.ends, block.body
    starts = np.where(lines > 0, ends[lines - 1], 0)
    return HotBlock(
        first_seq=block.first_seq,
        seqs=seqs[order].astype("<i8").tobytes(),
        ats=block.times[lines].astype("<i8").tobytes(),
        sources=np.concatenate(owners)[order].astype("<u4").tobytes(),
        kinds=np.concatenate(kinds)[order].tobytes(),
        ends=np.cumsum(ends[lines] - starts).astype("<u4").tobytes(),
        body=b"".join([body[start:end] for start, end in zip(starts.tolist(), ends[lines].tolist(), strict=True)]),
        marks=block.columns.marks,
    )


def matcher_fingerprint(sources: Iterable[Source]) -> bytes:
    """Names everything that decides which lines are wanted (R5). Sources count as in `replay.fingerprint`."""
    hasher = hashlib.blake2b(str(WANTED_VERSION).encode(), digest_size=12)
    for source in sorted((one for one in sources if not one.entered), key=lambda one: one.number):
        hasher.update(repr((source.number, source.system, source.framing, source.role.value)).encode())
    for name in sorted(SYSTEMS):
        system = SYSTEMS[name]
        hasher.update(repr((name, system.needles(), system.heads())).encode())
    return hasher.digest()
