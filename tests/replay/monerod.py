"""Logs such as monerod writes, drawn by Hypothesis: statements of several lines with others between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.replay.framings import Lines

START = datetime(2026, 11, 21, 7, 20, 54, tzinfo=UTC)
HASHES = [f"{place:064x}" for place in range(1, 60)]
CONNECTIONS = [f"{place:08x}-0000-4000-8000-000000000000" for place in range(4)]
ADDRESSES = [f"127.0.0.1:{port}" for port in (28101, 28102, 28103)]


def line(moment: datetime, message: str, level: str = "INFO", thread: str = "7f91", place: str = "a.cpp:1") -> bytes:
    """A line of the file form."""
    when = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"
    return f"{when}\t    {thread}\t{level}\tglobal\t{place}\t{message}\n".encode()


@st.composite
def statements(draw: st.DrawFn, number: int) -> list[tuple[str, str, str]]:
    """(message, level, thread) of one statement's lines."""
    thread = draw(st.sampled_from(["7f91", "7f91", "7f92"]))
    block, address = HASHES[number % len(HASHES)], draw(st.sampled_from(ADDRESSES))
    connection = draw(st.sampled_from(CONNECTIONS))
    kind = draw(st.integers(0, 8))
    if kind <= 2:
        added = [
            "+++++ BLOCK SUCCESSFULLY ADDED",
            f"id:\t<{block}>",
            f"PoW:\t<{block}>",
            f"HEIGHT {number}, difficulty:\t1",
        ]
        return [(message, "INFO", thread) for message in added]
    if kind == 3:
        height = draw(st.integers(0, 9))
        added = [f"----- BLOCK ADDED AS ALTERNATIVE ON HEIGHT {height}", f"id:\t<{block}>"]
        return [(message, "INFO", thread) for message in added]
    single = {
        4: (f"[{address} {connection} OUT] NEW CONNECTION", "INFO"),
        5: (f"[{address} {connection} OUT] CLOSE CONNECTION", "INFO"),
        6: (f"[{address} OUT] COMMAND_HANDSHAKE invoke failed. (-3, LEVIN_ERROR_CONNECTION_NOT_FOUND)", "WARNING"),
        7: (f'Failed to say <what> & "why" {number}', draw(st.sampled_from(["ERROR", "WARNING", "FATAL"]))),
        8: ("PERF             12    something that carries no state", "INFO"),
    }
    return [(*single[kind], thread)]


ODD = (
    b"\n",
    b"    [1] 0x7f912ff31a00\n",
    b"not a line of monerod's at all\r\n",
    b"2026-13-41 00:00:00.000\tI no date\n",
)


@st.composite
def histories(draw: st.DrawFn, most: int = 14) -> Lines:
    """One node's log: statements, mixed line by line where two threads write, with odd lines between."""
    queues = [draw(statements(number)) for number in range(draw(st.integers(1, most)))]
    lines, moment = [line(START, "Monero 'Fluorine Fermi' (v0.18.0.0-unknown)")], START
    opened: list[list[tuple[str, str, str]]] = []
    while queues or opened:
        if queues and (len(opened) < draw(st.integers(1, 2)) or not opened):
            opened.append(queues.pop(0))
        chosen = draw(st.integers(0, len(opened) - 1))
        message, level, thread = opened[chosen].pop(0)
        opened = [queue for queue in opened if queue]
        moment += timedelta(milliseconds=draw(st.sampled_from([0, 1, 40, 700])))
        lines.append(line(moment, message, level, thread, f"{thread}.cpp:9"))
        if draw(st.integers(0, 5)) == 0:
            lines += draw(st.lists(st.sampled_from(ODD), min_size=1, max_size=3))
    if draw(st.integers(0, 3)) == 0:
        lines[-1] = lines[-1][: draw(st.integers(1, len(lines[-1]) - 1))] if len(lines[-1]) > 1 else lines[-1]
    return lines


@st.composite
def networks(draw: st.DrawFn, most: int = 8) -> dict[str, Lines]:
    """Logs of one to three nodes."""
    return {f"node{number}": draw(histories(most)) for number in range(1, draw(st.integers(1, 3)) + 1)}
