"""Snapshots as bytes, and their digest (R17)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map
from msgspec.structs import replace

from state.containers import Container
from state.contents import Content
from state.encoding import DIGEST_BYTES, decode, digest, encode
from state.events import Event
from state.gossip import Item
from state.origin import Origin
from state.report_events import (
    ChainReportSettled,
    ChainReportSubmitted,
    ReportGenerated,
    ReportJudged,
    ReportSubmitted,
    SettlementProgressed,
    SettlementTransacted,
    Sign,
    WorkerSeen,
)
from state.report_events import Worker as WorkerKind
from state.snapshot import SLICES, NetworkState, fold_all
from state.storage import StorageRequest
from state.sync_events import (
    ClockStated,
    CursorServed,
    EnvelopeGap,
    IndexerAdvanced,
    NodeIdStated,
    RegistryStated,
    StreamAttempted,
    StreamFailed,
)
from state.work import Worker
from tests.state.any_event import HISTORIES
from tests.state.journal import START, Journal, S, captured

ROOT = Path(__file__).parents[2]
LINE = Origin("node1", S, S, 1, 1)
UNFED = NetworkState(
    contents=Map({"c": Content(Map({"node1": LINE}))}),
    storage=Map({"s": StorageRequest(Map({"node1": "started"}), Map({"node1": LINE}))}),
    gossip=Map({"g": Item("block", Map({"node1": LINE}))}),
    work=Map({("node1", "rig"): Worker(LINE, "held")}),
    containers=Map({"monerod": Container(LINE, "running", exit_code=137)}),
)
"""Slices that no parser feeds yet."""
REPORT: dict[str, Any] = {"worker": 300, "report": "ab" * 32, "originator": 100, "start": 0, "end": 9}
SAID: list[Event] = [
    NodeIdStated(300, "0x02"),
    RegistryStated(((100, "http://n:1"), (300, "http://n:3"))),
    StreamAttempted(100, "http://n:1"),
    StreamFailed("http://n:1", "refused", 100),
    ClockStated(((0, 5), (100, 9))),
    EnvelopeGap(100, 100, 12, 10),
    CursorServed(100, ((100, 9),)),
    ReportGenerated(**REPORT),
    ReportJudged(**REPORT, valid=True, reason="valid report"),
    ReportSubmitted(**REPORT),
    ChainReportSubmitted(100, 0, 9, (100, 300), "root", known=True),
    SettlementTransacted(100, 0, 2),
    SettlementProgressed(**REPORT, remaining=2, settled=1),
    ChainReportSettled(100, 0, 1, 2, "9"),
    WorkerSeen(300, WorkerKind.GENERATOR, Sign.CYCLE),
    IndexerAdvanced("settlement-chain", "payer-registry", "0xab", 1000),
]
"""What one node of xmtpd says."""
RICH = fold_all(
    UNFED,
    [
        *[one for node in (1, 2, 3) for one in captured("level1", node)],
        *[(event, Origin("node4", seq * S, seq * S, seq, 4)) for seq, event in enumerate(SAID, 1)],
    ],
)


def moved(state: NetworkState, history: list[tuple[Event, str, int]], *, by: int = 0, source: int = 1) -> NetworkState:
    """A history folded with every entry further on in its journal."""
    now = 0
    said = []
    for seq, (event, node, after) in enumerate(history, 1):
        now += after
        said.append((event, Origin(node, now, now + by, seq + by, source)))
    return fold_all(state, said)


@given(HISTORIES)
@settings(derandomize=True, max_examples=150, deadline=None)
def test_round_trip(history: list[tuple[Event, str, int]]) -> None:
    """Law: a snapshot that was stored and read is equal, provenance included, and so is its digest."""
    state = moved(NetworkState(), history)
    assert decode(encode(state)) == state
    assert encode(decode(encode(state))) == encode(state)
    assert digest(decode(encode(state))) == digest(state)


@pytest.mark.parametrize("state", [NetworkState(), UNFED, RICH], ids=["empty", "unfed", "rich"])
def test_round_trip_of_every_slice(state: NetworkState) -> None:
    """Every slice goes into a checkpoint, also those that nothing feeds yet."""
    assert decode(encode(state)) == state


@pytest.mark.parametrize(
    "blob", [b"", b"\xc1", b"\x00", b"[]", b"\x81\xa5nodes\x01", encode(UNFED)[:-3], b"\x81\xa5nodes\x91\x92\x01\x02"]
)
def test_other_bytes_are_refused(blob: bytes) -> None:
    """Bytes that are no snapshot are refused with one kind of error."""
    with pytest.raises(msgspec.MsgspecError):
        decode(blob)


@given(HISTORIES, st.integers(1, 10**12), st.integers(2, 99))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_digest_ignores_the_journal(history: list[tuple[Event, str, int]], by: int, source: int) -> None:
    """R17, law: journal time, sequence and source are no facts; the encoding keeps them, the digest does not see them."""
    one, other = moved(NetworkState(), history), moved(NetworkState(), history, by=by, source=source)
    assert digest(one) == digest(other)
    assert (encode(one) == encode(other)) == (one == other)


def test_digest_sees_the_nodes_time() -> None:
    """R17: the node's own time of a line is a fact."""
    assert digest(Journal().say(START).state) != digest(Journal().say(START, after=S + 1).state)


def fields_of(state: NetworkState) -> list[tuple[str, Any, str]]:
    """Every field of one entity of every slice that has any."""
    return [
        (name, key, field)
        for name in SLICES
        for key in sorted(getattr(state, name))[:1]
        for field in getattr(state, name)[key].__struct_fields__
    ]


@pytest.mark.parametrize(("name", "key", "field"), fields_of(RICH))
def test_digest_sees_every_fact(name: str, key: Any, field: str) -> None:
    """R17: no field of any entity can change without the digest."""
    entities = getattr(RICH, name)
    changed = entities.set(key, replace(entities[key], **{field: "another value"}))
    assert digest(replace(RICH, **{name: changed})) != digest(RICH)


@pytest.mark.parametrize("name", [name for name in SLICES if len(getattr(RICH, name))])
def test_digest_sees_every_entity(name: str) -> None:
    """R17: an entity more, less, or under another key or slice is another snapshot."""
    entities = getattr(RICH, name)
    key = min(entities)
    without = entities.delete(key)
    other = (*key[:-1], "another key") if isinstance(key, tuple) else "another key"
    digests = {
        digest(RICH),
        digest(replace(RICH, **{name: without})),
        digest(replace(RICH, **{name: without.set(other, entities[key])})),
    }
    assert len(digests) == 3
    empty = NetworkState()
    assert digest(replace(empty, nodes=entities)) != digest(replace(empty, peers=entities))


def test_digest_is_short_text() -> None:
    """A digest is so many bytes in hexadecimal."""
    assert len(digest(RICH)) == 2 * DIGEST_BYTES
    assert int(digest(NetworkState()), 16) > 0


FOLDED = """
import hashlib
from state.encoding import digest, encode
from tests.state.test_encoding import RICH
from state import views
print(digest(RICH), hashlib.sha256(encode(RICH)).hexdigest(), views.agreement(RICH), views.names(RICH))
"""


def test_hash_seed_changes_nothing() -> None:
    """R18: digest, encoding and views are the same under any value of PYTHONHASHSEED."""
    told = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}
        ran = subprocess.run(
            [sys.executable, "-c", FOLDED], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        told.add(ran.stdout)
    assert len(told) == 1
    assert digest(RICH) in told.pop()
