"""Where reading of a log begins: at its beginning or end, or where the last run left off (R1, R29).

What was read is known by its beginning alone. It may have been renamed, copied or compressed meanwhile, and its inode
may be another file's by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from observer.following.happenings import Missing
from observer.following.holding import Held, Packed
from observer.following.incarnation import Reading
from observer.following.rotation import Found, Heads, Order
from parsers.text import LINE_LIMIT
from replay.journal import Incarnation, head_of


class Plan(NamedTuple):
    """What is to be read, in order, and what is missing in front of it."""

    queue: list[Reading]
    missing: list[Missing]


def first(members: Sequence[Found], own: Found | None, heads: Heads, *, tail: bool, whole: bool) -> Plan:
    """Of a log that nothing is known of. `whole`: its rotated members belong to it."""
    unread = _unread(members, own, heads) if whole and not tail else []
    queue = [_fresh(found) for found in unread]
    _close(members, queue, heads)
    if own is not None:
        reading = _fresh(own)
        if tail and isinstance(own.store, Held):
            reading.offset = _last_line(own.store, reading.seen)
        queue.append(reading)
    return Plan(queue, [])


def _last_line(held: Held, size: int) -> int:
    """Where the line begins that the end of a file stands in; the end itself for a line beyond the limit."""
    start = max(0, size - LINE_LIMIT)
    data, _ = held.pull(start, size - start)
    last = data.rfind(b"\n") + 1
    return start + last if last or not start else size


def _fresh(found: Found) -> Reading:
    reading = Reading(found.store, found.name, found.beginning, found.order)
    reading.is_backlog()
    return reading


def again(members: Sequence[Found], own: Found | None, known: Sequence[Incarnation], heads: Heads) -> Plan:
    """Of a log that was read before: the rest of what is known, then members that are later, then what has its name."""
    latest = max(known, key=lambda one: one.count)
    matched = _matched(members, own, known)
    reached = next((found for one, found in matched if one is latest), None)
    queue = [_known(found, one, latest) for one, found in matched if found is not own and _has_rest(found, one, latest)]
    missing = []
    if reached is None:
        missing = [Missing(None, f"{latest.label}, read up to byte {latest.high_water}, is not there any more")]
    if reached is None or reached is not own:
        since = reached or max((found for _, found in matched if found is not own), key=_order, default=None)
        queue += [_fresh(one) for one in _unread(members, own, heads) if since is None or one.order > since.order]
    if own is not None:
        before = next((one for one, found in matched if found is own), None)
        queue.append(_fresh(own) if before is None else _known(own, before, latest))
    _close(members, queue, heads)
    return Plan(queue, missing)


def _order(found: Found) -> Order:
    return found.order


def _unread(members: Sequence[Found], own: Found | None, heads: Heads) -> list[Found]:
    """What is no copy of anything that was read, each once: plain rather than compressed. What is being copied off
    the log at this moment is read of the log.
    """
    unread = []
    for found in sorted(members, key=lambda found: found.size is None):
        copied = own is not None and own.beginning.startswith(found.beginning)
        if found.beginning and not copied and not heads.know(found.beginning):
            unread.append(found)
            heads.add(found.beginning)
    return sorted(unread, key=_order)


def _close(members: Sequence[Found], queue: Sequence[Reading], heads: Heads) -> None:
    """Of what is not read, the beginning is kept, so that it is never taken for something new."""
    taken = {id(reading.store) for reading in queue}
    for found in members:
        heads.add(found.beginning)
        if id(found.store) not in taken:
            found.store.close()


def _known(found: Found, known: Incarnation, latest: Incarnation) -> Reading:
    reading = _fresh(found)
    reading.goes_on(known, at_once=known is latest)
    return reading


def _has_rest(found: Found, known: Incarnation, latest: Incarnation) -> bool:
    """Whether something may have been written to it since: to the latest, to any that has grown after the reader had
    gone on, and to a compressed one only if it is the last before the latest, as the others were left long ago.
    """
    if known is latest:
        return True
    if found.size is None:
        return known.count == latest.count - 1
    return found.size > known.high_water


def _matched(
    members: Sequence[Found], own: Found | None, known: Sequence[Incarnation]
) -> list[tuple[Incarnation, Found]]:
    """Each incarnation that is still there, in the best of its copies: under the log's name, plain, compressed."""
    chosen: dict[int, tuple[tuple[bool, bool, int], Incarnation, Found]] = {}
    for found in [*members, *([] if own is None else [own])]:
        fits = [one for one in known if _fits(found, one)]
        if not fits:
            continue
        one = max(fits, key=lambda one: (one.head_length, one.count))
        rank = (found is own, not isinstance(found.store, Packed), found.size or 0)
        if one.count not in chosen or rank > chosen[one.count][0]:
            chosen[one.count] = rank, one, found
    return [(one, found) for _, (_, one, found) in sorted(chosen.items())]


def _fits(found: Found, known: Incarnation) -> bool:
    length = known.head_length
    if not 0 < length <= len(found.beginning) or (found.size is not None and found.size < known.high_water):
        return False
    return head_of(found.beginning[:length])[0] == known.head
