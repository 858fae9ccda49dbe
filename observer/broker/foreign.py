"""Records of other shippers: Vector, Fluent Bit, rsyslog, Filebeat, or plain lines (R9).

Each is a JSON document of one line, or a list of such documents; which of its fields is what is a small mapping, which
people may write. Five mappings are built in, after what each shipper's documentation says that it writes when nobody
tells it otherwise. A shipper that sends no offset may send a line twice, and nobody can tell: its lines are counted as
such.

Refused: a document without a message. What is no JSON at all is a plain line, as `kcat -P` sends them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import pydantic
from pydantic import Field

from observer.naming import name_of
from observer.yamlfiles import Entry, checked, parsed, read_text
from parsers.clock import NS, read_time, utc
from parsers.systems import SYSTEMS
from parsers.text import one_line

MOST_LINES = 10_000
"""In one record."""
_FARTHEST = 1 << 62
_NAME_LIMIT = 253


class Unmapped(Exception):
    """A record in which the mapping finds no line; the text says what it lacks."""


class Delivered(NamedTuple):
    """One line as a foreign shipper sent it."""

    node: str
    stream: str
    text: bytes
    """With its line break."""
    offset: int | None
    """Of its first byte in its file; None where the shipper does not say."""
    file: str
    """Path, and what tells one file of that path from another; empty where the shipper does not say."""
    time: int | None
    """Nanoseconds UTC at which the shipper saw it."""


class ForeignMapping(Entry):
    """Which field of a document is what. A field is written with dots between the keys that lead to it; `headers.NAME`
    is a header of the Kafka record. Of several, the first that is there counts.
    """

    message: tuple[str, ...] = Field(description="The line")
    node: tuple[str, ...] = Field(default=(), description="The node; else it is named after the file, as import does")
    stream: tuple[str, ...] = Field(default=(), description="The node's stream; else it is told by the file's name")
    file: tuple[str, ...] = Field(default=(), description="Path of the file")
    identity: tuple[str, ...] = Field(default=(), description="What tells a file from the next one of that name: inode")
    offset: tuple[str, ...] = Field(default=(), description="Offset of the line's first byte in the file")
    time: tuple[str, ...] = Field(default=(), description="When the shipper saw the line: RFC 3339, or seconds")
    host: tuple[str, ...] = Field(default=(), description="The machine: names the node where nothing else does")
    network: tuple[str, ...] = Field(default=(), description="The network, where one topic's key does not say it")
    framing: Literal["bare", "docker-json", "cri", "journald", "kubectl", "compose", "timestamps"] | None = Field(
        default=None, description="What stands around the line; detected unless said"
    )
    system: str | None = Field(default=None, description="What wrote the lines; detected unless said")

    @pydantic.field_validator(
        "message", "node", "stream", "file", "identity", "offset", "time", "host", "network", mode="before"
    )
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @pydantic.field_validator("system")
    @classmethod
    def _known_system(cls, name: str | None) -> str | None:
        if name is not None and name not in SYSTEMS:
            raise ValueError(f"unknown system {name!r}; there is {', '.join(sorted(SYSTEMS))}")
        return name


VECTOR = ForeignMapping(
    message=("message",),
    node=("kubernetes.pod_name", "container_name"),
    stream=("stream",),
    file=("file",),
    offset=("offset",),
    time=("timestamp",),
    host=("host",),
)
"""Vector, sources `file`, `docker_logs` and `kubernetes_logs` with the sink `kafka` and `encoding.codec: json` (Vector
reference, "Output data"). An offset comes only with `offset_key: offset`."""
FLUENT_BIT = ForeignMapping(
    message=("log", "message"),
    node=("kubernetes.pod_name", "container_name"),
    stream=("stream",),
    file=("file", "filename", "path"),
    offset=("offset",),
    time=("@timestamp", "timestamp"),
    host=("host", "hostname"),
)
"""Fluent Bit, input `tail` (its key is `log`) with output `kafka` in format `json`, whose `timestamp_key` is
`@timestamp` and in seconds (Fluent Bit manual, "Tail" and "Kafka"). The path comes only with `Path_Key file`, the
offset only with `Offset_Key offset`."""
FILEBEAT = ForeignMapping(
    message=("message",),
    node=("kubernetes.pod.name", "container.name"),
    stream=("stream",),
    file=("log.file.path",),
    identity=("log.file.inode", "log.file.fingerprint"),
    offset=("log.offset",),
    time=("@timestamp",),
    host=("host.name", "agent.hostname"),
)
"""Filebeat, inputs `filestream` and `log` with `output.kafka` (Filebeat reference, "Log file content fields")."""
RSYSLOG = ForeignMapping(
    message=("msg",),
    file=("$!.metadata.filename",),
    offset=("$!.metadata.fileoffset",),
    time=("timegenerated", "timereported"),
    host=("hostname", "fromhost"),
)
"""rsyslog, `imfile` with `addMetadata="on"` and `omkafka` with the template `%jsonmesg%` (rsyslog documentation,
"rsyslog Properties" and "imfile"): omkafka's own default is no JSON."""
PLAIN = ForeignMapping(message=("",), node=("headers.node",), stream=("headers.stream",), host=("headers.host",))
"""The value is the line, as of `kcat -P -H node=NAME`."""
PRESETS: Mapping[str, ForeignMapping] = {
    "vector": VECTOR,
    "fluent-bit": FLUENT_BIT,
    "filebeat": FILEBEAT,
    "rsyslog": RSYSLOG,
    "plain": PLAIN,
}


