"""What the chain has of an originator's payer reports, by the lines of all nodes together.

Whoever reads the chain tells a range where a report was submitted and an index where one was settled; whoever works on
a report tells that it is there. Each line is about a part, so the whole is put together here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from state.ordered import ordered
from state.reports import Chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from state.origin import Origin
    from state.reports import Originator, Part, Report, Settlement


_UNREAD = Chain()
"""What somebody has read who has read nothing."""


class OnChain(NamedTuple):
    """One report as the chain has it."""

    start: int
    end: int
    submitted: Origin | None
    """The first line that says so; None where only its successor shows it."""
    place: int | None
    """Its index among the originator's reports on the chain, from 0."""
    remaining: int | None
    settled: Origin | None


class ChainOf(NamedTuple):
    """An originator's reports on the chain, in its order."""

    ranges: tuple[OnChain, ...]

    @property
    def end(self) -> int | None:
        """Where the next report has to start, as far as is known; None before the first."""
        return self.ranges[-1].end if self.ranges else None

    def at(self, start: int, end: int) -> OnChain | None:
        """The one of a range."""
        for one in self.ranges:
            if (one.start, one.end) == (start, end):
                return one
        return None


class Said(NamedTuple):
    """What the lines about one report say of its place on the chain."""

    id: str
    end: int
    start: int
    on_chain: Origin | None
    """The first line of a worker that has it there."""
    place: int | None
    """Its index, as a transaction told it."""
    behind: Origin | None
    """The first line that makes or attests it: who does that has the one before it as submitted."""
    named: int
    """How many workers have called this very report submitted or settled."""
    attested: int
    made: Origin
    born: Origin
    """The first line about it, whatever it says."""


def said_of(report: Report) -> Said:
    """What its lines say of one report's place on the chain."""
    parts = [part for _speaker, part in ordered(report.parts)]
    made_or_attested = [part.generated or (part.judged if part.verdict else None) for part in parts]
    indices = [part.index for part in parts if part.index is not None]
    return Said(
        report.id,
        report.end,
        report.start,
        _first_of([part.on_chain for part in parts]),
        indices[-1] if indices else None,
        _first_of(made_or_attested),
        sum([_named(part) for part in parts]),
        sum([part.verdict is True for part in parts]),
        first([part.generated or part.born for part in parts]),
        first([part.born for part in parts]),
    )


def _named(part: Part) -> bool:
    """Whether a worker has called this very report submitted or settled, and not only an indexer its range."""
    return part.on_chain is not None and (not part.forced or part.settled is not None or part.remaining is not None)


class Words(NamedTuple):
    """What indexers and watchers read from the chain."""

    submitted: dict[tuple[int, int], Origin]
    """By range, its end first: the first line that has a report there."""
    settled: dict[int, tuple[int, Origin | None]]
    """By index: the least that anybody saw remain, and the first line that says that nothing does."""


def words_of(chains: Mapping[str, Chain]) -> Words:
    """What all of them together read."""
    submitted: dict[tuple[int, int], Origin] = {}
    for _node, chain in ordered(chains):
        for key, one in ordered(chain.submitted):
            submitted[key] = _earlier(submitted.get(key), one.first)
    return Words(submitted, _settlements(chains))


def words_after(before: Words, known: Mapping[str, Chain], chains: Mapping[str, Chain]) -> Words:
    """The same as `words_of(chains)`, where `before` is that of what was `known`: only what somebody has read since, or
    keeps no longer, is put together anew.
    """
    if chains is known:
        return before
    ranges: set[tuple[int, int]] = set()
    indices: set[int] = set()
    for node in ordered({*chains, *known}):
        new, old = chains.get(node, _UNREAD), known.get(node, _UNREAD)
        ranges |= _differing(old.submitted, new.submitted)
        indices |= _differing(old.settled, new.settled)
    if not ranges and not indices:
        return before
    readers = [chain for _node, chain in ordered(chains)]
    submitted, settled = dict(before.submitted), dict(before.settled)
    for key in ordered(ranges):
        lines = [one.first for chain in readers if (one := chain.submitted.get(key)) is not None]
        if lines:
            submitted[key] = first(lines)
        else:
            submitted.pop(key, None)
    for index in ordered(indices):
        told = [done for chain in readers if (done := chain.settled.get(index)) is not None]
        if told:
            settled[index] = _settlement(told)
        else:
            settled.pop(index, None)
    return Words(submitted, settled)


_K = TypeVar("_K")


