"""Imports that are judged on their way: what they keep is what would have been worked out afterwards."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from observer import keeping
from observer.importing_judged import JudgedImport
from observer.keeping import kept
from replay.recording import Recording
from tests.observer.captures import logs
from tests.observer.conftest import Observer
from tests.observer.simulated import RUNS, Simulated

KINDS = ("state", "status", "alerts")
ASKED = (("state", "--json"), ("status", "--json"), ("status",), ("alerts", "--all"), ("alerts", "--json"))
Made = Callable[..., Path]


@pytest.fixture
def made(observer: Observer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A recording of some logs, judged on its way from so many bytes on, or not at all."""

    def make(files: Sequence[Path | str], since: int | None, *options: Path | str) -> Path:
        path = tmp_path / f"{since}.rec"
        monkeypatch.setattr(keeping, "KEPT_FROM_BYTES", 1 if since is None else since)
        judged = "--judge" if since is not None else "--no-judge"
        assert observer("import", *files, judged, *options, "--quiet", "-o", path).code == 0
        monkeypatch.setattr(keeping, "KEPT_FROM_BYTES", 1)
        return path

    return make


def answers(path: Path) -> dict[str, bytes | None]:
    """What a recording keeps."""
    with Recording.open_to_read(path) as recording:
        return {kind: kept(recording, kind) for kind in KINDS}


def same(
    observer: Observer, made: Made, files: Sequence[Path | str], since: int = 1, options: Sequence[Path | str] = ()
) -> None:
    """Whatever is asked of it, an import that was judged answers as one that was not."""
    judged, plain = made(files, since, *options), made(files, None, *options)
    assert all(answers(judged).values()), {kind: one is not None for kind, one in answers(judged).items()}
    assert not any(answers(plain).values())
    for command, *form in ASKED:
        told, worked_out = observer(command, judged, *form), observer(command, plain, *form)
        assert (told.code, told.text) == (worked_out.code, worked_out.text), (command, form)
    now = answers(judged)
    assert {kind: now[kind] for kind in KINDS[:2]} == {kind: answers(plain)[kind] for kind in KINDS[:2]}
    assert observer("verify", judged).code == 0


@pytest.mark.parametrize("form", ["log", "stdout"])
@pytest.mark.parametrize("level", ["level0", "level1", "selective"])
def test_captures_are_judged_as_they_would_be_afterwards(observer: Observer, made: Made, level: str, form: str) -> None:
    """R19: state, status and history of real runs are the same to the byte."""
    same(observer, made, logs(level, form))


@pytest.mark.parametrize("run", sorted(RUNS))
def test_simulated_networks_are_judged_as_they_would_be_afterwards(
    observer: Observer, made: Made, simulated: Simulated, run: str
) -> None:
    """R19: the same for networks of xmtpd, with a fault and without."""
    folder = simulated.logs(run)
    same(observer, made, sorted(folder.glob("*.log")))


@pytest.mark.parametrize("since", [1, 1 << 19, 1 << 20])
def test_what_is_there_already_is_judged_when_it_has_become_big_enough(
    observer: Observer, made: Made, simulated: Simulated, since: int
) -> None:
    """Wherever in the journal judging begins to go along, nothing of the answers hangs on it."""
    same(observer, made, sorted(simulated.logs("down").glob("node-*.log")), since)


def test_it_is_judged_by_the_rules_and_the_inventory_that_are_given(
    observer: Observer, made: Made, tmp_path: Path
) -> None:
    """As whoever asks afterwards judges: by those that the recording names."""
    rules, inventory = tmp_path / "rules.yaml", tmp_path / "network.yaml"
    rules.write_text("groups: [{name: own, rules: [{incident: Grew, each: node, expr: height(node) > 50}]}]\n")
    inventory.write_text("nodes: {node1: {}, node2: {}, node3: {}, node4: {}}\npace: {silent_after: 5s}\n")
    same(observer, made, logs("level1", "log"), options=("--rules", rules, "--inventory", inventory))
    told = observer("alerts", tmp_path / "1.rec", "--json").json
    assert {one["rule"] for one in told} == {"Grew"}


