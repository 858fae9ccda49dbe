"""What made a checkpoint (R19): the code of `state`, `parsers` and `waits`, and how the sources are read.

Never a version number: two builds of one version can differ, and a checkpoint of other code is not to be
trusted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

import parsers
import state
import waits
from replay.journal import Source

_PACKAGES = (state, parsers, waits)


def fingerprint(sources: Iterable[Source], settings: object) -> bytes:
    """The fingerprint of this code with these sources and settings (inventory, redaction).

    A source that was entered behind the first entry changes nothing that was folded before it, and no source changes
    once it has been entered; so only those known from the start count, or every new one would void what was kept.
    """
    hasher = hashlib.blake2b(code_hash(), digest_size=16)
    for source in sorted((one for one in sources if not one.entered), key=lambda one: one.number):
        reading = (source.number, source.node, source.system, source.framing, source.zone, source.role.value)
        hasher.update(repr(reading).encode())
    hasher.update(msgspec.json.encode(settings, order="sorted"))
    return hasher.digest()


@lru_cache(maxsize=1)
def code_hash() -> bytes:
    """Over every module of the layers that a snapshot depends on."""
    hasher = hashlib.blake2b(digest_size=16)
    for package in _PACKAGES:
        root = Path(str(package.__file__)).parent
        for module in sorted(root.rglob("*.py")):
            hasher.update(f"{package.__name__}/{module.relative_to(root).as_posix()}\0".encode())
            hasher.update(module.read_bytes())
    return hasher.digest()
