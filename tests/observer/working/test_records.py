"""Records that nobody can read, that are gone, that lie in the wrong place, or that are of others."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from observer.broker.client import partition_of
from observer.broker.wire import HEADERS
from replay.journal import MarkKind
from replay.recording import Recording
from tests.components.rsyslog import Rsyslog, kcat
from tests.live.agreement import entries, saved_transitions
from tests.live.histories import differing, recorded, replayed
from tests.live.through import Through
from tests.observer.working.conftest import LINES, Topic
from tests.observer.working.test_taking_over import lines_stored

FIRED = "SELECT count(*) FROM observer.transition WHERE state = 'firing'"
JSONMESG = 'template(name="shipped" type="string" string="%jsonmesg%")'
"""Everything that rsyslog knows of a line, as it names it."""


def gaps(path: Path) -> list[object]:
    """Why something is missing, of each Mark that says so."""
    with Recording.open_to_read(path) as recording:
        return [
            mark.facts["why"]
            for info in recording.block_infos()
            for mark in recording.block(info.first_seq).columns.marks
            if mark.kind is MarkKind.GAP
        ]


def test_records_that_nobody_can_read_are_kept_aside_and_counted(through: Through, topic: Topic) -> None:
    """The bytes, the reason and the place go to a topic of their own, the count into the database, and what comes
    behind them is taken.
    """
    topic.line("alpha", 0)
    broken = topic.send(b"\x00 this is no record \xff", "alpha", HEADERS)
    topic.send(b"of no network", None, partition=0)
    topic.line("alpha", 1)
    through.work()
    through.until(lambda: lines_stored(through) == 2, "both lines are stored")
    through.until_taken()
    found = topic.records(through.address.dead_letters)
    assert sorted(record.value for record in found) == [b"\x00 this is no record \xff", b"of no network"]
    headers = dict(next(record.headers for record in found if record.key == b"alpha"))
    assert headers["reason"] == b"it is no record of this program"
    assert (headers["partition"], headers["offset"]) == (b"%d" % broken.partition, b"%d" % broken.offset)
    assert through.number("SELECT sum(count) FROM observer.dead_letter") == 2
    assert through.workers[0].running


def test_without_a_topic_for_them_they_are_counted_all_the_same(through: Through, topic: Topic) -> None:
    """One sentence says where such a record is and what to do, and the rest goes on."""
    through.kafka.delete_topic(through.address.dead_letters)
    topic.send(b"\x00", "alpha", HEADERS)
    topic.line("alpha", 0)
    through.work()
    through.until(lambda: lines_stored(through) == 1, "the line is stored", 60)
    assert through.number("SELECT sum(count) FROM observer.dead_letter") == 1
    said = through.workers[0].said
    assert said.count("\n") == 1
    assert "it is at offset 0 of partition" in said
    assert "observer broker-setup" in said


def test_a_network_has_one_place(through: Through, topic: Topic) -> None:
    """Records of a network in another partition are nobody's: two workers would contend for it. A client that spreads
    keys in its own way is taken as it is, as long as it stays with it.
    """
    elsewhere = (partition_of("alpha", 3) + 1) % 3
    topic.send(LINES[0], "alpha", [("node", b"node1")], partition=elsewhere)
    through.work()
    through.until(lambda: lines_stored(through) == 1, "the first line is stored")
    topic.line("alpha", 1)
    topic.send(LINES[1], "alpha", [("node", b"node1")], partition=elsewhere)
    through.until(lambda: lines_stored(through) == 2, "the second line is stored")
    through.until_taken()
    rows = through.sql("SELECT why, count FROM observer.dead_letter")
    assert rows == [
        [f"alpha lies in partition {elsewhere} of {through.address.topic}, and a network has one place", "1"]
    ]
    assert through.workers[0].end() == 0
    through.workers[0].start()
    topic.send(LINES[2], "alpha", [("node", b"node1")], partition=elsewhere)
    through.until(lambda: lines_stored(through) == 3, "it is found again")


@pytest.mark.parametrize("codec", ["lz4", "snappy"])
def test_records_that_no_client_can_open_are_left_out(through: Through, topic: Topic, codec: str) -> None:
    """Compressed in a way that is not read here, one writer does not stop everybody: what it wrote is counted, the
    rest is taken, and who records the topic has the same journal.
    """
    topic.line("alpha", 0)
    place = ("-t", through.address.topic, "-p", f"{partition_of('alpha', 3)}", "-k", "alpha", "-H", "node=node1")
    command = [kcat(), "-P", "-b", through.kafka.bootstrap, *place, "-z", codec, "-X", "linger.ms=200"]
    subprocess.run(command, input=b"".join(LINES[1:41]), check=True, timeout=30)
    topic.line("alpha", 41)
    worker = through.work()
    through.until(lambda: lines_stored(through) == 2, "both others are stored")
    through.leave()
    assert through.sql("SELECT why, sum(count) FROM observer.dead_letter GROUP BY why") == [
        ["it is compressed in a way that is not read here", "40"]
    ]
    assert worker.said.count("cannot be read and are left out") >= 1
    assert entries(through.record("alpha")) == entries(through.record("alpha", stored=True))


def test_what_retention_has_removed_is_a_gap(through: Through, topic: Topic) -> None:
    """R15: records that were never read are gone; that is said, and the journal has a Mark for it."""
    topic.line("alpha", 0)
    worker = through.work()
    through.until(lambda: lines_stored(through) == 1, "the first line is stored")
    assert worker.end() == 0
    offsets = [topic.line("alpha", number) for number in range(1, 6)]
    topic.forget("alpha", offsets[-1])
    worker.start()
    through.until(lambda: lines_stored(through) == 2, "the last line is stored")
    assert "retention has removed" in worker.said
    assert worker.end() == 0
    recording = through.record("alpha", stored=True)
    assert gaps(recording) == ["retention had removed it before it was read"]


def test_a_topic_that_was_made_anew_is_another_journal(through: Through, topic: Topic) -> None:
    """Exit code 5 and one sentence, not silence until as many records have come as before."""
    for number in range(3):
        topic.line("alpha", number)
    worker = through.work()
    through.until(lambda: lines_stored(through) == 3, "the lines are stored")
    assert worker.end() == 0
    through.kafka.delete_topic(through.address.topic)
    done = through.run("broker-setup", through.address, "--partitions", 3)
    assert done.returncode == 0, done.stderr
    before = len(worker.said)
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(30) == 5
    said = worker.said[before:]
    assert said.count("\n") == 1
    assert "was made anew" in said


def test_rsyslog_ships_to_a_worker(through: Through, topic: Topic, tmp_path: Path) -> None:
    """Lines with their offsets, as rsyslog sends them, become events of a network."""
    log = tmp_path / "node1.log"
    log.write_bytes(b"".join(LINES[:200]))
    through.work("--foreign", "rsyslog")
    with Rsyslog([str(log)], through.kafka.bootstrap, through.address.topic, template=JSONMESG, key="alpha"):
        through.until(lambda: lines_stored(through) == 200, "all lines are stored")
    through.until_taken()
    assert through.number("SELECT sum(lines) FROM observer.source") == 200
    assert through.number("SELECT count(*) FROM observer.event") > 0
    rows = through.sql("SELECT node, system FROM observer.source ORDER BY number")
    assert [row[1] for row in rows][-1] == "monero"


def test_a_recording_of_the_topic_tells_what_the_workers_told(through: Through, topic: Topic, tmp_path: Path) -> None:
    """R9: given their rules, their inventory and their mapping, whoever records the topic has their history."""
    inventory = tmp_path / "network.yaml"
    inventory.write_text("network: alpha\npace: {silent_after: 1s}\n")
    through.rules.write_text(
        "groups:\n  - name: silence\n    rules:\n      - {incident: Silent, each: node, expr: silent(node)}\n"
    )
    through.work("--inventory", inventory, "--foreign", "vector")
    for number in range(2):
        line = {"message": LINES[number].decode().rstrip(), "container_name": "node1", "host": "here"}
        topic.send(json.dumps(line).encode(), "alpha")
        through.until(lambda number=number: through.number(FIRED) == number + 1, "silence is told")  # type: ignore[misc]
    through.leave()
    recording = through.record("alpha", "--inventory", inventory, "--foreign", "vector")
    assert differing(saved_transitions(through, "alpha"), recorded(recording)) == ""
    assert differing(recorded(recording), list(replayed(recording))) == ""
