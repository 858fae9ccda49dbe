"""`observer explain`: the life of one thing as a story, each step with the line behind it.

What can be explained is a table of kinds. A kind is one function that gets the recording, what was asked for and
the options, and answers with a story, or with None where what was asked for is not of its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple, TypeAlias

from observer.answers import ExplainAnswer, ExplainStep
from observer.answers_shared import EvidenceAnswer
from observer.evidence import evidence_of
from observer.exits import Exit, Failed
from observer.explaining.alert import alert_story, known_alerts
from observer.explaining.block import block_story
from observer.explaining.field import field_story, known_fields
from observer.explaining.node import known_nodes, node_story
from observer.explaining.options import Explained, Options
from observer.explaining.report import known_reports, report_story
from observer.explaining.steps import Told
from observer.inventory import inventory_of
from observer.times import moment, written
from replay.journals import span
from replay.play import sequence_at
from replay.recording import Recording

STEPS = 200
"""Steps that are told unless said otherwise."""
NEAREST = 3
"""Names that are offered where one is not known."""


class Kind(NamedTuple):
    """A kind of things that can be explained, and the names it knows, to offer where one is not found."""

    explain: Callable[[Recording, str, Options], Explained | None]
    names: Callable[[Recording, Options], list[str]] | None = None


Kinds: TypeAlias = dict[str, Kind]
KINDS: Kinds = {
    "node": Kind(node_story, known_nodes),
    "alert": Kind(alert_story, known_alerts),
    "report": Kind(report_story, known_reports),
    "field": Kind(field_story, known_fields),
    "block": Kind(block_story),
}
"""In the order in which they are asked: a node that is named like a block is the node."""


def explain(
    recording: Recording, what: str, at: str | None = None, limit: int = STEPS, rules: str | None = None
) -> ExplainAnswer:
    """The story of one thing, up to a journal time, that time included. Raises Failed."""
    options = _options(recording, at, limit)._replace(rules=rules)
    if not what.strip("/. "):
        raise Failed(f"{recording.path}: nothing was named to explain; {_choice(recording, options)}")
    for kind, one in KINDS.items():
        found = one.explain(recording, what, options)
        if found is not None:
            return _answer(recording, kind, found, options)
    raise Failed(_not_found(recording, what, options))


def _options(recording: Recording, at: str | None, limit: int) -> Options:
    last = recording.last()
    if last is None:
        raise Failed(f"{recording.path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    seq, when = last.last_seq, last.last_at
    if at is not None:
        when = moment(at, *span(recording))
        seq = sequence_at(recording, when)
    if seq == 0:
        first = written(span(recording)[0])
        raise Failed(f"--at {at}: is before the first entry; the recording begins at {first}", Exit.UNKNOWN)
    return Options(seq, when, limit, inventory_of(recording))


def _not_found(recording: Recording, what: str, options: Options) -> str:
    names = [name for kind in KINDS.values() if kind.names for name in kind.names(recording, options)]
    near = get_close_matches(what, names, n=NEAREST)
    hint = f"did you mean {', '.join(near)}?" if near else _choice(recording, options)
    return f"{what}: the recording knows no node, alert, report, block or field of that name; {hint}"


def _choice(recording: Recording, options: Options) -> str:
    nodes = ", ".join(known_nodes(recording, options)[:10])
    return (
        f"name a node ({nodes}), an alert (RULE/NODE), a report (its id or ORIGINATOR:START), a block (its id or "
        "block/HEIGHT) or a field (nodes/NODE/height)"
    )


def _answer(recording: Recording, kind: str, found: Explained, options: Options) -> ExplainAnswer:
    behind = evidence_of(recording, [step.line for step in found.kept.steps if step.line is not None])
    lines = {one.sequence: one for one in behind}
    return ExplainAnswer(
        what=found.what,
        kind=kind,
        at=written(options.at),
        sequence=options.seq,
        summary=found.summary,
        steps=[_step(step, None if step.line is None else lines.get(step.line)) for step in found.kept.steps],
        left_out=found.kept.left_out,
        left_out_after=found.kept.gap,
    )


def _step(step: Told, line: EvidenceAnswer | None) -> ExplainStep:
    return ExplainStep(
        sequence=step.seq,
        at=written(step.at),
        node=step.node,
        kind=step.kind,
        text=step.text,
        facts=step.facts,
        line=None if line is None else line.line,
        source=None if line is None else line.source,
        file=None if line is None else line.file,
        offset=None if line is None else line.offset,
    )
