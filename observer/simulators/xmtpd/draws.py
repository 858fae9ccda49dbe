"""Randomness: one stream for each concern, so that what a fault changes shifts nothing else."""

from __future__ import annotations

import hashlib
import random


class Draws:
    """Where the streams of one seed come from."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def stream(self, *concern: object) -> random.Random:
        """The stream of a concern, always the same for the same seed and words."""
        return random.Random("/".join(map(str, (self._seed, *concern))))  # noqa: S311 - not for secrets

    def hex(self, digits: int, *what: object) -> str:
        """An identifier that looks drawn: a hash of the seed and what it is for."""
        return digest(self._seed, *what)[:digits]


def digest(*what: object) -> str:
    """64 hex digits that depend on nothing but what they are for."""
    return hashlib.sha256("/".join(map(str, what)).encode()).hexdigest()
