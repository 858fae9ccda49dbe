"""What a node of xmtpd writes at debug level and no parser asks for (catalogue, xmtpd §8), in any amount.

The simulator writes what a network does; of what clients and chains make a busy node write there is far more. Lines
are drawn once, from a seed, and written again and again with other times: a matcher sees every byte each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

import orjson

POOL = 4096
"""Lines that are drawn for a node."""
QUOTING = 0.01
"""Share of them that hold a parser's literal in what a client sent: a hit, and no statement."""
QUERY = "/xmtp.xmtpv4.message_api.QueryApi/"
PUBLISH = "/xmtp.xmtpv4.message_api.PublishApi/PublishPayerEnvelopes"
APP_CHAIN = "xmtpd.indexer.app-chain"
SETTLEMENT_CHAIN = "xmtpd.indexer.settlement-chain"
KINDS = ("group_messages_v1", "welcome_message_v1", "identity_updates_v1", "key_packages_v1")
Fields = dict[str, Any]


class Said(NamedTuple):
    """One line but for its time."""

    logger: str
    caller: str
    message: str
    fields: Fields


def _hex(draws: Random, digits: int) -> str:
    return f"{draws.getrandbits(4 * digits):0{digits}x}"


def _topic(draws: Random) -> str:
    return f"{draws.choice(KINDS)}/{_hex(draws, 32)}"


def _topics(draws: Random, most: int) -> list[str]:
    return [_topic(draws) for _ in range(draws.randint(1, most))]


def _query(draws: Random) -> Said:
    body = {"query": {"topics": _topics(draws, 3), "lastSeen": _cursor(draws)}, "limit": 100}
    fields = {"method": QUERY + "QueryEnvelopes", "body": body}
    return Said("xmtpd", "message/service.go:373", "received request", fields)


def _newest(draws: Random) -> Said:
    body = {"topics": _topics(draws, 4)}
    method = QUERY + "GetNewestEnvelope"
    return Said("xmtpd", "message/service.go:1025", "received request", {"method": method, "body": body})


def _newest_found(draws: Random) -> Said:
    asked = draws.randint(1, 8)
    fields = {"method": QUERY + "GetNewestEnvelope", "num_envelopes": draws.randint(0, asked), "num_topics": asked}
    return Said("xmtpd", "message/service.go:1045", "received newest envelopes for topics", fields)


def _inboxes(draws: Random) -> Said:
    body = {"requests": [{"identifier": f"0x{_hex(draws, 40)}"} for _ in range(draws.randint(1, 3))]}
    return Said("xmtpd", "message/service.go:965", "received request", {"method": QUERY + "GetInboxIds", "body": body})


def _inboxes_found(draws: Random) -> Said:
    fields = {"method": QUERY + "GetInboxIds", "num_responses": draws.randint(0, 3)}
    return Said("xmtpd", "message/service.go:1006", "got inbox ids", fields)


def _subscribed(draws: Random) -> Said:
    body = {"filters": [{"topic": topic} for topic in _topics(draws, 4)]}
    fields = {"method": QUERY + "SubscribeTopics", "body": body}
    return Said("xmtpd", "message/subscribe_topics.go:57", "received request", fields)


def _caught_up(draws: Random) -> Said:
    fields = {"method": QUERY + "SubscribeTopics", "count": draws.randint(0, 500)}
    return Said("xmtpd", "message/subscribe_topics.go:441", "topic catch-up fetched envelopes", fields)


def _cursor(draws: Random) -> Fields:
    return {"nodeIdToSequenceId": {str(node): draws.randint(1, 90_000) for node in range(100, 600, 100)}}


def _catching_up(draws: Random) -> Said:
    return Said("xmtpd", "message/subscribe_common.go:142", "catching up from cursor", {"body": _cursor(draws)})


def _fetched(draws: Random) -> Said:
    return Said("xmtpd", "message/subscribe_common.go:152", "fetched envelopes", {"count": draws.randint(0, 500)})


def _published(draws: Random) -> Said:
    fields = {"method": PUBLISH, "duration_ms": draws.randint(1, 400)}
    return Said("xmtpd", "message/service.go:1354", "finished waiting for publisher", fields)


def _listener(draws: Random) -> Said:
    return Said("xmtpd.subscribe-worker", "message/listener.go:53", "adding topic listener", {"topic": _topic(draws)})


def _sent(draws: Random) -> Said:
    fields = {"num_envelopes": draws.randint(1, 40)}
    return Said("xmtpd.subscribe-worker", "message/subscribe_worker.go:273", "sent envelopes to listener", fields)


def _batch(draws: Random) -> Said:
    fields = {"num_envelopes": draws.randint(1, 40)}
    return Said("xmtpd.subscribe-worker", "message/subscribe_worker.go:155", "received new batch", fields)


