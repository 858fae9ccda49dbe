"""What monerod's log categories say its log shows, and how its problems are named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.problems import PROBLEM_TEXT_LIMIT
from state.events import ListeningStated, ProblemLogged, StatementUnreadable
from state.listening import BLOCKS, CONNECTIONS, RELAY, SYNC, TRANSACTIONS
from tests.parsers.monerod import events_of, feed, on_console, parser

TOPICS = (BLOCKS, CONNECTIONS, RELAY, SYNC, TRANSACTIONS)
LEVEL_0 = (
    "*:WARNING,net:FATAL,net.http:FATAL,net.ssl:FATAL,net.p2p:FATAL,net.cn:FATAL,daemon.rpc:FATAL,global:INFO,verify:FATAL,"
    "serialization:FATAL,daemon.rpc.payment:ERROR,stacktrace:INFO,logging:INFO,msgwriter:INFO"
)
LEVEL_1 = "*:INFO,global:INFO,stacktrace:INFO,logging:INFO,msgwriter:INFO,perf.*:DEBUG"


def stated(categories: str) -> bytes:
    """The line that names the categories."""
    return f"2026-11-21 07:02:58.504\t    7fe39cd2fa00\tINFO\tlogging\tcontrib/epee/src/mlog.cpp:273\tNew log categories: {categories}\n".encode()


CATEGORIES = [
    (LEVEL_0, (SYNC,)),
    (LEVEL_1, TOPICS),
    ("*:DEBUG", TOPICS),
    ("*:TRACE,*.dump:DEBUG", TOPICS),
    (LEVEL_0 + ",blockchain:INFO,net.p2p:INFO,net.cn:INFO,txpool:INFO", (BLOCKS, CONNECTIONS, SYNC, TRANSACTIONS)),
    ("*:WARNING", ()),
    ("", ()),
    ("*:INFO,net*:FATAL", (BLOCKS, SYNC, TRANSACTIONS)),
    ("net*:FATAL,*:INFO", TOPICS),
    ("net.*:INFO", (CONNECTIONS, RELAY)),
    ("net.p2p:INFO", (CONNECTIONS,)),
    ("blockchai?:INFO", (BLOCKS,)),
    ("block[c]hain:INFO", ()),
    ("blockchain:INFO,blockchain:LOUD", (BLOCKS,)),
    ("blockchain:INFO,blockchain", (BLOCKS,)),
    ("blockchain:INFO,,:,txpool:INFO,", (BLOCKS, TRANSACTIONS)),
    ("blockchain:ERROR,txpool:VERBOSE", (TRANSACTIONS,)),
]


@pytest.mark.parametrize(("categories", "shown"), CATEGORIES)
def test_categories_say_what_is_shown(categories: str, shown: tuple[str, ...]) -> None:
    """R23: the last pattern that fits a category decides, as easylogging++ does it; a level it does not know is no rule."""
    hidden = tuple(topic for topic in TOPICS if topic not in shown)
    expected = [ListeningStated(shown, hidden)]
    assert events_of([stated(categories)]) == expected
    assert events_of([on_console(stated(categories))]) == expected


def test_levels_may_change_under_way() -> None:
    """R23: `set_log` prints the same line in mid-life, and each says anew what is shown."""
    assert events_of([stated(LEVEL_1), stated(LEVEL_0), stated("blockchain:INFO")]) == [
        ListeningStated(TOPICS, ()),
        ListeningStated((SYNC,), (BLOCKS, CONNECTIONS, RELAY, TRANSACTIONS)),
        ListeningStated((BLOCKS,), (CONNECTIONS, RELAY, SYNC, TRANSACTIONS)),
    ]


def test_wild_categories_are_answered_at_once() -> None:
    """A pattern of many stars, or thousands of rules, takes no time to speak of."""
    assert events_of([stated("*a" * 10_000 + ":INFO")]) == [ListeningStated((), TOPICS)]
    assert events_of([stated("x:INFO," * 10_000 + "*:INFO")]) == [ListeningStated((), TOPICS)]


def problem(message: str, level: str = "WARNING", category: str = "net.p2p") -> ProblemLogged:
    """The problem that a line is."""
    line = f"2026-11-21 07:03:32.602\t[P2P2]\t{level}\t{category}\tsrc/p2p/net_node.inl:1231\t{message}\n"
    (event,) = events_of([line.encode()])
    assert isinstance(event, ProblemLogged)
    return event


@pytest.mark.parametrize(
    ("level", "severity"), [("WARNING", "warning"), ("ERROR", "error"), ("FATAL", "fatal"), ("WARN ", "warning")]
)
def test_every_warning_is_a_problem(level: str, severity: str) -> None:
    """A line of level warning or worse is a problem whatever it says."""
    found = problem("[127.0.0.1:28103 OUT] COMMAND_HANDSHAKE Failed", level)
    assert (found.severity, found.category, found.text) == (
        severity,
        "net.p2p",
        "[127.0.0.1:28103 OUT] COMMAND_HANDSHAKE Failed",
    )


def test_console_shows_problems_without_category() -> None:
    """The console form of a problem has level and text; a statement's own event comes before it."""
    line = b"\x1b[0m\x1b[0;33m2026-11-21 07:03:31.658\tW \x1b[0;33mThe blockchain is on a rotating drive\n"
    (event,) = events_of([line])
    assert isinstance(event, ProblemLogged)
    assert (event.severity, event.category, event.text) == ("warning", "", "The blockchain is on a rotating drive")


