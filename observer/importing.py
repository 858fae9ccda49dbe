"""Making recordings of logs: what `import`, `replay` of logs and `inventory` have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from observer.exits import Failed
from observer.inventory import Inventory, kept_inventory, written
from observer.sources import Found, Said
from observer.streams import Opener
from parsers.framing import FRAMINGS
from parsers.systems import SYSTEMS
from replay.failures import RecordingExists
from replay.importing import Counted, Following, settings_of
from replay.journal import Incarnation, MarkKind, Role, Source
from replay.recording import Recording
from replay.redaction import NoRedaction
from replay.zones import zone_named

if TYPE_CHECKING:
    from observer.importing_judged import JudgedImport

MANY = 8
"""Files named one by one in a summary; further ones are counted."""


def refuse_output(path: Path, *, append: bool) -> None:
    """Refuse a place where no recording can be written, before any log is read. Raises Failed."""
    if path.is_dir():
        raise Failed(f"{path}: is a directory; name a file, such as {path / 'run.rec'}")
    if append:
        return
    if path.exists():
        raise RecordingExists(f"{path}: is there already; choose another name, or add to it with --append")
    if not path.parent.is_dir():
        raise Failed(f"{path}: there is no directory {path.parent} to write it in")


class There(NamedTuple):
    """What a recording holds to which something is added."""

    sources: list[Source]
    begun: list[Incarnation]
    inventory: Inventory | None


NOTHING_THERE = There([], [], None)


def what_is_there(path: Path) -> There:
    """Read before anything else: a recording to which nothing can be added is not touched. Raises RecordingError."""
    with Recording.open_to_read(path) as kept:
        sources = kept.sources()
        begun = [one for source in sources for one in kept.incarnations(source.number)]
        return There(sources, begun, kept_inventory(kept))


def opened(path: Path, *, append: bool) -> Recording:
    """The recording to write to."""
    return Recording.open_to_append(path) if append else Recording.create(path, "network")


def said_of(system: str | None, framing: str | None, tz: Sequence[str] | None) -> Said:
    """What the options say, checked."""
    if system is not None and system not in SYSTEMS:
        raise Failed(f"--system {system}: unknown; there is {', '.join(sorted(SYSTEMS))}")
    if framing is not None and framing not in FRAMINGS:
        raise Failed(f"--framing {framing}: unknown; there are {', '.join(FRAMINGS)}")
    zones = {}
    for text in tz or ():
        node, sign, zone = text.rpartition("=")
        try:
            zone_named(zone)
        except ValueError as error:
            raise Failed(f"--tz {text}: {error}") from None
        zones[node if sign else ""] = zone
    return Said(system, framing, zones)


def enter(  # noqa: PLR0913 - what a recording carries
    recording: Recording,
    found: Found,
    inventory: Inventory,
    network: str | None,
    year: int | None,
    *,
    fresh: bool,
) -> None:
    """Enter sources and settings into the recording."""
    known = {source.number for source in recording.sources()}
    for feed in found.feeds:
        if feed.source.number not in known:
            recording.add_source(feed.source)
    recording.set_meta("inventory", written(inventory))
    recording.set_meta("settings", {**settings_of(written(inventory), NoRedaction()), "year": year})
    if fresh or network is not None:
        recording.set_meta("network", network or inventory.network)


class Judging:
    """Judges a recording while it is made, once it is so big that its answers are kept."""

    def __init__(self, recording: Recording) -> None:
        """The recording has no entry yet."""
        from observer.keeping import KEPT_FROM_BYTES

        self._recording = recording
        self._judged: JudgedImport | None = None
        self.following = Following(self._begin, KEPT_FROM_BYTES)

    def _begin(self, files: Mapping[int, int]) -> JudgedImport | None:
        # Brings everything that judges, which a small recording has no need of.
        from observer.importing_judged import JudgedImport

        try:
            self._judged = JudgedImport(self._recording, files)
        except Failed as error:
            # What the inventory sets may be nothing for the rules: the logs are as good all the same.
            from observer.console import warn

            warn(f"nothing is judged: {error}")
        return self._judged

    @property
    def verdict(self) -> str | None:
        """What `status` says first; None where nothing was judged."""
        return None if self._judged is None else self._judged.verdict


def warn_of_damage(opener: Opener, found: Found) -> None:
    """Say which files ended before their time."""
    from observer.console import warn

    unread = {one.label for one in found.left_out}
    for label, why in sorted(opener.cut_off.items()):
        if label not in unread:
            warn(f"{label}: is cut off or damaged ({why}); what it held up to there was read")


def nothing_found(sources: Sequence[str], found: Found) -> str:
    """Why there is nothing to import."""
    reasons = "; ".join(f"{one.label} {one.why}" for one in found.left_out[:MANY])
    return f"{' '.join(sources)}: no logs found{f' ({reasons})' if reasons else ''}; name the files themselves"


def summary(output: Path, found: Found, counted: Counted, digest: str, verdict: str | None) -> None:
    """Say what was imported, as what, what stands out, and where the network stands if that was judged."""
    from observer.console import console, safe

    out = console()
    nodes = sorted({feed.source.node for feed in found.feeds if feed.source.role is Role.PRIMARY})
    out.print(
        f"{safe(str(output))}: {counted.lines:,} lines of {len(nodes)} nodes ({safe(', '.join(nodes) or 'none')}), "
        f"{counted.raw_bytes / 1e6:,.1f} MB"
    )
    if counted.already_there:
        out.print(f"  {counted.already_there / 1e6:,.1f} MB were there already")
    for feed in found.feeds:
        source = feed.source
        what = f"{source.system}, {source.form} form" if source.system else "format not known"
        files = f", {len(feed.members)} files" if len(feed.members) > 1 else ""
        role = "" if source.role is Role.PRIMARY else f" - {source.role.value}: {_why(source.role)}"
        out.print(f"  {safe(source.name)}: {what}, {source.framing}{files}{role}")
    for one in found.left_out[:MANY]:
        out.print(f"  left out: {safe(one.label)} {one.why}")
    if len(found.left_out) > MANY:
        out.print(f"  left out: {len(found.left_out) - MANY} more")
    for kind, sentence in _MARKED.items():
        if counted.marks.get(kind):
            out.print(f"  {counted.marks[kind]} {sentence}")
    if counted.torn:
        out.print(f"  {counted.torn} source(s) end in a line without an end: kept, not parsed")
    for name in counted.undated:
        out.print(f"  {safe(name)}: no time can be read in its lines; they stand where the merge put them")
    out.print(f"  digest {digest}")
    if verdict is not None:
        out.print(f"  {safe(verdict)}")
    out.print(f"next: observer {'replay' if verdict is None else 'status'} {safe(str(output))}")


def _why(role: Role) -> str:
    return "the other form of a log that is read" if role is Role.EVIDENCE else "kept and counted, not parsed"


_MARKED = {
    MarkKind.STRAY: "run(s) of lines dated far off, ordered by their neighbours",
    MarkKind.CLOCK_STEP: "clock step(s), later times adjusted",
    MarkKind.CLAMPED: "run(s) of lines dated before their predecessor, put behind it",
}
