"""Logs of many nodes, as monerod writes them: most are well, some are not."""

from __future__ import annotations

from pathlib import Path

from tests.observer.monerod import block, idle, line, started

INTERVAL = 10_000
"""Milliseconds between blocks."""


def opened(time: int, port: int) -> bytes:
    """A connection from a peer."""
    return line(
        time, f"[127.0.0.1:{port} {port:08x}-1111-2222-3333-444444444444 INC] NEW CONNECTION", category="net.p2p"
    )


def write_many(folder: Path, count: int, minutes: int = 2, *, frozen: int = 0, cut: int = 0) -> list[str]:
    """Logs of so many nodes; the first `frozen` of them write nothing in the last minute but a last line at the very
    end, the next `cut` ones end a minute early.
    """
    folder.mkdir(exist_ok=True)
    end = minutes * 60_000
    for number in range(count):
        name = f"node{number + 1:03d}"
        until = end - 60_000 if number < frozen + cut else end
        said = [started(number), line(number + 20, "The daemon will start synchronizing with the network")]
        said += [line(number + 30, "You are now synchronized with the network. You may now start monero-wallet-cli.")]
        said += [opened(number + 40, 30_000 + number)]
        for time in range(1_000, until, 1_000):
            said.append(idle(time + number, time))
            if time % INTERVAL == 0:
                said.append(block(time + number, time // INTERVAL))
        if number < frozen:
            said.append(idle(end - 10, 0))
        (folder / f"{name}.log").write_bytes(b"".join(said))
    return [str(folder)]
