"""The way of a block through the network: who received it from whom, took it, left it, refused it, who has it now."""

from __future__ import annotations

import re
from difflib import get_close_matches

from observer.changes import short
from observer.exits import Exit, Failed
from observer.explaining.following import Followed, Sought
from observer.explaining.options import Explained, Options
from observer.explaining.standing import arrivals_told, highest, standing
from observer.explaining.steps import Kept, Told
from observer.times import written
from replay.recording import Recording
from state.ordered import ordered
from state.snapshot import NetworkState

PREFIX = 6
"""Hex digits that a block's id must at least be given by."""
NAMED = 5
"""Candidates that are named where a prefix fits several blocks."""
_WHAT = re.compile(r"(?:(blocks?)[/.])?([0-9a-f]{1,64})", re.IGNORECASE)
_HEIGHT = re.compile(r"\d{1,10}")


def block_story(recording: Recording, what: str, options: Options) -> Explained | None:
    """The way of a block that is named by its id or its beginning, or of all blocks at a height: `block/60`."""
    found = _WHAT.fullmatch(what)
    if found is None:
        return None
    text = found[2].lower()
    height = int(text) if found[1] and _HEIGHT.fullmatch(text) else None
    if height is None and len(text) < PREFIX:
        if not found[1]:
            return None
        raise Failed(f"{what}: give at least {PREFIX} digits of the block's id, or a height such as block/60")
    followed = Followed(recording, Sought(height, text), options)
    followed.play()
    if not followed.blocks:
        raise _not_met(what, followed, Sought(height, text), options)
    if height is None and len(followed.blocks) > 1:
        raise Failed(_ambiguous(what, followed))
    return _story(height, followed, options)


def _story(height: int | None, followed: Followed, options: Options) -> Explained:
    kept = Kept(options.limit)
    kept.merge(followed.blocks.values())
    ends = []
    for block in followed.blocks:
        where = standing(followed.state, block, followed.heights.get(block), followed.on_main)
        said = f"{short(block)}: {where.text}" if height is not None else where.text
        ends.append(said)
        arrived = followed.arrived.get(block, {})
        text = f"{said}; {arrivals_told(arrived)}" if arrived else said
        kept.add(Told(options.seq, options.at, None, "standing", text, where.facts(block, arrived), None))
    if height is None:
        (block,) = followed.blocks
        return Explained(f"blocks/{block}", f"{_at(followed, block)}; {ends[0]}", kept)
    more = ", and others that are not followed" if followed.more else ""
    count = len(followed.blocks)
    said = f"{count} blocks are known at this height" if count > 1 else "one block is known at this height"
    return Explained(f"blocks/{height}", f"{said}{more}: {'; '.join(ends)}", kept)


def _at(followed: Followed, block: str) -> str:
    height = followed.heights.get(block)
    return "at a height that no line tells" if height is None else f"at height {height}"


def _ambiguous(what: str, followed: Followed) -> str:
    ids = sorted(followed.blocks)
    named = [f"{block} {_at(followed, block)}" for block in ids[:NAMED]]
    more = " and others" if len(ids) > NAMED else ""
    count = f"more than {len(ids)}" if followed.more else f"{len(ids)}"
    return f"{what}: {count} blocks begin so: {', '.join(named)}{more}; write more digits"


def _not_met(what: str, followed: Followed, sought: Sought, options: Options) -> Failed:
    """A height that a node has passed exists, whether or not a log shows its block."""
    until, top = written(options.at), highest(followed.state)
    if sought.height is None:
        near = get_close_matches(sought.prefix, _ids(followed.state, len(sought.prefix)), n=NAMED)
        hint = (
            f"did you mean {', '.join(f'{one}…' for one in near)}?"
            if near
            else "see `observer events --kind BlockAdded` for those known"
        )
        return Failed(f"{what}: no block of that id is known up to {until}; {hint}")
    if top is None:
        return Failed(f"{what}: no node's log tells a height up to {until}; see `observer coverage`", Exit.UNKNOWN)
    if sought.height > top:
        return Failed(
            f"{what}: no node has reached that height up to {until}; the highest that a line implies is {top}"
        )
    return Failed(
        f"{what}: nodes have passed that height up to {until}, but no line tells its block; their logs do not show "
        "every block, or begin above it",
        Exit.UNKNOWN,
    )


def _ids(state: NetworkState, digits: int) -> list[str]:
    """Beginnings of the ids that are still known."""
    return sorted({block[:digits] for _, chain in ordered(state.chain) for block, _ in ordered(chain.sightings)})
