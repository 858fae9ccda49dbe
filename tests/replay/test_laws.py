"""Laws of recordings (R16, R17, R18): what a network's state depends on, and what it does not."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.folding import Folding
from replay.play import Player
from replay.recording import Recording
from replay.wanted import HIT, HotBlock
from state.encoding import digest, facts
from state.snapshot import NetworkState
from tests.replay.builders import TINY, Entry, Run, capture, entries, in_framing, logs, somewhere
from tests.replay.framings import Lines
from tests.replay.monerod import networks

ROOT = Path(__file__).resolve().parent.parent.parent
BY_NODE = ("nodes", "chain", "peers", "listening")
"""Slices with one entity per node."""


def played(recording: Recording) -> NetworkState:
    """The snapshot at the end."""
    return Player(recording).play()


def journal(path: Path) -> list[tuple[int, int, str, int, bytes]]:
    """Lines with their places, sources by name."""
    with Recording.open_to_read(path) as recording:
        return [(one.seq, one.at, one.source, one.offset, one.text) for one in entries(recording)]


@pytest.mark.parametrize("name", ["level0", "level1", "selective"])
def test_sources_may_be_given_in_any_order(name: str, tmp_path: Path) -> None:
    """R3, R17: the same digest and the same journal, byte for byte, imported twice and the other way round."""
    given_ = logs(capture(name))
    orders = [given_, given_, given_[::-1], [*given_[1:], given_[0]]]
    digests = {Run().make(tmp_path / f"{place}.rec", order) for place, order in enumerate(orders)}
    assert len(digests) == 1
    first, *others = (journal(tmp_path / f"{place}.rec") for place in range(len(orders)))
    assert all(other == first for other in others)
    assert [row[0] for row in first] == sorted({row[0] for row in first})


def test_the_same_import_gives_the_same_file(tmp_path: Path) -> None:
    """R18: down to the bytes, for nothing in it comes of a clock or of chance."""
    for name in ("a", "b"):
        Run(TINY).make(tmp_path / f"{name}.rec", logs(capture("level0")))
    assert (tmp_path / "a.rec").read_bytes() == (tmp_path / "b.rec").read_bytes()


@settings(max_examples=25, derandomize=True, deadline=None)
@given(nodes=networks(5), targets=st.lists(st.sampled_from([1, 90, 400, TINY, 1 << 20]), min_size=2, max_size=3))
def test_blocks_may_be_cut_anywhere(nodes: Mapping[str, Lines], targets: Sequence[int]) -> None:
    """R5, R17: neither the digest nor the journal depends on it."""
    with somewhere() as folder:
        paths = [folder / f"{place}.rec" for place in range(len(targets))]
        given_ = in_framing("bare", nodes)
        assert len({Run(target).make(path, given_) for path, target in zip(paths, targets, strict=True)}) == 1
        texts = [[row[2:] for row in journal(path)] for path in paths]
        assert all(other == texts[0] for other in texts)


def folded(recording: Recording, order: Sequence[Entry]) -> NetworkState:
    """The snapshot of a journal that holds these lines in this order, a microsecond apart."""
    numbers = {source.name: source.number for source in recording.sources()}
    count = len(order)
    hot = HotBlock(
        first_seq=1,
        seqs=np.arange(1, count + 1, dtype="<i8").tobytes(),
        ats=(np.arange(count, dtype="<i8") * 1000).tobytes(),
        sources=np.array([numbers[one.source] for one in order], dtype="<u4").tobytes(),
        kinds=bytes([HIT]) * count,
        ends=np.cumsum([len(one.text) for one in order], dtype="<u4").tobytes() if count else b"",
        body=b"".join(one.text for one in order),
        marks=[],
    )
    folding = Folding(recording.sources())
    for _step in folding.steps(hot):
        pass
    return folding.state


@settings(max_examples=40, derandomize=True, deadline=None)
@given(nodes=networks(6), draws=st.lists(st.integers(0, 2), max_size=120))
def test_the_digest_does_not_depend_on_how_sources_interleave(nodes: Mapping[str, Lines], draws: list[int]) -> None:
    """R17: only on each source's own sequence, however they are shuffled into each other."""
    with somewhere() as folder:
        expected = Run().make(folder / "a.rec", in_framing("bare", nodes))
        with Recording.open_to_read(folder / "a.rec") as recording:
            queues: dict[str, list[Entry]] = {}
            for entry in entries(recording):
                queues.setdefault(entry.source, []).append(entry)
            names = sorted(queues)
            mixed = []
            for draw in draws:
                queue = queues[names[draw % len(names)]]
                mixed += [queue.pop(0)] if queue else []
            mixed += itertools.chain.from_iterable(queues.values())
            assert digest(folded(recording, mixed)) == expected


