"""The fingerprint of what made a checkpoint (R19): code, and how sources are read, never a version number."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from replay.fingerprint import code_hash, fingerprint
from replay.importing import settings_of
from replay.journal import Role, Source
from replay.play import Player
from replay.recording import Recording
from replay.redaction import NoRedaction
from tests.replay.builders import Log, Run, captured_lines, in_framing

SOURCE = Source(1, "node1", "log", "monero", "bare", "file", "UTC", Role.PRIMARY, "node1.log")
OTHER = msgspec.structs.replace(SOURCE, number=2, node="node2")


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"node": "node9"},
        {"system": None},
        {"framing": "cri"},
        {"zone": "Europe/Berlin"},
        {"role": Role.EVIDENCE},
    ],
    ids=str,
)
def test_what_changes_a_snapshot_changes_the_fingerprint(change: dict[str, object]) -> None:
    """R19: framing, time zone, node, system and role of any source."""
    changed = msgspec.structs.replace(SOURCE, **change)
    assert fingerprint([changed, OTHER], {}) != fingerprint([SOURCE, OTHER], {})


@pytest.mark.parametrize("change", [{"label": "elsewhere/node1.log"}, {"form": None}], ids=str)
def test_where_a_source_was_read_from_does_not(change: dict[str, object]) -> None:
    """R19: a checkpoint stays good where only what people are told has changed."""
    assert fingerprint([msgspec.structs.replace(SOURCE, **change)], {}) == fingerprint([SOURCE], {})


def test_settings_belong_to_it() -> None:
    """R19: inventory, year and redaction; in whatever order they were written."""
    one, other = {"year": 2026, "redaction": "none"}, {"redaction": "none", "year": 2026}
    assert fingerprint([SOURCE], one) == fingerprint([SOURCE], other)
    assert fingerprint([SOURCE], one) != fingerprint([SOURCE], {**one, "year": 2025})
    assert settings_of("network: a", NoRedaction()) == {"inventory": "network: a", "redaction": "none"}


def test_the_order_of_sources_does_not_matter() -> None:
    """R19: sources are known by their numbers."""
    assert fingerprint([OTHER, SOURCE], {}) == fingerprint([SOURCE, OTHER], {})


def test_every_module_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R19: a changed, added or renamed module is other code; a file that is none of Python's is not."""
    package = SimpleNamespace(__name__="state", __file__=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("replay.fingerprint._PACKAGES", (package,))

    def hashed() -> bytes:
        code_hash.cache_clear()
        return code_hash()

    (tmp_path / "__init__.py").write_text("")
    seen = [hashed()]
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "chain.py").write_text("HEIGHT = 0\n")
    seen.append(hashed())
    (tmp_path / "deeper" / "chain.py").write_text("HEIGHT = 1\n")
    seen.append(hashed())
    (tmp_path / "deeper" / "chain.py").rename(tmp_path / "deeper" / "chains.py")
    seen.append(hashed())
    assert len(set(seen)) == len(seen)
    (tmp_path / "notes.txt").write_text("nothing")
    assert hashed() == seen[-1]
    code_hash.cache_clear()


def made(path: Path, zone: str, settings: object) -> str:
    """A recording of two nodes that write local time; its digest."""
    lines = captured_lines("level0")
    given = [Log(node, (b"".join(lines[node]),), zone=zone) for node in ("node1", "node2")]
    return Run(4000, settings=settings).make(path, given)


def test_a_zone_changes_times_and_settings_do_not(tmp_path: Path) -> None:
    """R19, R3: either is another fingerprint, but only the zone is another answer."""
    digests = [
        made(tmp_path / "utc.rec", "UTC", {}),
        made(tmp_path / "berlin.rec", "Europe/Berlin", {}),
        made(tmp_path / "settings.rec", "UTC", {"year": 2026}),
    ]
    prints = []
    for name in ("utc", "berlin", "settings"):
        with Recording.open_to_read(tmp_path / f"{name}.rec") as recording:
            prints.append(Player(recording).fingerprint)
    assert len(set(prints)) == 3
    assert digests[0] == digests[2] != digests[1]


def test_checkpoints_do_not_outlive_their_settings(tmp_path: Path) -> None:
    """R19: after settings change, those kept before are ignored, and the answer is that of the journal."""
    path = tmp_path / "a.rec"
    digest = Run(4000).make(path, in_framing("bare", captured_lines("level0")))
    with Recording.open_to_append(path) as recording:
        last = recording.last()
        assert last is not None
        before = Player(recording).seek(last.last_seq)
        recording.set_meta("settings", {"year": 2026})
        player = Player(recording)
        assert recording.checkpoint(player.fingerprint, last.last_seq) is None
        assert recording.foreign_checkpoints(player.fingerprint) == 1
        assert player.seek(last.last_seq) == before
    assert Run(4000).append(path, [])[0] == digest
