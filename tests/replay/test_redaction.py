"""Redaction (R8): secrets are gone before the journal, whatever carried or cut the line they stood in."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.framing import FRAMINGS
from parsers.text import LINE_LIMIT
from replay.journal import MarkKind
from replay.recording import Recording
from replay.redaction import NoRedaction, RuledRedaction
from replay.verifying import verify
from replay.wanted import unpacked
from tests.replay import framings
from tests.replay.builders import TINY, Entry, Log, Run, entries, events, marks, somewhere
from tests.replay.test_wanted import ALL, SIZES, alike

SECRET = b"hunter2-correct-horse-battery"
OTHER = b"hunter2-another-one-of-them"


class Passwords:
    """Placeholders are keyed hashes, so that the same secret is recognised and cannot be read."""

    name = "passwords 1"
    _secret = re.compile(rb"hunter2-[a-z-]+")

    def redact(self, line: bytes) -> bytes:
        """See `Rules`."""
        return self._secret.sub(lambda found: self.placeholder(found[0]), line)

    @staticmethod
    def placeholder(secret: bytes) -> bytes:
        """What stands in place of a secret."""
        return b"<%b>" % hashlib.blake2b(secret, key=b"outside", digest_size=4).hexdigest().encode()


REDACTION = RuledRedaction(Passwords())


def said(level: str, message: bytes, second: int = 0) -> bytes:
    """One of monerod's lines."""
    return f"2026-11-21 07:20:{second:02d}.431\t    7f91\t{level}\tglobal\ta.cpp:1\t".encode() + message + b"\n"


LINES = [
    said("INFO", b"Monero 'Fluorine Fermi' (v0.18.0.0-unknown)"),
    said("WARNING", b"login with " + SECRET + b" failed", 1),
    said("INFO", b"nothing to hide", 1),
    said("INFO", b"+++++ BLOCK SUCCESSFULLY ADDED", 2),
    said("INFO", b"id:\t<%064x>" % 7, 2),
    said("INFO", b"token " + SECRET, 2),
    said("INFO", b"HEIGHT 7, difficulty:\t1", 2),
    b"    at " + OTHER + b" in frame 1\r\n",
    said("ERROR", SECRET + b" and " + OTHER + b" and " + SECRET, 3),
    said("INFO", b"the end", 4),
]
NODES = {"node1": LINES, "node2": [line.replace(b"7f91", b"7f92") for line in LINES]}


def everything(path: Path) -> bytes:
    """All that a recording holds, decompressed."""
    with Recording.open_to_read(path) as recording:
        lines = b"".join(entry.text for entry in entries(recording))
        facts = "".join(str(mark.facts) for mark in marks(recording)).encode()
        hot = b"".join(unpacked(seq, value).body for seq, _matcher, _crc, value in recording.hot_rows())
        kept = b"".join(zstandard.decompress(row[-1]) for row in recording.checkpoint_rows())
    return path.read_bytes() + lines + facts + hot + kept


def written(path: Path) -> list[Entry]:
    """The lines of a recording that is sound."""
    with Recording.open_to_read(path) as recording:
        assert verify(recording).faults == []
        return entries(recording)


@pytest.mark.parametrize("target", [TINY, None])
@pytest.mark.parametrize("framing", ALL)
def test_no_secret_reaches_a_recording(framing: str, target: int | None, tmp_path: Path) -> None:
    """R8: in every framing, parts that cut a secret included; the digest is that of lines redacted beforehand."""
    clean = {node: [Passwords().redact(line) for line in lines] for node, lines in NODES.items()}
    expected = Run().make(tmp_path / "clean.rec", ALL["bare"](clean))
    path = tmp_path / "a.rec"
    assert Run(target, REDACTION).make(path, ALL[framing](NODES)) == expected
    held = everything(path)
    for secret in (SECRET, OTHER, b"hunter2", b"correct-horse", b"another-one"):
        assert secret not in held
    for secret in (SECRET, OTHER):
        assert Passwords.placeholder(secret) in held
    alike(path)


@pytest.mark.parametrize("framing", sorted(framings.PER_NODE))
def test_offsets_are_those_before_redaction(framing: str, tmp_path: Path) -> None:
    """R1, R8: every record stays where it was, and one without a secret stays as it was."""
    put = {"cri": framings.cri, "docker-json": framings.docker_json}.get(framing)
    data = put(LINES, sizes=SIZES) if put else framings.PER_NODE[framing](LINES)
    path = tmp_path / "a.rec"
    Run(TINY, REDACTION).make(path, [Log("node1", (data,), framing)])
    offsets = [found.start() for found in re.finditer(rb"[^\n]*\n", data)]
    lines = written(path)
    assert [line.offset for line in lines] == offsets
    with Recording.open_to_read(path) as recording:
        assert recording.incarnations(1)[0].high_water == len(data)
    records = dict(zip(offsets, framings.lines_of(data), strict=True))
    assert sum(line.text == records[line.offset] for line in lines) >= 6


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    framing=st.sampled_from(sorted(ALL)),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=4),
    target=st.sampled_from([150, TINY, 1 << 20]),
)
def test_chunks_of_the_stream_make_no_difference(framing: str, sizes: list[int], target: int) -> None:
    """R8: a secret on the border of what is read at once is redacted like any other."""
    with somewhere() as folder:
        given_ = ALL[framing](NODES)
        digest = Run(None, REDACTION).make(folder / "whole.rec", given_)
        chunked = [Log(log.node, log.members, log.framing, sizes=tuple(sizes)) for log in given_]
        assert Run(target, REDACTION).make(folder / "a.rec", chunked) == digest
        whole, parts = written(folder / "whole.rec"), written(folder / "a.rec")
        assert [line[2:] for line in parts] == [line[2:] for line in whole]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    framing=st.sampled_from(["cri", "docker-json"]),
    of=st.lists(st.sampled_from(["stdout", "stderr"]), min_size=1, max_size=5),
    sizes=st.lists(st.integers(5, 80), min_size=1, max_size=4),
    chunks=st.lists(st.integers(1, 700), min_size=1, max_size=3),
)
def test_two_streams_are_joined_apart_and_stay_in_order(
    framing: str, of: list[str], sizes: list[int], chunks: list[int]
) -> None:
    """R3, R8: a line that waits for its end keeps those behind it waiting too."""
    put = framings.cri if framing == "cri" else framings.docker_json
    data = put(LINES, sizes, of)
    with somewhere() as folder:
        Run(TINY, REDACTION).make(folder / "a.rec", [Log("node1", (data,), framing, sizes=tuple(chunks))])
        lines = written(folder / "a.rec")
        assert [line.offset for line in lines] == [found.start() for found in re.finditer(rb"[^\n]*\n", data)]
        text = b"".join(FRAMINGS[framing].unwrap(line.text).text for line in lines)
        assert b"hunter2" not in text
        assert text.count(Passwords.placeholder(SECRET)) == 4


