"""R15's law, asked: every value of every function at moments of a run, and every alert, with a part of a log missing and
without. What is told with it missing is as without, or unknown; what counts or bounds says no more than it can.
"""

from __future__ import annotations

import itertools
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from observer.judged import Judged
from observer.rulefiles.reading import builtin_rules
from replay.play import sequence_at
from replay.recording import Recording
from state.ordered import ordered
from tests.replay.gapped import Cut, Span, entries_of, gapped
from waits import library
from waits.alerts import Change
from waits.engine import ALL_OF_IT
from waits.functions import FUNCTIONS, Function
from waits.library.life import SEVERITIES
from waits.terms import Kind

assert library
S = 10**9
STANDS = 30 * S
MEMBERS = {
    Kind.REPORT: "open_reports",
    Kind.WORKER: "scheduled_workers",
    Kind.CURSOR: "cursors",
    Kind.ORIGINATOR: "reported",
    Kind.FORK: "open_forks",
}
BLOCKS_ASKED = 6
OF_GAPS = ("gaps", "log_stands_for", "log_lost", "log_lagging")
"""Functions that are about the gap itself."""
ALERTS_OF_GAPS = ("SourceGap", "LogGap", "SourceLost", "SourceWentLost")
COUNTS = (
    "attested",
    "deepest_reorg",
    "generation_failures",
    "max_height",
    "others_up",
    "problems",
    "refusals",
    "refused",
    "regressions",
    "reorgs",
    "restarts",
    "round_failures",
    "settle_failures",
    "storage_failures",
    "submit_failures",
    "uncleans",
    "unreadable",
    "blocked_rounds",
    "chain_gaps",
    "clocks_apart",
    "cursor_lag",
    "indexer_failures",
)
"""Functions that tell how much was read: at least so much there is."""
AGES = (
    "awaited_for",
    "gone_for",
    "late_for",
    "made_for",
    "missed_settlement_for",
    "quiet_for",
    "quorate_for",
    "short_for",
    "stalled_for",
    "submitted_for",
    "unjudged_for",
)
"""Ages of what is wrong, or of what was read: at least so old it is."""
READING = ("read_for", "reads_for", "out_for")
"""Ages of which only matters whether they are those of a stream that stands."""
Asked: TypeAlias = tuple[int, str, tuple[Any, ...]]
"""Moment, function, arguments."""
Entities: TypeAlias = dict[Kind, set[Any]]
Episodes: TypeAlias = dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, int]]]
"""By rule and labels: when it fired, and until when."""


class Compared(NamedTuple):
    """What became of the values of one run with a part missing."""

    told: Counter[str]
    wrong: list[tuple[Asked, Any, Any]]


