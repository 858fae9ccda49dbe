"""Slips on the command line: exit code 2, one sentence with what is wrong and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.captures import logs
from tests.observer.conftest import Observer, Recorded

COMMANDS = ("import", "inventory", "replay", "state", "events", "lines", "coverage", "verify", "demo", "schema")

OF_A_RECORDING = [
    (("state", "--at", "yesterday"), "'yesterday' is no time; write 2026-11-21T07:03:20Z"),
    (("state", "--at", ""), "is no time"),
    (("state", "--at", "2026-13-01"), "is no time"),
    (("state", "--at", "25:00"), "is no time"),
    (("state", "--at", "+90"), "is no time"),
    (("state", "--at", "2026-11-21T07:00:00+02:00:00"), "is no time"),
    (("state", "--at", "+999999999h"), "is further away than any journal goes"),
    (("state", "--at", "-999999999h"), "is further away than any journal goes"),
    (("state", "--at", "9999-12-31T23:59:59-12:00"), "is no time"),
    (("state", "--at", "07:03", "--seq", "5"), "give one of them"),
    (("state", "nodes.node9.height"), "there is no 'node9' there; there is node1, node2, node3"),
    (("state", "nodes.node1.heigth"), "there is no 'heigth' there; there is system, version"),
    (("state", "nodes.node1.height.more"), "there is nothing below it"),
    (("state", "nodes.node1.reorgs.7"), "there is 0 to 0"),
    (("state", "nodes.node1.reorgs.first"), "there is 0 to 0"),
    (("events", "--since", "soon"), "'soon' is no time"),
    (("events", "--until", "soon"), "'soon' is no time"),
    (("events", "--kind", "BlockAdd"), "did you mean BlockAdded?"),
    (("events", "--kind", "reorg"), "there is no such kind of event"),
    (("events", "--kind", "zzzzzzzz"), "there are AlternativeAdded, AttestationWaiting"),
    (("events", "--node", "node9"), "it has node1, node2, node3"),
    (("lines", "--node", "node9"), "it has node1, node2, node3"),
    (("lines", "--since", "soon"), "'soon' is no time"),
    (("lines", "--seq", "5:3"), "ends before it begins"),
    (("lines", "--seq", ""), "is no range; write 100:200, 100: or :200"),
    (("lines", "--seq", "a:b"), "is no range; write 100:200, 100: or :200"),
    (("lines", "--seq", "-5:3"), "is no range; write 100:200, 100: or :200"),
    (("lines", "--seq", "1_0:20"), "is no range; write 100:200, 100: or :200"),
    (("lines", "--seq", "1:2:3"), "is no range; write 100:200, 100: or :200"),
    (("replay", "--silent-after", "long"), "--silent-after: 'long' is no duration"),
]


@pytest.mark.parametrize(("arguments", "expected"), OF_A_RECORDING)
def test_slip_in_what_is_asked_of_a_recording(
    refused: Callable[..., str], recorded: Recorded, arguments: tuple[str, ...], expected: str
) -> None:
    """Times, ranges, names and kinds that are not there are said with what there is."""
    command, *options = arguments
    assert expected in refused(2, command, recorded("selective", "log"), *options)


OF_AN_IMPORT = [
    (("--tz", "Mars/Olympus"), "no time zone is called 'Mars/Olympus'; write UTC"),
    (("--tz", "node1=Nowhere"), "no time zone is called 'Nowhere'"),
    (("--tz", "node9=UTC"), "there are node1, node2, node3"),
    (("--system", "bitcoin"), "--system bitcoin: unknown; there is monero, xmtpd"),
    (("--framing", "morse"), "--framing morse: unknown; there are docker-json"),
    (("--inventory", "/nowhere.yaml"), "/nowhere.yaml: the inventory cannot be read"),
]


@pytest.mark.parametrize(("options", "expected"), OF_AN_IMPORT)
def test_slip_in_how_logs_are_to_be_read(
    refused: Callable[..., str], tmp_path: Path, options: tuple[str, ...], expected: str
) -> None:
    """Zones, systems, framings and inventories that are not there; no recording is begun."""
    assert expected in refused(2, "import", *logs("level0", "log"), "-o", tmp_path / "a.rec", *options)
    assert list(tmp_path.iterdir()) == []


WRONG = [
    ("bogus",),
    ("--bogus",),
    ("state",),
    ("state", "RUN", "--bogus"),
    ("state", "RUN", "a", "b"),
    ("state", "RUN", "--at"),
    ("state", "RUN", "--seq", "many"),
    ("state", "RUN", "--seq", "-1"),
    ("replay", "RUN", "--speed", "-1"),
    ("replay", "RUN", "--speed", "fast"),
    ("import", "RUN"),
    ("import", "-o", "RUN.rec"),
    ("import", "RUN", "-o", "RUN.rec", "--year", "12"),
    ("schema",),
    ("schema", "bogus"),
    ("demo", "bogus"),
]


@pytest.mark.parametrize("arguments", WRONG)
def test_what_is_no_command_line_is_wrong_usage(
    refused: Callable[..., str], recorded: Recorded, arguments: tuple[str, ...]
) -> None:
    """Unknown commands and options, missing arguments and values of the wrong kind: one sentence and where help is."""
    sentence = refused(2, *(str(recorded("level0", "log")) if one == "RUN" else one for one in arguments))
    assert "defect" not in sentence
    assert "--help" in sentence or "there are state" in sentence


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(observer: Observer, command: str, flag: str) -> None:
    """Help is printed on stdout, with the command's own usage, and is no failure."""
    ran = observer(command, flag)
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: observer {command}" in ran.text


def test_help_lists_every_command(observer: Observer) -> None:
    """`observer --help` names each command with a sentence."""
    ran = observer("--help")
    assert (ran.code, ran.err) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in ran.text


def test_nothing_asked_gives_help(observer: Observer) -> None:
    """`observer` alone prints its help."""
    ran = observer()
    assert ran.code in (0, 2)
    assert "Usage: observer" in ran.text + ran.err
    assert "defect" not in ran.err


def test_version(observer: Observer) -> None:
    """`observer --version` says which one it is."""
    ran = observer("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.startswith("observer ")


def test_kind_may_be_written_in_any_case(observer: Observer, recorded: Recorded) -> None:
    """BlockAdded, block_added and block-added are one kind."""
    given = [
        observer("events", recorded("selective", "log"), "--kind", kind).out
        for kind in ("BlockAdded", "block_added", "BLOCK-ADDED")
    ]
    assert given[0]
    assert given[0] == given[1] == given[2]
