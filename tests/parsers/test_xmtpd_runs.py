"""Whole logs of xmtpd: both forms say the same, whatever finds their lines, and nothing in them is unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import pytest

from observer.simulators.xmtpd.encoding import Encoding
from parsers.keyed import KeyedSystem, loggers
from parsers.matcher import matcher_for
from parsers.source import Said
from parsers.statements import LEVELS
from parsers.systems import Kind, kind_of
from state.events import StatementUnreadable
from tests.parsers.monerod import FRAMED
from tests.parsers.xmtpd_lines import XMTPD, parser
from tests.parsers.xmtpd_runs import simulated
from tests.simulators.facts import FACTS

ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)
CHAINS = {
    "{chain}.{contract}": "{app-chain.group-message-broadcaster|app-chain.identity-update-broadcaster|"
    "settlement-chain.payer-registry|settlement-chain.payer-report-manager}",
    "{chain}": "{app-chain|settlement-chain}",
}


@pytest.mark.parametrize("fact", FACTS.values(), ids=[f"{fact.logger} {fact.message}" for fact in FACTS.values()])
def test_every_statement_that_is_simulated_is_known(fact: object) -> None:
    """A statement of the catalogue is read, or known to carry no state, under every logger that may say it."""
    logger, message, level = (str(getattr(fact, name)) for name in ("logger", "message", "level"))
    for short, long in CHAINS.items():
        logger = logger.replace(short, long)
    assert isinstance(XMTPD, KeyedSystem)
    message = message.replace("<Version>", "v1.3.0")
    assert all(XMTPD.known(one, message) for one in loggers(logger)), (logger, message)
    found = [one for one in XMTPD.statements if (one.category, one.text) == (logger, message)]
    assert all(level.replace("WARN", "WARNING") in one.levels for one in found)


def test_nothing_is_read_and_noise_at_once() -> None:
    """A statement is one or the other; levels are those of all systems."""
    assert isinstance(XMTPD, KeyedSystem)
    for statement in XMTPD.statements:
        assert set(statement.levels) <= set(LEVELS)
        assert not any((one, statement.text) in XMTPD.noise for one in loggers(statement.category)), statement.name


def said_in(entries: Sequence[bytes], framing: str = "bare") -> list[Said]:
    """What each entry says, without what depends on the transport."""
    reading = parser(framing)
    return [[event for event, _ in reading.feed(entry, seq, seq)] for seq, entry in enumerate(entries)]  # type: ignore[misc]


def test_forms_say_the_same() -> None:
    """Every line of a run with faults gives equal events in JSON and on the console, and every one can be read."""
    json, console = simulated("json"), simulated("console")
    assert list(json) == list(console)
    events = 0
    for name in json:
        expected = said_in(json[name])
        assert said_in(console[name]) == expected
        events += sum(map(len, expected))
        assert not [one for line in expected for one in line if isinstance(one, StatementUnreadable)]
    assert events > 4000


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("engine", ["re", "hyperscan"])
@pytest.mark.parametrize("framed", FRAMED)
def test_engines_leave_out_nothing(framed: str, engine: str, encoding: Encoding) -> None:
    """R10: a line that the matcher does not hit says nothing, in any framing."""
    framing, wrap = FRAMED[framed]
    matcher = matcher_for(XMTPD.needles(), engine)
    for entries in simulated(encoding).values():
        records = [wrap(line) for line in entries[:: 3 if framed != "bare" else 1]]
        reading = parser(framing)
        for seq, record in enumerate(records):
            if reading.feed(record, seq, seq):
                assert len(matcher.hits(record)), record


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_line_is_known(encoding: Encoding) -> None:
    """R13: of what zap wrote nothing is left that coverage would have to show."""
    reading = XMTPD.format.read
    for entries in simulated(encoding).values():
        lines = [line for entry in entries if (line := reading(entry.rstrip(b"\n"), lambda _: 0)) is not None]
        assert len(lines) >= len(entries) - 1
        assert [line for line in lines if XMTPD.find(line) is None and not XMTPD.is_noise(line)] == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("framing", "wrap"), FRAMED.values(), ids=FRAMED)
def test_logs_are_recognised(framing: str, wrap: Callable[[bytes], bytes], encoding: Encoding) -> None:
    """Framing, system and form are told from any lines of a log. A bare console line begins with a time as `docker logs
    -t` writes it, which a blank follows there and a tab here.
    """
    for entries in simulated(encoding).values():
        for start in (0, 70):
            records = [wrap(line) for line in entries[start : start + 64]]
            if records:
                assert kind_of(records) == Kind(framing, "xmtpd", encoding)
