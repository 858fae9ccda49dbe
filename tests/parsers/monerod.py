"""What monerod writes, in every framing, and a parser to feed it to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from parsers.clock import Zone, utc
from parsers.framing import FRAMINGS
from parsers.source import Memory, SourceParser
from parsers.systems import SYSTEMS
from state.events import Event

MONERO = SYSTEMS["monero"]
CAPTURES = Path(__file__).parents[1] / "captures" / "monero"
LETTERS = {b"TRACE": b"T", b"DEBUG": b"D", b"INFO": b"I", b"WARNING": b"W", b"ERROR": b"E", b"FATAL": b"F"}
COLOURS = {b"WARNING": b"\x1b[0;33m", b"ERROR": b"\x1b[0;31m"}


@cache
def capture(level: str, node: int, suffix: str = "log") -> tuple[bytes, ...]:
    """The lines of a captured log, as entries."""
    return tuple((CAPTURES / level / f"node{node}.{suffix}").read_bytes().splitlines(keepends=True))


def on_console(line: bytes) -> bytes:
    """A line of the file form as monerod writes it to its standard output."""
    when, _thread, level, _category, _place, message = line.split(b"\t", 5)
    colour = COLOURS.get(level, b"\x1b[0;36m")
    return b"\x1b[0m" + colour + when + b"\t" + LETTERS[level] + b" " + colour + message


def parser(framing: str = "bare", memory: Memory | None = None, zone: Zone = utc) -> SourceParser:
    """A parser of one monerod's log."""
    return SourceParser("node1", 1, MONERO, FRAMINGS[framing], zone, memory)


def feed(to: SourceParser, entries: Iterable[bytes]) -> list[Event]:
    """The events that entries give, one after the other."""
    return [event for seq, entry in enumerate(entries, 1) for event, _ in to.feed(entry, seq, seq)]


def events_of(entries: Iterable[bytes], framing: str = "bare") -> list[Event]:
    """The events of a whole source."""
    return feed(parser(framing), entries)


def docker(line: bytes, stream: str = "stdout", time: str = "2026-11-21T07:03:00.123456789Z") -> bytes:
    """A json-file record; Go writes `<`, `>` and `&` as escapes."""
    log = json.dumps(line.decode(), ensure_ascii=False)
    for character in "<>&":
        log = log.replace(character, f"\\u{ord(character):04x}")
    return f'{{"log":{log},"stream":"{stream}","time":"{time}"}}\n'.encode()


def cri(line: bytes, stream: str = "stdout", tag: str = "F", time: str = "2026-11-21T07:03:00.123456789Z") -> bytes:
    """A CRI record."""
    return f"{time} {stream} {tag} ".encode() + line.removesuffix(b"\n") + b"\n"


def journald(line: bytes) -> bytes:
    """A record as `journalctl -o json` writes it."""
    message = json.dumps(line.decode().rstrip("\n"), ensure_ascii=False)
    return f'{{"_PID":"7","__REALTIME_TIMESTAMP":"1795244580123456","MESSAGE":{message},"PRIORITY":"6"}}\n'.encode()


STAMP = b"2026-11-21T07:03:00.123456789Z "
FRAMED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "bare": ("bare", bytes),
    "docker": ("docker-json", docker),
    "docker with attributes": (
        "docker-json",
        lambda line: re.sub(
            rb',"time":', b',"attrs":{"tag":"x","com.docker.compose.service":"n"},"time":', docker(line)
        ),
    ),
    "cri": ("cri", cri),
    "cri with tags and offset": (
        "cri",
        lambda line: cri(line, tag="F:7:x", time="2026-11-21T08:03:00.123456789+01:00"),
    ),
    "journald": ("journald", journald),
    "kubectl": ("kubectl", lambda line: b"[pod/monerod-0/monerod] " + line),
    "kubectl with timestamps": ("kubectl", lambda line: b"[pod/monerod-0/monerod] " + STAMP + line),
    "compose": ("compose", lambda line: b"node1-1  | " + line),
    "compose in colour": ("compose", lambda line: b"\x1b[36mnode1-1  | \x1b[0m" + line),
    "compose with timestamps": ("compose", lambda line: b"node1-1  | " + STAMP + line),
    "timestamps": ("timestamps", lambda line: STAMP + line),
}
"""Ways to frame a line: the framing's name, and a line in it."""
