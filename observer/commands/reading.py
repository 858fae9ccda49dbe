"""`observer state`, `events`, `lines`: what a recording holds."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from observer.commands.application import JsonOption, RecordingArgument, app
from observer.exits import Exit, Failed

if TYPE_CHECKING:
    from observer.answers_state import StateAnswer
    from replay.recording import Recording

SinceOption = Annotated[str | None, typer.Option(metavar="TIME", help="From this journal time on.")]
UntilOption = Annotated[str | None, typer.Option(metavar="TIME", help="Up to this journal time, inclusive.")]
NodeOption = Annotated[list[str] | None, typer.Option(metavar="NODE", help="Only this node. Repeatable.")]


@app.command()
def state(
    recording: RecordingArgument,
    select: Annotated[
        str | None,
        typer.Argument(metavar="[SELECT]", help="A part of the answer, such as nodes.node3.height or reports.100."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="At this journal time, entries at that time included."),
    ] = None,
    seq: Annotated[int | None, typer.Option(min=0, metavar="N", help="Just after entry N.")] = None,
    json: JsonOption = False,
) -> None:
    """The snapshot of the network at one point: the end unless said otherwise.

    TIME is RFC 3339, a time of day of the first day, seconds since 1970, +90s from the start or -30s from the
    end.
    """
    from observer.answers_state import StateAnswer
    from observer.console import say_json
    from observer.keeping import at_its_end
    from observer.reaching import current
    from observer.selecting import selected
    from observer.show import show_selected, show_state

    if at is not None and seq is not None:
        raise Failed("--at and --seq say the same thing twice; give one of them")
    if at is None and seq is None:
        found = at_its_end(recording, "state", StateAnswer, _snapshot)
    else:
        with current(recording) as opened:
            found = _snapshot(opened, at, seq)
    if select is not None:
        chosen = selected(found.model_dump(mode="json"), select)
        if json:
            say_json(chosen)
        else:
            show_selected(chosen)
    elif json:
        say_json(found)
    else:
        show_state(found)


def _snapshot(recording: Recording, at: str | None = None, seq: int | None = None) -> StateAnswer:
    from observer.inventory import inventory_of
    from observer.snapshot import answer, at_point

    return answer(recording, at_point(recording, at, seq), inventory_of(recording))


@app.command()
def events(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    node: NodeOption = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Only this kind of event, such as BlockAdded. Repeatable."),
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    json: JsonOption = False,
) -> None:
    """Typed events, each with the line it came from."""
    from observer.console import say_json_line
    from observer.entries import event_answers
    from observer.reaching import as_it_is
    from observer.show import event_printer

    tell = say_json_line if json else event_printer()
    with as_it_is(recording) as opened:
        for found in event_answers(opened, _nodes(opened, node), _kinds(kind), since, until):
            tell(found)


@app.command()
def lines(  # noqa: PLR0913 - the command's options
    recording: RecordingArgument,
    seq: Annotated[
        str | None, typer.Option(metavar="A:B", help="Entries A to B, inclusive; either may be left out.")
    ] = None,
    node: NodeOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    number: Annotated[
        bool, typer.Option("--number", "-n", help="Sequence, journal time and source before each line.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """The journal's lines, byte for byte (on a terminal without control characters)."""
    from observer.console import say_json_line
    from observer.entries import line_answer, lines_of
    from observer.reaching import as_it_is
    from observer.times import written
    from parsers.text import clean, decoded

    terminal = sys.stdout.isatty()
    out = sys.stdout.buffer
    torn: int | None = None
    with as_it_is(recording) as opened:
        for one in lines_of(opened, _range(seq), _nodes(opened, node), since, until):
            if json:
                say_json_line(line_answer(one))
                continue
            if number:
                out.write(f"{one.seq}\t{written(one.at)}\t{clean(one.source.name)}\t".encode())
            if torn is not None and torn != one.source.number and not number and not terminal:
                # A line without its end goes on in its own source, not in another's.
                out.write(b"\n")
            torn = None if one.entry.endswith(b"\n") else one.source.number
            if terminal:
                out.write(clean(decoded(one.entry.rstrip(b"\r\n")), 1 << 20).encode("utf-8", "replace") + b"\n")
            else:
                out.write(one.entry if one.entry.endswith(b"\n") or not number else one.entry + b"\n")


def _range(text: str | None) -> tuple[int, int | None]:
    if text is None:
        return 1, None
    found = re.fullmatch(r"(\d{0,18})(:?)(\d{0,18})", text, re.ASCII)
    if found is None or not any(found.groups()):
        raise Failed(f"--seq {text}: is no range; write 100:200, 100: or :200")
    first, colon, last = found.groups()
    start = int(first) if first else 1
    end = start if not colon else (int(last) if last else None)
    if end is not None and end < start:
        raise Failed(f"--seq {text}: ends before it begins; write the smaller number first")
    return start, end


def _nodes(recording: Recording, asked: list[str] | None) -> set[str] | None:
    if not asked:
        return None
    known = {source.node for source in recording.sources()}
    for node in asked:
        if node not in known:
            raise Failed(f"--node {node}: the recording has no such node; it has {', '.join(sorted(known))}")
    return set(asked)


def _kinds(asked: list[str] | None) -> set[str] | None:
    from difflib import get_close_matches

    from state.kinds import KINDS

    if not asked:
        return None
    chosen = set()
    by_lower = {name.lower(): name for name in KINDS}
    for text in asked:
        name = by_lower.get(text.replace("_", "").replace("-", "").lower())
        if name is None:
            near = get_close_matches(text, KINDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
            raise Failed(f"--kind {text}: there is no such kind of event; {hint}", Exit.USAGE)
        chosen.add(name)
    return chosen
