"""Checkpoints as stored: a whole one, then what is another in each of the next ones (R17, R19).

Between two checkpoints most of a snapshot stays as it was, yet something in every large slice changes: whole slices
could hardly be shared, bytes can. So a checkpoint is compressed with the one before as its dictionary, and opened by
way of those before it from a whole one on, of which there is one in eight.
"""

from __future__ import annotations

from typing import NamedTuple

import zstandard

WHOLE_EVERY = 8
"""So many at most are opened to open one."""
_AFTER = b"A"
"""Begins what is stored as a difference; a whole one begins as a frame of zstd does."""
_SEQ_BYTES = 8
_LEVEL = 3
_WINDOW = (10, 27)
"""Logarithms of how far back a frame may refer: to the beginning of the one before."""


class Chain(NamedTuple):
    """Checkpoints written one behind the other."""

    seq: int = 0
    raw: bytes = b""
    """The last one, as it was before it was compressed."""
    length: int = 0


def packed(raw: bytes) -> bytes:
    """A checkpoint, stored whole."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(raw)


def chained(chain: Chain, seq: int, raw: bytes) -> tuple[bytes, Chain]:
    """A checkpoint stored behind others, and the chain with it."""
    if chain.length % WHOLE_EVERY == 0:
        return packed(raw), Chain(seq, raw, 1)
    window = min(max((len(raw) + len(chain.raw)).bit_length(), _WINDOW[0]), _WINDOW[1])
    how = zstandard.ZstdCompressionParameters.from_level(_LEVEL, window_log=window, write_checksum=True)
    value = zstandard.ZstdCompressor(dict_data=_dictionary(chain.raw), compression_params=how).compress(raw)
    return _AFTER + chain.seq.to_bytes(_SEQ_BYTES) + value, Chain(seq, raw, chain.length + 1)


def after(value: bytes) -> int | None:
    """The sequence of the checkpoint that must be opened first; None of a whole one."""
    return int.from_bytes(value[1 : 1 + _SEQ_BYTES]) if value.startswith(_AFTER) else None


def unpacked(value: bytes, before: bytes = b"") -> bytes:
    """A checkpoint as it was; `before` is the one that it was written behind. Raises zstandard.ZstdError."""
    if after(value) is None:
        return zstandard.decompress(value)
    return zstandard.ZstdDecompressor(dict_data=_dictionary(before)).decompress(value[1 + _SEQ_BYTES :])


def _dictionary(raw: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(raw, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
