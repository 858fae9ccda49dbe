"""What must agree when networks have gone through Kafka: logs, recordings, the database, and what was sent.

Asserts, network by network, and gives figures for people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from replay.blocks import Block
from replay.recording import Recording
from replay.verifying import verify
from tests.components.alertmanager import Alertmanager
from tests.components.webhook import Webhook
from tests.live.attach import observer
from tests.live.histories import differing, recorded, replayed
from tests.live.kill import assert_whole, held
from tests.live.through import Through
from waits.alerts import Transition

_SAVED = msgspec.msgpack.Decoder(Transition)


class Told(NamedTuple):
    """Where alerts are sent."""

    alertmanager: Alertmanager
    webhook: Webhook

    def standing(self) -> dict[str, list[str]]:
        """What fires, as Alertmanager knows it, by network: to be asked when the workers have just left, as it takes
        for ended what it was told to be ended four minutes later.
        """
        found: dict[str, list[str]] = {}
        for one in self.alertmanager.alerts():
            found.setdefault(one["labels"]["network"], []).append(one["labels"]["alertname"])
        return found

    @property
    def notify(self) -> list[str]:
        """As workers are told."""
        return [f"alertmanager={self.alertmanager.url}", f"webhook={self.webhook.url}/told"]

    def given(self, network: str) -> list[dict[str, Any]]:
        """What workers have posted of a network."""
        given = [one.json for one in self.webhook.taken if one.path == "/told"]
        return [one for one in given if one["network"] == network]


class Agreed(NamedTuple):
    """Figures of one network."""

    entries: int
    size: int
    """Bytes of its logs."""
    files: int
    transitions: int


def assert_network(through: Through, network: str, logs: Path, written: dict[str, list[bytes]]) -> Agreed:
    """Everything that must be so of one network at the end, but what was sent. `written` are the files that each node's
    log was.
    """
    taken, stored = through.record(network), through.record(network, stored=True)
    for path in (taken, stored):
        found = held(path)
        assert sorted(found) == sorted(written)
        for node, files in written.items():
            assert_whole(found[node], files)
    done = observer("verify", taken, within=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert entries(taken) == entries(stored), "the topic and the database hold different journals"
    imported = through.folder / f"{network}-imported.rec"
    done = observer("import", logs, "-o", imported, "--quiet", within=300)
    assert done.returncode == 0, done.stderr
    assert digest_of(taken) == digest_of(stored) == digest_of(imported)
    told = saved_transitions(through, network)
    assert differing(told, recorded(stored)) == ""
    assert differing(told, list(replayed(stored))) == ""
    assert differing(told, recorded(taken)) == ""
    assert differing(told, list(replayed(taken, hot=False))) == ""
    size = sum(len(data) for files in written.values() for data in files)
    count = sum(len([one for one in files if one]) for files in written.values())
    return Agreed(entries(taken).number, size, count, len(told))


class Entries(NamedTuple):
    """A journal's entries, as far as two can be compared: how many, and a hash over all that makes each."""

    number: int
    hash: str


def entries(path: Path) -> Entries:
    """Each entry's sequence, time, source, incarnation, offset and bytes; Marks with their facts."""
    hasher, count = hashlib.blake2b(digest_size=16), 0
    with Recording.open_to_read(path) as recording:
        names = {source.number: source.name for source in recording.sources()}
        for info in recording.block_infos():
            for one in sorted(_entries(recording.block(info.first_seq), names)):
                count += 1
                assert one[0] == count
                hasher.update(repr(one).encode())
    return Entries(count, hasher.hexdigest())


def _entries(block: Block, names: dict[int, str]) -> Iterator[tuple[int, int, str, str]]:
    seqs, times = block.seqs.tolist(), block.times.tolist()
    for segment, first, _start in block.segments():
        for place, offset in enumerate(block.offsets(segment, first).tolist(), start=first):
            said = f"{segment.incarnation} {offset} {block.line(place)!r}"
            yield seqs[place], times[place], names[segment.source], said
    for mark in block.columns.marks:
        yield mark.seq, mark.at, names.get(mark.source, ""), f"{mark.kind} {sorted(mark.facts.items())}"


def digest_of(path: Path) -> str | None:
    """The digest of the state at the end, folded anew; the recording must be sound."""
    with Recording.open_to_read(path) as recording:
        found = verify(recording)
    assert found.faults == [], found.faults
    return found.digest


def saved_transitions(through: Through, network: str) -> list[bytes]:
    """What was told, as it was committed to the database; numbered without a gap."""
    rows = through.sql(
        "SELECT number, encode(value, 'hex') FROM observer.transition"  # noqa: S608 - a test's own name
        f" JOIN observer.network ON id = network WHERE name = '{network}' ORDER BY number"
    )
    assert [int(number) for number, _value in rows] == list(range(1, len(rows) + 1))
    return [bytes.fromhex(value) for _number, value in rows]


def assert_sent(through: Through, to: Told, network: str, standing: Sequence[str]) -> int:
    """R27: each alert that fired or ended was put into the outbox once for each destination, and was taken; the webhook
    has it, perhaps twice, and Alertmanager knew what fires when the workers left, and nothing else. How many were to be
    sent.
    """
    told = saved_transitions(through, network)
    wanted = set()
    fires: dict[str, str] = {}
    for number, value in enumerate(told, start=1):
        one = _SAVED.decode(value)
        if one.severity == "incident" or one.state not in ("firing", "resolved"):
            continue
        about = one.rule + str(sorted(one.labels.items()))
        if one.state == "firing":
            fires[about] = one.rule
        elif fires.pop(about, None) is None:
            # It was pending, and nobody was told.
            continue
        wanted.add((number, one.state))
    rows = through.sql(
        "SELECT destination, o.key, settled_at IS NOT NULL AND sent FROM observer.outbox AS o"  # noqa: S608 - as above
        f" JOIN observer.network ON id = network WHERE name = '{network}'"
    )
    assert all(sent == "t" for _to, _key, sent in rows), [row for row in rows if row[2] != "t"]
    keys: dict[str, set[tuple[str, ...]]] = {}
    for place, key, _sent in rows:
        keys.setdefault(place, set()).add(tuple(key.rsplit("/", 2)[1:]))
    assert len(keys) == 2, keys.keys()
    own = [one for one in to.given(network) if one["labels"]["alertname"] != "ObserverBlind"]
    for found in keys.values():
        missing = sorted({(str(number), state) for number, state in wanted} - found)
        assert not missing, (network, missing, [_SAVED.decode(told[int(number) - 1]) for number, _state in missing])
    assert {(one["transition"], one["status"]) for one in own} == wanted
    left = sorted(name for name in standing if name not in ("Watchdog", "ObserverBlind"))
    assert left == sorted(fires.values()), network
    return len(wanted)
