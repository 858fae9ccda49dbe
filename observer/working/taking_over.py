"""A network taken over: read as it was committed last, and ready to be gone on with.

Where the last owner's program was this one, its checkpoint is gone on from, and that takes a moment. Where it was
another version, everything is folded anew from the stored journal (R19), which can take minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from observer.broker.foreign import ForeignMapping
from observer.database.batches import Batch, CheckpointRow, Commit
from observer.database.journal import journal_of
from observer.database.loading import Loaded
from observer.database.reading import fill
from observer.database.storing import Store
from observer.inventory import Inventory, parse_inventory
from observer.judged import Schedule
from observer.live.growing import Growing
from observer.rulefiles.reading import RuleFile, check_parameters, parse_rules
from observer.sending.sender import Sender
from observer.working.owned import Owned, judged_by
from replay.fingerprint import fingerprint
from replay.judgement import Judgement
from replay.recording import Recording


class Settings(NamedTuple):
    """How a worker works."""

    rules: RuleFile
    inventories: Mapping[str, Inventory] = {}
    """By network; another network is judged without one."""
    mapping: ForeignMapping | None = None
    group: str = "observer"
    say: Callable[[str], None] = print


async def taken_over(
    store: Store, settings: Settings, senders: Mapping[str, Sender], name: str, place: tuple[str, int]
) -> Owned:
    """The network, judged by the settings' rules from here on. `place` is its topic and partition. Raises Failed."""
    loaded = await store.load(name)
    inventory = _inventory(settings, name, loaded)
    check_parameters(settings.rules, inventory, f"the inventory of {name}")
    text, rules = settings.rules.text, settings.rules.rules
    if loaded is None or loaded.last is None:
        entry = judged_by(text, () if loaded is None else loaded.judgements, 0)
        return Owned(name, place, loaded, None, inventory, [(0, rules)], entry, senders, settings.mapping)
    last = loaded.last.info.last_seq
    mine = fingerprint(loaded.sources, loaded.meta.get("settings"))
    schedule = _schedule(loaded.judgements, name)
    loaded = await store.load(name, mine) or loaded
    if loaded.checkpoint is None:
        await _fold_anew(store, loaded, inventory, schedule)
        loaded = await store.load(name, mine) or loaded
    entry = judged_by(text, loaded.judgements, last)
    behind = await journal_of(store, loaded)
    found = Owned(name, place, loaded, behind, inventory, schedule, entry, senders, settings.mapping)
    if entry is not None:
        found.network.growing.load([(last, rules)])
    return found


async def _fold_anew(store: Store, loaded: Loaded, inventory: Inventory, schedule: Schedule) -> None:
    """Make the checkpoint that is missing, from the first entry on. What it took is on disk only meanwhile."""
    with tempfile.TemporaryDirectory(prefix="observer-") as folder:
        recording = Recording.attach(Path(folder) / "network.rec", loaded.network)
        try:
            await fill(store.address, recording, loaded.network)
            kept = Growing(recording, inventory, schedule).checkpoint()
        finally:
            recording.abandon()
    if kept is not None:
        await store.commit(Commit((Batch(loaded.network, checkpoint=CheckpointRow(*kept)),)))


def _inventory(settings: Settings, name: str, loaded: Loaded | None) -> Inventory:
    """What was given, else what it was judged with before."""
    given = settings.inventories.get(name)
    if given is not None:
        return given
    kept = None if loaded is None else loaded.meta.get("inventory")
    return Inventory(network=name) if kept is None else parse_inventory(str(kept), f"{name} (its inventory)")


def _schedule(log: Sequence[Judgement], name: str) -> Schedule:
    return [(one.seq, parse_rules(one.text, f"{name} (its rules)").rules) for one in log if one.kind == "rules"]
