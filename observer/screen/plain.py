"""What happens as lines, for pipes and files: transitions, the lives of nodes, and now and then a summary."""

from __future__ import annotations

from typing import TextIO

from observer.screen.nodes import well_said
from observer.screen.view import Said, View
from observer.times import written
from observer.wording import counted
from parsers.text import one_line

NS = 10**9
LINE_SHOWN = 1000
TOLD = ("transition", "sight", "node", "source")
"""Stages of reports are told by `observer replay`; here they would hide what goes wrong."""


class Plain:
    """Lines, each with its journal time."""

    interval = 10 * NS

    def __init__(self, out: TextIO) -> None:
        """Where they go."""
        self._out = out
        self._closed = False

    def update(self, view: View) -> None:
        """A summary."""
        if not self._closed:
            self._write(f"{written(view.now // 10**6 * 10**6)} SUMMARY {summary(view)}")

    def tell(self, said: Said) -> None:
        """A line."""
        if said.kind in TOLD and not self._closed:
            self._write(f"{written(said.at)} {said.text}")

    def say(self, line: str) -> None:
        """A line without a time."""
        self._write(line)

    def close(self) -> None:
        """No more of it."""
        self._closed = True

    def _write(self, line: str) -> None:
        # A reader that has gone ends the command, as everywhere.
        self._out.write(one_line(line, LINE_SHOWN) + "\n")
        self._out.flush()


def summary(view: View) -> str:
    """How things stand, in one line."""
    if view.at is None:
        return "waiting for the first line"
    counts = view.counts
    parts = [f"{counts.get('firing', 0)} firing, {counts.get('pending', 0)} pending"]
    if counts.get("incident"):
        parts.append(f"{counted(counts['incident'], 'incident')} open")
    if view.unjudged:
        parts.append(f"{view.unjudged} of {counted(view.rules, 'rule')} blind somewhere")
    parts.append(well_said(view.nodes).removeprefix("… ").replace("more ", "", 1) if view.nodes else "no node")
    if not view.replicates:
        heights = sorted(one.height for one in view.nodes if one.height is not None)
        if heights:
            parts.append(f"height {heights[0]}" + (f" to {heights[-1]}" if heights[0] != heights[-1] else ""))
    parts += [f"reports {one.stage} {one.count}" for one in view.stages if one.stage != "settled"]
    odd = [one for one in view.sources if one.attachment != "attached"]
    parts.append(f"{len(view.sources) - len(odd)} of {counted(len(view.sources), 'source')} attached")
    parts.append(f"{view.lines:,} lines, {view.lines_a_second:,.0f}/s")
    if view.catching_up:
        parts.append(f"catching up, at {written(view.at)}")
    return "; ".join(parts)
