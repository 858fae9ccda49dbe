"""Every statement of monerod gives the event it stands for, and a spoilt one says that it was not read."""

from __future__ import annotations

from functools import cache

import pytest

from parsers.framing import FRAMINGS
from parsers.matcher import Matcher, matcher_for
from parsers.statements import PROBLEM_LEVELS
from state.events import BlockAdded, Event, ProblemLogged, StatementUnreadable
from tests.parsers.example import Example
from tests.parsers.examples import EXAMPLES
from tests.parsers.monerod import FRAMED, MONERO, capture, feed, on_console, parser

IDS = [f"{example.statement}-{number}" for number, example in enumerate(EXAMPLES)]


def level_of(line: bytes) -> str:
    """The level of a line in the file form."""
    return line.split(b"\t")[2].decode()


def without_problems(events: list[Event]) -> tuple[Event, ...]:
    """What the statements themselves said."""
    return tuple(event for event in events if not isinstance(event, ProblemLogged))


def test_no_statement_lacks_an_example() -> None:
    """A statement nobody has seen a line of is not believed: each registered one has an example, and no example is of none."""
    assert {example.statement for example in EXAMPLES} == {statement.name for statement in MONERO.statements}


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_file_form(example: Example) -> None:
    """The lines as monerod's file has them give exactly these events and are counted for their statement."""
    lines = example.lines.splitlines(keepends=True)
    reading = parser()
    events = feed(reading, lines)
    assert without_problems(events) == example.events
    assert [type(event) for event in events[len(example.events) :]] == [ProblemLogged] * (
        level_of(lines[0]) in PROBLEM_LEVELS
    )
    assert dict(reading.tally.hit) == {example.statement: 1}
    assert not reading.tally.malformed
    assert not reading.tally.other_level


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_console_form(example: Example) -> None:
    """The same lines on the console, in colour and without thread, category and place, give the same events."""
    expected = example.events if example.on_console is None else example.on_console
    lines = [on_console(line) for line in example.lines.splitlines(keepends=True)]
    assert without_problems(feed(parser(), lines)) == expected


@cache
def matcher_of(framing: str) -> Matcher:
    """The matcher of monerod's needles as they are written in a framing."""
    escaped = FRAMINGS[framing].escaped
    return matcher_for([needle.replace("\t", "\\t") if escaped else needle for needle in MONERO.needles()])


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
@pytest.mark.parametrize("framed", FRAMED)
def test_every_framing(example: Example, framed: str) -> None:
    """R10: in every framing the head is hit by the matcher, and the events are those of the bare lines."""
    framing, wrap = FRAMED[framed]
    records = [wrap(line) for line in example.lines.splitlines(keepends=True)]
    assert list(matcher_of(framing).hits(records[0]))
    assert without_problems(feed(parser(framing), records)) == example.events


def test_category_and_level_are_those_of_the_example() -> None:
    """What the reference says of a statement's category and level is what its line has."""
    known = {statement.name: statement for statement in MONERO.statements}
    for example in EXAMPLES:
        _when, _thread, level, category, _place, _message = example.lines.decode().split("\t", 5)
        assert (level, category) == (known[example.statement].level, known[example.statement].category)


