"""What a transport puts around a line: docker json-file, CRI, journald, `kubectl logs --prefix` and others.

A framing takes itself off a line and says when the transport saw it and whether the line goes on in the
next record. It refuses nothing: a line that is not in the framing passes as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

import msgspec

from parsers.clock import read_time
from parsers.text import without_colour

SPLIT_AT = 16384
"""Bytes after which docker splits a line into partial records."""
STREAMS = ("stdout", "stderr")
_UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are no record; the last for brackets nested without end."""


class Framed(NamedTuple):
    """A record with the framing taken off."""

    text: bytes
    time: int | None = None
    """Nanoseconds UTC at which the transport saw it; None where it does not say."""
    partial: bool = False
    """Whether the line goes on in the next record of this stream."""
    stream: str = ""


class Framing(Protocol):
    """How one transport frames lines."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def escaped(self) -> bool:
        """Whether the text stands inside a JSON string, a tab written as backslash t."""
        ...

    def unwrap(self, record: bytes) -> Framed:
        """Take the framing off one record, which ends in its line break."""
        ...

    def recognises(self, record: bytes) -> bool:
        """Whether the record is in this framing."""
        ...


class Bare:
    """No framing."""

    name = "bare"
    escaped = False

    def unwrap(self, record: bytes) -> Framed:
        """Only the line break goes."""
        return Framed(record.rstrip(b"\r\n"))

    def recognises(self, record: bytes) -> bool:
        """Everything is a bare line."""
        return True


class _DockerRecord(msgspec.Struct):
    log: str
    stream: str = ""
    time: str = ""


class DockerJson:
    r"""docker's json-file driver: `{"log":"…\n","stream":"stdout","time":"…Z"}`; a log without a line break
    goes on in the next record of its stream. Catalogue, Pithead §6.
    """

    name = "docker-json"
    escaped = True
    complete = b'\\n","stream":'
    """Stands in every record that is not partial, as docker writes its keys in this order."""
    _decode = msgspec.json.Decoder(_DockerRecord).decode

    def unwrap(self, record: bytes) -> Framed:
        """Decode; bytes that are no such record pass as they are."""
        try:
            found = self._decode(record)
        except _UNDECODABLE:
            return Framed(record.rstrip(b"\r\n"))
        text = found.log.encode("utf-8", "surrogatepass")
        when = read_time(found.time)
        complete = text.endswith(b"\n")
        # Parts are kept by stream, so their number must not depend on what a record says.
        stream = found.stream if found.stream in STREAMS else ""
        return Framed(text.rstrip(b"\r\n") if complete else text, when[0] if when else None, not complete, stream)

    def recognises(self, record: bytes) -> bool:
        """By its first key, and by decoding."""
        if not record.startswith(b'{"log":"'):
            return False
        try:
            self._decode(record)
        except _UNDECODABLE:
            return False
        return True


class Cri:
    """Kubernetes' CRI: `TIME stdout|stderr P|F[:TAG] TEXT`; P goes on in the next record of its stream."""

    name = "cri"
    escaped = False
    partial = re.compile(rb"^\S{20,35} (?:stdout|stderr) P", re.MULTILINE)
    """The beginning of a record that goes on in the next one."""
    _head = re.compile(rb"(\d{4}-\d\d-\d\dT[0-9:.]{8,24}(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::\S{0,64})? ?")

    def unwrap(self, record: bytes) -> Framed:
        """Split off the head."""
        found = self._head.match(record)
        if found is None:
            return Framed(record.rstrip(b"\r\n"))
        when = read_time(found[1].decode())
        text = record[found.end() :]
        partial = found[3] == b"P"
        return Framed(
            text.removesuffix(b"\n") if partial else text.rstrip(b"\r\n"),
            when[0] if when else None,
            partial,
            found[2].decode(),
        )

    def recognises(self, record: bytes) -> bool:
        """By its head."""
        return self._head.match(record) is not None


class _JournalRecord(msgspec.Struct):
    message: str | list[int] | msgspec.UnsetType | None = msgspec.field(default=msgspec.UNSET, name="MESSAGE")


