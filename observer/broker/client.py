"""Clients of Kafka, made in one place, and every way in which a broker can fail them, in one sentence each.

kafka-python reports most failures as a timeout, and why in its own log, which also holds passwords: that log is
silenced, and what stands behind a timeout is found out by asking the network. Creating a client waits `PATIENCE_MS` for
a broker; whoever wants to wait longer tries again.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from observer.broker.address import Address
from observer.exits import Exit, Failed

if TYPE_CHECKING:
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

PATIENCE_MS = 10_000
"""Within which a broker must answer a client that begins."""
TOPIC_MESSAGE_BYTES = 4 << 20
"""What a topic of ours takes: a block that cannot be compressed, with its columns, several times."""
_CONNECT_S = 2.0
_KNOCK_EVERY = 0.1
_POSITIVE = 0x7FFFFFFF
_FOREVER_MS = 7 * 24 * 3600 * 1000
"""Records wait as long as the broker is away: giving one up would leave a hole before those behind it."""


class Topic(NamedTuple):
    """A topic of journals, as the broker has it."""

    name: str
    partitions: int
    identity: str
    """Another topic of the same name has another one."""
    message_bytes: int
    """A record may be so big."""


def producer(address: Address) -> KafkaProducer:
    """A producer that is idempotent, waits for all replicas, and never gives a record up. Raises Failed."""
    from kafka import KafkaProducer

    with _reached(address) as settings:
        return KafkaProducer(
            **settings,
            client_id="observer-ship",
            bootstrap_timeout_ms=PATIENCE_MS,
            max_block_ms=PATIENCE_MS,
            delivery_timeout_ms=_FOREVER_MS,
            request_timeout_ms=15_000,
            reconnect_backoff_max_ms=1_000,
            # What a broker takes is for the broker to say.
            max_request_size=64 << 20,
            allow_auto_create_topics=False,
        )


def consumer(address: Address, **settings: Any) -> KafkaConsumer:
    """A consumer that commits nothing of itself. `settings` are kafka-python's. Raises Failed."""
    from kafka import KafkaConsumer

    given: dict[str, Any] = {
        "bootstrap_timeout_ms": PATIENCE_MS,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "reconnect_backoff_max_ms": 1_000,
        "max_partition_fetch_bytes": 8 << 20,
        "fetch_max_wait_ms": 100,
        "allow_auto_create_topics": False,
    }
    with _reached(address) as reached:
        return KafkaConsumer(**(given | settings | reached))


def topic_of(address: Address) -> Topic:
    """The topic of journals, once it is there and as it must be. Raises Failed."""
    with _Admin(address) as admin:
        try:
            described = admin.describe_topics([address.topic])[0]
            if described["error_code"]:
                _refuse_missing(address, described["error_code"])
            configured = _configured(admin, address.topic)
        except Failed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            fail(address, error)
    if configured.get("message.timestamp.type") != "LogAppendTime":
        raise Failed(
            f"{address}: the topic {address.topic} keeps the time of whoever writes, and the journal needs the "
            f"broker's; set it with `{address.setup}`",
            Exit.ENVIRONMENT,
        )
    return Topic(
        address.topic,
        len(described["partitions"]),
        str(described["topic_id"]),
        int(configured.get("max.message.bytes") or 0),
    )


def set_up(address: Address, partitions: int, replicas: int) -> Topic:
    """Make the topic of journals, or give one that is there the settings that it needs. Raises Failed."""
    from kafka.admin import ConfigResource, ConfigResourceType

    settings = {
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(TOPIC_MESSAGE_BYTES),
        "cleanup.policy": "delete",
    }
    with _Admin(address) as admin:
        try:
            if admin.describe_topics([address.topic])[0]["error_code"]:
                wanted = {"num_partitions": partitions, "replication_factor": replicas, "configs": settings}
                admin.create_topics({address.topic: wanted}, wait_for_metadata=True)
            else:
                admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, address.topic, configs=settings)])
            if admin.describe_topics([address.dead_letters])[0]["error_code"]:
                taken = {"max.message.bytes": settings["max.message.bytes"]}
                dead = {"num_partitions": 1, "replication_factor": replicas, "configs": taken}
                admin.create_topics({address.dead_letters: dead}, wait_for_metadata=True)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            fail(address, error)
    return topic_of(address)


def partition_of(network: str, partitions: int) -> int:
    """The partition in which a network lies: as every client of Kafka chooses it that hashes keys by murmur2."""
    from kafka.partitioner import murmur2

    return int(murmur2(network.encode()) & _POSITIVE) % partitions


@contextmanager
def _reached(address: Address) -> Iterator[dict[str, Any]]:
    """What a client is made with. A client whose making fails leaves its connections open, and is closed here."""
    _silence()
    from kafka.net.compat import KafkaNetClient

    from observer.broker.sockets import DIRECT

    _knock(address)
    made: list[KafkaNetClient] = []

    def remembered(**settings: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**settings))
        return made[0]

    try:
        yield {**address.settings(), "kafka_client": remembered, "proxy_url": DIRECT}
    except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
        for client in made:
            with suppress(Exception):
                client.close()
                client._manager._net.stop()  # noqa: SLF001 - an admin client runs a thread that is not ended otherwise
        fail(address, error)


