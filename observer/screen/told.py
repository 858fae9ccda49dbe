"""What happens, in one line each: transitions of alerts, what changes at a node, sources.

How reports come on is not told entry by entry, as `observer replay` does it: each time all reports of an originator
would be read, which takes a live network of twenty nodes longer than all folding (`observer.screen.reports`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from observer.changes import changes
from observer.screen.view import WAITING, Said, SourceView
from observer.times import clock
from replay.folding import Step
from waits.alerts import Change, Transition
from waits.durations import duration
from waits.entities import about
from waits.rules import INCIDENT

_TELLING = ("nodes", "chain", "peers", "streams")
"""Slices of which `changes` tells something."""
_BAD = ("crashed", "connections lost", "disconnected", "regression", "rejected", "stream lost", "tip unknown")
_WARN = ("restart", "stopping", "stopped", "reorg", "ban")
_SIGHT = (Change.BLIND.value, Change.UNBLIND.value)
_WORDS = {"attached": "is read again", "lagging": "is read late", "lost": "is not read", "ended": "has ended"}


def transition_said(one: Transition) -> Said:
    """A transition of an alert or an incident."""
    incident = one.severity == INCIDENT
    what = f"{one.rule} {about(one.labels)}".strip()
    word = INCIDENT if incident and one.state == Change.FIRING.value else one.state
    head = f"{word.upper()} {what}" + ("" if word == INCIDENT else f" ({one.severity})")
    kind = "sight" if one.state in _SIGHT else "transition"
    if one.state == Change.RESOLVED.value:
        lasted = "" if one.since is None else f" after {duration(max(0, one.at - one.since))}"
        return Said(one.at, kind, head + lasted + (f": {one.reason}" if one.reason else ""), "good")
    text = (one.reason if one.state in _SIGHT else sentence_of(one.annotations)) or ""
    tone = "aside" if kind == "sight" or incident else "bad" if one.state == Change.FIRING.value else "warn"
    return Said(one.at, kind, f"{head}: {text}" if text else head, tone)


def sentence_of(annotations: dict[str, str]) -> str:
    """The summary, as the rule words it; nothing where it has none."""
    return annotations.get("summary") or annotations.get("description") or ""


def step_said(step: Step) -> Iterator[Said]:
    """What an entry that said something changed at its node."""
    if any(name in _TELLING for name, _key in step.touched):
        node = step.said[0][1].node
        for kind, text, _facts in changes(step.before, step.after, node, step.touched):
            tone = "bad" if kind in _BAD else "warn" if kind in _WARN else ""
            yield Said(step.wanted.at, "node", f"{node} {text}", tone)


def sources_said(before: Iterable[SourceView], after: Iterable[SourceView]) -> Iterator[Said]:
    """What has become of sources between two views. That one is read for the first time goes without saying."""
    known = {(one.node, one.stream): one.attachment for one in before}
    for one in after:
        was = known.get((one.node, one.stream), WAITING)
        if was != one.attachment and (was, one.attachment) != (WAITING, "attached") and one.attachment != WAITING:
            tone = "" if one.attachment == "attached" else "warn"
            text = f"{one.node}/{one.stream} {_WORDS.get(one.attachment, one.attachment)}"
            yield Said(one.since, "source", text, tone)


def time_said(at: int) -> str:
    """Time of day to the second."""
    return clock(at)[:8]
