"""Bare lines put into each transport's framing, as the transports' own documentation and sources describe it.

Each function takes lines that end in their line break, except that the last may be torn, and what it needs
to know of the transport; none looks at the clock. `sizes` are the sizes at which a transport splits a line
into partial records, used in turn.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

Lines = Sequence[bytes]
WHOLE = (1 << 14,)
"""Docker's and containerd's own size of a part."""
_NS = 1_000_000_000
_OWN = re.compile(rb"(20[2-8]\d-\d\d-[012]\d [01]\d:[0-5]\d:[0-5]\d)\.(\d{3})")
_START = 1_795_245_654 * _NS


def received(lines: Lines) -> list[int]:
    """When a transport saw each line, in ns: a little after the line's own time, else with the line before it."""
    times, last = [], _START
    for place, line in enumerate(lines):
        found = _OWN.search(line[:64])
        if found is not None:
            own = datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC)
            last = int(own.timestamp()) * _NS + int(found[2]) * 1_000_000
        times.append(last + 1_000 + (place * 137_000) % 900_000)
    return times


def rfc3339_nano(time: int) -> str:
    """As Go writes it: no trailing zeros in the fraction, and no fraction at all where it is 0."""
    seconds, nanoseconds = divmod(time, _NS)
    fraction = f".{nanoseconds:09d}".rstrip("0").rstrip(".")
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def rfc3339_nine(time: int) -> str:
    """As `docker logs --timestamps` writes it: always nine digits."""
    seconds, nanoseconds = divmod(time, _NS)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def split(text: bytes, sizes: Iterator[int]) -> list[bytes]:
    """The parts of a line's text."""
    parts, start = [], 0
    while True:
        end = start + next(sizes)
        parts.append(text[start:end])
        start = end
        if start >= len(text):
            return parts


def streams(lines: Lines, of: Sequence[str]) -> list[str]:
    """The stream each line was written to."""
    return list(itertools.islice(itertools.cycle(of), len(lines)))


_DOCKER_SHORT = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r"}
_DOCKER_LONG = frozenset(b"<>&") | frozenset(range(0x20)) - frozenset(_DOCKER_SHORT)


def _docker_string(text: bytes) -> str:
    r"""Moby's daemon/logger/jsonfilelog: `\n`, `\r`, quotes and backslashes short, the rest (a tab too) as \u00XX."""
    written = []
    for character in text.decode("utf-8", "replace"):
        code = ord(character)
        long = code in _DOCKER_LONG or code in (0x2028, 0x2029)
        written.append(_DOCKER_SHORT.get(code) or (f"\\u{code:04x}" if long else character))
    return f'"{"".join(written)}"'


def docker_json(lines: Lines, sizes: Sequence[int] = WHOLE, of: Sequence[str] = ("stdout",)) -> bytes:
    """Docker's json-file driver. A part without its line break is followed by the next one of its stream."""
    return b"".join(
        f'{{"log":{_docker_string(part)},"stream":"{stream}","time":"{rfc3339_nano(time)}"}}\n'.encode()
        for part, stream, time, _ended in _parts(lines, sizes, of)
    )


def cri(lines: Lines, sizes: Sequence[int] = WHOLE, of: Sequence[str] = ("stdout",)) -> bytes:
    """Kubernetes' CRI: a time, the stream, P for a part or F for the end of a line, the text."""
    return b"".join(
        f"{rfc3339_nano(time)} {stream} {'F' if ended else 'P'} ".encode() + part.removesuffix(b"\n") + b"\n"
        for part, stream, time, ended in _parts(lines, sizes, of)
    )


def _parts(lines: Lines, sizes: Sequence[int], of: Sequence[str]) -> Iterator[tuple[bytes, str, int, bool]]:
    """(text, stream, time, whether the line ends here). Neighbours of different streams overlap part by part."""
    cycle = itertools.cycle(sizes)
    overlapping: dict[str, list[tuple[bytes, str, int, bool]]] = {}
    for line, time, stream in zip(lines, received(lines), streams(lines, of), strict=True):
        if stream in overlapping:
            yield from _mixed(overlapping)
        texts = split(line, cycle)
        overlapping[stream] = [
            (text, stream, time + place, text is texts[-1] and text.endswith(b"\n")) for place, text in enumerate(texts)
        ]
    yield from _mixed(overlapping)


