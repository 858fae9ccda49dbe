"""Lines as monerod writes them, for runs that no capture has, and bytes as nobody writes them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 7, 0, 0, tzinfo=UTC)


def when(milliseconds: int) -> str:
    """A time in monerod's own writing, so many milliseconds after seven o'clock."""
    return (START + timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def line(time: int | str, message: str, level: str = "INFO", category: str = "global") -> bytes:
    """One line of the file form; `time` in milliseconds, or as it is to be written."""
    written = when(time) if isinstance(time, int) else time
    return f"{written}\t[P2P1]\t{level}\t{category}\tsrc/daemon/main.cpp:296\t{message}\n".encode()


def started(time: int | str) -> bytes:
    """The banner of a process that shows blocks and connections."""
    return line(time, "New log categories: *:INFO", category="logging") + line(time, "Monero 'Fluorine' (v0.18.0.0)")


def block(time: int | str, height: int, letter: str = "a") -> bytes:
    """A block that became the tip; its id says the height."""
    block_id = f"{height:x}".rjust(64, letter)
    texts = ("+++++ BLOCK SUCCESSFULLY ADDED", f"id:\t<{block_id}>", "PoW:\t<" + "0" * 64 + ">")
    last = (f"HEIGHT {height}, difficulty:\t1", "block reward: 1.0(1.0 + 0.0), coinbase_weight: 1")
    return b"".join(line(time, text, category="blockchain") for text in (*texts, *last))


def idle(time: int | str, number: int = 0) -> bytes:
    """A line that carries no state."""
    return line(
        time,
        f"[127.0.0.1:28102 OUT] {number} bytes sent for category command-1001 initiated by us",
        category="net.p2p.traffic",
    )


def noise(length: int) -> bytes:
    """Bytes of no meaning, the same ones each time."""
    return random.Random(7).randbytes(length)  # noqa: S311 - not a secret
