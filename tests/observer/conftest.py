"""Running commands in this process, and the recordings of the captured runs, each made once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
import typer.main

from observer.answers_state import StateAnswer
from observer.commands import every_command
from observer.inventory import Inventory
from observer.main import run
from observer.snapshot import answer, at_point
from replay.recording import Recording
from tests.observer.captures import Rpc, logs, rpc
from tests.observer.simulated import Simulated


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """What it printed."""
        return self.out.decode()

    @property
    def json(self) -> Any:
        """Its answer, where that is one JSON value."""
        return json.loads(self.out)

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Its answers, where they are one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Observer: TypeAlias = Callable[..., Ran]
Recorded: TypeAlias = Callable[[str, str], Path]
Import: TypeAlias = Callable[..., Ran]
Sources: TypeAlias = Callable[[], dict[str, dict[str, Any]]]
Snapshots: TypeAlias = Callable[[str, str], list[tuple[Rpc, StateAnswer]]]


@pytest.fixture(scope="session", autouse=True)
def built_once() -> Iterator[None]:
    """Typer builds its commands anew at every run, which is half the time of a small one. So all are there from the
    start.
    """
    every_command()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.main.get_command", lru_cache(typer.main.get_command))
        yield


@pytest.fixture
def observer(capsysbinary: pytest.CaptureFixture[bytes]) -> Observer:
    """`observer ARGUMENTS...` in this process."""

    def command(*arguments: object) -> Ran:
        capsysbinary.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return Ran(code, out, err.decode())

    return command


@pytest.fixture
def refused(observer: Observer) -> Callable[..., str]:
    """The one sentence with which a command refuses to go on; its exit code is given first."""

    def command(code: int, *arguments: object) -> str:
        ran = observer(*arguments)
        assert (ran.code, ran.out) == (code, b"")
        sentences = ran.err.splitlines()
        assert len(sentences) == 1
        assert sentences[0].startswith("observer: ")
        assert "Traceback" not in ran.err
        return sentences[0]

    return command


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The recording of one form of a captured run, made by command. It is shared: read it, never write it."""
    folder = tmp_path_factory.mktemp("recorded")

    def recording(level: str, form: str) -> Path:
        path = folder / f"{level}-{form}.rec"
        if not path.exists():
            assert run(["import", *logs(level, form), "-o", str(path), "--quiet"]) == 0
        return path

    return recording


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Recordings of simulated networks. They are shared: read them, never write them."""
    return Simulated(tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="session")
def snapshots(recorded: Recorded) -> Snapshots:
    """Every answer of RPC in a run, with what the observer answers for the same moment."""
    known: dict[tuple[str, str], list[tuple[Rpc, StateAnswer]]] = {}

    def pairs(level: str, form: str) -> list[tuple[Rpc, StateAnswer]]:
        if (level, form) not in known:
            with Recording.open_to_read(recorded(level, form)) as recording:
                known[level, form] = [
                    (one, answer(recording, at_point(recording, one.epoch, None), Inventory())) for one in rpc(level)
                ]
        return known[level, form]

    return pairs


@pytest.fixture
def imported(observer: Observer, tmp_path: Path) -> Import:
    """Import into a new recording; it succeeds."""

    def command(*arguments: object) -> Ran:
        (tmp_path / "made.rec").unlink(missing_ok=True)
        ran = observer("import", *arguments, "-o", tmp_path / "made.rec")
        assert ran.code == 0
        return ran

    return command


@pytest.fixture
def sources(observer: Observer, tmp_path: Path) -> Sources:
    """The sources of the recording that was just made, by name."""

    def found() -> dict[str, dict[str, Any]]:
        answer = observer("state", tmp_path / "made.rec", "sources", "--json").json
        return {f"{one['node']}/{one['stream']}": one for one in answer}

    return found