def _mixed(overlapping: dict[str, list[tuple[bytes, str, int, bool]]]) -> Iterator[tuple[bytes, str, int, bool]]:
    for together in itertools.zip_longest(*overlapping.values()):
        yield from (part for part in together if part is not None and part[0])
    overlapping.clear()


def journald(lines: Lines) -> bytes:
    """`journalctl -o json`: what holds control characters or is no UTF-8 is an array of bytes. A line that has
    not come to its end is not in the journal.
    """
    entries = []
    for line, time in zip(lines, received(lines), strict=True):
        if not line.endswith(b"\n"):
            continue
        text = line.removesuffix(b"\n")
        entry = {
            "__CURSOR": "s=7b;i=1",
            "__REALTIME_TIMESTAMP": str(time // 1000),
            "PRIORITY": "6",
            "MESSAGE": _printable(text),
            "_SYSTEMD_UNIT": "monerod.service",
        }
        entries.append(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
    return b"".join(entries)


def _printable(text: bytes) -> str | list[int]:
    try:
        message = text.decode()
    except UnicodeDecodeError:
        return list(text)
    return message if all(character == "\t" or character.isprintable() for character in message) else list(text)


def timestamps(lines: Lines) -> bytes:
    """`docker logs --timestamps`."""
    return b"".join(
        rfc3339_nine(time).encode() + b" " + line for line, time in zip(lines, received(lines), strict=True)
    )


def together(nodes: Mapping[str, Lines]) -> Iterator[tuple[str, bytes, int]]:
    """(node, line, time) of several nodes in one file, each node's own order kept. A line is torn at the end of
    the file alone: a torn one before it has not been written at all.
    """
    rows = [
        (place / len(lines), node, line, time)
        for node, lines in sorted(nodes.items())
        for place, (line, time) in enumerate(zip(lines, received(lines), strict=True))
    ]
    rows.sort(key=lambda row: row[:2])
    for row in rows:
        if row is rows[-1] or row[2].endswith(b"\n"):
            yield row[1:]


def kubectl(nodes: Mapping[str, Lines], *, stamped: bool = False) -> bytes:
    """`kubectl logs --prefix` of several pods, with or without `--timestamps`."""
    return b"".join(
        f"[pod/{node}/monerod] {rfc3339_nano(time) + ' ' if stamped else ''}".encode() + line
        for node, line, time in together(nodes)
    )


def compose(nodes: Mapping[str, Lines], *, colour: bool = False) -> bytes:
    """`docker compose logs`: names padded to one width, coloured on a terminal."""
    width = max(map(len, nodes), default=0) + 1
    before, behind = ("\x1b[36m", "\x1b[0m") if colour else ("", "")
    return b"".join(f"{before}{node:<{width}} | {behind}".encode() + line for node, line, _time in together(nodes))


def lines_of(data: bytes) -> list[bytes]:
    """Bytes as lines, cut at line feeds alone."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


PER_NODE: dict[str, Callable[[Lines], bytes]] = {
    "bare": b"".join,
    "docker-json": docker_json,
    "cri": cri,
    "journald": journald,
    "timestamps": timestamps,
}
"""Framings of which a file holds one node."""
OF_ALL: dict[str, Callable[[Mapping[str, Lines]], bytes]] = {"kubectl": kubectl, "compose": compose}
"""Framings of which a file holds every node."""


def framed(framing: str, nodes: Mapping[str, Iterable[bytes]]) -> dict[str, bytes]:
    """Files by node in this framing; where one file holds every node, that same file for each."""
    lines = {node: list(own) for node, own in nodes.items()}
    if framing in OF_ALL:
        return dict.fromkeys(lines, OF_ALL[framing](lines))
    return {node: PER_NODE[framing](own) for node, own in lines.items()}
