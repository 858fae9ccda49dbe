"""How far back a journal is judged from when it is attached to again."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.live import growing
from replay.fingerprint import fingerprint
from replay.recording import Recording
from tests.observer.live.test_session import looks, recorded, replayed, world


def test_killed_after_every_look_it_still_gets_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R29: what each life brings is less than a checkpoint is made for; together it is more. So a start takes no longer
    the more often it was killed.
    """
    monkeypatch.setattr(growing, "CHECKPOINT_EVENTS", 200)
    net = world(tmp_path / "run.rec")
    times = looks(1, net.ends - net.begins)
    recording, session = net.attached()
    kept: set[int] = set()
    for offset in times:
        net.clock.now = net.begins + offset
        session.cycle()
        recording.connection.close()
        recording, session = net.attached()
        with Recording.open_to_read(net.path) as opened:
            held = opened.held(fingerprint(opened.sources(), opened.meta("settings")))
        if held is not None:
            kept.add(held[0])
    session.close()
    recording.finish()
    assert len(kept) > 5
    assert recorded(net.path) == replayed(net.path)
