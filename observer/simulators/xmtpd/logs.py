"""The log file of a node: what its level lets through, by its own clock, where nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TextIO

from observer.simulators.xmtpd.encoding import Encode, iso8601
from observer.simulators.xmtpd.engine import Engine
from observer.simulators.xmtpd.faults import Fault
from observer.simulators.xmtpd.statements.shape import DEBUG, Statement

Level = Literal["info", "debug"]


class LogFile:
    """Lines of one node, written as they come. With `most` bytes in it, it is renamed to `.1` and begun anew, what was
    `.1` becomes `.2`, and none is ever removed.
    """

    def __init__(self, path: Path, engine: Engine, encode: Encode, level: Level, most: int | None = None) -> None:
        self.path = path
        self.lines = 0
        self.bytes = 0
        self._file = self._begun()
        self._most = most
        self._rotated, self._before = 0, 0
        self._engine = engine
        self._encode = encode
        self._debug = level == "debug"
        self._lost: tuple[Fault, ...] = ()
        self._skewed: tuple[Fault, ...] = ()
        self._skew = 0

    def under(self, lost: tuple[Fault, ...], skewed: tuple[Fault, ...], skew: int) -> None:
        """The faults that this log suffers."""
        self._lost, self._skewed, self._skew = lost, skewed, skew

    def write(self, statement: Statement, values: tuple[Any, ...], message: str | None = None) -> None:
        """Write a line, if it is written."""
        if statement.level == DEBUG and not self._debug:
            return
        now, date = self._engine.now, self._engine.date()
        if self._lost and any(fault.on(now) for fault in self._lost):
            return
        if self._skewed and any(fault.on(now) for fault in self._skewed):
            date += self._skew
        self.text(self._encode(statement, iso8601(date), message or statement.message, values))

    def text(self, line: str) -> None:
        """Write what is not of zap's making."""
        size = (len(line) if line.isascii() else len(line.encode())) + 1
        if self._most is not None and self._before < self.bytes and self.bytes + size > self._before + self._most:
            self._rotate()
        self._file.write(line + "\n")
        self.lines += 1
        self.bytes += size

    def _rotate(self) -> None:
        self._file.close()
        self._rotated += 1
        self._before = self.bytes
        for number in range(self._rotated, 0, -1):
            former = self.path if number == 1 else self.path.with_name(f"{self.path.name}.{number - 1}")
            former.rename(self.path.with_name(f"{self.path.name}.{number}"))
        self._file = self._begun()

    def _begun(self) -> TextIO:
        return self.path.open("w", encoding="utf-8", newline="\n")

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