def parts(folder: Path, count: int, *, last_is_empty: bool = False) -> Path:
    """The logs of a capture, each rotated into several files, the oldest compressed."""
    folder.mkdir()
    for log in map(Path, logs("level1", "log")):
        lines = log.read_bytes().splitlines(keepends=True)
        ends = [len(lines) * part // count for part in range(1, count + 1)]
        pieces = [b"".join(lines[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
        if last_is_empty:
            pieces.append(b"")
        name = f"{log.parent.name}.log" if log.stem == "bitmonero" else log.name
        for age, piece in enumerate(reversed(pieces)):
            if age == len(pieces) - 1:
                (folder / f"{name}.{age}.gz").write_bytes(gzip.compress(piece, mtime=0))
            else:
                (folder / (f"{name}.{age}" if age else name)).write_bytes(piece)
    return folder


def test_a_log_that_goes_on_in_a_later_file_has_not_ended(observer: Observer, made: Made, tmp_path: Path) -> None:
    """How many files a source has is known from the start, so a rotation is no end."""
    same(observer, made, [parts(tmp_path / "logs", 3)])


def test_a_log_whose_last_file_is_empty_has_ended_all_the_same(observer: Observer, made: Made, tmp_path: Path) -> None:
    """Just rotated, the new file has no line yet."""
    same(observer, made, [parts(tmp_path / "logs", 2, last_is_empty=True)])


def test_where_it_turns_out_otherwise_nothing_is_kept(
    observer: Observer, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that goes on where it was taken to have ended: the answers are worked out afterwards, as ever."""
    begin = JudgedImport.__init__

    def of_one_file(self: JudgedImport, recording: Recording, files: Mapping[int, int]) -> None:
        begin(self, recording, dict.fromkeys(files, 1))

    monkeypatch.setattr(JudgedImport, "__init__", of_one_file)
    logs_there = [parts(tmp_path / "logs", 3)]
    judged, plain = made(logs_there, 1), made(logs_there, None)
    assert not any(answers(judged).values())
    assert observer("status", judged, "--json").json == observer("status", plain, "--json").json


def test_the_verdict_is_said_at_once(observer: Observer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever imports a failed run wants to know what was wrong: that is said, and where to read on."""
    path = tmp_path / "run.rec"
    plain = observer("import", *logs("level1", "log"), "--no-judge", "-o", tmp_path / "plain.rec")
    assert plain.text.splitlines()[-1] == f"next: observer replay {tmp_path / 'plain.rec'}"
    monkeypatch.setattr(keeping, "KEPT_FROM_BYTES", 1)
    said = observer("import", *logs("level1", "log"), "-o", path).text.splitlines()
    assert said[-2].strip() == observer("status", path, "--json").json["verdict"]
    assert said[-1] == f"next: observer status {path}"


def test_an_import_that_cannot_be_judged_is_one_all_the_same(
    observer: Observer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the inventory says of a parameter is nothing for the rules: that is said, and nothing of the logs is lost."""
    inventory, path = tmp_path / "network.yaml", tmp_path / "run.rec"
    inventory.write_text("nodes: {node1: {}}\nparameters: {behind_for: many}\n")
    monkeypatch.setattr(keeping, "KEPT_FROM_BYTES", 1)
    ran = observer("import", *logs("level1", "log"), "--inventory", inventory, "-o", path)
    assert ran.code == 0
    assert ran.err == (
        f"observer: nothing is judged: {path} (its inventory): "
        "parameters.behind_for: is a text; the rules need a duration\n"
    )
    assert not any(answers(path).values())
    assert observer("status", path).code == 2


def test_an_import_that_goes_on_with_a_recording_keeps_nothing(observer: Observer, made: Made, tmp_path: Path) -> None:
    """What was kept is void, and judging would have to begin anew."""
    first, *others = logs("level1", "log")
    judged = made([first], 1)
    assert all(answers(judged).values())
    assert observer("import", *others, "--append", "-o", judged, "--quiet").code == 0
    assert not any(answers(judged).values())


def test_a_small_import_keeps_nothing(observer: Observer, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it bring what judges."""
    monkeypatch.setattr(JudgedImport, "__init__", lambda *_given: pytest.fail("judged"))
    made(logs("level0", "log"), 1 << 40)