def mapping_named(text: str) -> ForeignMapping:
    """A built-in mapping by its name, or that of a YAML file. Raises Failed."""
    if text in PRESETS:
        return PRESETS[text]
    keys = tuple(ForeignMapping.model_fields)
    see = f"there are {', '.join(keys)}"
    return checked(ForeignMapping, parsed(read_text(Path(text), "mapping"), text), keys, see)


def delivered(
    value: bytes, headers: Sequence[tuple[str, bytes]], mapping: ForeignMapping | None = None
) -> list[Delivered]:
    """The lines of one record; without a mapping the shipper is told by what it writes. Raises Unmapped."""
    if mapping is not None and mapping.message == PLAIN.message:
        return [_plain(value, headers, mapping)]
    try:
        document = _DECODE(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        document = None
    documents = document if isinstance(document, list) else [document]
    if not documents or not all(isinstance(one, dict) for one in documents):
        if mapping is not None:
            raise Unmapped("it is no JSON document")
        return [_plain(value, headers, PLAIN)]
    if len(documents) > MOST_LINES:
        raise Unmapped(f"it holds {len(documents)} lines, and at most {MOST_LINES} are taken")
    named = {f"headers.{name}": content.decode("utf-8", "replace") for name, content in headers}
    return [_line(one, named, mapping or mapping_of(one)) for one in documents]


_DECODE = msgspec.json.Decoder().decode


def mapping_of(document: Mapping[str, Any]) -> ForeignMapping:
    """Which shipper wrote a document, by fields that no other one writes."""
    if _at(document, "log.file.path") is not None or _at(document, "agent.type") == "filebeat":
        return FILEBEAT
    if "source_type" in document:
        return VECTOR
    if "msg" in document and ("rawmsg" in document or "syslogtag" in document or "$!" in document):
        return RSYSLOG
    return FLUENT_BIT


def _plain(value: bytes, headers: Sequence[tuple[str, bytes]], mapping: ForeignMapping) -> Delivered:
    named = {f"headers.{name}": content.decode("utf-8", "replace") for name, content in headers}
    node, stream = _named(named, "", mapping)
    return Delivered(node, stream, value.rstrip(b"\r\n") + b"\n", None, "", None)


def _line(document: Mapping[str, Any], headers: Mapping[str, str], mapping: ForeignMapping) -> Delivered:
    """One document as a line. Raises Unmapped."""
    fields = {**document, **headers}
    message = _first(fields, mapping.message)
    if not isinstance(message, str):
        raise Unmapped(f"it has no text under {' or '.join(mapping.message)}")
    file = _text(_first(fields, mapping.file))
    node, stream = _named(fields, file, mapping)
    identity = _text(_first(fields, mapping.identity))
    return Delivered(
        node,
        stream,
        message.encode("utf-8", "surrogatepass").rstrip(b"\r\n") + b"\n",
        _whole(_first(fields, mapping.offset)),
        f"{file} {identity}".strip(),
        _moment(_first(fields, mapping.time)),
    )


def _named(fields: Mapping[str, Any], file: str, mapping: ForeignMapping) -> tuple[str, str]:
    """Node and stream, by the document, else by the name of the file, else by the machine."""
    node, stream = _text(_first(fields, mapping.node)), _text(_first(fields, mapping.stream))
    if file:
        by_file = name_of(file)
        node, stream = node or by_file.node, stream or by_file.stream
    node = node or _text(_first(fields, mapping.host))
    return one_line(node, _NAME_LIMIT) or "unnamed", one_line(stream, _NAME_LIMIT) or "log"


def _first(fields: Mapping[str, Any], paths: Sequence[str]) -> Any:
    return next((found for path in paths if (found := _at(fields, path)) is not None), None)


def _at(fields: Any, path: str) -> Any:
    """The value that the keys of a path lead to. A key may hold dots itself, as in flattened documents."""
    if not isinstance(fields, Mapping):
        return None
    if path in fields:
        return fields[path]
    for head, rest in _splits(path):
        if head in fields and (found := _at(fields[head], rest)) is not None:
            return found
    return None


def _splits(path: str) -> Iterator[tuple[str, str]]:
    at = path.find(".")
    while at >= 0:
        yield path[:at], path[at + 1 :]
        at = path.find(".", at + 1)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _whole(value: Any) -> int | None:
    """An offset; rsyslog writes it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < len(str(_FARTHEST)):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _FARTHEST else None


def _moment(value: Any) -> int | None:
    """Nanoseconds of an RFC 3339 time or of seconds since 1970."""
    if isinstance(value, str):
        found = read_time(value, utc)
        return None if found is None else found[0]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _FARTHEST / NS:
        return int(value * NS)
    return None


def network_of(
    value: bytes, key: bytes | None, headers: Sequence[tuple[str, bytes]], mapping: ForeignMapping | None = None
) -> str | None:
    """The network of a record: its key, else the field that the mapping says; None where nothing says it."""
    if key:
        return key.decode("utf-8", "replace")
    if mapping is None or not mapping.network:
        return None
    try:
        document = _DECODE(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    named = {f"headers.{name}": content.decode("utf-8", "replace") for name, content in headers}
    first = document[0] if isinstance(document, list) and document else document
    return _text(_first({**first, **named}, mapping.network)) or None if isinstance(first, dict) else None
