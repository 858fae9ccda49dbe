"""kill -9 at any instant, while logs are written, rotated, deleted and truncated (R1, R29)."""

from __future__ import annotations

from pathlib import Path

from tests.live.kill import assert_none_twice, assert_sound, assert_whole, held, run


def test_killed_while_logs_rotate(tmp_path: Path) -> None:
    """R1, R29: of logs that are renamed away, of one that is cut after it was copied, and of one that is deleted and
    made anew, nothing is held twice; all of what stays somewhere is held, and of the rest a Mark says that it is not.
    The recording is sound, and what was told live is what it tells.
    """
    made = run(tmp_path, ("rename", "recreate", "copytruncate"), kills=12, seed=1)
    found = held(made.recording)
    assert_whole(found["node1"], made.written["node1"])
    assert len(found["node1"].files) > 2
    assert assert_none_twice(found["node2"], made.written["node2"]) > 0
    assert assert_none_twice(found["node3"], made.written["node3"]) == 0
    assert_sound(made.recording)