def test_neighbours_of_different_sources_may_change_places(tmp_path: Path) -> None:
    """R17: on a real capture, every such pair at once."""
    expected = Run().make(tmp_path / "a.rec", logs(capture("selective")))
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        order = entries(recording)
        swapped = list(order)
        place = 0
        while place + 1 < len(swapped):
            if swapped[place].source != swapped[place + 1].source:
                swapped[place : place + 2] = swapped[place : place + 2][::-1]
                place += 1
            place += 1
        assert swapped != order
        assert digest(folded(recording, order)) == expected
        assert digest(folded(recording, swapped)) == expected


@pytest.mark.parametrize("name", ["level0", "level1", "selective"])
def test_what_is_known_of_a_node_comes_from_its_own_log(name: str, tmp_path: Path) -> None:
    """R16: reducers write facts per node, so that a node's are the same with and without the others' logs."""
    Run().make(tmp_path / "all.rec", logs(capture(name)))
    with Recording.open_to_read(tmp_path / "all.rec") as recording:
        together = played(recording)
    for node, data in capture(name).items():
        Run().make(tmp_path / f"{node}.rec", logs({node: data}))
        with Recording.open_to_read(tmp_path / f"{node}.rec") as recording:
            alone = played(recording)
        for slice_name in BY_NODE:
            assert facts(getattr(alone, slice_name).get(node)) == facts(getattr(together, slice_name).get(node))


@settings(max_examples=25, derandomize=True, deadline=None)
@given(nodes=networks(6))
def test_a_node_is_never_known_by_anothers_log(nodes: Mapping[str, Lines]) -> None:
    """R16: on generated logs, which repeat each other's blocks, addresses and connections."""
    with somewhere() as folder:
        Run().make(folder / "all.rec", in_framing("bare", nodes))
        with Recording.open_to_read(folder / "all.rec") as recording:
            together = played(recording)
        for node, lines in nodes.items():
            Run().make(folder / f"{node}.rec", in_framing("bare", {node: lines}))
            with Recording.open_to_read(folder / f"{node}.rec") as recording:
                alone = played(recording)
            for slice_name in BY_NODE:
                assert facts(getattr(alone, slice_name).get(node)) == facts(getattr(together, slice_name).get(node))


SCRIPT = """
import hashlib, json, sys
from pathlib import Path
from replay.play import Player
from replay.recording import Recording
from state.encoding import encode
from tests.replay.builders import TINY, Run, captured_lines
from tests.replay.test_wanted import ALL

answers = {}
for framing in ("bare", "docker in parts", "kubectl"):
    path = Path(sys.argv[1]) / f"{framing}.rec"
    digest = Run(TINY).make(path, ALL[framing](captured_lines("level0")))
    with Recording.open_to_read(path) as recording:
        state = Player(recording, "off").play()
    file = path.read_bytes()
    answers[framing] = [digest, hashlib.sha256(encode(state)).hexdigest(), hashlib.sha256(file).hexdigest()]
print(json.dumps(answers))
"""


def test_answers_do_not_depend_on_the_seed_of_hashes(tmp_path: Path) -> None:
    """R18: under two values of PYTHONHASHSEED: the digest, the whole snapshot, and every byte of the file."""
    running = []
    for seed in ("1", "20261121"):
        (tmp_path / seed).mkdir()
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", SCRIPT, str(tmp_path / seed)],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": seed},
                stdout=subprocess.PIPE,
            )
        )
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert answers[0] == answers[1]
    assert len({found[0] for found in answers[0].values()}) == 1
