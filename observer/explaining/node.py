"""The life of a node as a story: starts and ends, syncs, connections, heights, reorganisations, disagreement,
bans, refusals, silences, problems by shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from observer.evidence import line_before
from observer.exits import Exit, Failed
from observer.explaining.life import LIFE_OVER, Life
from observer.explaining.options import Explained, Options, node_named, nodes_of, sources_of
from observer.explaining.steps import Kept, Told
from observer.story import PROGRESS_NS, Happening
from observer.times import lasting, written
from observer.wording import counted
from replay.journal import MarkKind
from replay.journals import span
from replay.play import Player
from replay.recording import Recording
from state import views
from state.ordered import ordered
from state.snapshot import NetworkState
from state.streams import unreachable

HEIGHTS_TOLD = 40
"""Heights in passing are spaced so that there are about so many at most, however long the recording."""
ENDED = MarkKind.ENDED.value
MARKS = {kind.value for kind in MarkKind}


def node_story(recording: Recording, what: str, options: Options) -> Explained | None:
    """The life of a node that is named as `node3`, `nodes/node3` or by an alias of the inventory."""
    names = [what.removeprefix(prefix) for prefix in ("", "nodes/", "nodes.")]
    node = next((found for name in names if (found := node_named(recording, options, name)) is not None), None)
    if node is None:
        return None
    sources = sources_of(recording, node)
    if not sources:
        raise Failed(
            f"{what}: the recording has no log of {node} that can be read; add one with --append", Exit.UNKNOWN
        )
    kept = Kept(options.limit)
    for step in _steps(recording, node, sources, options):
        kept.add(step)
    if not kept.total:
        raise Failed(
            f"{what}: the log of {node} shows nothing of its life up to {written(options.at)}; "
            "see `observer coverage` for what of it was understood",
            Exit.UNKNOWN,
        )
    return Explained(f"nodes/{node}", _summary(Player(recording).seek(options.seq), node), kept)


def known_nodes(recording: Recording, options: Options) -> list[str]:
    """Names and aliases of nodes."""
    aliases = [alias for entry in options.inventory.nodes.values() for alias in entry.aliases]
    return [*nodes_of(recording, options), *aliases]


def _steps(recording: Recording, node: str, sources: set[int], options: Options) -> Iterator[Told]:
    """What happened to the node, each with the line behind it."""
    first, _last = span(recording)
    spacing = max(PROGRESS_NS, (options.at - first) // HEIGHTS_TOLD)
    life = Life(Player(recording), node, options.inventory.pace.silent_after, spacing)
    lines_told = set()
    for one in _ended_once(_gathered(_own(_until(life.tell(), options), node))):
        line = one.seq if one.kind not in MARKS and one.kind not in _OF_ALL else None
        if one.kind in (LIFE_OVER, "silence", ENDED):
            before = line_before(recording, sources, one.seq)
            if before is not None and one.kind != ENDED and before[0] not in lines_told:
                lines_told.add(before[0])
                text = one.text if one.kind == LIFE_OVER else _before_silence(one)
                yield Told(before[0], before[1], node, LIFE_OVER, text, one.facts, before[0])
            line = before[0] if before is not None and one.kind == ENDED else line
        if one.kind != LIFE_OVER:
            # What follows from time alone may be noticed at an entry that is told no more.
            yield Told(min(one.seq, options.seq), one.at, one.node, one.kind, one.text, one.facts, line)


_OF_ALL = ("behind", "diverged")
"""Kinds that follow from several nodes and from time: no one line is behind them."""


def _before_silence(one: Happening) -> str:
    return f"the last line before a silence of {lasting(one.facts['lasted_ns'])}"


def _until(told: Iterable[Happening], options: Options) -> Iterator[Happening]:
    for one in told:
        if one.at > options.at:
            return
        yield one


def _own(told: Iterable[Happening], node: str) -> Iterator[Happening]:
    """What concerns the node, and how its tip stands to the others' when it is behind them or on another chain."""
    parted = False
    for one in told:
        if one.node == node:
            yield one
        elif one.node is None and one.kind in _OF_ALL and _apart(one, node):
            parted = True
            yield one
        elif one.node is None and one.kind == "agreement" and parted:
            parted = False
            yield one


def _apart(one: Happening, node: str) -> bool:
    """Whether the node is behind the highest tip, or one of those that are on different chains."""
    groups = [group["nodes"] for group in one.facts["tips"]]
    mine = next((place for place, nodes in enumerate(groups) if node in nodes), None)
    if mine is None:
        return False
    return mine > 0 or any(groups[0][0] in pair["nodes"] for pair in one.facts["diverged"])


def _gathered(told: Iterable[Happening]) -> Iterator[Happening]:
    """Alternative blocks with nothing but remarks between them are one step: a fork is one thing."""
    run: list[Happening] = []
    for one in told:
        if one.kind == "alternative" or (run and one.kind in _REMARKS):
            run.append(one)
            continue
        yield from _closed(run)
        run = []
        yield one
    yield from _closed(run)


_REMARKS = ("height", "problem")


def _closed(run: list[Happening]) -> Iterator[Happening]:
    if run:
        yield _fork([one for one in run if one.kind == "alternative"])
        yield from (one for one in run if one.kind != "alternative")


def _fork(run: list[Happening]) -> Happening:
    first, last = run[0], run[-1]
    blocks = [one.facts["block"] for one in run]
    text = first.text if len(run) == 1 else f"{first.text}, and {len(run) - 1} more up to height {last.facts['height']}"
    return first._replace(text=text, facts={"blocks": blocks, "height": first.facts["height"]})


def _ended_once(told: Iterable[Happening]) -> Iterator[Happening]:
    """A log of several files ends with the last of them."""
    held: Happening | None = None
    for one in told:
        if one.kind == ENDED:
            held = one
            continue
        if one.node is not None:
            held = None
        yield one
    if held is not None:
        yield held


def _summary(state: NetworkState, node: str) -> str:
    """Where the node stands, in a sentence."""
    life, chain = state.nodes.get(node), state.chain.get(node)
    said = []
    if life is not None:
        what = f"{life.system or ''} {life.version or ''}".strip()
        status = life.status.value if life.status is not None else "in a status that no line states"
        said = [f"{what} {status}".strip(), counted(life.restarts, "restart")]
        said += [f"{counted(life.unclean, 'life', 'lives')} without a stop statement"] if life.unclean else []
    height, stated = views.height(state, node), views.stated_height(state, node)
    if height is not None:
        said.append(f"height {height}")
    elif stated is not None:
        said.append(f"height not shown, {stated[0]} the last that a line implied")
    elif node in state.streams:
        peers = state.streams[node].peers
        standing = sum(not unreachable(one) for _peer, one in ordered(peers))
        said.append(f"reads from {standing} of {counted(len(peers), 'peer')}")
    elif node not in state.registry:
        said.append("height not shown")
    if chain is not None:
        said += [counted(chain.reorg_total, "reorganisation")] if chain.reorg_total else []
        said += [counted(chain.regression_total, "fall") + " of the height"] if chain.regression_total else []
    if life is not None and life.problem_lines:
        shapes = counted(len(life.problems), "shape")
        said.append(f"{counted(life.problem_lines, 'line')} of level warning or worse in {shapes}")
    return ", ".join(said)
