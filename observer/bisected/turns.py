"""`observer bisect`: the entry at which a formula turned, found in one play that looks only when what the formula
reads has changed. Exact, also for formulas that turn back and forth, where halving would find any turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from observer.answers import BisectAnswer, TurnAnswer, TurnLeaf
from observer.evidence import evidence_of, line_before
from observer.exits import Exit, Failed
from observer.judged import Judged
from observer.times import clock, written
from observer.waited.asked import formula_asked
from replay.journals import span
from waits.binding import Bound, LeafAnswer, Moment
from waits.durations import duration, elapsed
from waits.terms import Compare, Kind, shown_value, substituted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from observer.answers_shared import EvidenceAnswer
    from observer.inventory import Inventory
    from replay.recording import Recording
    from waits.cells import Cell
    from waits.graph import Graph
    from waits.leaves import Leaf
    from waits.terms import Term
    from waits.truth import Truth

TRUTHS: dict[str, Truth] = {"true": True, "false": False, "unknown": None}


class Turn(NamedTuple):
    """A place at which the formula turned."""

    before: Truth
    after: Truth
    at: int
    seq: int
    timer: bool
    """Whether time alone turned it."""
    had: tuple[Any, ...]
    """Values of the leaves when they were last looked at before."""
    leaves: tuple[LeafAnswer, ...]
    why: str | None
    """From what on time counted."""
    silent: str | None
    """The node whose silence turned it."""


class Turning:
    """Watches a formula turn."""

    def __init__(self, graph: Graph, formula: Term, parameters: Mapping[str, Any]) -> None:
        """Begins when it is first looked at."""
        self.order: tuple[Any, str] = ("", "")
        self.due: int | None = None
        self.bound = Bound(graph, formula, {}, parameters)
        self.turns: list[Turn] = []
        self.was: dict[Truth, None] = {}
        self._values: tuple[Any, ...] = ()

    @property
    def woken_by(self) -> list[Cell]:
        """Every cell whose change can change it or what it is made of."""
        return [*self.bound.woken_by, *(cell for cell in self.bound.cells if cell not in self.bound.woken_by)]

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        self.bound.grow(node)

    def look(self, moment: Moment) -> None:
        """See whether it has turned."""
        truth: Truth = self.bound.ask(moment)
        values = tuple([_value(leaf, moment) for leaf in self.bound.leaves])
        if not self.was:
            self.turns.append(self._turn(truth, truth, moment))
        elif truth is not self.turns[-1].after:
            self.turns.append(self._turn(self.turns[-1].after, truth, moment))
        self.was.setdefault(truth)
        self._values = values

    def _turn(self, before: Truth, after: Truth, moment: Moment) -> Turn:
        leaves = tuple(self.bound.explain(moment))
        why, silent = _counted_from(self.bound.leaves, moment) if moment.timer else (None, None)
        return Turn(before, after, moment.at, moment.seq, moment.timer, self._had(moment), leaves, why, silent)

    def _had(self, moment: Moment) -> tuple[Any, ...]:
        """What the leaves were, as text; those that were not there are left out."""
        return tuple(
            [_shown(leaf, value, moment.at) for leaf, value in zip(self.bound.leaves, self._values, strict=False)]
        )


def _value(leaf: Leaf, moment: Moment) -> Any:
    return leaf.sides[0](moment) if leaf.sides else leaf.ask(moment)


def _shown(leaf: Leaf, value: Any, at: int) -> str:
    kind = leaf.term.left.kind if isinstance(leaf.term, Compare) else Kind.TRUTH
    return duration(elapsed(value, at)) if kind is Kind.AGE and value is not None else shown_value(value, kind)


def _counted_from(leaves: list[Leaf], moment: Moment) -> tuple[str | None, str | None]:
    """What a turn by time alone counts from: the age that came to its limit at this moment."""
    for leaf in leaves:
        if not isinstance(leaf.term, Compare) or leaf.term.left.kind is not Kind.AGE:
            continue
        since, limit = leaf.sides[0](moment), leaf.sides[1](moment)
        if since is None or limit is None or not 0 <= moment.at - since - limit <= 1:
            continue
        silent = next((cell.node for cell in leaf.cells if cell.function.volatile), None)
        what = (
            f"the last line of {silent}"
            if silent
            else f"{clock(since)}, from when {substituted(leaf.term.left, leaf.variables)} counts"
        )
        return f"{duration(moment.at - since)} after {what}", silent
    return None, None


def truth_asked(text: str | None) -> Truth:
    """What the formula is to turn to. Raises Failed."""
    if text is None:
        return True
    if text not in TRUTHS:
        raise Failed(f"--to {text}: is no truth; write true, false or unknown")
    return TRUTHS[text]


def bisect(  # noqa: PLR0913 - the command's options
    recording: Recording,
    formula: str | Term,
    to: Truth = True,  # noqa: FBT002 - one of three values
    *,
    every: bool = False,
    anything: bool = False,
    inventory: Inventory | None = None,
) -> BisectAnswer:
    """Where a formula turned `to`; with `every` all such places, with `anything` to whatever. Raises Failed."""
    last = recording.last()
    if last is None:
        raise Failed(f"{recording.path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    judged = Judged(recording, inventory=inventory)
    term = formula_asked(formula, judged.scope) if isinstance(formula, str) else formula
    turning = Turning(judged.engine.graph, term, judged.parameters)
    judged.engine.watch(turning)

    def wanted(turn: Turn) -> bool:
        return turn.before is not turn.after and (anything or turn.after is to)

    seen = 0

    def stop() -> bool:
        nonlocal seen
        known, seen = seen, len(turning.turns)
        return not every and any(wanted(turn) for turn in turning.turns[known:])

    for _transition in judged.run(stop=stop):
        pass
    turns = [turn for turn in turning.turns if wanted(turn)]
    found = turns if every else turns[:1]
    if not found:
        judged.engine.stand(last.last_seq, last.last_at)
    return _answer(judged, str(formula).strip(), to, turning, found)


def _answer(judged: Judged, text: str, to: Truth, turning: Turning, found: list[Turn]) -> BisectAnswer:
    engine = judged.engine
    leaves = turning.bound.explain(Moment(engine.at, engine.seq))
    missing = [f"{leaf.text}: {leaf.detail or 'is not known'}" for leaf in leaves if leaf.truth is None]
    code = Exit.OK if found else Exit.UNKNOWN if list(turning.was) == [None] else Exit.VIOLATED
    answer = BisectAnswer(
        formula=text,
        to=to,
        exit=code,
        message="",
        turns=_turns(judged, found),
        was=list(turning.was),
        missing=list(dict.fromkeys(missing)) if not found and turning.turns[-1].after is None else [],
    )
    return answer.model_copy(update={"message": _message(judged, answer, turning)})


def _message(judged: Judged, answer: BisectAnswer, turning: Turning) -> str:
    text, word = answer.formula, shown_value(answer.to, Kind.TRUTH)
    first, last = (clock(at) for at in span(judged.recording))
    if len(answer.turns) > 1:
        return f"{len(answer.turns)} turns from {first} to {last}: {text}"
    if answer.turns:
        turn = answer.turns[0]
        turned = f"turned {shown_value(turn.after, Kind.TRUTH)} at {turn.at[11:23]}, {turn.text}"
        again = ", though it was so from the beginning" if answer.was[0] is turn.after else ""
        return f"{turned}{again}: {text}"
    if len(answer.was) == 1:
        why = f": {'; '.join(answer.missing)}" if answer.missing else ""
        always = shown_value(answer.was[0], Kind.TRUTH)
        return f"never turned: {text} was {always} from {first} to {last}{why}"
    order = ", then ".join(shown_value(turn.after, Kind.TRUTH) for turn in turning.turns[:8])
    return f"never turned {word}: {text} was {order}"


def _turns(judged: Judged, found: list[Turn]) -> list[TurnAnswer]:
    """Every turn with its line; lines are looked up all at once."""
    behind = {turn: _line_behind(judged, turn) for turn in found}
    lines = {line.sequence: line for line in evidence_of(judged.recording, list(behind.values()))}
    marks = _marks(judged.recording, {turn.seq for turn in found if not turn.timer and turn.seq not in lines})
    return [_turn(turn, lines.get(behind[turn]), marks) for turn in found]


def _line_behind(judged: Judged, turn: Turn) -> int:
    """The sequence of the line that turned it, or that its time counts from; 0 where there is none."""
    if not turn.timer:
        return turn.seq
    if turn.silent is None:
        return 0
    mine = {source.number for source in judged.player.sources if source.node == turn.silent}
    last = line_before(judged.recording, mine, turn.seq + 1)
    return 0 if last is None else last[0]


def _turn(turn: Turn, line: EvidenceAnswer | None, marks: dict[int, str]) -> TurnAnswer:
    by, text = "line", f"entry {turn.seq}"
    if turn.timer:
        why = f", {turn.why}" if turn.why else ", as time passed"
        by, text = "time", f"no entry: it turned by itself{why}"
    elif turn.seq == 0:
        by, text = "beginning", "the beginning"
    elif line is None:
        by, text = "mark", f"entry {turn.seq}: {marks.get(turn.seq, 'a fact about a source')}"
    had = (*turn.had, *[None] * (len(turn.leaves) - len(turn.had)))
    return TurnAnswer(
        before=turn.before,
        after=turn.after,
        by=by,
        sequence=turn.seq,
        at=written(turn.at),
        text=text,
        leaves=[_leaf(leaf, before) for leaf, before in zip(turn.leaves, had, strict=True)],
        line=line,
    )


def _leaf(leaf: LeafAnswer, had: str | None) -> TurnLeaf:
    return TurnLeaf(text=leaf.text, had=had, has=leaf.has, needs=leaf.needs, truth=leaf.truth, detail=leaf.detail)


def _marks(recording: Recording, seqs: set[int]) -> dict[int, str]:
    """What Marks say, in words, by sequence."""
    names = {source.number: source.name for source in recording.sources()}
    found: dict[int, str] = {}
    for seq in sorted(seqs - {0}):
        info = recording.block_infos(seq)[0]
        for mark in recording.block(info.first_seq).columns.marks:
            if mark.seq == seq:
                found[seq] = f"the log {names.get(mark.source, '')}: {mark.kind.value}"
    return found
