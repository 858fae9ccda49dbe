"""Records of other shippers: documents as their documentation shows them, and what becomes of their lines (R9)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.broker.foreign import (
    FILEBEAT,
    PRESETS,
    Delivered,
    ForeignMapping,
    Unmapped,
    delivered,
    mapping_named,
    mapping_of,
    network_of,
)
from observer.broker.intake import Intake, Taken
from observer.exits import Failed
from replay.journal import MarkKind, Role
from tests.observer.broker.pieces import kept, marks

LINE = "2026-11-21 07:03:18.300\t    7fe39cd2fa00\tINFO\tlogging\tcontrib/epee/src/mlog.cpp:273\tNew log categories: *:WARNING"
"""As monerod writes it to its file."""
VECTOR_FILE = {
    "file": "/var/log/node1/monero.log",
    "host": "machine7",
    "message": LINE,
    "offset": 40,
    "source_type": "file",
    "timestamp": "2026-11-21T07:03:18.412Z",
}
VECTOR_DOCKER = {
    "container_name": "node1",
    "host": "machine7",
    "message": LINE,
    "source_type": "docker_logs",
    "stream": "stdout",
    "timestamp": "2026-11-21T07:03:18.412Z",
}
FLUENT = {"@timestamp": 1795244598.412, "log": LINE, "file": "/var/log/node1.log", "offset": 40}
FILEBEAT_8 = {
    "@timestamp": "2026-11-21T07:03:18.412Z",
    "agent": {"type": "filebeat", "version": "8.10.0"},
    "host": {"name": "machine7"},
    "input": {"type": "filestream"},
    "log": {"file": {"path": "/var/log/node1.log", "inode": "777"}, "offset": 40},
    "message": LINE,
}
RSYSLOG_JSONMESG = {
    "msg": LINE,
    "rawmsg": LINE,
    "timereported": "2026-11-21T07:03:18.412Z",
    "hostname": "machine7",
    "syslogtag": "node:",
    "$!": {"metadata": {"filename": "/var/log/node1.log", "fileoffset": "40"}},
}
SEEN = 1_795_244_598_412_000_000


def one(document: Any, mapping: ForeignMapping | None = None) -> Delivered:
    """The one line of a document."""
    (found,) = delivered(json.dumps(document).encode(), (), mapping)
    return found


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (VECTOR_FILE, ("monero", "log", 40, "/var/log/node1/monero.log")),
        (VECTOR_DOCKER, ("node1", "stdout", None, "")),
        (FLUENT, ("node1", "log", 40, "/var/log/node1.log")),
        (FILEBEAT_8, ("node1", "log", 40, "/var/log/node1.log 777")),
        (RSYSLOG_JSONMESG, ("node1", "log", 40, "/var/log/node1.log")),
    ],
)
def test_each_shipper_is_known_by_what_it_writes(
    document: dict[str, Any], expected: tuple[str, str, int | None, str]
) -> None:
    """Node, stream, offset and file are read without being told who ships."""
    found = one(document)
    assert (found.node, found.stream, found.offset, found.file) == expected
    assert found.text == LINE.encode() + b"\n"
    assert found.time is not None
    assert abs(found.time - SEEN) < 1_000_000


def test_fields_may_be_named_with_dots_in_them() -> None:
    """Some pipelines flatten what they send."""
    flat = {"log.file.path": "/var/log/node1.log", "log.offset": 7, "message": "x"}
    assert (one(flat).offset, one(flat).node) == (7, "node1")


def test_a_list_of_documents_is_as_many_lines() -> None:
    """Batches of one record, in their order."""
    batch = json.dumps([VECTOR_DOCKER | {"message": text} for text in ("a", "b")]).encode()
    assert [line.text for line in delivered(batch, ())] == [b"a\n", b"b\n"]


def test_what_is_no_document_is_a_plain_line() -> None:
    """`kcat -P` sends lines; headers may say whose they are."""
    (found,) = delivered(b"Synced 57/57\r\n", [("node", b"node1"), ("stream", b"stdout")])
    assert found == Delivered("node1", "stdout", b"Synced 57/57\n", None, "", None)
    assert delivered(b'"quoted"', ())[0].text == b'"quoted"\n'
    assert delivered(b"", ())[0].node == "unnamed"


@pytest.mark.parametrize(
    "document", [{}, {"message": None}, {"message": 7}, {"source_type": "file"}, {"msg": ["x"], "rawmsg": ""}]
)
def test_a_document_without_a_line_is_refused(document: dict[str, Any]) -> None:
    """It is said which field was looked for."""
    with pytest.raises(Unmapped, match="it has no text under"):
        one(document)


@pytest.mark.parametrize("offset", [-1, 1.5, True, "x", "-3", 1 << 63, "9" * 40, None, [1]])
def test_an_offset_that_is_none_is_no_offset(offset: object) -> None:
    """What cannot be an offset leaves the line without one."""
    assert one(FLUENT | {"offset": offset}).offset is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["log", "message", "file", "offset", "$!"]), inner)
        ),
    )
)
def test_any_document_is_lines_or_refused(document: Any) -> None:
    """Whatever JSON stands in a topic, whoever reads it goes on."""
    value = json.dumps(document).encode()
    for mapping in (None, *PRESETS.values()):
        try:
            found = delivered(value, [("h", b"\xff")], mapping)
        except Unmapped:
            continue
        assert all(line.text.endswith(b"\n") and line.node and "\0" not in line.node for line in found)


def test_brackets_without_end_are_a_plain_line() -> None:
    """Nothing is decoded deeper than it can be."""
    assert len(delivered(b"[" * 100_000, ())) == 1


def test_a_mapping_can_be_written(tmp_path: Path) -> None:
    """A file with the fields that a pipeline of one's own uses."""
    path = tmp_path / "mapping.yaml"
    path.write_text("message: body.text\nnode: [meta.pod, meta.host]\noffset: at\nframing: cri\nnetwork: net\n")
    mapping = mapping_named(str(path))
    found = one({"body": {"text": "x"}, "meta": {"host": "h1"}, "at": 3}, mapping)
    assert (found.node, found.offset, mapping.framing) == ("h1", 3, "cri")
    assert network_of(b'[{"net": "testnet"}]', None, (), mapping) == "testnet"
    assert network_of(b'{"net": "testnet"}', b"key", (), mapping) == "key"
    assert network_of(b"no json", None, (), mapping) is None
    assert network_of(b"{}", None, ()) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("node: x\n", "mapping.yaml:1: message: is missing"),
        ("message: x\nframe: cri\n", "mapping.yaml:2: frame: there is no such key; did you mean framing?"),
        ("message: x\nsystem: cobol\n", "mapping.yaml:2: system: unknown system 'cobol'"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    """One sentence with file and line."""
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    with pytest.raises(Failed) as raised:
        mapping_named(str(path))
    assert sentence in str(raised.value)


def test_built_in_mappings_have_names() -> None:
    """They can be said instead of a file."""
    assert mapping_named("filebeat") is FILEBEAT
    assert mapping_of(FILEBEAT_8) is FILEBEAT


# --- in the intake -------------------------------------------------------------------------------------------


def take(intake: Intake, document: Any, at_ms: int = 1000) -> Taken:
    """A record of a foreign shipper, taken."""
    value = document if isinstance(document, bytes) else json.dumps(document).encode()
    found = intake.take(value, b"net", at_ms)
    assert found is not None
    return found


def filebeat(text: str, offset: int, inode: str = "777") -> dict[str, Any]:
    """A line as Filebeat sends it."""
    return FILEBEAT_8 | {
        "message": text,
        "log": {"file": {"path": "/var/log/node1.log", "inode": inode}, "offset": offset},
    }


def test_a_line_with_an_offset_is_taken_once() -> None:
    """Filebeat sends again what was not acknowledged: a line below the high water is dropped (R1)."""
    intake = Intake("net")
    first = take(intake, filebeat(LINE, 0))
    assert kept(first.arrived) == [(1, 0, LINE.encode() + b"\n")]
    assert first.arrived[0].source.system == "monero"
    assert marks(first.arrived) == [(MarkKind.OPENED, {"fresh": True})]
    after = len(LINE) + 1
    assert kept(take(intake, filebeat("next", after)).arrived) == [(1, after, b"next\n")]
    again = take(intake, filebeat(LINE, 0))
    assert (again.arrived, again.duplicates) == ([], 1)
    assert intake.counted.at_least_once == 0


def test_another_inode_is_another_file() -> None:
    """A rotated log begins anew (R1)."""
    intake = Intake("net")
    take(intake, filebeat(LINE, 0))
    assert kept(take(intake, filebeat("a", 0, "778")).arrived) == [(2, 0, b"a\n")]
    assert kept(take(intake, filebeat("late", 999)).arrived) == [(1, 999, b"late\n")]


def test_another_first_line_is_another_file() -> None:
    """A log that was truncated has the same name and begins otherwise."""
    intake = Intake("net")
    take(intake, FLUENT | {"offset": 0})
    found = take(intake, FLUENT | {"offset": 0, "log": LINE.replace("18.3", "19.3")})
    assert [count for count, _, _ in kept(found.arrived)] == [2]


def test_lines_without_offsets_are_all_taken_and_counted_as_such() -> None:
    """Nobody can tell whether one came twice (R9)."""
    intake = Intake("net")
    for _ in range(2):
        take(intake, VECTOR_DOCKER)
    assert intake.counted.at_least_once == intake.counted.lines == 2
    assert intake.counted.duplicates == 0


def test_lines_before_the_first_that_is_known_are_kept_beside() -> None:
    """How a source is read is told once: a banner may not settle it."""
    intake = Intake("net")
    banner = take(intake, VECTOR_DOCKER | {"message": "*** welcome ***"})
    assert (banner.arrived[0].source.stream, banner.arrived[0].source.role) == ("stdout.unrecognised", Role.UNREAD)
    known = take(intake, VECTOR_DOCKER)
    assert (known.arrived[0].source.stream, known.arrived[0].source.system) == ("stdout", "monero")
    later = take(intake, VECTOR_DOCKER | {"message": "*** bye ***"})
    assert later.arrived[0].source.stream == "stdout"


def test_a_message_of_several_lines_is_several_lines() -> None:
    """Filebeat may join them; their offsets go on."""
    found = take(Intake("net"), filebeat(f"{LINE}\nand more", 10))
    assert [(offset, line) for _, offset, line in kept(found.arrived)] == [
        (10, LINE.encode() + b"\n"),
        (11 + len(LINE), b"and more\n"),
    ]


def test_an_intake_goes_on_where_another_has_stopped() -> None:
    """What is known of foreign files is in its state (R29)."""
    first = Intake("net")
    take(first, filebeat(LINE, 0))
    again = take(Intake("net", first.state()), filebeat(LINE, 0))
    assert (again.arrived, again.duplicates) == ([], 1)


def test_a_record_without_a_line_is_counted() -> None:
    """And the next one is taken."""
    intake = Intake("net")
    assert take(intake, {"message": 3}).unreadable == "it has no text under log or message"
    assert intake.counted.unreadable == 1


def test_the_time_of_the_shipper_stands_in_for_one_that_a_line_does_not_have() -> None:
    """Order within a batch follows the line's own time where it has one (R3)."""
    found = take(Intake("net"), [FLUENT | {"log": "no time here", "offset": 0}, FLUENT | {"offset": 50}])
    seen, own = (int(one.lines.times[0]) for one in found.arrived)
    assert abs(seen - SEEN) < 1_000_000
    assert own == 1_795_244_598_300_000_000
