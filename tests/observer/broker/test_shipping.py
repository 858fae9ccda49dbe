"""`observer ship` against a real broker: whatever dies, and whenever, each line is taken once (R1, R9, R29)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from observer.broker.address import Address
from observer.broker.client import set_up
from observer.broker.consuming import Received, journal_records
from observer.broker.intake import Intake
from observer.broker.wire import unpacked
from observer.exits import Failed
from replay.journal import MarkKind
from tests.components.kafka import Kafka
from tests.observer.broker.conftest import NETWORK, Ship, taken_back, until
from tests.observer.broker.pieces import kept, marks

pytestmark = pytest.mark.xdist_group("kafka")

CAPTURES = Path(__file__).parents[2] / "captures" / "monero" / "level1"


def line(number: int, text: str = "New log categories: *:WARNING") -> bytes:
    """A line as monerod writes it, a millisecond after the one before."""
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1_795_244_578 + number // 1000))
    return f"{at}.{number % 1000:03d}\t    7fe39cd2fa00\tINFO\tlogging\tmlog.cpp:273\t{number} {text}\n".encode()


def whole(address: Address, node: str = "node1") -> dict[int, bytes]:
    """The bytes of each incarnation, taken back; their offsets are those of the bytes, none twice."""
    got: dict[int, bytes] = {}
    for count, offset, text in kept(taken_back(address), node):
        assert offset == len(got.get(count, b"")), f"line of {count} at {offset}: {text!r}"
        got[count] = got.get(count, b"") + text
    return got


def test_what_is_there_is_shipped_once(ship: Ship, tmp_path: Path) -> None:
    """Three real logs, merged by time as an import merges them; shipped again there is nothing to send (R2, R9)."""
    for number in range(1, 4):
        (tmp_path / f"node{number}.log").write_bytes((CAPTURES / f"node{number}.log").read_bytes())
    logs = [tmp_path / f"node{number}.log" for number in range(1, 4)]
    ship.start(*logs, "--once", "--verbose")
    assert ship.wait() == 0, ship.err
    for log in logs:
        assert whole(ship.address, log.stem) == {1: log.read_bytes()}
    arrived = taken_back(ship.address)
    assert {one.source.system for one in arrived} == {"monero"}
    assert "records of" in ship.err
    count = len(list(journal_records(ship.address)))
    ship.start(*logs, "--once")
    assert ship.wait() == 0
    again = taken_back(ship.address)
    assert sum(len(one.lines) for one in again) == sum(len(one.lines) for one in arrived)
    assert len(list(journal_records(ship.address))) <= count + 2, "no line is sent twice to a broker that has it"


def test_what_is_written_arrives_within_moments(ship: Ship, tmp_path: Path) -> None:
    """A line is sent when it is there, and a shipper that is ended says so (R23, R25)."""
    log = tmp_path / "node1.log"
    log.write_bytes(line(0))
    ship.start(log)
    until(lambda: len(whole(ship.address)) == 1, "the first line arrives")
    with log.open("ab", buffering=0) as writer:
        writer.write(line(1))
        until(lambda: whole(ship.address)[1] == log.read_bytes(), "the second line arrives")
        writer.write(line(2)[:40])
        assert ship.end() == 0
        assert whole(ship.address)[1] == log.read_bytes(), "a line that is not finished is shipped when it is left"
        writer.write(line(2)[40:])
    told = marks(taken_back(ship.address))
    assert told[-1] == (MarkKind.LOST, {"why": "its shipper has left"})
    ship.start(log)
    until(lambda: whole(ship.address)[1] == log.read_bytes(), "the rest of the line arrives")
    assert ship.end(signal.SIGINT) == 130
    assert MarkKind.GAP not in [kind for kind, _ in marks(taken_back(ship.address))]


def test_a_shipper_that_has_nothing_to_ship_says_that_it_is_there(ship: Ship, tmp_path: Path) -> None:
    """Silence of nodes can be told from silence of their shipper (R23)."""
    log = tmp_path / "node1.log"
    log.write_bytes(line(0))
    ship.start(log)

    def beats() -> int:
        found = [one for one in journal_records(ship.address) if isinstance(one, Received)]
        return sum(not unpacked(one.value).pieces for one in found)

    until(lambda: beats() >= 2, "two records without lines")
    intake = Intake(NETWORK)
    assert [kind for kind, _ in marks(taken_back(ship.address, intake))] == [MarkKind.OPENED]


def writer_of(folder: Path, seconds: float, seed: int) -> subprocess.Popen[bytes]:
    """A program that appends to node1.log and rotates it, and keeps all that it wrote in one file for each."""
    program = f"""
