"""The fast path: from a block to the few lines that a parser wants (R10, R5).

The matcher runs over each source's slice of the body. Lines it hits are wanted, and with them those that
only make sense together with a neighbour: the lines behind the head of a statement of several lines, the
records of a line that its transport split, the pieces of a line that no entry holds whole. Everything
else is never seen by Python. `every_line` is the slow path with the same answer: the oracle of the tests.

What is wanted of a block depends on the blocks before it only through a small carry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import zstandard

from parsers.framing import FRAMINGS, DockerJson, Framing, Journald
from parsers.matcher import Matcher, matcher_for
from parsers.statements import System
from parsers.systems import SYSTEMS
from replay.blocks import Block, Segment
from replay.failures import DamagedRecording
from replay.journal import Mark, Role, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WANTED_VERSION = 1
"""Part of the matcher's fingerprint: raised when this module would choose other lines."""


class Wanted(NamedTuple):
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
    ends: bytes
    """`uint32`: where each line ends in the body."""
    body: bytes
    marks: list[Mark]

    def lines(self) -> Iterator[Wanted]:
        """The lines, one by one."""
        start = 0
        body = self.body
        ends = memoryview(self.ends).cast("I")
        seqs = memoryview(self.seqs).cast("q")
        ats = memoryview(self.ats).cast("q")
        for seq, at, source, end in zip(seqs, ats, memoryview(self.sources).cast("I"), ends, strict=True):
            yield Wanted(seq, at, source, body[start:end])
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

    @property
    def longest(self) -> int:
        """The most lines that a block can leave wanted in the next."""
        return max([1, *(span for _, span in self.heads)])


class Chooser:
    """Chooses the wanted lines of consecutive blocks."""

    def __init__(self, sources: Iterable[Source], engine: str = "auto") -> None:
        """`engine` is the matcher's: `auto`, `hyperscan`, `re`, or `off` for every line of a read source."""
        self._plans: dict[int, _Plan] = {}
        self._carry: dict[int, int] = {}
        self._everything = engine == "off"
        matchers: dict[tuple[str, str], Matcher] = {}
        for source in sources:
            if source.role is not Role.PRIMARY or source.system is None:
                continue
            system, framing = SYSTEMS[source.system], FRAMINGS[source.framing]
            key = (system.name, framing.name)
            if key not in matchers:
                literals = [_written(needle, framing) for needle in (*system.needles(), *framing.needles)]
                matchers[key] = matcher_for(literals, "re" if self._everything else engine)
            heads = tuple((_written(needle, framing).encode(), span) for needle, span in system.heads())
            self._plans[source.number] = _Plan(source, system, framing, matchers[key], heads)

    def choose(self, block: Block) -> HotBlock:
        """The wanted lines of the next block."""
        import numpy as np

        chosen: list[NDArray[np.int64]] = []
        owners: list[NDArray[np.int64]] = []
        for segment, first_line, start in block.segments():
            plan = self._plans.get(segment.source)
            if plan is None:
                continue
            lines = self._lines(plan, block, segment, first_line, start)
            if len(lines):
                chosen.append(lines)
                owners.append(np.full(len(lines), segment.source))
        return _hot(block, chosen, owners)

    def _lines(self, plan: _Plan, block: Block, segment: Segment, first_line: int, start: int) -> NDArray[np.int64]:
        """Indexes in the body's order of a segment's wanted lines."""
        import numpy as np

        ends = block.ends[first_line : first_line + segment.lines]
        if self._everything:
            return np.arange(first_line, first_line + segment.lines)
        body = memoryview(block.body)[start : start + segment.length]
        unfinished = np.flatnonzero(np.frombuffer(body, dtype=np.uint8)[ends - start - 1] != ord("\n"))
        if _split(plan.framing, body, segment.lines):
            self._carry[segment.source] = _LONG_CARRY
        hits = np.asarray(plan.matcher.hits(body), dtype=np.int64)
        # A hit that ends at `end` lies in the line whose own end is the first beyond `end - 1`.
        found = np.unique(np.searchsorted(ends - start, hits - 1, side="right"))
        wanted = set(found.tolist())
        self._follow(plan, block, first_line, segment.lines, sorted(wanted | set(unfinished.tolist())), wanted)
        return np.array(sorted(wanted), dtype=np.int64) + first_line

    def _follow(  # noqa: PLR0913 - the inside of `_lines`
        self, plan: _Plan, block: Block, first_line: int, lines: int, leads: Sequence[int], wanted: set[int]
    ) -> None:
        """Add the lines that belong to wanted ones, and keep what goes on in the next block."""
        number = plan.source.number
        carry = self._carry.pop(number, 0)
        index, following = 0, 0
        while True:
            while following < len(leads) and leads[following] < index:
                following += 1
            if not carry:
                if following == len(leads):
                    return
                index = leads[following]
            if index >= lines:
                break
            entry = block.line(first_line + index)
            complete = entry.endswith(b"\n") and not plan.framing.unwrap(entry).partial
            if carry:
                wanted.add(index)
                carry -= complete
            if not complete:
                wanted.add(index)
                carry = max(carry, 1)
            if index in wanted:
                carry = max([carry, *(span for head, span in plan.heads if head in entry)])
            index += 1
        if carry:
            self._carry[number] = carry if carry < _LONG_CARRY - lines else plan.longest

    def forget(self) -> None:
        """Blocks were left out: what they would have carried over is unknown, so as much as may be is assumed."""
        self._carry = {number: plan.longest for number, plan in self._plans.items()}