def _processing(draws: Random) -> Said:
    fields = {"batch_size": draws.randint(1, 40)}
    return Said("xmtpd.publish-worker", "message/publish_worker.go:211", "processing batch", fields)


def _polled(draws: Random) -> Said:
    fields = {"last_seen": draws.randint(1, 90_000), "count": draws.randint(1, 40)}
    return Said("xmtpd.subscribe-worker", "message/envelope_list.go:76", "pollable query returned results", fields)


def _contract(draws: Random) -> Fields:
    return {"chain_id": 31337, "contract_address": f"0x{_hex(draws, 40)}"}


def _got_logs(draws: Random) -> Said:
    """Its field `time` collides with the header's (catalogue 4.3)."""
    at = f"2026-11-21T{draws.randint(7, 23):02d}:{draws.randint(0, 59):02d}:{draws.randint(0, 59):02d}.000Z"
    fields = {**_contract(draws), "num_envelopes": draws.randint(0, 9), "block_number": draws.randint(1, 90_000)}
    chain = draws.choice((APP_CHAIN, SETTLEMENT_CHAIN))
    return Said(f"{chain}.rpc-log-streamer", "rpc_streamer/rpc_log_streamer.go:257", "got logs", {**fields, "time": at})


def _next_page(draws: Random) -> Said:
    fields = {**_contract(draws), "block_number": draws.randint(1, 90_000), "hash": f"0x{_hex(draws, 64)}"}
    logger = f"{draws.choice((APP_CHAIN, SETTLEMENT_CHAIN))}.rpc-log-streamer"
    return Said(logger, "rpc_streamer/rpc_log_streamer.go:380", "getting next page", fields)


def _streamed(draws: Random) -> Said:
    logger = f"{draws.choice((APP_CHAIN, SETTLEMENT_CHAIN))}.rpc-log-streamer"
    fields = {**_contract(draws), "block_number": draws.randint(1, 90_000)}
    return Said(logger, "rpc_streamer/rpc_log_streamer.go:350", "received log from subscription channel", fields)


def _inserted(draws: Random) -> Said:
    logger = f"{APP_CHAIN}.group-message-broadcaster.storer"
    fields = {**_contract(draws), "topic": _topic(draws)}
    return Said(logger, "contracts/group_message_storer.go:104", "inserting message from contract", fields)


def _member(draws: Random) -> Said:
    logger = f"{APP_CHAIN}.identity-update-broadcaster.storer"
    body = {"identifier": {"address": f"0x{_hex(draws, 40)}"}, "inbox": _hex(draws, 64)}
    return Said(logger, "contracts/identity_update_storer.go:204", "new member", {**_contract(draws), "body": body})


KINDS_OF_LINES: tuple[tuple[int, Callable[[Random], Said]], ...] = (
    (18, _query),
    (10, _newest),
    (8, _newest_found),
    (4, _inboxes),
    (4, _inboxes_found),
    (5, _subscribed),
    (4, _caught_up),
    (3, _catching_up),
    (3, _fetched),
    (8, _published),
    (5, _listener),
    (10, _sent),
    (8, _batch),
    (5, _processing),
    (3, _polled),
    (4, _got_logs),
    (2, _next_page),
    (4, _streamed),
    (3, _inserted),
    (2, _member),
)
"""How often each is drawn, beside the others."""


def _written(said: Said) -> bytes:
    """What stands behind the time."""
    head = f'"logger":"{said.logger}","caller":"{said.caller}","message":"{said.message}"'
    fields = orjson.dumps(said.fields)[1:]
    return b'",' + head.encode() + (b"," if fields != b"}" else b"") + fields + b"\n"


def _quoting(draws: Random, needles: Sequence[str]) -> Said:
    """A client that sends what a node would say."""
    text = f"{_hex(draws, 8)} {draws.choice(needles)} {_hex(draws, 8)}"
    body = {"query": {"topics": _topics(draws, 2)}, "client": text}
    fields = {"method": QUERY + "QueryEnvelopes", "body": body}
    return Said("xmtpd", "message/service.go:373", "received request", fields)


HEAD = b'{"level":"DEBUG","time":"'
"""What stands before the time."""


def pool(draws: Random, needles: Sequence[str]) -> list[bytes]:
    """Lines from behind their time on. Only those that quote hold a needle."""
    weights, kinds = zip(*KINDS_OF_LINES, strict=True)
    literals = [needle.encode() for needle in needles]
    quotable = [needle for needle in needles if needle.replace(" ", "").isalpha() and needle.islower()]
    lines: list[bytes] = []
    while len(lines) < POOL:
        if draws.random() < QUOTING:
            lines.append(_written(_quoting(draws, quotable)))
            continue
        line = _written(draws.choices(kinds, weights)[0](draws))
        if not any(literal in line for literal in literals):
            lines.append(line)
    return lines
