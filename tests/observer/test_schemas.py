"""`observer schema`: what each command answers with --json is what its schema says; and `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.observer.captures import LEVELS, RUNS, logs
from tests.observer.conftest import Observer, Recorded
from tests.observer.monerod import started

NAMES = (
    *("state", "events", "lines", "coverage", "verify", "replay", "explain", "rules", "test-rules", "inventory"),
    *("status", "alerts", "backtest"),
)
WHOLE = ("state", "coverage", "verify")
BY_LINE = ("events", "lines", "replay")


@pytest.fixture
def validator(observer: Observer) -> Any:
    """The validator of a command's answers, from the schema that the program prints."""

    def of(name: str) -> Any:
        schema = observer("schema", name).json
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    return of


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_one(observer: Observer, name: str) -> None:
    """Every schema names its draft, describes itself, and allows no name that it does not list."""
    schema = observer("schema", name).json
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["description"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("command", WHOLE)
def test_answers_fit_their_schema(
    observer: Observer, recorded: Recorded, validator: Any, command: str, run: tuple[str, str]
) -> None:
    """What is one JSON value validates, for every captured run."""
    validator(command).validate(observer(command, recorded(*run), "--json").json)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("command", BY_LINE)
def test_answers_by_line_fit_their_schema(
    observer: Observer, recorded: Recorded, validator: Any, command: str, level: str
) -> None:
    """What is one JSON value a line validates, line by line."""
    of_one = validator(command)
    answers = observer(command, recorded(level, "log"), "--json").answers
    assert answers
    # Alike lines need no second look.
    by_shape = {(one.get("kind"), tuple(one)): one for one in answers}
    for one in (*by_shape.values(), *answers[:200]):
        of_one.validate(one)


@pytest.mark.parametrize("at", ["2020-01-01", "+1s", "+40s", "2030-01-01"])
def test_state_fits_its_schema_at_any_time(observer: Observer, recorded: Recorded, validator: Any, at: str) -> None:
    """Also before the first entry, in the middle and after the end."""
    validator("state").validate(observer("state", recorded("level1", "log"), "--at", at, "--json").json)


@pytest.mark.parametrize("command", [*WHOLE, *BY_LINE])
def test_answers_of_an_unread_log_fit_their_schema(
    observer: Observer, validator: Any, tmp_path: Path, command: str
) -> None:
    """A recording of which nothing is understood answers in the same names."""
    (tmp_path / "a.log").write_bytes(b"hello\n\xff\xfe\n")
    observer("import", tmp_path / "a.log", "-o", tmp_path / "made.rec", "-q")
    ran = observer(command, tmp_path / "made.rec", "--json")
    for one in [ran.json] if command in WHOLE else ran.answers:
        validator(command).validate(one)


def test_promised_names_are_there(observer: Observer, recorded: Recorded) -> None:
    """The names that `state --json` promises, in its answer and in its schema."""
    found = observer("state", recorded("level1", "log"), "--json").json
    schema = observer("schema", "state").json
    assert {"at", "sequence", "digest", "nodes"} <= set(found) <= set(schema["properties"])
    promised = {"status", "height", "tip", "connections", "synced", "restarts", "last_line_at"}
    for node in found["nodes"].values():
        assert promised <= set(node) <= set(schema["$defs"]["NodeAnswer"]["properties"])


@pytest.mark.parametrize("run", RUNS)
def test_verify_finds_the_recordings_sound(observer: Observer, recorded: Recorded, run: tuple[str, str]) -> None:
    """R17: checksums, sequences and the refold agree; the digest is that of the state."""
    rec = recorded(*run)
    found = observer("verify", rec, "--json").json
    assert (found["sound"], found["faults"]) == (True, [])
    assert found["digest"] == observer("state", rec, "digest").text.strip()
    sources = observer("state", rec, "sources").json
    assert found["bytes"] == sum(source["bytes"] for source in sources)
    assert (
        found["lines"]
        == sum(source["lines"] for source in sources)
        == len(observer("lines", rec, "-n").out.splitlines())
    )
    assert found["entries"] == observer("state", rec, "sequence").json
    assert ": sound" in observer("verify", rec).text


def test_verify_names_what_a_crash_left(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """R7: a -wal beside a recording that nobody writes is named, with what mends it."""
    path = tmp_path / "run.rec"
    path.write_bytes(recorded("level0", "log").read_bytes())
    (tmp_path / "run.rec-wal").write_bytes(b"left over")
    ran = observer("verify", path, "--json")
    assert ran.code == 4
    assert any("run.rec-wal: was left behind" in fault for fault in ran.json["faults"])


def test_quiet_import_prints_nothing(observer: Observer, tmp_path: Path) -> None:
    """`--quiet` prints nothing but problems."""
    ran = observer("import", *logs("level0", "log"), "-o", tmp_path / "made.rec", "--quiet")
    assert ran == (0, b"", "")


def test_network_is_named(observer: Observer, tmp_path: Path) -> None:
    """`--network` names the network in every answer that tells it."""
    (tmp_path / "a.log").write_bytes(started(0))
    observer("import", tmp_path / "a.log", "-o", tmp_path / "made.rec", "-q", "--network", "mine")
    for command in ("state", "coverage"):
        assert observer(command, tmp_path / "made.rec", "--json").json["network"] == "mine"
