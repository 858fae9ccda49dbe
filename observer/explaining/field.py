"""The history of a field of `observer state`: every change of its value, with the entry that changed it.

The recording is played once and the whole answer is never built: what a field is read from is compared by
identity, and only where that differs is the field read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import orjson
from immutables import Map
from msgspec.structs import replace

from observer.answers_shared import AgreementAnswer
from observer.answers_state import NodeAnswer, StateAnswer
from observer.exits import Exit, Failed
from observer.explaining.options import Explained, Options, node_named, nodes_of
from observer.explaining.steps import Kept, Told
from observer.selecting import selected
from observer.snapshot import Point, agreement_answer, node_answer
from observer.times import written
from observer.wording import counted
from replay.folding import Step
from replay.journal import Role
from replay.play import Player
from replay.recording import Recording
from state import views
from state.snapshot import NetworkState

SHOWN = 160
"""Characters of a value that are told; facts hold all of it."""
MOVING = ("at", "sequence", "digest", "sources")
"""Parts of the answer that move with every line, and so have no history worth telling."""
MOVING_OF_NODE = ("lines", "last_line_at")

_NODES, _CHAIN, _PEERS = ("nodes",), ("main chain", "listening"), ("peers", "listening")
SLICES = {
    **dict.fromkeys(("system", "version", "status", "status_since", "started_at", "restarts"), _NODES),
    **dict.fromkeys(("unclean_stops", "synced", "syncing", "target_height", "disconnected_since"), _NODES),
    **dict.fromkeys(("problems", "problem_lines", "crash", "troubles"), _NODES),
    **dict.fromkeys(("height", "tip", "tip_since", "stated_height", "stated_height_at"), _CHAIN),
    **dict.fromkeys(("reorgs", "regressions"), _CHAIN),
    **dict.fromkeys(("alternative_blocks", "rejected_blocks"), ("chain",)),
    **dict.fromkeys(("connections", "ended_connections", "unmatched_closes", "failing_addresses", "blocked"), _PEERS),
    "peers": ("peers", "listening", "identities"),
    "shows": ("listening",),
    "number": ("registry", "identities"),
}
"""What a node's field is read from: slices, and the chain without the blocks that the node has met. A field that is
not named here is read from all there is.
"""
EVERY = ("nodes", "chain", "peers", "listening", "identities", "registry")
OF_MET_BLOCKS = ("last", "sightings", "loose", "loose_first", "loose_next", "forgotten")
"""Fields of a chain that every block moves which a node meets: looking through them is most of the work."""

Parts: TypeAlias = tuple[Any, ...]


class Field(NamedTuple):
    """A field of the answer: of a node, or of the agreement of all."""

    node: str | None
    path: str
    """Within the node, or within the agreement."""

    @property
    def first(self) -> str:
        """Its first name."""
        return self.path.split(".", 1)[0]

    @property
    def name(self) -> str:
        """As `observer state` takes it."""
        path = self.path.replace(".", "/")
        return f"nodes/{self.node}/{path}" if self.node is not None else "/".join(filter(None, ("agreement", path)))


def field_story(recording: Recording, what: str, options: Options) -> Explained | None:
    """Every change of a field's value."""
    field = _field(recording, what, options)
    if field is None:
        return None
    kept = Kept(options.limit)
    value: Any = None
    for step in _changes(recording, field, options):
        kept.add(step)
        value = step.facts["new"]
    if not kept.total:
        raise Failed(_unmoved(recording, field, options), Exit.UNKNOWN)
    times = counted(kept.total, "time")
    return Explained(field.name, f"changed {times} up to {written(options.at)}; it is {_shown(value)}", kept)


def known_fields(recording: Recording, options: Options) -> list[str]:
    """Paths of fields, and those that lead to them."""
    fields = [name for name in NodeAnswer.model_fields if name not in MOVING_OF_NODE]
    return [
        *(f"nodes/{node}/{name}" for node in nodes_of(recording, options) for name in ("", *fields)),
        "agreement",
        *(f"agreement/{name}" for name in AgreementAnswer.model_fields),
    ]


def _field(recording: Recording, what: str, options: Options) -> Field | None:
    """The field that a path names; None where its first names are none of a field's. Raises Failed."""
    parts = [part for part in what.replace("/", ".").split(".") if part]
    if not parts or parts[0] not in StateAnswer.model_fields:
        return None
    if parts[0] == "agreement" and (len(parts) == 1 or parts[1] in AgreementAnswer.model_fields):
        return Field(None, ".".join(parts[1:]))
    if parts[0] == "nodes":
        return _field_of_node(recording, what, parts[1:], options)
    if parts[0] in MOVING:
        raise Failed(
            f"{what}: moves with every line; explain a field of a node or of agreement, such as agreement/tips"
        )
    if parts[0] == "agreement":
        return None
    raise Failed(f"{what}: has no history; explain a field of a node or of agreement, such as agreement/tips")


