"""A network as a worker has it: what came since the last commit, as rows for the next one.

What is taken is folded and judged at once, and becomes visible with the commit (R6): until then nobody is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from observer.broker.foreign import ForeignMapping
from observer.database.batches import (
    Batch,
    BlockRow,
    CheckpointRow,
    HotRow,
    TransitionRow,
    block_row,
    event_rows,
)
from observer.database.loading import Loaded
from observer.database.rows import Expected, changes, whole
from observer.inventory import Inventory, written
from observer.judged import Schedule
from observer.live.growing import Added, Resumed
from observer.live.storing import VERSIONS, versions
from observer.sending.sender import Sender
from observer.sending.session import Plan, Sending
from observer.working.network import Came, Network
from replay.folding import Step
from replay.importing import settings_of
from replay.journal import Incarnation
from replay.journals import Journal, span
from replay.judgement import Judgement, judgement_of
from replay.redaction import NoRedaction
from replay.sealing import Sealer
from replay.tail import Beginning
from state.snapshot import NetworkState, Touched
from waits.alerts import Transition

CHECKPOINT_NS = 30 * 10**9
"""A checkpoint is kept after so much journal time, if anything came: whoever takes over goes on from it."""


class Owned:
    """A network that this worker owns."""

    def __init__(  # noqa: PLR0913 - what a network goes on from
        self,
        name: str,
        place: tuple[str, int],
        loaded: Loaded | None,
        behind: Journal | None,
        inventory: Inventory,
        schedule: Schedule,
        rules: Judgement | None,
        senders: Mapping[str, Sender],
        mapping: ForeignMapping | None = None,
    ) -> None:
        """`place` is its topic and partition; `behind` what was stored of its journal, None where that has no entry;
        `rules` what is to be entered into its judgement log, if anything is.
        """
        self.name = name
        self._senders = senders
        self._steps: list[Step] = []
        self._meta: dict[str, Any] = {}
        beginning = Beginning({} if loaded is None else dict(loaded.meta))
        self._values = beginning.values
        self._judgements = () if rules is None else ((0 if loaded is None else len(loaded.judgements), rules),)
        kept = None if loaded is None else loaded.checkpoint
        resumed = None if kept is None or not kept.engine else Resumed(kept.seq, kept.engine)
        self.network = Network(
            name,
            beginning if behind is None else behind,
            inventory,
            schedule,
            () if loaded is None else loaded.incarnations,
            None if loaded is None else loaded.meta.get("intake"),
            resumed,
            mapping,
            self._steps.append,
            self._judged_by,
        )
        if loaded is None or "inventory" not in loaded.meta:
            self._meta |= {"network": name, "attached": True, "place": list(place)}
            self._judged_by(inventory)
        self._meta[VERSIONS] = versions(None if loaded is None else loaded.meta.get(VERSIONS))
        self._transitions = 0 if loaded is None else loaded.transitions
        self._ledger = None if loaded is None else loaded.ledger
        self._sealer = Sealer()
        self._next_sealer = self._sealer
        self._sending: Sending | None = None
        self._came: list[Came] = []
        self._checkpoint_at = self.network.growing.tail.last_at
        self._before: NetworkState | None = None
        self._whole = True
        self.last_entry_at = 0
        """When something came last, by this machine's clock."""

    def _judged_by(self, inventory: Inventory) -> None:
        text = written(inventory)
        found = {"inventory": text, "settings": {**settings_of(text, NoRedaction()), "year": None}}
        self._meta |= found
        self._values |= found

    def add(self, came: Came, now: int) -> None:
        """Something has come; `now` by this machine's clock."""
        self._came.append(came)
        self.last_entry_at = now

    @property
    def transitions(self) -> list[Transition]:
        """Everything that was told since the last commit."""
        return [one for came in self._came for added in came.added for one in added.transitions]

    # --- committing ----------------------------------------------------------------------------------

    def wakes(self) -> bool:
        """Whether there is something to commit, though no record has come."""
        return self._sending is not None and self._sending.wakes()

    def batch(self, now: int) -> Batch | None:
        """Everything since the last commit; None where there is nothing. It is certain to be committed, or this is
        thrown away.
        """
        if not self._came and not self.wakes():
            return None
        plan = self._plan(now)
        if not self._came and not plan:
            return None
        plan = plan or Plan()
        blocks, hot, resealed = self._blocks([one for came in self._came for one in came.added])
        incarnations: dict[tuple[int, int], Incarnation] = {}
        for came in self._came:
            incarnations |= {(one.source, one.count): one for one in came.incarnations}
        transitions = self.transitions
        numbered = [TransitionRow(self._transitions + n, one) for n, one in enumerate(transitions, start=1)]
        self._transitions += len(transitions)
        found = Batch(
            self.name,
            meta=self._meta | ({"intake": self.network.intake.state()} if self._came else {}),
            sources=tuple([one for came in self._came for one in came.sources]),
            incarnations=tuple(incarnations.values()),
            resealed=resealed,
            blocks=blocks,
            hot=hot,
            events=tuple(event_rows(self._steps)),
            checkpoint=self._checkpoint(),
            transitions=tuple(numbered),
            judgements=self._judgements,
            notices=tuple([(to, tuple(plan.notices)) for to in plan.destinations if plan.notices]),
            settled=tuple(plan.settled),
            prune_before=plan.prune_before,
            ledger=plan.ledger,
            changes=self._changes(),
        )
        self._came, self._meta, self._judgements = [], {}, ()
        self._steps.clear()
        self._sealer = self._next_sealer
        return found

    def _blocks(self, added: Sequence[Added]) -> tuple[tuple[BlockRow, ...], tuple[HotRow, ...], tuple[int, ...]]:
        """Rows of blocks, small ones sealed, and the first sequences of those that are replaced."""
        judged = self.network.growing.judged
        matcher = b"" if judged is None else judged.player.matcher
        sealer = self._sealer.copy()
        blocks: dict[int, BlockRow] = {}
        hot: dict[int, HotRow] = {}
        replaced: set[int] = set()
        for one in added:
            first_seq, mine = one.info.first_seq, one.hot
            again = sealer.add(first_seq, one.columns, one.body, one.hot)
            if again is None:
                blocks[first_seq] = block_row(first_seq, one.columns, one.body, one.heard)
            else:
                replaced |= {seq for seq in again.replaced if seq not in blocks and seq != first_seq}
                for seq in again.replaced:
                    blocks.pop(seq, None)
                    hot.pop(seq, None)
                first_seq, mine = again.sealed.first_seq, again.hot
                blocks[first_seq] = block_row(*again.sealed, one.heard)
            hot[first_seq] = HotRow(first_seq, matcher, mine.packed())
        self._next_sealer = sealer
        return tuple(blocks.values()), tuple(hot.values()), tuple(sorted(replaced))

    def _checkpoint(self) -> CheckpointRow | None:
        growing = self.network.growing
        late = growing.tail.last_at - self._checkpoint_at >= CHECKPOINT_NS
        if not growing.wants_checkpoint and not late:
            return None
        kept = growing.checkpoint()
        self._checkpoint_at = growing.tail.last_at
        return None if kept is None else CheckpointRow(*kept)

    def _changes(self) -> Any:
        """What is different in the tables of the present."""
        judged = self.network.growing.judged
        if judged is None:
            return None
        nodes = {source.node for source in self.network.growing.tail.sources()}
        inventory = self.network.growing.inventory
        quorum = tuple(name for name, node in inventory.nodes.items() if node.quorum)
        expected = Expected(tuple(sorted({*inventory.nodes, *nodes})), quorum)
        before, after = self._before, judged.player.state
        self._before = after
        if self._whole or before is None:
            self._whole = False
            return whole(after, expected)
        touched: list[Touched] = [one for step in self._steps for one in step.touched]
        return changes(before, after, touched, expected) if touched else None

    # --- sending -------------------------------------------------------------------------------------

    def _plan(self, now: int) -> Plan | None:
        judged = self.network.growing.judged
        if judged is None or not self._senders:
            return None
        tail = self.network.growing.tail
        if self._sending is None:
            self._sending = Sending(self.name, self._senders, self._ledger, span(tail)[0])
            self._sending.rules(self.network.growing.rules, judged.engine.alerts.values())
        return self._sending.prepare(self.transitions, tail.last_at, now)

    @property
    def sending(self) -> Sending | None:
        """What is sent of it; None before the first entry, or where nothing is sent."""
        return self._sending


def judged_by(text: str, log: Sequence[Judgement], seq: int) -> Judgement | None:
    """What is to be entered into a judgement log so that these rules are in force; None where they are (R20)."""
    entry = judgement_of(seq, text)
    rules = [one for one in log if one.kind == "rules"]
    return None if rules and rules[-1].hash == entry.hash else entry
