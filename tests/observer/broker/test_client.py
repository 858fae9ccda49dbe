"""A real broker, and every way in which it can refuse: one sentence each, with what to do, and exit code 5."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from observer.broker.address import PASSWORD, Address, address_of
from observer.broker.client import (
    PATIENCE_MS,
    TOPIC_MESSAGE_BYTES,
    fail,
    partition_of,
    producer,
    set_up,
    topic_of,
)
from observer.exits import Exit, Failed
from tests.components.kafka import Kafka
from tests.components.process import free_port
from tests.observer.conftest import Observer


def fresh(kafka: Kafka, name: str = "") -> Address:
    """Journals that nobody has written to."""
    return address_of(f"kafka://{name}{kafka.bootstrap}/test-{uuid.uuid4().hex}")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that does not answer is not waited for so long."""
    assert PATIENCE_MS == 10_000
    monkeypatch.setattr("observer.broker.client.PATIENCE_MS", 1_500)


# --- addresses -----------------------------------------------------------------------------------------------


def test_an_address_says_broker_prefix_and_network() -> None:
    """Ports are 9092 unless said, the topic is named after the prefix (R9)."""
    found = address_of("kafka://shipper@one,[::1]:9094/test-1/a%20net?tls=yes&mechanism=SCRAM-SHA-512")
    assert found.brokers == (("one", 9092), ("::1", 9094))
    assert found.servers == ["one:9092", "[::1]:9094"]
    assert (found.topic, found.network, found.user) == ("test-1.journal", "a net", "shipper")
    assert (found.tls, found.mechanism) == (True, "SCRAM-SHA-512")
    assert str(found) == "kafka://shipper@one:9092,[::1]:9094/test-1/a net"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("http://one/x", "names no broker; write kafka://"),
        ("kafka://one", "is no address of a broker"),
        ("kafka://one/", "is no address of a broker"),
        ("kafka:///x", "is no HOST:PORT"),
        ("kafka://one/a/b/c", "is no address of a broker"),
        ("kafka://one/pre fix", "is no address of a broker"),
        ("kafka://@one/x", "is no address of a broker"),
        ("kafka://one:0/x", "'one:0' is no HOST:PORT"),
        ("kafka://one:99999/x", "'one:99999' is no HOST:PORT"),
        ("kafka://one,/x", "'' is no HOST:PORT"),
        ("kafka://one/x?password=secret", "there can only be password_file, mechanism, tls, ca"),
        ("kafka://one/x?mechanism=GSSAPI", "mechanism is one of PLAIN"),
        ("kafka://one/x?tls=1", "tls is yes or no"),
    ],
)
def test_an_address_that_could_mean_something_else_is_refused(text: str, sentence: str) -> None:
    """It is a slip of whoever wrote it: exit code 2."""
    with pytest.raises(Failed) as raised:
        address_of(text)
    assert sentence in str(raised.value)
    assert raised.value.code is Exit.USAGE


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    """Addresses end up in process lists and shell histories."""
    with pytest.raises(Failed) as raised:
        address_of("kafka://user:hunter2@one/x")
    assert "must not stand in the address" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_network_is_named_once() -> None:
    """By the address or by an option, not by both and not by neither."""
    bare, named = address_of("kafka://one/x"), address_of("kafka://one/x/net")
    assert bare.of("net").network == named.of(None).network == named.of("net").network == "net"
    for address, network in ((bare, None), (named, "another")):
        with pytest.raises(Failed):
            address.of(network)


def test_a_password_comes_from_a_file_or_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line break at its end is none of it; no password is a sentence."""
    monkeypatch.delenv(PASSWORD, raising=False)
    (tmp_path / "secret").write_text("hunter2\n")
    assert address_of(f"kafka://u@one/x?password_file={tmp_path}/secret").password() == "hunter2"
    with pytest.raises(Failed, match=r"No such file or directory; name a file that holds it") as missing:
        address_of(f"kafka://u@one/x?password_file={tmp_path}/none").password()
    assert missing.value.code is Exit.ENVIRONMENT
    with pytest.raises(Failed, match=f"there is no password for u; .* or set {PASSWORD}"):
        address_of("kafka://u@one/x").settings()
    monkeypatch.setenv(PASSWORD, "hunter3")
    assert address_of("kafka://u@one/x").settings()["sasl_plain_password"] == "hunter3"  # noqa: S105 - of a test
    assert "hunter3" not in str(address_of("kafka://u@one/x"))


def test_certificates_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    """What `ca` names must be there, and hold certificates."""
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "none.pem"):
        with pytest.raises(Failed, match=r"certificates for .* cannot be read: .*; name a PEM file"):
            address_of(f"kafka://one/x?ca={tmp_path}/{name}").settings()


def test_networks_lie_where_other_clients_put_them() -> None:
    """As murmur2 of Kafka's own client spreads them: shippers of all kinds must agree."""
    assert [partition_of(name, 12) for name in ("testnet", "three-nodes", "net")] == [7, 4, 4]