class Journald:
    """`journalctl -o json`: one object a line, microseconds in `__REALTIME_TIMESTAMP`; a message that is no
    UTF-8 is an array of bytes.
    """

    name = "journald"
    escaped = True
    _time = re.compile(rb'"__REALTIME_TIMESTAMP"\s*:\s*"(\d{1,15}|[1-8]\d{15})"')
    """Up to the year 2255, as nanoseconds are kept in 64 bits."""
    _decode = msgspec.json.Decoder(_JournalRecord).decode
    as_bytes = re.compile(rb'"MESSAGE"\s*:\s*\[')
    """A message in which no literal can be found."""

    def unwrap(self, record: bytes) -> Framed:
        """Decode; bytes that are no such record pass as they are."""
        try:
            message = self._decode(record).message
        except _UNDECODABLE:
            return Framed(record.rstrip(b"\r\n"))
        if message is msgspec.UNSET:
            return Framed(record.rstrip(b"\r\n"))
        if isinstance(message, list):
            text = bytes(byte & 0xFF for byte in message)
        else:
            text = (message or "").encode("utf-8", "surrogatepass")
        when = self._time.search(record)
        return Framed(text.rstrip(b"\r\n"), int(when[1]) * 1000 if when else None)

    def recognises(self, record: bytes) -> bool:
        """By its two keys."""
        return record.startswith(b"{") and b'"MESSAGE"' in record and self._time.search(record) is not None


class Timestamped:
    """`docker logs --timestamps` and `kubectl logs --timestamps`: an RFC 3339 time of nanoseconds and a space.
    Where the fraction is 0, Go's RFC3339Nano writes none at all.
    """

    name = "timestamps"
    escaped = False
    _head = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ")

    def unwrap(self, record: bytes) -> Framed:
        """Split off the time."""
        found = self._head.match(record)
        if found is None:
            return Framed(record.rstrip(b"\r\n"))
        when = read_time(found[0].decode())
        return Framed(record[found.end() :].rstrip(b"\r\n"), when[0] if when else None)

    def recognises(self, record: bytes) -> bool:
        """By its time; a format whose own lines begin so is asked first."""
        return self._head.match(record) is not None


class Prefixed:
    """A name before every line: `[pod/NAME/CONTAINER] `, or compose's `NAME  | `. What follows the prefix may
    carry a time (`--timestamps`).
    """

    escaped = False
    _inner = Timestamped()

    def __init__(self, name: str, head: re.Pattern[bytes]) -> None:
        """`head` has the node's name as its group `node`."""
        self.name = name
        self._head = head

    def prefix(self, record: bytes) -> tuple[bytes, str] | None:
        """The prefix's bytes and the name in it."""
        found = self._head.match(without_colour(record[:512]) if record[:1] == b"\x1b" else record)
        return None if found is None else (found[0], found["node"].decode("utf-8", "replace"))

    def unwrap(self, record: bytes) -> Framed:
        """Split off the prefix."""
        plain = without_colour(record) if record[:1] == b"\x1b" else record
        found = self._head.match(plain)
        return self._inner.unwrap(record if found is None else plain[found.end() :])

    def recognises(self, record: bytes) -> bool:
        """By its prefix."""
        return self.prefix(record) is not None


KUBECTL = Prefixed("kubectl", re.compile(rb"\[pod/(?P<node>[A-Za-z0-9._-]{1,253})/[A-Za-z0-9._-]{1,253}\] ?"))
COMPOSE = Prefixed("compose", re.compile(rb"(?P<node>[A-Za-z0-9][A-Za-z0-9._-]{0,127}) +\| ?"))

_ALL: tuple[Framing, ...] = (DockerJson(), Cri(), Journald(), KUBECTL, COMPOSE, Timestamped(), Bare())
FRAMINGS: dict[str, Framing] = {framing.name: framing for framing in _ALL}
"""Every framing by name, the most telling first: detection takes the first that fits."""
