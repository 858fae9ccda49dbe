"""Answers about the end of a recording that are kept in it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer import keeping
from observer.answers_judged import StatusAnswer
from observer.commands.status import _judged
from observer.history import kept as history_kept
from observer.judged import Judged
from replay.recording import Recording
from tests.observer.conftest import Observer, Recorded
from waits.alerts import Transition

LEVEL = "level1"


@pytest.fixture
def run_rec(recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording of its own, big enough for answers to be kept."""
    copied = Path(shutil.copy(recorded(LEVEL, "log"), tmp_path / "run.rec"))
    # Not before: an import as big as that would keep them itself.
    monkeypatch.setattr(keeping, "KEPT_FROM_BYTES", 1)
    return copied


def kinds(path: Path) -> list[str]:
    """Kinds of the answers that a recording keeps."""
    with Recording.open_to_read(path) as recording:
        return [key for key in recording.meta_keys() if key.startswith("answer ")]


@pytest.mark.parametrize("command", ["state", "status", "alerts"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_kept_answer_is_the_one_that_was_worked_out(
    observer: Observer, run_rec: Path, command: str, form: tuple[str, ...]
) -> None:
    """R19: what is kept is told with the same bytes and the same exit code as what was worked out."""
    before = observer(command, str(run_rec), *form)
    assert kinds(run_rec) == [f"answer {command}"]
    assert observer(command, str(run_rec), *form) == before
    assert observer("verify", str(run_rec)).code == 0


HISTORIES = (
    (),
    ("--all",),
    ("--state", "firing"),
    ("--json",),
    ("--json", "--node", "node3"),
    ("--json", "--since", "+20s", "--state", "pending"),
    ("--rule", "NodeRestarted"),
    *((*form, "--until", until) for form in ((), ("--json",)) for until in ("+1s", "+30s", "07:03:32.473", "-1s")),
    ("--node", "nowhere"),
    ("--rule", "NodeRestartet"),
)


def test_a_kept_history_answers_whatever_is_asked_of_it(
    observer: Observer, run_rec: Path, judged_once: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R19: any part of a history that is kept is told as it was when it was judged for that part alone."""
    monkeypatch.setattr(history_kept, "TOGETHER", 7)
    with monkeypatch.context() as never:
        never.setattr(keeping, "KEPT_FROM_BYTES", sys.maxsize)
        before = [observer("alerts", str(run_rec), *asked) for asked in HISTORIES]
    observer("alerts", str(run_rec), "--json")
    del judged_once[:]
    for asked, found in zip(HISTORIES, before, strict=True):
        again = observer("alerts", str(run_rec), *asked)
        assert (again.code, again.out, again.err) == (found.code, found.out, found.err), asked
    assert judged_once == []


@pytest.fixture
def judged_once(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Recordings whose history is judged, each time that it is."""
    found: list[Path] = []
    run = Judged.run

    def noted(judged: Judged, *given: Any, **named: Any) -> Iterator[Transition]:
        found.append(judged.recording.path)
        return run(judged, *given, **named)

    monkeypatch.setattr(Judged, "run", noted)
    return found


def test_a_history_that_was_asked_for_in_words_is_not_judged_again_for_json(
    observer: Observer, run_rec: Path, judged_once: list[Path]
) -> None:
    """What is said in JSON of each transition is worked out when somebody wants it, and kept from then on."""
    for form in ((), (), ("--json",), ("--json",), ()):
        observer("alerts", str(run_rec), *form)
    assert judged_once == [run_rec]


@pytest.mark.parametrize(
    "asked", [("--until", "+30s"), ("--rules", "builtin"), ("--inventory", "network.yaml")], ids=lambda asked: asked[0]
)
def test_a_history_that_was_judged_otherwise_is_not_kept(
    observer: Observer, run_rec: Path, asked: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By rules or an inventory that are given, or up to an earlier time: told, and not kept."""
    monkeypatch.chdir(tmp_path)
    Path("network.yaml").write_text("nodes: {node1: {}}\n")
    assert observer("alerts", str(run_rec), *asked).out
    assert kinds(run_rec) == []


def test_a_history_that_is_too_long_is_not_kept(
    observer: Observer, run_rec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as it is judged, and never held whole."""
    listed = observer("alerts", str(run_rec), "--json").json
    assert kinds(run_rec) == ["answer alerts"]
    with Recording.open_to_append(run_rec) as recording:
        recording.set_meta("rules", [])
    monkeypatch.setattr(history_kept, "MOST_KEPT", len(listed) - 1)
    assert observer("alerts", str(run_rec), "--json").json == listed
    with Recording.open_to_read(run_rec) as recording:
        assert keeping.kept(recording, history_kept.KIND) is None


def test_kept_answer_is_not_worked_out_again(run_rec: Path) -> None:
    """Rules are judged once."""
    first = keeping.at_its_end(run_rec, "status", StatusAnswer, _judged)
    again = keeping.at_its_end(run_rec, "status", StatusAnswer, lambda _recording: pytest.fail("judged again"))
    assert again == first


@pytest.mark.parametrize("change", ["program", "inventory", "rules", "journal"])
def test_whatever_an_answer_follows_from_voids_it(run_rec: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R19: another program, inventory, judgement log or journal: worked out anew."""
    keeping.at_its_end(run_rec, "status", StatusAnswer, _judged)
    if change == "program":
        monkeypatch.setattr(keeping, "program_hash", lambda: b"another")
    elif change == "journal":
        with Recording.open_to_append(run_rec) as recording:
            last = recording.last()
            assert last is not None
            block = recording.block(last.first_seq)
            recording.add_block(last.last_seq + 1, block.columns, block.body, recording.heard_at_end(last.first_seq))
    else:
        with Recording.open_to_append(run_rec) as recording:
            recording.set_meta({"inventory": "inventory", "rules": "judgement"}[change], "another")
    with Recording.open_to_read(run_rec) as recording:
        assert keeping.kept(recording, "status") is None


def test_what_is_asked_for_besides_is_worked_out(observer: Observer, run_rec: Path) -> None:
    """An answer at a time, or without a rule, is not the one that is kept, and is not kept."""
    observer("status", str(run_rec))
    early = observer("status", str(run_rec), "--at", "+5s", "--json")
    assert early.json["sequence"] > 0
    assert early.out != observer("status", str(run_rec), "--json").out
    assert kinds(run_rec) == ["answer status"]


def test_small_recording_is_not_written_to(observer: Observer, recorded: Recorded) -> None:
    """Reading a recording that is quickly judged leaves its bytes alone."""
    path = recorded(LEVEL, "log")
    before = path.read_bytes()
    observer("status", str(path))
    assert path.read_bytes() == before


def test_whoever_adds_to_it_is_not_disturbed(observer: Observer, run_rec: Path) -> None:
    """While somebody writes the recording, the answer is given and not kept."""
    with Recording.open_to_append(run_rec):
        found = keeping.at_its_end(run_rec, "status", StatusAnswer, _judged)
        listed = observer("alerts", str(run_rec), "--json").json
    assert found.rules
    assert listed
    assert kinds(run_rec) == []


def test_what_lacks_its_wal_is_left_as_it_was_found(run_rec: Path) -> None:
    """Writing to it would hide from the next reader that something may be gone."""
    with Recording.open_to_read(run_rec) as recording:
        assert keeping.is_worth_keeping(recording)
        recording.lacks_its_wal = True
        assert not keeping.is_worth_keeping(recording)