AT = b"2026-11-21 07:03:35.669\t[P2P4]\tINFO\tglobal\tsrc/x.cpp:1\t"
MALFORMED = [
    ("process_started", "Monero 'Fluorine Fermi' (0.18.0.0)"),
    ("process_started", "Monero '' (v0.18.0.0)"),
    ("p2p_bound", "Binding (IPvX) on 127.0.0.1:28101"),
    ("rpc_bound", "Binding on 127.0.0.1 (IPv4):http"),
    ("candidate_seen", "[127.0.0.1:28103 OUT] Sync data returned a new top block candidate: many -> 65 [Your node"),
    ("candidate_seen", "[ OUT] Sync data returned a new top block candidate: 61 -> 65 [Your node"),
    ("sync_progressed", "Synced 65/x"),
    ("sync_progressed", "Synced 99999999999999999999/65"),
    ("target_lowered", "Target height decreasing from 144 to zero"),
    ("peer_height", "[127.0.0.1:28103 OUT] Remote blockchain height: 65, id: <62262069>"),
    ("connection_opened", "[127.0.0.1:28102 e4dd0cd8 OUT] NEW CONNECTION"),
    ("connection_opened", "[127.0.0.1:28102 e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201 SIDEWAYS] NEW CONNECTION"),
    ("connection_closed", "[127.0.0.1:28102 e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201 ] CLOSE CONNECTION"),
    ("connect_failed", "0[priority]Connect failed to "),
    ("handshake_refused", "[127.0.0.1:28103 OUT] COMMAND_HANDSHAKE invoke failed. (?, LEVIN_ERROR)"),
    ("host_blocked", "Host  blocked."),
    ("host_blocked", "Host a\x1bb blocked."),
    ("subnet_unblocked", "Subnet \u202e unblocked."),
    ("chain_loaded", "Blockchain initialized. last block: -1, d4599"),
    ("reorg_started", "###### REORGANIZE on height: 57 of "),
    ("reorg_finished", "REORGANIZE SUCCESS! on height: 57, new blockchain size: "),
    ("rolled_back", "Rollback to height x was successful."),
    ("blocks_popped", "Popping blocks... all"),
    ("alternative_added", "----- BLOCK ADDED AS ALTERNATIVE ON HEIGHT x"),
    ("block_received", "[127.0.0.1:28102 OUT] Received NOTIFY_NEW_FLUFFY_BLOCK <949e7f0> (height 2, 0 txes)"),
    ("transaction_pooled", "Transaction added to pool: txid <9ca4> weight: 2166"),
]


@pytest.mark.parametrize(("statement", "message"), MALFORMED)
def test_unreadable_field_is_counted(statement: str, message: str) -> None:
    """R13: a recognised statement with an unreadable field is counted as malformed, and says only that it was not read."""
    reading = parser()
    assert feed(reading, [AT + message.encode() + b"\n"]) == [StatementUnreadable(statement)]
    assert dict(reading.tally.hit) == {statement: 1}
    assert dict(reading.tally.malformed) == {statement: 1}
    assert reading.tally.claimed == 1


UNRELATED = [
    "Monero is a currency",
    "core RPC server started ok",
    "Starting core RPC server...",
    "Binding on ::1 (IPv6):18081",
    "Host 127.0.0.1 block time updated.",
    "[127.0.0.1:28103 OUT] Received NOTIFY_NEW_TRANSACTIONS (1 txes)",
    "he said: Synced 65/65",
    "a line with ' NEW CONNECTION' in it",
]


@pytest.mark.parametrize("message", UNRELATED)
def test_other_lines_are_none_of_it(message: str) -> None:
    """A line that merely resembles a statement, or quotes it, is neither a statement nor malformed."""
    reading = parser()
    assert feed(reading, [AT + message.encode() + b"\n"]) == []
    assert not reading.tally.hit
    assert not reading.tally.malformed


def test_other_level_is_seen() -> None:
    """R13: a statement that comes at another level than the known one still counts, and its drift is shown."""
    reading = parser()
    assert feed(reading, [AT.replace(b"INFO", b"DEBUG") + b"Synced 3/5\n"]) != []
    assert dict(reading.tally.other_level) == {"sync_progressed DEBUG": 1}


@pytest.mark.parametrize("level", ["level0", "level1", "selective"])
@pytest.mark.parametrize("node", [1, 2, 3])
def test_captures_are_read_without_a_fault(level: str, node: int) -> None:
    """In a whole real log no statement is malformed and none has another level than its own."""
    reading = parser()
    assert len(feed(reading, capture(level, node))) > 20
    assert not reading.tally.malformed
    assert not reading.tally.other_level


@pytest.mark.parametrize("node", [1, 2, 3])
def test_console_of_a_run_tells_the_same_blocks(node: int) -> None:
    """The console form of a run says what its file says: the same blocks in the same order."""
    told = [
        [event for event in feed(parser(), capture("level1", node, suffix)) if isinstance(event, BlockAdded)]
        for suffix in ("log", "stdout")
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 100
