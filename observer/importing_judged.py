"""An import that is judged on its way: whoever looks at a recording just made of a failed run wants to know what was
wrong, and should not wait until everything has been played once more.

The parsers and the fold run during an import anyway; the rules are judged beside them, and what `status`, `alerts` and
`state` answer of the end is put into the recording as they themselves would keep it (`observer.keeping`). What can be
known only at the end is assumed on the way, and checked there: where it was otherwise, nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from observer.history import kept as history_kept
from observer.history.kept import Gathering
from observer.history.told import names_of
from observer.inventory import nanoseconds
from observer.judged import Judged
from observer.keeping import fingerprint, put
from observer.rulefiles.reading import rules_in_force
from observer.snapshot import answer as state_answer
from observer.standing.blindness import Unseen, own_end
from observer.standing.nodes import points_of
from observer.standing.status import Reaching, answer, in_force, until
from replay.journal import Mark, MarkKind
from replay.judging import BlockHearing
from replay.play import Player
from replay.recording import BlockInfo, Recording
from replay.wanted import HotBlock


class Assumed(NamedTuple):
    """Of a source's end, whether the source goes on in a later file, and what must be so if that is right."""

    source: int
    lines: int
    """Which have come of the source by the end of the block in which it ends."""
    opens_again: bool
    """Within that block."""
    goes_on: bool


class Foreseeing(BlockHearing):
    """What a recording will be known to hold, while it is made of a known number of files."""

    def __init__(self, recording: Recording, files: Mapping[int, int]) -> None:
        """`files` says how many each source is read from."""
        super().__init__(recording)
        self._left = dict(files)
        self._goes_on: dict[int, bool] = {}
        self._assumed: list[Assumed] = []

    def ends(self, mark: Mark) -> bool:
        """A source comes to the end of a file; whether that was its last. Each end is told of once, in order."""
        left = self._left[mark.source] = self._left.get(mark.source, 0) - 1
        self._goes_on[mark.seq] = left > 0
        return left <= 0

    def goes_on(self, mark: Mark) -> bool:
        """Whether the source goes on in a later file."""
        heard = self.after.get(mark.source)
        said = self._goes_on[mark.seq]
        self._assumed.append(Assumed(mark.source, heard.lines if heard else 0, self.opens_again(mark), said))
        return said

    def was_right(self) -> bool:
        """Whether all that was assumed is so, now that the recording is whole."""
        last = self._recording.last()
        heard = {} if last is None else self._recording.heard_at_end(last.first_seq)
        for one in self._assumed:
            total = heard.get(one.source)
            if one.goes_on != (one.opens_again or (total is not None and one.lines < total.lines)):
                return False
        return True


class JudgedImport:
    """A recording, judged while it is made."""

    def __init__(self, recording: Recording, files: Mapping[int, int]) -> None:
        """Judges what is there; `files` says how many each source is read from. Raises Failed."""
        self._recording = recording
        self._hearing = Foreseeing(recording, files)
        schedule = rules_in_force(recording, None)
        rules = in_force(schedule, 0)
        self._judged = Judged(recording, schedule, hearing=self._hearing)
        self._reaching = Reaching(self._judged, rules)
        self._inventory = self._judged.inventory
        self._gathering = Gathering(names_of(recording, rules, self._inventory), in_json=False)
        self._silent_after = nanoseconds(self._inventory.pace.silent_after)
        self._unseen: dict[int, tuple[int, list[Unseen]]] = {}
        """What could not be judged just before a source ended for good: by the sequence of its Mark, with its time."""
        self.verdict: str | None = None
        """What `status` says first, once that is known."""
        for info in recording.block_infos():
            self._block(info, self.player.hot_block(info))

    @property
    def player(self) -> Player:
        """What plays the recording."""
        return self._judged.player

    def follow(self, info: BlockInfo, hot: HotBlock) -> None:
        """Fold a block that has been added, and judge it."""
        self.player.chosen = hot
        self._block(info, hot)

    def _block(self, info: BlockInfo, hot: HotBlock) -> None:
        for mark in hot.marks:
            if mark.kind is MarkKind.ENDED and self._hearing.ends(mark):
                self._run(mark.seq - 1)
                self._unseen[mark.seq] = mark.at, self._reaching.unseen()
        self._run(info.last_seq)
        if self._unseen:
            # A source that ended so long before the recording did was cut off, and did not end with it.
            since = info.last_at - self._silent_after
            self._unseen = {seq: one for seq, one in self._unseen.items() if one[0] >= since}

    def _run(self, seq: int) -> None:
        if seq > self.player.folding.seq:
            for one in self._reaching.run(seq):
                self._gathering.take(one)

    def finish(self) -> None:
        """The recording is whole: keep in it what it answers of its end, unless something turned out otherwise."""
        recording = self._recording
        if not self._hearing.was_right():
            return
        asked = until(recording, None)
        cut = own_end(recording, self._inventory)
        before: list[Unseen] | None = None
        if cut is not None and cut <= asked.seq:
            if cut not in self._unseen:
                return
            before = self._unseen[cut][1]
        mine = fingerprint(recording)
        reached = self._reaching.reached(asked, before)
        status = answer(recording, reached, asked)
        self.verdict = status.verdict
        put(recording, "status", mine, status.model_dump_json().encode())
        state = state_answer(recording, points_of(recording, self._judged, asked), self._inventory)
        put(recording, "state", mine, state.model_dump_json().encode())
        self._gathering.end()
        past = self._gathering.whole()
        if past is not None:
            put(recording, history_kept.KIND, mine, msgspec.msgpack.encode(past))
