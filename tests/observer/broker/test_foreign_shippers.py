"""rsyslog and kcat ship to a real broker, and what they ship becomes lines (R9)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from observer.broker.address import Address, address_of
from observer.broker.client import set_up
from observer.broker.intake import Intake
from tests.components.kafka import Kafka
from tests.components.rsyslog import Rsyslog, kcat
from tests.observer.broker.conftest import NETWORK, taken_back, until
from tests.observer.broker.pieces import kept
from tests.observer.broker.test_shipping import line

pytestmark = pytest.mark.xdist_group("kafka")

JSONMESG = 'template(name="shipped" type="string" string="%jsonmesg%")'


@pytest.fixture
def journal(kafka: Kafka, tmp_path: Path) -> Address:
    """One partition: librdkafka spreads keys otherwise than other clients unless it is told to."""
    address = address_of(f"kafka://{kafka.bootstrap}/foreign-{tmp_path.parent.name}-{tmp_path.name[-20:]}/{NETWORK}")
    set_up(address, 1, 1)
    return address


@pytest.mark.parametrize("template", ["", JSONMESG], ids=["template", "jsonmesg"])
def test_rsyslog_ships_a_file_with_its_offsets(journal: Address, tmp_path: Path, template: str) -> None:
    """Every line with its offset, so that rsyslog may send one twice (R1)."""
    log = tmp_path / "node1.log"
    log.write_bytes(b"".join(map(line, range(20))))
    said = {"template": template} if template else {}
    with Rsyslog([str(log)], f"{':'.join(map(str, journal.brokers[0]))}", journal.topic, key=NETWORK, **said):
        until(lambda: len(kept(taken_back(journal))) == 20, "twenty lines")
        with log.open("ab") as more:
            more.write(line(20) + line(21))
        until(lambda: len(kept(taken_back(journal))) >= 22, "two more")
    intake = Intake(NETWORK)
    lines = kept(taken_back(journal, intake))
    assert b"".join(text for _, _, text in lines) == log.read_bytes()
    assert [offset for _, offset, _ in lines] == [len(b"".join(map(line, range(n)))) for n in range(22)]
    assert intake.counted.at_least_once == 0
    again = taken_back(journal, Intake(NETWORK, intake.state()))
    assert again == [], "taken a second time, all of them are known"


def test_kcat_ships_lines(journal: Address) -> None:
    """Plain lines, whose node is said by a header; nobody can tell whether one came twice."""
    broker = ":".join(map(str, journal.brokers[0]))
    text = b"".join(map(line, range(3)))
    command = [kcat(), "-P", "-b", broker, "-t", journal.topic, "-k", NETWORK, "-H", "node=node1"]
    subprocess.run(command, input=text, check=True, timeout=30)
    intake = Intake(NETWORK)
    arrived = taken_back(journal, intake)
    assert b"".join(found for _, _, found in kept(arrived)) == text
    assert {(one.source.node, one.source.stream, one.source.system) for one in arrived} == {("node1", "log", "monero")}
    assert intake.counted.at_least_once == 3