SAME = [
    ("[127.0.0.1:28103 OUT] COMMAND_HANDSHAKE Failed", "[10.1.22.3:1 OUT] COMMAND_HANDSHAKE Failed"),
    ("Free space is below 1 GB on /x", "Free space is below 12 GB on /x"),
    ("took 0.5 s", "took 12.75 s"),
    (f"block <{'a1' * 32}> is bad", f"block <{'b2' * 32}> is bad"),
    ("conn e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201 lost", "conn 7a1701a3-2316-49dd-a445-e080e31491e3 lost"),
    ("at 0x7fe39cd2fa00", "at 0x55d0c0ffee123456"),
    ("failed with 1 " + "x" * 400, "failed with 123456 " + "x" * 400),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_fingerprint_ignores_numbers_and_ids(one: str, other: str) -> None:
    """Problems of one shape have one fingerprint, however long the numbers in them are."""
    assert problem(one).fingerprint == problem(other).fingerprint
    assert problem(one).text != problem(other).text


DIFFERENT = [
    ("COMMAND_HANDSHAKE Failed", "COMMAND_TIMED_SYNC Failed"),
    ("Free space is below 1 GB", "Free space is above 1 GB"),
    ("bad face", "bad cafe"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_fingerprint_tells_shapes_apart(one: str, other: str) -> None:
    """Problems that say different things, or say it at different levels, are different problems."""
    assert problem(one).fingerprint != problem(other).fingerprint
    assert problem(one).fingerprint != problem(one, "ERROR").fingerprint
    assert problem(one).fingerprint == problem(one, category="verify").fingerprint


@given(
    st.lists(st.integers(0, 10**18), min_size=3, max_size=3), st.lists(st.integers(0, 10**18), min_size=3, max_size=3)
)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_fingerprint_does_not_depend_on_any_number(one: list[int], other: list[int]) -> None:
    """Law: any numbers in the same places give the same fingerprint."""
    shape = "[{}] height {} of {}: " + "long " * 80
    assert problem(shape.format(*one)).fingerprint == problem(shape.format(*other)).fingerprint


def test_problem_text_is_bounded_and_plain() -> None:
    """A problem's text is one bounded line; what would move a terminal's cursor is gone."""
    found = problem("a\tb \x1b]0;t\x07c\x08\u202ed " + "e" * 1000, category="net\x07")
    assert found.text.startswith("a b cd eee")
    assert len(found.text) == PROBLEM_TEXT_LIMIT
    assert found.category == "net"


def test_malformed_statement_at_a_warning_is_still_a_problem() -> None:
    """A warning that a parser cannot read is counted as malformed and not lost; what it is comes before that it is one."""
    reading = parser()
    line = b"2026-11-21 07:03:32.602\t[P2P2]\tWARNING\tnet.p2p\tx:1\t[127.0.0.1:28103 OUT] COMMAND_HANDSHAKE invoke failed. (?, LEVIN_ERROR)\n"
    unread, warned = feed(reading, [line])
    assert unread == StatementUnreadable("handshake_refused")
    assert isinstance(warned, ProblemLogged)
    assert dict(reading.tally.malformed) == {"handshake_refused": 1}