import os, random, sys, time
draw = random.Random({seed})
folder, end, number, member = {str(folder)!r}, time.monotonic() + {seconds}, 0, 1
log = open(folder + "/node1.log", "ab", buffering=0)
copy = open(folder + "/written.1", "ab", buffering=0)
while time.monotonic() < end:
    for _ in range(draw.randrange(1, 60)):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1795244578 + number // 1000))
        text = f"{{at}}.{{number % 1000:03d}}\\t    7fe39cd2fa00\\tINFO\\tlogging\\tmlog.cpp:273\\t{{number}} " + "x" * draw.randrange(200)
        text = text.encode() + b"\\n"
        cut = draw.randrange(len(text)) if draw.random() < 0.1 else 0
        log.write(text[:cut]); log.write(text[cut:]); copy.write(text)
        number += 1
    if draw.random() < 0.02:
        for old in range(member, 0, -1):
            name = folder + "/node1.log"
            if os.path.exists(f"{{name}}.{{old}}"):
                os.rename(f"{{name}}.{{old}}", f"{{name}}.{{old + 1}}")
        os.rename(folder + "/node1.log", folder + "/node1.log.1")
        member += 1
        log = open(folder + "/node1.log", "ab", buffering=0)
        copy = open(folder + f"/written.{{member}}", "ab", buffering=0)
    time.sleep(draw.random() * 0.02)
"""
    return subprocess.Popen([sys.executable, "-c", program])


def begun(ship: Ship, folder: Path) -> None:
    """The log is known from its first line on: what was rotated before a log is first seen is not read."""
    (folder / "node1.log").write_bytes(line(0))
    (folder / "written.1").write_bytes(line(0))
    ship.start(folder / "node1.log", "--once")
    assert ship.wait() == 0, ship.err


@pytest.mark.parametrize("seed", [1, 2])
def test_shippers_that_are_killed_lose_nothing_and_double_nothing(ship: Ship, tmp_path: Path, seed: int) -> None:
    """R1, R29: a log that is appended to and rotated while its shipper is killed with SIGKILL at random instants."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    begun(ship, tmp_path)
    writer = writer_of(tmp_path, 8.0, seed)
    kills = 0
    while writer.poll() is None or kills < 4:
        ship.said.write_bytes(b"")
        ship.start(tmp_path / "node1.log", "--verbose")
        until(lambda: "ships to" in ship.err, "it has begun")
        time.sleep(draw.random() ** 2 * 2)
        ship.end(signal.SIGKILL)
        kills += 1
    assert writer.wait() == 0
    ship.start(tmp_path / "node1.log", "--once")
    assert ship.wait() == 0, ship.err
    written = {int(path.suffix[1:]): path.read_bytes() for path in tmp_path.glob("written.*")}
    assert whole(ship.address) == {count: text for count, text in written.items() if text}
    assert MarkKind.GAP not in [kind for kind, _ in marks(taken_back(ship.address))]