# --- a broker ------------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("kafka")
def test_a_topic_is_made_as_it_must_be_and_mended(kafka: Kafka) -> None:
    """LogAppendTime, and records of a whole block; run again it changes nothing (R9)."""
    address = fresh(kafka)
    made = set_up(address, 3, 1)
    assert (made.name, made.partitions, made.message_bytes) == (address.topic, 3, TOPIC_MESSAGE_BYTES)
    assert set_up(address, 5, 1) == made
    other = fresh(kafka)
    kafka.create_topic(other.topic, 2)
    with pytest.raises(Failed, match="keeps the time of whoever writes") as raised:
        topic_of(other)
    assert f"`observer broker-setup {other}`" in str(raised.value)
    assert set_up(other, 9, 1).partitions == 2


@pytest.mark.xdist_group("kafka")
def test_a_topic_that_is_not_there_is_told_with_how_to_make_it(kafka: Kafka) -> None:
    """A misspelt prefix makes no topic."""
    address = fresh(kafka)
    with pytest.raises(
        Failed, match=f"there is no topic {address.topic}; make it with `observer broker-setup"
    ) as raised:
        topic_of(address)
    assert raised.value.code is Exit.ENVIRONMENT


@pytest.mark.usefixtures("impatient")
def test_a_broker_that_is_not_there_is_told() -> None:
    """Nothing listens: the address is what to check."""
    port = free_port()
    with pytest.raises(Failed, match=r"no broker answers \(Connection refused\); check the address, and") as raised:
        producer(address_of(f"kafka://127.0.0.1:{port}/x"))
    assert raised.value.code is Exit.ENVIRONMENT


@pytest.mark.xdist_group("kafka")
@pytest.mark.usefixtures("impatient")
def test_a_wrong_password_is_told_and_not_repeated(kafka_with_password: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """As is a broker that wants one, where none is given."""
    monkeypatch.setenv(PASSWORD, "not the secret")
    address = fresh(kafka_with_password, "shipper@")
    with pytest.raises(Failed, match="lets nobody in with this user name and this password by PLAIN") as raised:
        topic_of(address)
    assert "secret" not in str(raised.value)
    with pytest.raises(Failed, match="does not answer as a broker; it may want a user name"):
        topic_of(fresh(kafka_with_password))
    monkeypatch.setenv(PASSWORD, kafka_with_password.password)
    assert set_up(address, 1, 1).partitions == 1


@pytest.mark.xdist_group("kafka")
def test_more_copies_than_brokers_are_refused(kafka: Kafka) -> None:
    """One broker keeps one copy."""
    with pytest.raises(Failed, match="there are not so many brokers as copies are asked for"):
        set_up(fresh(kafka), 1, 3)


@pytest.mark.xdist_group("kafka")
def test_broker_setup_says_what_it_has_made(kafka: Kafka, observer: Observer) -> None:
    """The command of the deployment; a network is none of its business."""
    address = fresh(kafka)
    done = observer("broker-setup", str(address), "--partitions", "4")
    assert done.code == 0
    assert done.out.decode() == f"{address.topic}: 4 partitions, time of the broker, records up to 4.0 MiB\n"
    refused = observer("broker-setup", f"{address}/net")
    assert refused.code == 2
    assert "no network; write kafka://[USER@]HOST[:PORT]/PREFIX" in refused.err


def test_what_a_broker_says_otherwise_is_passed_on_in_one_line() -> None:
    """A failure that nobody has foreseen is no traceback."""
    address = address_of("kafka://one/x")
    with pytest.raises(Failed, match=r"the broker refuses: odd thing; look into its log") as raised:
        fail(address, RuntimeError("odd\nthing"))
    assert raised.value.code is Exit.ENVIRONMENT
    with pytest.raises(Failed, match="as it is"):
        fail(address, Failed("as it is"))


def test_the_clients_own_log_is_not_heard(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It repeats itself, and holds passwords."""
    monkeypatch.setattr("observer.broker.client.PATIENCE_MS", 200)
    with pytest.raises(Failed):
        producer(address_of(f"kafka://127.0.0.1:{free_port()}/x"))
    assert capfd.readouterr() == ("", "")
