"""How much of a recording the parsers understand (R13).

This looks at every line, unlike replay. Lines that nothing knows are grouped into templates, so that a
parser whose statement changed shows up as a template with many lines rather than as a quiet network.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from observer.answers import CoverageAnswer, SourceCoverage, StatementAnswer, TemplateAnswer
from observer.console import console, safe
from parsers.framing import FRAMINGS
from parsers.source import SourceParser, Tally
from parsers.systems import SYSTEMS
from parsers.text import clean, decoded
from replay.journal import MarkKind, Role, Source
from replay.recording import Recording
from replay.zones import zone_named

SHAPES_KEPT = 4000
"""Distinct shapes of unrecognised lines looked at in a source; further ones are counted."""
TEMPLATES_SHOWN = 12
_VARIES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\b(?:0x)?[0-9a-f]{12,128}\b|\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|\d+(?:\.\d+)?",
    re.ASCII,
)


@dataclass(slots=True)
class _Reader:
    """Reads every line of one source."""

    source: Source
    parser: SourceParser | None
    lines: int = 0
    recognised: int = 0
    known: int = 0
    unformatted: int = 0
    torn: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    left_out: int = 0

    def add(self, entry: bytes, seq: int, at: int) -> None:
        """Look at one line."""
        self.lines += 1
        if self.parser is None or self.source.system is None:
            self._unrecognised(decoded(entry))
            return
        memory, claimed = self.parser.memory, self.parser.tally.claimed
        framed = FRAMINGS[self.source.framing].unwrap(memory.torn + entry)
        text = memory.partial.get(framed.stream, b"") + framed.text
        self.parser.feed(entry, seq, at)
        if memory.torn or framed.partial:
            # Its last record tells what the line is.
            self.known += 1
        elif self.parser.tally.claimed > claimed:
            self.recognised += 1
        else:
            self._other(text)

    def _other(self, text: bytes) -> None:
        """A whole line that is no statement that is read."""
        system = SYSTEMS[self.source.system or ""]
        line = system.format.read(text, zone_named("UTC"))
        message = decoded(text) if line is None else line.message
        if not message.strip() or (line is not None and system.is_noise(line)):
            self.known += 1
        elif line is None:
            self.unformatted += 1
            self._unrecognised(message)
        else:
            self._unrecognised(f"{line.level} {line.category or ''} {message}")

    def _unrecognised(self, text: str) -> None:
        text = clean(text, 400)
        shape = _VARIES.sub("<*>", text)
        if shape not in self.shapes and len(self.shapes) >= SHAPES_KEPT:
            self.left_out += 1
            return
        self.shapes[shape] += 1
        self.examples.setdefault(shape, text)

    def answer(self) -> SourceCoverage:
        """The coverage of this source."""
        templates = _templates(self.shapes, self.examples)
        return SourceCoverage(
            source=self.source.name,
            role=self.source.role.value,
            system=self.source.system,
            lines=self.lines,
            recognised=self.recognised,
            known=self.known,
            unrecognised=sum(self.shapes.values()) + self.left_out,
            unformatted=self.unformatted,
            torn=self.torn,
            templates=templates,
            templates_left_out=self.left_out,
        )


def _templates(shapes: Counter[str], examples: dict[str, str]) -> list[TemplateAnswer]:
    """Shapes that differ in a word or two are one template."""
    if not shapes:
        return []
    import logging

    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    logging.getLogger("drain3").setLevel(logging.ERROR)
    config = TemplateMinerConfig()
    config.profiling_enabled = False
    miner = TemplateMiner(config=config)
    lines: Counter[int] = Counter()
    example: dict[int, str] = {}
    for shape, count in sorted(shapes.items(), key=lambda one: (-one[1], one[0])):
        cluster = int(miner.add_log_message(shape)["cluster_id"])
        lines[cluster] += count
        example.setdefault(cluster, examples[shape])
    named = {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}
    return [
        TemplateAnswer(template=named[cluster], lines=count, example=example[cluster])
        for cluster, count in sorted(lines.items(), key=lambda one: (-one[1], one[0]))
    ]


def coverage_of(recording: Recording, progress: Callable[[int], None]) -> CoverageAnswer:
    """Read every line of a recording."""
    readers = {source.number: _Reader(source, _parser(source)) for source in recording.sources()}
    for info in recording.block_infos():
        block = recording.block(info.first_seq)
        for segment, first, _start in block.segments():
            reader = readers[segment.source]
            for line in range(first, first + segment.lines):
                reader.add(block.line(line), int(block.seqs[line]), int(block.times[line]))
        for mark in block.columns.marks:
            if mark.kind is MarkKind.TORN:
                readers[mark.source].torn += 1
        progress(info.raw_bytes)
    return CoverageAnswer(
        network=recording.network,
        statements=_statements(readers),
        sources=[reader.answer() for reader in readers.values()],
    )


def _parser(source: Source) -> SourceParser | None:
    if source.system is None or source.role is Role.UNREAD:
        return None
    return SourceParser(
        source.node,
        source.number,
        SYSTEMS[source.system],
        FRAMINGS[source.framing],
        zone_named(source.zone),
    )


def _statements(readers: dict[int, _Reader]) -> list[StatementAnswer]:
    answers = []
    tallies: dict[str, list[Tally]] = {}
    for reader in readers.values():
        if reader.parser is not None and reader.source.system is not None and reader.source.role is Role.PRIMARY:
            tallies.setdefault(reader.source.system, []).append(reader.parser.tally)
    for system, found in sorted(tallies.items()):
        for statement in SYSTEMS[system].statements:
            levels: Counter[str] = Counter()
            for tally in found:
                for key, count in tally.other_level.items():
                    name, _, level = key.rpartition(" ")
                    levels[level] += count if name == statement.name else 0
            answers.append(
                StatementAnswer(
                    system=system,
                    statement=statement.name,
                    template=statement.text,
                    level=statement.level,
                    hit=sum(tally.hit[statement.name] for tally in found),
                    malformed=sum(tally.malformed[statement.name] for tally in found),
                    other_levels={level: count for level, count in sorted(levels.items()) if count},
                )
            )
    return answers


def show_coverage(found: CoverageAnswer) -> None:
    """Statements by hits, then what nothing knows."""
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("statement", "hit", "malformed", "other levels", "template"):
        # What is narrower than a screen is cut at the template, never at a number.
        width = max([len(title), *[len(str(one.hit)) for one in found.statements]])
        narrow = {"hit": width, "malformed": width, "other levels": len(title)}.get(title)
        table.add_column(
            title, justify="right" if title in ("hit", "malformed") else "left", no_wrap=True, min_width=narrow
        )
    for one in sorted(found.statements, key=lambda one: (-one.hit, one.statement)):
        levels = " ".join(f"{level} {count}" for level, count in one.other_levels.items())
        table.add_row(
            one.statement,
            str(one.hit),
            f"[red]{one.malformed}[/]" if one.malformed else "0",
            levels,
            safe(one.template, 70),
        )
    out.print(table)
    for source in found.sources:
        unread = "" if source.system else ", format not known"
        out.print(
            f"\n[bold]{safe(source.source)}[/] ({source.role}{unread}): {source.lines:,} lines, "
            f"{source.recognised:,} read, {source.known:,} known to carry nothing, "
            f"{source.unrecognised:,} not recognised" + (f", {source.torn} torn" if source.torn else "")
        )
        for template in source.templates[:TEMPLATES_SHOWN]:
            out.print(f"  {template.lines:>7}  {safe(template.template, 110)}")
        if len(source.templates) > TEMPLATES_SHOWN:
            out.print(f"           and {len(source.templates) - TEMPLATES_SHOWN} more templates (--json has all)")