@pytest.mark.parametrize("framing", ["bare", "cri", "timestamps", "kubectl", "compose"])
@pytest.mark.parametrize("before", [LINE_LIMIT - 10 - 40, LINE_LIMIT - 90, 2 * LINE_LIMIT - 60])
def test_a_secret_on_the_border_of_fragments_is_found(framing: str, before: int, tmp_path: Path) -> None:
    """R5, R8: an overlong line is joined, redacted and written in fragments of no more than a mebibyte."""
    lines = [said("INFO", b"x" * before + SECRET + b" " + b"y" * 700_000), said("WARNING", b"behind it")]
    Run(None, REDACTION).make(tmp_path / "a.rec", ALL[framing]({"node1": lines}))
    found = written(tmp_path / "a.rec")
    assert max(len(line.text) for line in found) <= LINE_LIMIT
    text = b"".join(FRAMINGS["cri"].unwrap(line.text).text if framing == "cri" else line.text for line in found)
    assert text.count(Passwords.placeholder(SECRET)) == 1
    assert b"hunter2" not in text
    assert text.count(b"y") == 700_000
    assert [line.offset for line in found] == sorted({line.offset for line in found})
    assert len(events(tmp_path / "a.rec")) == 1


@pytest.mark.parametrize("framing", ["bare", "docker in parts", "cri in parts", "timestamps", "kubectl"])
def test_a_secret_on_the_border_of_two_imports_is_found(framing: str, tmp_path: Path) -> None:
    """R8: what has not come to its end is left for the next import, and a Mark says so."""
    (whole,) = ALL[framing]({"node1": [LINES[0], LINES[1]]})
    data = whole.members[0]
    for cut in range(data.index(b"\n") + 1, len(data), 7):
        path = tmp_path / f"{cut}.rec"
        Run(None, REDACTION).make(path, [Log("node1", (data[:cut],), whole.framing)])
        assert b"hunter" not in everything(path)
        with Recording.open_to_read(path) as recording:
            left = [mark.facts["unread_bytes"] for mark in marks(recording) if mark.kind is MarkKind.TORN]
            read = recording.incarnations(1)[0].high_water
        assert sum(left) == cut - read
        Run(None, REDACTION).append(path, [whole])
        assert b"hunter" not in everything(path)
        assert len(events(path)) == 2


def test_a_line_without_its_end_does_not_hold_up_others_for_ever(tmp_path: Path) -> None:
    """R8: what waits is bounded; then, and at the end of the source, an incomplete line is redacted as it is."""
    begun = framings.lines_of(framings.cri([LINES[1]], sizes=(40,)))[0]
    others = framings.cri([LINES[2]] * 200, of=("stderr",))
    with mock.patch("replay.redaction.HELD_BYTES", 5000):
        redactor = REDACTION.of(FRAMINGS["cri"])
        ends = np.cumsum([len(record) for record in framings.lines_of(begun + others)])
        given_ = redactor.apply(begun + others, ends, ends)
        assert given_ is not None
        assert len(given_[1]) == 201
        Run(None, REDACTION).make(tmp_path / "bounded.rec", [Log("node1", (begun + others,), "cri", sizes=(900,))])
    Run(None, REDACTION).make(tmp_path / "ended.rec", [Log("node1", (begun + others,), "cri")])
    for name in ("bounded", "ended"):
        assert len(written(tmp_path / f"{name}.rec")) == 201
        assert b"hunter2" not in everything(tmp_path / f"{name}.rec")


def test_a_line_that_becomes_nothing_is_no_entry_of_nothing(tmp_path: Path) -> None:
    """R5: entries have bytes; a line of which nothing is left still has its line break."""

    class Silence:
        """Rules that leave nothing."""

        name = "silence"

        def redact(self, line: bytes) -> bytes:
            """See `Rules`."""
            return b""

    data = b"".join(LINES) + b"x" * (LINE_LIMIT + 5) + b"\n"
    Run(None, RuledRedaction(Silence())).make(tmp_path / "a.rec", [Log("node1", (data,))])
    assert [line.text for line in written(tmp_path / "a.rec")] == [b"\n"] * (len(LINES) + 1)


def test_without_rules_everything_is_written_as_it_is(tmp_path: Path) -> None:
    """R8: the hook is there, and does nothing unless there are rules."""
    Run(None, NoRedaction()).make(tmp_path / "a.rec", [Log("node1", (b"".join(LINES),))])
    assert b"".join(line.text for line in written(tmp_path / "a.rec")) == b"".join(LINES)
    assert (NoRedaction.name, REDACTION.name) == ("none", "passwords 1")
