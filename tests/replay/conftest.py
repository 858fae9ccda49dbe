"""What all tests of this layer share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from unittest import mock

import pytest

from parsers.matcher import Matcher, matcher_for


@pytest.fixture(autouse=True, scope="session")
def one_matcher() -> Iterator[None]:
    """Literals are compiled once: here recordings are made and played by the thousand."""

    @cache
    def compiled(literals: tuple[str, ...], engine: str) -> Matcher:
        return matcher_for(literals, engine)

    def made(literals: list[str], engine: str = "auto") -> Matcher:
        return compiled(tuple(literals), engine)

    with mock.patch("replay.wanted.matcher_for", made):
        yield
