"""Logs are written by whoever can reach a node: what they hold never steers a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.conftest import Observer
from tests.observer.monerod import block, line, started

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but tab and line break, and what turns the direction of writing."""
HOSTILE = {
    "sequences": "\x1b[31m\x1b[2J\x1b[H\x1b]0;title\x07\x1bc",
    "one-byte": "\x9b31m\x9d0;title\x9c",
    "controls": "\x07\x08\x08\r\x7f",
    "directions": "\u202e\u200b\u2066",
    "nul": "\0",
    "markup": "[bold red]",
}
TEXT = [
    ("state",),
    ("state", "nodes.node1.version"),
    ("state", "nodes.node1.problems.0.text"),
    ("state", "nodes.node1.blocked.0"),
    ("events",),
    ("replay",),
    ("replay", "--verbose"),
    ("coverage",),
    ("verify",),
]
JSON = ("state", "events", "replay", "coverage", "lines")


def hostile_log(text: str) -> bytes:
    """A log that has the text in every place that a command shows."""
    return b"".join(
        [
            line(0, "New log categories: *:INFO", category="logging"),
            line(0, f"Monero 'Fluorine{text}' (v0.18{text})"),
            line(10, f"Binding (IPv4) on 127.0.0.1{text}:18080", category="net.p2p"),
            block(20, 0),
            line(
                30,
                f"[10.0.0.1{text}:18080 0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f OUT] NEW CONNECTION",
                category="net.p2p",
            ),
            line(40, f"Host 10.0.0.9{text} blocked."),
            line(50, f"[priority]Connect failed to 10.0.0.7{text}:18080", category="net.p2p"),
            line(60, f"something {text} went wrong {text}", level="ERROR", category=f"net{text}"),
            line(70, f"an unknown {text} statement"),
            f"no header {text} at all\n".encode(),
        ]
    )


@pytest.fixture
def recording(observer: Observer, tmp_path: Path) -> Callable[[str], Path]:
    """A recording of a hostile log."""

    def made(text: str) -> Path:
        (tmp_path / "node1.log").write_bytes(hostile_log(text))
        ran = observer("import", tmp_path / "node1.log", "-o", tmp_path / "made.rec")
        assert ran.code == 0
        assert not STEERING.search(ran.text)
        return tmp_path / "made.rec"

    return made


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_a_log_steers_the_terminal(observer: Observer, recording: Callable[[str], Path], name: str) -> None:
    """No command prints a control character of a log; the bytes themselves are kept."""
    path = recording(HOSTILE[name])
    for command, *options in TEXT:
        ran = observer(command, path, *options)
        if ran.code == 2 and "there is no" in ran.err:
            # What the text has made unreadable is not there to be selected.
            continue
        assert ran.code == 0
        assert STEERING.findall(ran.text) == [], (command, *options)
    assert observer("lines", path).out == hostile_log(HOSTILE[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_nor_does_anything_in_json(observer: Observer, recording: Callable[[str], Path], name: str) -> None:
    """In JSON such characters are written as escapes: what reads it gets them, a terminal does not."""
    path = recording(HOSTILE[name])
    for command in JSON:
        ran = observer(command, path, "--json")
        assert ran.code == 0
        assert STEERING.findall(ran.text) == [], command
    texts = [one["text"] for one in observer("lines", path, "--json").answers]
    assert "".join(f"{text}\n" for text in texts).encode() == hostile_log(HOSTILE[name])


def test_markup_is_shown_as_it_stands(observer: Observer, recording: Callable[[str], Path]) -> None:
    """What looks like rich's markup is text."""
    text = observer("coverage", recording("[bold red]")).text
    assert "an unknown [bold red] statement" in text


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("nul", "markup")])
def test_names_of_files_are_no_better(observer: Observer, tmp_path: Path, name: str) -> None:
    """A node takes its name from a file, and a file may be called anything."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / f"no{HOSTILE[name]}de.log").write_bytes(started(0) + block(10, 0))
    (folder / f"no{HOSTILE[name]}log.md").write_text("no log")
    made = tmp_path / "made.rec"
    for arguments in (
        ("import", folder, "-o", made),
        ("import", folder, "-o", made, "--append"),
        ("import", folder / f"missing{HOSTILE[name]}", "-o", made, "--append"),
        ("inventory", folder),
        ("inventory", folder, "--json"),
        ("state", made),
        ("state", made, "--json"),
        ("state", made, "nodes.missing"),
        ("events", made),
        ("events", made, "--node", f"missing{HOSTILE[name]}"),
        ("replay", made),
        ("lines", made, "--number"),
        ("coverage", made),
        ("verify", made),
    ):
        ran = observer(*arguments)
        assert ran.code in (0, 2)
        assert STEERING.findall(ran.text + ran.err) == [], arguments
