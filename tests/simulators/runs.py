"""Simulated networks, and what they wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from observer.simulators.xmtpd.network import Order, simulate
from observer.simulators.xmtpd.settings import read_settings

SETTINGS = ("batch_every=30s", "noise=0.2", "app_chain_every=4m")
"""Less traffic than by default: what holds does not depend on it."""
HEADER = 5


class Line:
    """A JSON line, with every key it has, those that are there twice too."""

    __slots__ = ("at", "head", "message", "node", "pairs", "raw")

    def __init__(self, node: int, raw: str) -> None:
        """The first five pairs are the header, whatever comes behind."""
        self.node = node
        self.raw = raw
        self.pairs = _decoded(raw)
        self.head: dict[str, str] = dict(self.pairs[:HEADER])
        self.at = self.head["time"]
        self.message = self.head["message"]

    @property
    def fields(self) -> list[tuple[str, Any]]:
        """What stands behind the header."""
        return self.pairs[HEADER:]

    def get(self, name: str) -> Any:
        """The last field of a name."""
        return dict(self.fields)[name]


@dataclass(frozen=True)
class Run:
    """What a simulated network wrote."""

    folder: Path
    nodes: tuple[int, ...]

    def text(self, node: int) -> str:
        """A node's log."""
        return (self.folder / f"node-{node}.log").read_text()

    @cached_property
    def raw(self) -> list[tuple[int, str]]:
        """Every line that zap wrote, node after node."""
        return [(node, raw) for node in self.nodes for raw in self.text(node).splitlines() if raw.startswith("{")]

    def written(self, node: int) -> list[Line]:
        """What zap wrote at one node, decoded."""
        return [Line(*one) for one in self.raw if one[0] == node]

    def watched(self, program: str) -> list[Line]:
        """What a program beside the nodes wrote."""
        return [Line(0, raw) for raw in (self.folder / f"{program}.log").read_text().splitlines()]

    @cached_property
    def truth(self) -> list[dict[str, Any]]:
        """The records of the truth."""
        return [orjson.loads(line) for line in (self.folder / "truth.jsonl").read_bytes().splitlines()]

    def said(self, message: str, *, node: int | None = None, since: str = "", until: str = "~") -> list[Line]:
        """Lines of a message, of one node or all, in a span of time of day."""
        sought = f'"message":"{message}"'
        found = [Line(*one) for one in self.raw if node in (None, one[0]) and sought in one[1]]
        return [line for line in found if line.message == message and since <= line.at[11:] < until]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Records of the truth of a kind."""
        return [record for record in self.truth if record["kind"] == kind]

    def courses(self) -> dict[str, list[dict[str, Any]]]:
        """For each report, its stages in order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for record in self.of("stage"):
            found.setdefault(record["report"], []).append(record)
        return found


def _decoded(raw: str) -> list[tuple[str, Any]]:
    """The pairs of the outer object; objects within are dictionaries as usual."""
    pairs: list[tuple[str, Any]] = []

    def keep(found: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs[:] = found
        return dict(found)

    json.loads(raw, object_pairs_hook=keep)
    return pairs


def made(folder: Path, order: Order, *said: str) -> Run:
    """Run a network."""
    simulate(order, read_settings(None, (*SETTINGS, *said)), folder)
    return Run(folder, order.ids)