def test_a_broker_that_is_killed_meanwhile_costs_nothing(ship: Ship, kafka: Kafka, tmp_path: Path) -> None:
    """What is read while the broker is away waits, the word is said once, and then all of it is there."""
    begun(ship, tmp_path)
    ship.start(tmp_path / "node1.log", "--verbose")
    until(lambda: "ships to" in ship.err, "it has begun")
    writer = writer_of(tmp_path, 8.0, 7)
    time.sleep(1)
    kafka.kill()
    until(lambda: "takes nothing" in ship.err, "the broker is missed")
    kafka.start()
    until(lambda: "takes records again" in ship.err, "the broker is back")
    assert writer.wait() == 0
    assert ship.end() == 0, ship.err
    written = {int(path.suffix[1:]): path.read_bytes() for path in tmp_path.glob("written.*")}
    assert whole(ship.address) == {count: text for count, text in written.items() if text}
    assert ship.err.count("takes nothing") == ship.err.count("takes records again") == 1
    assert MarkKind.GAP not in [kind for kind, _ in marks(taken_back(ship.address))]


def test_a_shipper_and_its_broker_killed_at_once_lose_nothing(ship: Ship, kafka: Kafka, tmp_path: Path) -> None:
    """What was sent and not acknowledged is sent again when both are back."""
    begun(ship, tmp_path)
    ship.start(tmp_path / "node1.log", "--verbose")
    until(lambda: "ships to" in ship.err, "it has begun")
    writer = writer_of(tmp_path, 5.0, 11)
    time.sleep(1)
    kafka.kill()
    time.sleep(1)
    ship.end(signal.SIGKILL)
    assert writer.wait() == 0
    kafka.start()
    ship.start(tmp_path / "node1.log", "--once")
    assert ship.wait() == 0, ship.err
    written = {int(path.suffix[1:]): path.read_bytes() for path in tmp_path.glob("written.*")}
    assert whole(ship.address) == {count: text for count, text in written.items() if text}


def test_a_shipper_that_ends_while_the_broker_is_away_says_what_is_left(
    ship: Ship, kafka: Kafka, tmp_path: Path
) -> None:
    """It waits a little, ends with 5, and the next one sends what is left."""
    begun(ship, tmp_path)
    ship.start(tmp_path / "node1.log", "--verbose")
    until(lambda: "ships to" in ship.err, "it has begun")
    kafka.kill()
    with (tmp_path / "node1.log").open("ab") as more:
        more.write(line(1))
    assert ship.end() == 5
    assert "has not taken everything that was read; it is sent when this is started again" in ship.err
    kafka.start()
    ship.start(tmp_path / "node1.log", "--once")
    assert ship.wait() == 0
    assert whole(ship.address) == {1: line(0) + line(1)}


def test_a_cursor_that_is_lost_doubles_nothing(ship: Ship, tmp_path: Path) -> None:
    """Everything is sent again, and dropped where it is taken (R1)."""
    log = tmp_path / "node1.log"
    log.write_bytes(b"".join(map(line, range(50))))
    ship.start(log, "--once")
    assert ship.wait() == 0
    for cursor in (tmp_path / "state").rglob("*.cursor*"):
        cursor.unlink()
    with log.open("ab") as more:
        more.write(line(50))
    ship.start(log, "--once")
    assert ship.wait() == 0
    assert whole(ship.address) == {1: log.read_bytes()}


def test_a_topic_that_is_made_anew_gets_everything_again(ship: Ship, kafka: Kafka, tmp_path: Path) -> None:
    """What the cursor says was said of another topic, and that is told."""
    log = tmp_path / "node1.log"
    log.write_bytes(line(0))
    ship.start(log, "--once")
    assert ship.wait() == 0
    kafka.delete_topic(ship.address.topic)
    until(lambda: _made(ship.address), "the topic is made anew")
    ship.start(log, "--once")
    assert ship.wait() == 0
    assert "the topic was made anew since the last time; everything is sent again" in ship.err
    assert whole(ship.address) == {1: line(0)}


def _made(address: Address) -> bool:
    """Whether the topic could be made; one that is being deleted is there for some moments more."""
    try:
        set_up(address, 3, 1)
    except Failed:
        return False
    return True


