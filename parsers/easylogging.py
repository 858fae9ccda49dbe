"""The log format of easylogging++ as monerod sets it up, in its file and its console form.

File: six fields between tabs (time, thread, level, category, place, message). Console: time, a tab, one
letter for the level, a space, the message, all of it coloured even into a pipe. In both every physical
line of a message of several lines has a header of its own. Catalogue, Pithead §2.1.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.clock import NS, Zone, read_time
from parsers.statements import Format, Line
from parsers.text import decoded, without_colour

FILE = "file"
CONSOLE = "console"

_FILE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{1,9})\t *([^\t]{0,128})\t"
    r"(TRACE|VERBOSE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL) *\t"
    r"([^\t]{0,128})\t([^\t]{0,512})\t(.*)",
    re.DOTALL | re.ASCII,
)
_CONSOLE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{1,9})\t([IWEFDVT]) (.*)", re.DOTALL | re.ASCII)
_LETTERS = {
    "T": "TRACE",
    "V": "VERBOSE",
    "D": "DEBUG",
    "I": "INFO",
    "W": "WARNING",
    "E": "ERROR",
    "F": "FATAL",
}
PROBLEM_NEEDLES = ("\tWARN", "\tERROR", "\tFATAL", "\tW ", "\tE ", "\tF ")
"""What stands in every header of level warning or worse, in either form."""


def read(text: bytes, zone: Zone) -> Line | None:
    """The line in either form, or None where it is in neither.

    A date that is none makes it no line: there is no other time that does not depend on the lines before it,
    which a matcher may have left out (R10).
    """
    plain = decoded(without_colour(text))
    thread = category = place = None
    found = _FILE.match(plain)
    if found is not None:
        when, thread, level, category, place, message = found.groups()
        level = "WARNING" if level == "WARN" else level
    else:
        found = _CONSOLE.match(plain)
        if found is None:
            return None
        when, letter, message = found.groups()
        level = _LETTERS[letter]
    time = _time(when, zone)
    return None if time is None else Line(time, level, message, category, thread, place)


_SECOND = 19
"""Length of `YYYY-MM-DD HH:MM:SS`."""
_MILLISECONDS = {f".{millisecond:03}": millisecond * (NS // 1000) for millisecond in range(1000)}


def _time(text: str, zone: Zone) -> int | None:
    """Most times are in milliseconds, and many lines are of one second."""
    milliseconds = _MILLISECONDS.get(text[_SECOND:])
    if milliseconds is None:
        return _any_time(text, zone)
    second = _any_time(text[:_SECOND], zone)
    return None if second is None else second + milliseconds


@lru_cache(maxsize=1024)
def _any_time(text: str, zone: Zone) -> int | None:
    found = read_time(text, zone)
    return None if found is None else found[0]


def form(text: bytes) -> str | None:
    """`file`, `console`, or None for a line of another format."""
    plain = decoded(without_colour(text))
    if _FILE.match(plain):
        return FILE
    return CONSOLE if _CONSOLE.match(plain) else None


FORMAT = Format(read, form, (FILE, CONSOLE))
"""The file form is primary: it shows category and thread."""