class _Admin:
    """An admin client for the length of a block."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> KafkaAdminClient:
        from kafka import KafkaAdminClient

        with _reached(self._address) as settings:
            self._client = KafkaAdminClient(**settings, bootstrap_timeout_ms=PATIENCE_MS)
        return self._client

    def __exit__(self, *_raised: object) -> None:
        self._client.close()


def _configured(admin: KafkaAdminClient, topic: str) -> dict[str, str]:
    from kafka.admin import ConfigResource, ConfigResourceType

    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {name: setting["value"] for topics in found.values() for name, setting in topics[topic].items()}


# --- what went wrong -------------------------------------------------------------------------------------


def is_passing(error: BaseException) -> bool:
    """Whether it may help to try again: the broker is away, starts again, or moves a partition."""
    import kafka.errors

    if isinstance(error, Failed):
        return error.code is Exit.ENVIRONMENT and isinstance(error, _Away)
    # A producer whose numbering is broken gives up what it has in flight; the next one begins anew.
    begins_anew = (
        kafka.errors.OutOfOrderSequenceNumberError,
        kafka.errors.UnknownProducerIdError,
        kafka.errors.InvalidProducerEpochError,
        kafka.errors.IllegalStateError,
    )
    return bool(getattr(error, "retriable", False)) or isinstance(error, (OSError, *begins_anew))


class _Away(Failed):
    """No broker could be reached."""


def fail(address: Address, error: BaseException) -> NoReturn:
    """Raise what an error of a client means, as Failed."""
    import kafka.errors

    if isinstance(error, Failed):
        raise error
    for kind, sentence in _SENTENCES:
        if isinstance(error, getattr(kafka.errors, kind)):
            raise Failed(f"{address}: {sentence.format(address=address)}", Exit.ENVIRONMENT) from None
    unreachable = isinstance(error, kafka.errors.KafkaTimeoutError | kafka.errors.KafkaConnectionError | OSError)
    if unreachable:
        raise _Away(f"{address}: {_why_away(address)}", Exit.ENVIRONMENT) from None
    said = " ".join(str(error).split())[:200] or type(error).__name__
    raise Failed(f"{address}: the broker refuses: {said}; look into its log", Exit.ENVIRONMENT) from None


_SENTENCES = (
    ("SaslAuthenticationFailedError", "the user name or the password is wrong; check both"),
    ("UnsupportedSaslMechanismError", "it does not take this mechanism; write ?mechanism= as the broker is set up"),
    ("TopicAuthorizationFailedError", "the user may not use the topic {address.topic}; let an operator allow it"),
    ("ClusterAuthorizationFailedError", "the user may not do that; let an operator allow it, or make the topic"),
    (
        "UnknownTopicOrPartitionError",
        "there is no topic {address.topic}; make it with `{address.setup}`",
    ),
    (
        "MessageSizeTooLargeError",
        "a record is larger than the topic {address.topic} takes; raise its max.message.bytes: `{address.setup}`",
    ),
    ("RecordListTooLargeError", "a record is larger than the broker takes; raise its message.max.bytes"),
    (
        "InvalidReplicationFactorError",
        "there are not so many brokers as copies are asked for; give a lower --replicas",
    ),
    ("PolicyViolationError", "a policy of the broker forbids these settings; let an operator make the topic"),
    (
        "UnsupportedCodecError",
        "a record is compressed in a way that is not read here; let its shipper use zstd or gzip",
    ),
)


def _refuse_missing(address: Address, code: int) -> NoReturn:
    import kafka.errors

    fail(address, kafka.errors.for_code(code)())


def _knock(address: Address) -> None:
    """Wait until something listens; kafka-python leaves sockets open where nothing does. Raises Failed."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while isinstance(_listening(address), OSError):
        if time.monotonic() > deadline:
            raise _Away(f"{address}: {_why_away(address)}", Exit.ENVIRONMENT)
        time.sleep(_KNOCK_EVERY)


def _listening(address: Address) -> str | OSError:
    """The first broker at which something listens, or why there is none."""
    why = OSError("it has no broker")
    for host, port in address.brokers:
        try:
            socket.create_connection((host, port), timeout=_CONNECT_S).close()
        except OSError as error:
            why = error
        else:
            return f"{host}:{port}"
    return why


def _why_away(address: Address) -> str:
    """What stands behind a timeout: nothing listens, or something that closes the connection."""
    found = _listening(address)
    if isinstance(found, OSError):
        said = found.strerror or str(found) or type(found).__name__
        return f"no broker answers ({said}); check the address, and whether it runs"
    if address.user is not None:
        return (
            f"{found} lets nobody in with this user name and this password by {address.mechanism}; "
            "check both, the mechanism, and whether it wants ?tls=yes"
        )
    return (
        f"something listens at {found} and does not answer as a broker; it may want a user name, ?tls=yes, "
        "or be another program"
    )


def _silence() -> None:
    """Nothing of the client's own log reaches people: it repeats itself, and at its lowest level it says passwords."""
    log = logging.getLogger("kafka")
    if not any(isinstance(one, logging.NullHandler) for one in log.handlers):
        log.addHandler(logging.NullHandler())
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)