def test_lines_that_cannot_be_compressed_are_cut_to_what_the_topic_takes(
    ship: Ship, kafka: Kafka, tmp_path: Path
) -> None:
    """A topic of small records: a record that is refused is sent in parts, and one line that is too large is told."""
    log = tmp_path / "node1.log"
    noise = os.urandom(300_000).hex().encode()
    lines = [line(0), *(line(n, "")[:-1] + noise[n * 3000 : (n + 1) * 3000] + b"\n" for n in range(200))]
    log.write_bytes(b"".join(lines))
    kafka.set_topic(ship.address.topic, message_timestamp_type="LogAppendTime", max_message_bytes="20000")
    ship.start(log, "--once")
    assert ship.wait() == 0, ship.err
    assert whole(ship.address) == {1: log.read_bytes()}
    with log.open("ab") as more:
        more.write(line(1, noise[:60_000].decode()))
    ship.start(log, "--once")
    assert ship.wait() == 5
    assert "a record is larger than the topic" in ship.err
    assert "raise its max.message.bytes: `observer broker-setup" in ship.err


def test_two_shippers_do_not_share_a_cursor(ship: Ship, tmp_path: Path) -> None:
    """Each would send what the other has sent: the second one is refused."""
    log = tmp_path / "node1.log"
    log.write_bytes(line(0))
    ship.start(log)
    first = ship.process
    until(lambda: len(whole(ship.address)) == 1, "the first ships")
    ship.start(log)
    assert ship.wait() == 5
    assert "another shipper has this cursor; end it, or give this one another --cursor" in ship.err
    ship.process = first


def test_nothing_to_ship_is_told(ship: Ship, tmp_path: Path) -> None:
    """A directory without logs is not green."""
    (tmp_path / "logs").mkdir()
    ship.start(tmp_path / "logs", "--once")
    assert ship.wait() == 3
    assert "no logs found" in ship.err


def test_standard_input_is_shipped_until_it_is_closed(ship: Ship, tmp_path: Path) -> None:
    """A pipe ends, and with it the shipper."""
    command = [sys.executable, "-m", "observer", "ship", "node1=-", "--to", str(ship.address)]
    state = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    text = b"".join(map(line, range(5)))
    done = subprocess.run(command, input=text, env=state, check=False, timeout=60, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert whole(ship.address) == {1: text}


def test_logs_that_name_their_nodes_on_every_line_are_a_source_for_each(ship: Ship, tmp_path: Path) -> None:
    """`kubectl logs --prefix`: lines of other nodes between those of one are no hole (R1)."""
    log = tmp_path / "all.log"
    texts = [f"[pod/node{n % 3}/monerod] ".encode() + line(n) for n in range(300)]
    log.write_bytes(b"".join(texts[:200]))
    ship.start(log)
    until(lambda: len(kept(taken_back(ship.address), "node2")) == 66, "what was there arrives")
    with log.open("ab") as more:
        more.write(b"".join(texts[200:]))
    until(lambda: len(kept(taken_back(ship.address), "node2")) == 100, "what has come arrives")
    assert ship.end() == 0
    arrived = taken_back(ship.address)
    for node in range(3):
        assert [text for _, _, text in kept(arrived, f"node{node}")] == texts[node::3]
        assert MarkKind.GAP not in [kind for kind, _ in marks(arrived, f"node{node}")]


def test_logs_that_appear_in_a_directory_are_shipped(ship: Ship, tmp_path: Path) -> None:
    """A node that is added to a network needs no other command."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "node1.log").write_bytes(line(0))
    ship.start(logs)
    until(lambda: whole(ship.address) == {1: line(0)}, "the first node")
    (logs / "node2.log").write_bytes(line(1))
    until(lambda: whole(ship.address, "node2") == {1: line(1)}, "the second node")
    assert ship.end() == 0
