"""`observer wait`: conditions judged on a recording, in one pass, each with its outcome and why (R22, R25)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from observer.answers import LeafFound, WaitAnswer, WitnessAnswer
from observer.evidence import evidence_of, line_before
from observer.exits import Exit
from observer.judged import Judged
from observer.snapshot import time_of
from observer.times import clock, written
from observer.waited.asked import Begin, begin_asked, condition_asked
from observer.waited.deaths import Death, death_answer, deaths, uncleans
from observer.waited.words import DECIDED, Decided, message
from waits.binding import Moment
from waits.conditions import Always, Condition, Never, Running, Witness, condition
from waits.functions import FUNCTIONS
from waits.terms import Term
from waits.waiting import Limit, Outcome, Result, Waiting

if TYPE_CHECKING:
    from observer.inventory import Inventory
    from replay.recording import Recording
    from waits.binding import LeafAnswer

INITIALISED = ("initialised", "all_initialised")
EVIDENCE_SHOWN = 16
"""Lines behind the leaves, the latest ones."""
PRECEDENCE = (
    Exit.DEFECT,
    Exit.DAMAGED,
    Exit.USAGE,
    Exit.ENVIRONMENT,
    Exit.NODE_CRASHED,
    Exit.NOT_INITIALISED,
    Exit.VIOLATED,
    Exit.UNKNOWN,
    Exit.OK,
)
"""Which exit code stands where several hold (design, section 7)."""


class Terms(NamedTuple):
    """On what terms is waited."""

    soft: Limit | None = None
    hard: Limit | None = None
    since: str | None = None
    to_end: bool = False
    """Whether the end of the recording is declared to be the end of what is judged."""
    strict: bool = False
    """Whether a late pass fails."""
    inventory: Inventory | None = None


def wait_for(
    recording: Recording, asked: Sequence[str | Condition | Term], terms: Terms | None = None
) -> list[WaitAnswer]:
    """What comes of each condition, in the order in which they were asked. Raises Failed."""
    terms = terms or Terms()
    begin = begin_asked(recording, terms.since)
    # A slip is found before the recording is played up to where the wait begins.
    scope = Judged(recording, inventory=terms.inventory).scope
    conditions = [condition_asked(one, scope) if isinstance(one, str) else condition(one) for one in asked]
    judged = Judged(recording, inventory=terms.inventory, start=begin.seq, at=begin.at)
    waits = [_Wait(judged, one, begin, terms) for one in conditions]
    _play(judged, waits)
    _end(judged, waits, terms)
    for wait in waits:
        wait.decided()
    texts = [one if isinstance(one, str) else str(one) for one in asked]
    return [wait.answer(text) for wait, text in zip(waits, texts, strict=True)]


def worst(codes: Sequence[int]) -> Exit:
    """The exit code where several hold."""
    return next((code for code in PRECEDENCE if code in codes), Exit.OK)


def _play(judged: Judged, waits: list[_Wait]) -> None:
    left = waits

    def stop() -> bool:
        nonlocal left
        left = [wait for wait in left if not wait.decided()]
        return not left

    if not stop():
        for _transition in judged.run(stop=stop):
            pass


def _end(judged: Judged, waits: list[_Wait], terms: Terms) -> None:
    """The recording is over; that it is the end of what is judged must have been said (R25)."""
    last = judged.recording.last()
    if last is not None and any(wait.outcome is None for wait in judged.engine.waits):
        judged.engine.stand(last.last_seq, last.last_at)
    for wait in waits:
        wait.outlived = wait.waiting.outcome is None
    judged.engine.end(declared=terms.to_end)


class _Wait:
    """One wait, with what can be told only at the moment at which it is decided."""

    def __init__(self, judged: Judged, of: Condition, begin: Begin, terms: Terms) -> None:
        self._judged = judged
        self._begin = begin
        self._terms = terms
        self._uncleans = uncleans(judged)
        self._unseen: list[str] = []
        self._lines: list[int] = []
        self._deaths: list[Death] = []
        self._uninitialised = False
        self._told = False
        self.outlived = False
        """Whether the recording ended before it was decided."""
        self.waiting: Waiting = judged.engine.wait(of, terms.soft, terms.hard)
        self.decided()

    def decided(self) -> bool:
        """Whether it is; then what it rests on is noted."""
        outcome = self.waiting.outcome
        if not self._unseen and any(one.progress.unseen_at is not None for one in _parts(self.waiting.running)):
            self._unseen = self._unknown_now()
        if outcome is not None and not self._told:
            self._told = True
            self._note(outcome)
        return outcome is not None

    def _unknown_now(self) -> list[str]:
        moment = Moment(self._judged.engine.at, self._judged.engine.seq)
        parts = [one for one in _parts(self.waiting.running) if one.progress.unseen_at is not None]
        return _unknown([leaf for one in parts if one.bound is not None for leaf in one.bound.explain(moment)])

    def _note(self, outcome: Outcome) -> None:
        judged, running = self._judged, self.waiting.running
        self._lines = _lines(judged, running)
        if outcome.result in (Result.MET, Result.LATE):
            return
        self._deaths = deaths(judged, self._uncleans, outcome.begun)
        moment = Moment(outcome.at, outcome.seq)
        self._uninitialised = any(
            leaf.ask(moment) is False and not leaf.negated
            for one in _parts(running)
            if one.bound is not None and not isinstance(one.condition, Never)
            for leaf in one.bound.leaves
            if any(cell.function.name in INITIALISED for cell in leaf.cells)
        )

    # --- the answer ----------------------------------------------------------------------------------

    def answer(self, text: str) -> WaitAnswer:
        """What came of it."""
        outcome = self.waiting.outcome
        assert outcome is not None  # noqa: S101 - the engine has ended
        decider = self._decider(outcome)
        dead = [death_answer(one, outcome.at) for one in self._deaths]
        left_blocks = self._blocks_left(outcome)
        missing = self._missing(outcome)
        claims = [one.condition for one in _parts(self.waiting.running)]
        throughout = any(isinstance(one, (Always, Never)) for one in claims)
        soft, hard = self._terms.soft, self._terms.hard
        said = Decided(text, outcome, soft, hard, left_blocks, self.outlived, throughout, missing)
        return WaitAnswer(
            condition=text,
            result=outcome.result.value,
            exit=self._exit(outcome.result),
            message=message(said, dead),
            begun=written(outcome.begun),
            at=written(outcome.at),
            sequence=outcome.seq,
            decided_by=decider,
            after_ns=outcome.at - outcome.begun,
            soft_at=None if outcome.soft_at is None else written(outcome.soft_at),
            left_ns=outcome.left,
            left_blocks=left_blocks,
            leaves=[leaf_found(leaf) for leaf in outcome.leaves],
            witness=_witness(outcome),
            missing=missing,
            last_known=[_as_answer(one) for one in outcome.last_known],
            deaths=dead,
            evidence=evidence_of(self._judged.recording, [*self._lines, decider or 0]),
        )

    def _exit(self, result: Result) -> Exit:
        if result is Result.MET or (result is Result.LATE and not self._terms.strict):
            return Exit.OK
        if self._deaths:
            return Exit.NODE_CRASHED
        if self._uninitialised and result in (Result.TIMED_OUT, Result.OPEN):
            return Exit.NOT_INITIALISED
        return Exit.UNKNOWN if result in (Result.UNKNOWN, Result.OPEN) else Exit.VIOLATED

    def _decider(self, outcome: Outcome) -> int | None:
        """The entry that decided: one behind the beginning, at that very time. Else time did."""
        if outcome.result not in DECIDED or outcome.seq <= self._begin.seq or outcome.witness is None:
            return None
        turned = outcome.witness
        return turned.seq if time_of(self._judged.recording, turned.seq) == turned.at else None

    def _missing(self, outcome: Outcome) -> list[str]:
        if outcome.result not in (Result.UNKNOWN, Result.OPEN):
            return []
        found = _unknown(outcome.leaves)
        if outcome.unseen_at is not None and self._unseen:
            late = "; begin later with --since" if outcome.unseen_at == outcome.begun else ""
            found += [f"from {clock(outcome.unseen_at)} on it was not observed: {'; '.join(self._unseen)}{late}"]
        return list(dict.fromkeys(found))

    def _blocks_left(self, outcome: Outcome) -> int | None:
        hard, base = self._terms.hard, self.waiting.memory.base_height
        top = None if hard is None else self._judged.engine.graph.cell(FUNCTIONS["max_height"]).value
        if hard is None or hard.blocks is None or outcome.result is not Result.OPEN or base is None or top is None:
            return None
        return max(0, hard.blocks - (int(top) - base))


def _parts(running: Running) -> list[Running]:
    """The conditions that a condition is made of, down to those of one formula."""
    return [one for part in running.parts for one in _parts(part)] if running.parts else [running]


def _lines(judged: Judged, running: Running) -> list[int]:
    """Sequences of the lines behind its leaves as they are now, the latest ones."""
    graph, seqs = judged.engine.graph, set()
    for cell in dict.fromkeys(running.cells):
        seqs |= {origin.seq for origin in graph.evidence(cell)}
        if cell.function.volatile and cell.node is not None:
            mine = {source.number for source in judged.player.sources if source.node == cell.node}
            last = line_before(judged.recording, mine, judged.engine.seq + 1)
            seqs |= set() if last is None else {last[0]}
    return sorted(seqs)[-EVIDENCE_SHOWN:]


def _unknown(leaves: Sequence[LeafAnswer]) -> list[str]:
    said = [f"{leaf.text}: {leaf.detail or 'is not known'}" for leaf in leaves if leaf.truth is None]
    return list(dict.fromkeys(said))


def _witness(outcome: Outcome) -> WitnessAnswer | None:
    return None if outcome.witness is None else _as_answer(outcome.witness)


def _as_answer(found: Witness) -> WitnessAnswer:
    return WitnessAnswer(at=written(found.at), sequence=found.seq, leaves=[leaf_found(leaf) for leaf in found.leaves])


def leaf_found(leaf: LeafAnswer) -> LeafFound:
    """A leaf in stable names."""
    return LeafFound(text=leaf.text, has=leaf.has, needs=leaf.needs, truth=leaf.truth, detail=leaf.detail)