class Whole:
    """A run of which nothing is missing."""

    def __init__(self, path: Path, spacing: int) -> None:
        """`spacing` is the journal time between two moments."""
        self.path = path
        with Recording.open_to_read(path) as recording:
            first, last = recording.first(), recording.last()
            assert first is not None
            assert last is not None
            self.first, self.last = first.first_at, last.last_at
            names = {source.number: source.node for source in recording.sources()}
            self.times: dict[str, list[int]] = {node: [] for node in names.values()}
            for entry in entries_of(recording):
                if entry.kind is None:
                    self.times[names[entry.source]].append(entry.at)
        self.moments = range(self.first + spacing, self.last, spacing)
        self.entities: Entities = {}
        for _one in self._values(path, collect=True):
            pass
        self.values = dict(self._values(path))
        self.alerts = fired(path)

    def _values(self, path: Path, *, collect: bool = False) -> Iterator[tuple[Asked, Any]]:
        with Recording.open_to_read(path) as recording:
            judged = Judged(recording)
            for moment in self.moments:
                list(judged.run(sequence_at(recording, moment), moment))
                view = judged.engine.view
                view.at, view.seq = moment, ALL_OF_IT
                if collect:
                    self._meet(judged)
                for name, function in sorted(FUNCTIONS.items()) if not collect else ():
                    for given in self._arguments(function):
                        yield (moment, name, given), judged.engine.graph.asked(function, given)

    def _meet(self, judged: Judged) -> None:
        graph = judged.engine.graph
        self.entities.setdefault(Kind.NODE, set()).update(graph.roster)
        for kind, name in MEMBERS.items():
            self.entities.setdefault(kind, set()).update(graph.asked(FUNCTIONS[name], ()) or ())
        blocks = self.entities.setdefault(Kind.TEXT, set())
        for _node, chain in ordered(judged.engine.view.state.chain):
            if len(blocks) < BLOCKS_ASKED:
                blocks.update([block for block, _seen in ordered(chain.sightings)][-2:])

    def _arguments(self, function: Function) -> Iterator[tuple[Any, ...]]:
        pools: list[Sequence[Any]] = []
        for kind in function.takes:
            if kind is Kind.TEXT and function.choices:
                pools.append(SEVERITIES)
            elif kind in (Kind.NUMBER, Kind.DURATION):
                pools.append((1,) if kind is Kind.NUMBER else (3600 * S,))
            else:
                pools.append(sorted(self.entities[kind]))
        return itertools.product(*pools)

    def cuts(self, seed: int, count: int, spans: Sequence[int]) -> list[Cut]:
        """Parts of one node's log of about these lengths; of a long one it is known that the log is lost meanwhile."""
        draws = random.Random(seed)  # noqa: S311 - no secret
        found: list[Cut] = []
        while len(found) < count:
            node, span = draws.choice(sorted(self.times)), draws.choice(spans)
            times, start = self.times[node], draws.randrange(self.first, self.last)
            length = int(span * (0.5 + draws.random()))
            first = max(1, bisect_left(times, start))
            last = min(len(times) - 1, bisect_left(times, start + length))
            if first < last:
                found.append(Cut(node, first, last, lost=length > S))
        return found

    def compared(self, cut: Cut, path: Path) -> tuple[Compared, list[str]]:
        """A recording without that part: its values, and the alerts that fire for want of it."""
        span = gapped(self.path, path, cut)
        told, wrong = Counter[str](), list[tuple[Asked, Any, Any]]()
        for asked, value in self._values(path):
            moment, name, _given = asked
            truly = self.values[asked]
            if value == truly:
                told["the same"] += 1
            elif value is None:
                told["unknown"] += 1
            elif span.start <= moment <= span.end or FUNCTIONS[name].kind in (Kind.LIST, Kind.TEXT):
                # Until the gap is told, nobody can know of it; words and lists say what was read.
                told["aside"] += 1
            elif name in OF_GAPS or bounded(name, value, truly, moment):
                told["at least"] += 1
            else:
                wrong.append((asked, truly, value))
        return Compared(told, wrong), self._alarms(path, span)

    def _alarms(self, path: Path, span: Span) -> list[str]:
        found: list[str] = []
        for (rule, labels), episodes in sorted(fired(path).items()):
            for start, end in episodes:
                known = self.alerts.get((rule, labels), [])
                as_without = any(one <= end and start <= other for one, other in known)
                # Until the gap is told nobody can know of it.
                meanwhile = span.start <= start <= span.end
                if rule not in ALERTS_OF_GAPS and not as_without and not meanwhile:
                    found.append(f"{rule} {dict(labels)} at {(start - self.first) / S:.1f}")
        return found


def bounded(name: str, value: Any, truly: Any, moment: int) -> bool:
    """Whether a value says no more than was read: a count that is no higher, an age that is no older."""
    if truly is None:
        # What compares with an earlier proof may not with the latest, and only that is kept.
        return name == "clocks_apart"
    if name in COUNTS:
        return bool(value <= truly)
    if name in READING:
        return (moment - value >= STANDS) is (moment - truly >= STANDS)
    return name in AGES and bool(value >= truly)


def fired(path: Path) -> Episodes:
    """Every alert and incident of the shipped rules that fired."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[tuple[int, int]]] = {}
    with Recording.open_to_read(path) as recording:
        for one in Judged(recording, [(0, builtin_rules().rules)]).run():
            episodes = found.setdefault((one.rule, tuple(sorted(one.labels.items()))), [])
            if one.state == Change.FIRING.value:
                episodes.append((one.at, 1 << 62))
            elif one.state == Change.RESOLVED.value and episodes and episodes[-1][1] == 1 << 62:
                episodes[-1] = (episodes[-1][0], one.at)
    return {key: episodes for key, episodes in found.items() if episodes}
