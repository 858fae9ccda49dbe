"""Printing for people: tables and colours on a terminal, plain text elsewhere; `NO_COLOR` is kept."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from parsers.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

TEXT_WIDTH = 120
"""Columns where there is no terminal to ask."""


def console(*, error: bool = False) -> Console:
    """Where to print. rich keeps NO_COLOR and drops colour when the output is no terminal. A log may write
    `:skull:`; it is shown as it stands.
    """
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            """Rich would exit with 1 here; that the reader has gone is no failure."""
            raise BrokenPipeError

    stream = sys.stderr if error else sys.stdout
    return Piped(
        file=stream, highlight=False, emoji=False, soft_wrap=True, width=None if stream.isatty() else TEXT_WIDTH
    )


_TAG = re.compile(r"\[[a-z#/@][^\[]*?\]")
"""What rich takes for markup."""


def line_printer() -> Callable[[str], None]:
    """Prints lines of markup, as the console does. Where it has no colours nothing is left of them but their text, and
    rich needs a tenth of a millisecond to find that out.
    """
    out = console()
    if out.color_system is not None:
        return out.print

    def print_line(line: str) -> None:
        if "\\" in line or ("\t" in line and not line.isascii()):
            # What is escaped, and how wide a character is, rich knows.
            out.print(line)
        else:
            out.file.write(_TAG.sub("", line).expandtabs(8) + "\n")

    return print_line


def safe(text: str, limit: int = 400) -> str:
    """Text of a log as it may be shown: without escapes, and without rich's markup."""
    shown = clean(text, limit)
    if "[" not in shown and "\\" not in shown:
        return shown
    from rich.markup import escape

    return escape(shown)


def say_json(value: Any) -> None:
    """One JSON value, indented."""
    import orjson

    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    sys.stdout.buffer.write(_harmless(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)))
    sys.stdout.buffer.flush()


def say_json_line(value: Any) -> None:
    """One JSON value on one line."""
    import orjson

    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    sys.stdout.buffer.write(_harmless(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)))


def json_of(value: Any) -> bytes:
    """One JSON value, harmless to a terminal."""
    import orjson

    return _harmless(orjson.dumps(value.model_dump(mode="json")))


def say_json_list(values: Iterable[bytes]) -> None:
    """One JSON list of values that are JSON, written as they come, one on a line: a long one is never held whole."""
    out, between = sys.stdout.buffer, b"[\n"
    for value in values:
        out.write(between + value)
        between = b",\n"
    out.write(b"[]\n" if between == b"[\n" else b"\n]\n")
    out.flush()


_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def _harmless(written: bytes) -> bytes:
    """JSON in which characters that steer a terminal are escaped: the same value for whoever reads it.

    Those below a blank are escaped already.
    """
    if written.isascii() and b"\x7f" not in written:
        return written
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", written.decode()).encode()


def warn(sentence: str) -> None:
    """A sentence on stderr that stops nothing."""
    sys.stderr.write(f"observer: {clean(sentence, 4000)}\n")


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal's stderr, counting bytes; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _bytes: None
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda amount: bar.advance(task, amount)
