"""The shape of an example: literal lines of one statement, and the events they give.

Lines of 0.18.0.0 are from the captures; the others are put together from the texts in the catalogue (Pithead
§2.3) and, where it is silent, in monero's sources at 0aa9c51b.
"""

from __future__ import annotations

from typing import NamedTuple

from state.events import Event

A = "62262069858d11466412bbb40ee1942f1ae2a2001336c5c90ac8c42989f21eed"
B = "805e56f997675c226de33ccd2949461469e3c31125545b8e58d7c256e17d5913"


class Example(NamedTuple):
    """Lines of one statement. What a console line cannot show is empty in `on_console`."""

    statement: str
    lines: bytes
    events: tuple[Event, ...]
    on_console: tuple[Event, ...] | None = None
