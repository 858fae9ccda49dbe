"""Snapshots as bytes: whole, for checkpoints; facts only, for the digest (R17)."""

from __future__ import annotations

import enum
import hashlib
from functools import cache
from typing import Any, get_args, get_origin

import msgspec
from immutables import Map

from state.ordered import ordered
from state.origin import Origin
from state.snapshot import SLICES, NetworkState

DIGEST_BYTES = 16
OF_GAPS = ("missed", "missed_total", "lived", "unsure")
"""Fields that only a gap in a log sets: a digest holds them where there was one."""


def encode(state: NetworkState) -> bytes:
    """The whole snapshot, provenance included, as MessagePack."""
    return _ENCODER.encode(state)


def decode(blob: bytes) -> NetworkState:
    """The inverse of `encode`. Raises msgspec.MsgspecError for bytes that are no snapshot."""
    return _DECODER.decode(blob)


def encode_other(value: object) -> object:
    """For msgspec: a persistent map travels as MessagePack of its own within the other, pairs in canonical order."""
    if isinstance(value, Map):
        return _ENCODER.encode(ordered(value))
    message = f"cannot encode {type(value).__name__}"
    raise NotImplementedError(message)


@cache
def _pairs_of(kind: Any) -> msgspec.msgpack.Decoder[list[tuple[Any, Any]]]:
    """Reads the pairs of such a map. What msgspec does not know it would read as lists first, and convert then, which
    takes twice as long; of bytes within bytes it makes what they are at once.
    """
    key, held = get_args(kind)
    return msgspec.msgpack.Decoder(list[tuple[key, held]], dec_hook=decode_other)  # type: ignore[valid-type]


def decode_other(kind: Any, value: Any) -> Any:
    """For msgspec: the inverse of `encode_other`, by the declared types of key and value."""
    if get_origin(kind) is Map:
        return Map(_pairs_of(kind).decode(value))
    message = f"cannot decode {kind!r}"
    raise NotImplementedError(message)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=encode_other)
_DECODER = msgspec.msgpack.Decoder(NetworkState, dec_hook=decode_other)


def digest(state: NetworkState) -> str:
    """BLAKE2b over every fact of every slice, keys in canonical order, as 32 hexadecimal digits.

    Of an origin only the node's own time counts, so that neither journal time nor sequence, source or
    interleaving of sources changes it.
    """
    hasher = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in SLICES:
        entities = getattr(state, name)
        hasher.update(_FACTS.encode([name, len(entities)]))
        for key, entity in ordered(entities):
            hasher.update(_FACTS.encode([key, facts(entity)]))
    return hasher.hexdigest()


_FACTS = msgspec.msgpack.Encoder()
_PLAIN = frozenset((str, int, bool, type(None)))
"""Told first: most values are of these."""


def facts(value: Any) -> Any:
    """A value as plain lists and scalars, provenance left out."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Origin):
        return value.time
    if isinstance(value, msgspec.Struct):
        fields = [(field, getattr(value, field)) for field in value.__struct_fields__]
        return [facts(held) for field, held in fields if held or field not in OF_GAPS]
    if isinstance(value, Map):
        return [[key, facts(held)] for key, held in ordered(value)]
    if isinstance(value, tuple):
        return [facts(item) for item in value]
    return value.value if isinstance(value, enum.Enum) else value
