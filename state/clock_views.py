"""What the slice `clocks` says when it is read: who is behind whom, and whose cursor stands still. Catalogue, xmtpd §3.

A clock that was stated earlier is lower without being behind. A node is behind only against what others had stated, or
served, before it spoke; so lag is always "at least", and is that of one moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec.structs import replace

from state.clocks import OWN, Cursor, Followed, Point
from state.ordered import ordered
from state.quorums import number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from state.origin import Origin
    from state.snapshot import NetworkState


class Known(NamedTuple):
    """How far a node is known to have followed an originator."""

    sequence: int
    exact: bool
    """Whether the node stated it, and nothing of its log is missing since; else it is at least so far."""
    said: Origin


def clock_of(state: NetworkState, node: str) -> dict[int, Known]:
    """A node's clock, by originator, as its own lines show it; a dead node's last one too."""
    mine = state.clocks.get(node)
    if mine is None:
        return {}
    found: dict[int, Known] = {}
    own = number_of(state, node)
    gap = gap_of(state, node)
    for originator, followed in ordered(mine.followed):
        number = own if originator == OWN else originator
        point = followed.known
        if number is None or point is None:
            continue
        exact = bool(followed.stated) and point is followed.stated[-1] and (gap is None or gap.seq < point.said.seq)
        before = found.get(number)
        if before is None or before.sequence < point.sequence:
            found[number] = Known(point.sequence, exact, point.said)
    return found


def gap_of(state: NetworkState, node: str) -> Origin | None:
    """The end of the last gap in a node's log."""
    mine = state.listening.get(node)
    return None if mine is None else mine.missed


class Lag(NamedTuple):
    """How far a node is behind in one originator."""

    behind: int
    """Envelopes, at least; 0 where nobody is known to have been ahead."""
    mine: Point
    furthest: Point | None = None
    """What another one had before `mine` was said."""
    ahead: str | None = None
    """Who had it."""


def lag_of(state: NetworkState, node: str, originator: int) -> Lag | None:
    """How far a node is behind, by its own latest statement; None where it has made none since a gap in its log."""
    return lag_among(words_about(state, originator), node, gap_of(state, node))


Words: TypeAlias = "tuple[tuple[str, Followed], ...]"
"""What each node said of one originator, by node, in order."""


def words_about(state: NetworkState, originator: int) -> Words:
    """What every node said of an originator."""
    found = [(node, _followed(state, node, originator)) for node, _clock in ordered(state.clocks)]
    return tuple([(node, followed) for node, followed in found if followed is not None])


def lag_among(words: Words, node: str, gap: Origin | None) -> Lag | None:
    """How far a node is behind what others said; `gap` is the end of the last gap in its log."""
    followed = next((one for name, one in words if name == node), None)
    if followed is None or not followed.stated:
        return None
    mine = followed.stated[-1]
    if gap is not None and mine.said.seq < gap.seq:
        return None
    best: tuple[Point, str] | None = None
    for other, theirs in words:
        point = None if other == node else _before(theirs, mine.said)
        if point is not None and (best is None or point.sequence > best[0].sequence):
            best = (point, other)
    if best is None:
        return Lag(0, mine)
    reached = max(mine.sequence, 0 if followed.proved is None else followed.proved.sequence)
    return Lag(max(0, best[0].sequence - reached), mine, best[0], best[1])


class Lags(NamedTuple):
    """How far each node is behind in one originator, and what that follows from."""

    said: dict[str, Followed]
    gaps: dict[str, Origin | None]
    lags: dict[str, Lag | None]


NO_LAGS = Lags({}, {}, {})