def _field_of_node(recording: Recording, what: str, parts: list[str], options: Options) -> Field | None:
    """A node's name may hold dots and slashes itself, so the longest that is known is taken."""
    dotted = {name.replace("/", "."): name for name in nodes_of(recording, options)}
    for end in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:end])
        node = dotted.get(name) or node_named(recording, options, name)
        if node is None:
            continue
        if parts[end] in MOVING_OF_NODE:
            raise Failed(f"{what}: moves with every line; `observer lines --node {node}` lists them")
        return Field(node, ".".join(parts[end:])) if parts[end] in NodeAnswer.model_fields else None
    return None


def _changes(recording: Recording, field: Field, options: Options) -> Iterator[Told]:
    """Every change, with the value before and after."""
    player = Player(recording)
    reader = _Reader(recording, field, options)
    value = reader.read(player.state)
    for step in player.steps(options.seq):
        if not reader.touched(step):
            continue
        now = reader.read(step.after)
        if now == value:
            continue
        seq, at = step.wanted.seq, step.wanted.at
        facts = {"old": value, "new": now}
        yield Told(seq, at, step.said[0][1].node, "change", _difference(value, now), facts, seq)
        value = now


class _Reader:
    """Reads one field from snapshots, where what it is read from has changed."""

    def __init__(self, recording: Recording, field: Field, options: Options) -> None:
        self._field = field
        self._slices = SLICES.get(field.first, EVERY)
        inventory = options.inventory
        logged = {source.node for source in recording.sources() if source.role is Role.PRIMARY}
        self._expected = sorted(logged | set(inventory.nodes))
        self._aliases = {alias: name for name, entry in inventory.nodes.items() for alias in entry.aliases}

    def touched(self, step: Step) -> bool:
        """Whether the entry can have changed the field."""
        before, after = step.before, step.after
        if self._field.node is None:
            return self._tip_moved(step) or before.listening is not after.listening or _size(before) != _size(after)
        node = self._field.node
        return any(_entry(before, name, node) != _entry(after, name, node) for name in self._slices)

    def _tip_moved(self, step: Step) -> bool:
        if step.before.chain is step.after.chain:
            return False
        node = step.said[0][1].node
        had, has = step.before.chain.get(node), step.after.chain.get(node)
        return had is None or has is None or had.tip_since is not has.tip_since or had.main is not has.main

    def read(self, state: NetworkState) -> Any:
        """The field's value, as `observer state --json` tells it; None where there is nothing at its path."""
        answer = self._agreement(state) if self._field.node is None else self._of_node(state, self._field.node)
        if not self._field.path:
            return answer
        try:
            return selected(answer, self._field.path)
        except Failed:
            return None

    def _agreement(self, state: NetworkState) -> Any:
        known = views.names(state)
        return agreement_answer(state, [name for name in self._expected if name not in known]).model_dump(mode="json")

    def _of_node(self, state: NetworkState, node: str) -> Any:
        point = Point(0, None, self._needed(state, node), {}, [])
        return node_answer(point, node, self._aliases).model_dump(mode="json", include={self._field.first})

    def _needed(self, state: NetworkState, node: str) -> NetworkState:
        """The snapshot with nothing in it but what the field is read from."""
        if self._slices is EVERY:
            return state
        needed = NetworkState(identities=state.identities)
        for name in self._slices:
            slice_ = "chain" if name == "main chain" else name
            entry = None if slice_ == "identities" else getattr(state, slice_).get(node)
            if entry is not None:
                entry = replace(entry, sightings=Map()) if name == "main chain" else entry
                needed = replace(needed, **{slice_: Map({node: entry})})
        return needed


def _entry(state: NetworkState, name: str, node: str) -> Parts:
    """What to compare of a part of the snapshot, by identity: equal values may be long to compare."""
    if name == "identities":
        return (id(state.identities),)
    if name != "main chain":
        return (id(getattr(state, name).get(node)),)
    chain = state.chain.get(node)
    if chain is None:
        return ()
    return tuple(id(getattr(chain, field)) for field in chain.__struct_fields__ if field not in OF_MET_BLOCKS)


def _size(state: NetworkState) -> tuple[int, ...]:
    return len(state.nodes), len(state.peers), len(state.chain), len(state.clocks)


def _shown(value: Any) -> str:
    """A value in a few words."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _difference(old: Any, new: Any) -> str:
    """A change in words: of lists and maps, what came and what went."""
    if isinstance(old, list) and isinstance(new, list):
        came, went = [one for one in new if one not in old], [one for one in old if one not in new]
        parts = [f"{sign} {_shown(one)}" for sign, all_ in (("-", went), ("+", came)) for one in all_]
        return "; ".join(parts) or "the same in another order"
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
        return "; ".join(f"{key}: {_difference(old.get(key), new.get(key))}" for key in keys)
    return f"{_shown(old)} -> {_shown(new)}"


def _unmoved(recording: Recording, field: Field, options: Options) -> str:
    value = _Reader(recording, field, options).read(NetworkState())
    where = f"observer state {recording.path} nodes/{field.node}/shows" if field.node else "observer coverage"
    if value is None:
        return (
            f"{field.name}: is unknown up to {written(options.at)}, as no line of the log tells it; "
            f"`{where}` says what the log shows"
        )
    return f"{field.name}: no entry up to {written(options.at)} changes it; it is {_shown(value)} throughout"
