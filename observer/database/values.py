"""Values as PostgreSQL takes them. Logs are written by anybody: whatever a line says must fit its column and its index,
or one line could stop whoever stores it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from state.origin import Origin

KEY_BYTES = 400
"""Of a text in a key: PostgreSQL's indexes take no row over some 2,700 bytes."""
TEXT_CHARACTERS = 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BIGINT = 1 << 63


def line_time(origin: Origin | None) -> datetime | None:
    """Journal time of a line."""
    return None if origin is None else time_of(origin.at)


def time_of(at: int) -> datetime:
    """Nanoseconds as PostgreSQL keeps them: to the microsecond."""
    return _EPOCH + timedelta(microseconds=at // 1000)


def bigint(value: int | None) -> int | None:
    """A number that fits; no real one is larger, and a line may name any."""
    return value if value is not None and -_BIGINT <= value < _BIGINT else None


def text(value: str | None, limit: int = TEXT_CHARACTERS) -> str | None:
    """A text that PostgreSQL takes: without NUL and halves of characters."""
    if value is None or (value.isascii() and len(value) <= limit and "\0" not in value):
        return value
    return value[:limit].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def texts(values: Iterable[str]) -> list[str]:
    """Several."""
    return [key_text(value) for value in values]


def key_text(value: str) -> str:
    """A text in a key: a long one is cut and told from others that begin alike by its hash."""
    kept = text(value, len(value)) or ""
    if len(kept) <= KEY_BYTES // 4 or len(kept.encode()) <= KEY_BYTES:
        return kept
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{kept.encode()[: KEY_BYTES - 17].decode('utf-8', 'ignore')}~{digest}"


def labels_key(rule: str, labels: Mapping[str, str]) -> str:
    """What tells one alert from all others."""
    return hashlib.blake2b(msgspec.json.encode([rule, sorted(labels.items())]), digest_size=16).hexdigest()