_LONG_CARRY = 1 << 30
"""Every line of a segment: its transport has split lines in it, and a literal may stand across two records."""


def _split(framing: Framing, body: memoryview, lines: int) -> bool:
    """Whether a segment holds records that cannot be judged by themselves."""
    if isinstance(framing, DockerJson):
        return bytes(body).count(framing.complete) != lines
    return isinstance(framing, Journald) and framing.as_bytes.search(body) is not None


def _written(needle: str, framing: Framing) -> str:
    """A literal as it stands in the journal's bytes."""
    return needle.replace("\t", "\\t") if framing.escaped else needle


def _hot(block: Block, chosen: list[NDArray[np.int64]], owners: list[NDArray[np.int64]]) -> HotBlock:
    import numpy as np

    empty = np.empty(0, dtype=np.int64)
    lines = np.concatenate(chosen) if chosen else empty
    owner = np.concatenate(owners) if owners else empty
    seqs = block.seqs[lines] if len(lines) else empty
    order = np.argsort(seqs)
    lines, owner, seqs = lines[order], owner[order], seqs[order]
    pieces = [block.line(line) for line in lines.tolist()]
    ends = np.cumsum([len(piece) for piece in pieces]) if pieces else empty
    return HotBlock(
        first_seq=block.first_seq,
        seqs=seqs.astype("<i8").tobytes(),
        ats=(block.times[lines] if len(lines) else empty).astype("<i8").tobytes(),
        sources=owner.astype("<u4").tobytes(),
        ends=ends.astype("<u4").tobytes(),
        body=b"".join(pieces),
        marks=block.columns.marks,
    )


def matcher_fingerprint(sources: Iterable[Source]) -> bytes:
    """Names everything that decides which lines are wanted (R5)."""
    hasher = hashlib.blake2b(str(WANTED_VERSION).encode(), digest_size=12)
    for source in sorted(sources, key=lambda one: one.number):
        hasher.update(repr((source.number, source.system, source.framing, source.role.value)).encode())
    for name in sorted(SYSTEMS):
        system = SYSTEMS[name]
        hasher.update(repr((name, system.needles(), system.heads())).encode())
    for name in sorted(FRAMINGS):
        hasher.update(repr((name, FRAMINGS[name].needles)).encode())
    return hasher.digest()