def lags_among(words: Words, gaps: dict[str, Origin | None], before: Lags = NO_LAGS) -> Lags:
    """`lag_among` of every node. Of what was read `before`, only what now follows from something else is worked out
    anew: what one node says further on changes nothing of what it had said when another one spoke.
    """
    said = dict(words)
    others = [(before.said[node], one) for node, one in words if node in before.said and before.said[node] != one]
    lags: dict[str, Lag | None] = {}
    for node, followed in words:
        known = before.lags.get(node)
        if (
            known is None
            or said.keys() != before.said.keys()
            or gaps[node] is not before.gaps[node]
            or before.said[node] != followed
            or any(_before(then, known.mine.said) is not _before(now, known.mine.said) for then, now in others)
        ):
            lags[node] = lag_among(words, node, gaps[node])
        else:
            lags[node] = known
    return Lags(said, gaps, lags)


def _followed(state: NetworkState, node: str, originator: int) -> Followed | None:
    """A node's word of an originator; where that is the node itself, also what it said without its id."""
    mine = state.clocks.get(node)
    if mine is None:
        return None
    named, own = mine.followed.get(originator), mine.followed.get(OWN)
    if own is None or number_of(state, node) != originator:
        return named
    if named is None:
        return own
    stated = sorted([*named.stated, *own.stated], key=lambda point: (point.said.at, point.said.seq))
    return replace(named, stated=tuple(stated))


def _before(followed: Followed, line: Origin) -> Point | None:
    """The furthest that was known before a line."""
    at, seq = line.at, line.seq
    best: Point | None = None
    for point in followed.stated if followed.proved is None else (*followed.stated, followed.proved):
        said = point.said
        if (best is None or point.sequence > best.sequence) and (said.at < at or (said.at == at and said.seq < seq)):
            best = point
    return best


# --- what a watcher was served -----------------------------------------------------------------------


class ServedLag(NamedTuple):
    """A node's served cursor against what the others served, as one watcher got them."""

    publisher: int
    watcher: str
    cursor: Cursor
    behind: dict[int, int]
    """By originator, where others had served more before."""
    still_since: Origin | None
    """Since which stream on the cursor has been the same in every originator; None where it has moved."""


def served_lags(state: NetworkState) -> list[ServedLag]:
    """Every node that any watcher is served by, by watcher and id."""
    found = []
    for watcher, clock in ordered(state.clocks):
        for publisher, served in ordered(clock.served):
            if not served.cursors:
                continue
            cursor = served.cursors[-1]
            best = _furthest(state, watcher, publisher, cursor.said)
            behind = {
                originator: sequence - cursor.sequences.get(originator, 0)
                for originator, sequence in ordered(best)
                if sequence > cursor.sequences.get(originator, 0)
            }
            found.append(ServedLag(publisher, watcher, cursor, behind, _still_since(served.cursors)))
    return found


def _furthest(state: NetworkState, watcher: str, publisher: int, line: Origin) -> dict[int, int]:
    best: dict[int, int] = {}
    for other, served in ordered(state.clocks[watcher].served):
        if other == publisher:
            continue
        for cursor in served.cursors:
            if (cursor.said.at, cursor.said.seq) < (line.at, line.seq):
                for originator, sequence in ordered(cursor.sequences):
                    best[originator] = max(sequence, best.get(originator, 0))
    return best


def _still_since(cursors: tuple[Cursor, ...]) -> Origin | None:
    since: Origin | None = None
    for earlier, later in zip(reversed(cursors[:-1]), reversed(cursors[1:]), strict=True):
        if earlier.sequences != later.sequences:
            break
        since = earlier.said
    return since


def divergence(state: NetworkState, originator: int) -> tuple[int, str, str] | None:
    """Of one originator: the most that any node is known to be behind another, and the two; None where no two
    statements compare.
    """
    return _most([(name, lag_of(state, name, originator)) for name, _clock in ordered(state.clocks)], _behind)


def _behind(lag: Lag) -> int:
    return lag.behind


def _most(lags: list[tuple[str, Lag | None]], key: Callable[[Lag], int]) -> tuple[int, str, str] | None:
    known = [(key(lag), name, lag.ahead) for name, lag in lags if lag is not None and lag.ahead is not None]
    best = max(known, key=lambda one: one[0], default=None)
    return None if best is None else (best[0], best[1], best[2] or "")