def _differing(old: Mapping[_K, object], new: Mapping[_K, object]) -> set[_K]:
    """Keys under which there is another object now, or only one of the two."""
    if old is new:
        return set()
    return {key for key in new if old.get(key) is not new[key]} | {key for key in old if key not in new}


def chain_of(mine: Originator) -> ChainOf:
    """What all lines together say that the chain has."""
    return chain_from(words_of(mine.chain), [said_of(report) for _name, report in ordered(mine.reports)])


def chain_from(words: Words, said: Sequence[Said]) -> ChainOf:
    """The same, of what was read of the chain and what is said of each report, in order of their ids."""
    lines = dict(ordered(words.submitted))
    for told in said:
        if told.on_chain is not None:
            lines[told.end, told.start] = _earlier(lines.get((told.end, told.start)), told.on_chain)
    lines.update(_followed(said, lines))
    inorder = ordered(lines)
    indices = {(told.end, told.start): told.place for told in said if told.place is not None}
    places = _placed([key for key, _line in inorder], indices)
    found = []
    for (end, start), line in inorder:
        index = places.get((end, start))
        remaining, settled = words.settled.get(index, (None, None)) if index is not None else (None, None)
        found.append(OnChain(start, end, line, index, remaining, settled))
    return ChainOf(tuple(found))


def _followed(said: Sequence[Said], lines: Mapping[tuple[int, int], Origin]) -> dict[tuple[int, int], Origin]:
    """Ranges that no line calls submitted, and that another one begins behind, which is on the chain too, or was made
    or attested by somebody: who does that has the one before it as submitted. Of several of one end it is the most
    attested, else the first made.
    """
    known = ordered(lines)
    ends = {end for (end, _start), _line in known}
    behind = {start: line for (_end, start), line in known if start > 0 and start not in ends}
    for told in said:
        if told.behind is not None and told.start > 0 and told.start not in ends:
            behind[told.start] = _earlier(behind.get(told.start), told.behind)
    found: dict[int, tuple[tuple[int, int, int], int]] = {}
    for told in said if behind else ():
        if told.end in behind and told.start < told.end:
            rank = (told.attested, -told.made.at, -told.made.seq)
            if told.end not in found or rank > found[told.end][0]:
                found[told.end] = (rank, told.start)
    return {(end, start): behind[end] for end, (_rank, start) in ordered(found)}


def _placed(keys: list[tuple[int, int]], known: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """The index of each range: told by a transaction, 0 for what starts at 0, one more than that of its predecessor."""
    places: dict[tuple[int, int], int] = {}
    for place, key in enumerate(keys):
        if key in known:
            places[key] = known[key]
        elif key[1] == 0:
            places[key] = 0
        elif place and keys[place - 1][0] == key[1] and keys[place - 1] in places:
            places[key] = places[keys[place - 1]] + 1
    for place in range(len(keys) - 2, -1, -1):
        key, following = keys[place], keys[place + 1]
        if key not in places and following in places and following[1] == key[0]:
            places[key] = places[following] - 1
    return places


def _settlements(chains: Mapping[str, Chain]) -> dict[int, tuple[int, Origin | None]]:
    found: dict[int, list[Settlement]] = {}
    for _node, chain in ordered(chains):
        for index, one in ordered(chain.settled):
            found.setdefault(index, []).append(one)
    return {index: _settlement(told) for index, told in ordered(found)}


def _settlement(told: Sequence[Settlement]) -> tuple[int, Origin | None]:
    """The least that anybody saw remain, and the first line that says that nothing does."""
    done = [one.settled for one in told if one.settled is not None]
    return (0, first(done)) if done else (min([one.remaining for one in told]), None)


def _earlier(one: Origin | None, other: Origin) -> Origin:
    return other if one is None or (other.at, other.seq) < (one.at, one.seq) else one


def first(lines: Iterable[Origin]) -> Origin:
    """The earliest of lines. Raises ValueError where there is none."""
    return min(lines, key=lambda line: (line.at, line.seq))


def _first_of(lines: Iterable[Origin | None]) -> Origin | None:
    return min([line for line in lines if line is not None], key=lambda line: (line.at, line.seq), default=None)


def gaps_of(chain: ChainOf) -> tuple[tuple[OnChain, OnChain], ...]:
    """Neighbours on the chain of which the later does not start where the earlier ended."""
    pairs = zip(chain.ranges, chain.ranges[1:], strict=False)
    return tuple([(one, other) for one, other in pairs if one.end != other.start])
