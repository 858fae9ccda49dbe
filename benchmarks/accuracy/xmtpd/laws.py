"""What must hold between two readings of one run: of its JSON and its console form, with and without DEBUG, with and
without the logs of the nodes that would have to attest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.accuracy.alerts import fired, shipped, unknown
from benchmarks.accuracy.stuck import Expected
from benchmarks.accuracy.xmtpd.expected_reports import no_quorum
from benchmarks.accuracy.xmtpd.making import inventory_of, logs_of, recorded, simulated
from benchmarks.accuracy.xmtpd.places import places
from benchmarks.accuracy.xmtpd.runs import Run
from benchmarks.accuracy.xmtpd.seen import Seen
from benchmarks.accuracy.xmtpd.truth import MINUTE, read
from observer.simulators.xmtpd.encoding import Encoding
from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.settings import HOUR
from observer.standing.status import status
from observer.times import written
from replay.play import Player
from replay.recording import Recording
from state.quorums import active_nodes
from state.report_views import courses_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.report_views import Course

EXPIRY = "given up by all"
ENCODINGS: tuple[Encoding, ...] = ("json", "console")


@dataclass(frozen=True, slots=True)
class Law:
    """What was asked of one run, and whether it held."""

    law: str
    run: str
    shown: str
    """How the run is made."""
    held: bool
    found: str


def runs(base: int) -> list[Run]:
    """The runs that the first two laws are tried on."""
    faults: tuple[tuple[str, ...], ...] = ((), ("quorum-loss@50m..150m",), ("reorg@50m..80m", "db-outage@95m..120m"))
    orders = [
        Order(
            nodes=3 + place, length=3 * HOUR, seed=base + 4001 + place, faults=one, level="debug", watchers=place == 1
        )
        for place, one in enumerate(faults)
    ]
    return [Run(f"law {order.seed}", "laws", order) for order in orders]


def blind_runs(base: int) -> list[Run]:
    """Quorum losses, of which the logs that would show them are left out later."""
    ways = ({"quorum_loss_by": "silent"}, {"quorum_loss_by": "down"}, {"quorum_loss_by": "down", "stop_by": "kill"})
    found = []
    for place, settings in enumerate(ways):
        order = Order(nodes=3 + 2 * place, length=4 * HOUR, seed=base + 5001 + place, faults=("quorum-loss@55m..170m",))
        found.append(Run(f"blind {order.seed}", "blind", order, dict(settings)))
    return found


# --- one run, two readings ---------------------------------------------------------------------------


def forms(run: Run, folder: Path) -> Law:
    """JSON and console forms of one run have equal events, at equal times, and equal digests."""
    digests, events = [], []
    for encoding in ENCODINGS:
        one = replace(run, order=replace(run.order, encoding=encoding))
        simulated(one, folder / encoding)
        path = folder / f"{encoding}.rec"
        digests.append(recorded(logs_of(one, folder / encoding), inventory_of(one), path))
        with Recording.open_to_read(path) as recording:
            steps = Player(recording).steps()
            events.append([(origin.at, origin.node, event) for step in steps for event, origin in step.said])
    held = digests[0] == digests[1] and events[0] == events[1] and bool(events[0])
    same = "equal" if digests[0] == digests[1] else "unequal"
    equal = sum(one == other for one, other in zip(*events, strict=False))
    found = f"digests {same}, {equal:,} of {max(map(len, events)):,} events equal"
    return Law("JSON and console", run.name, run.shown, held, found)


def stripped(run: Run, folder: Path) -> Law:
    """Without its DEBUG lines a log tells the same of reports, except that they expire."""
    simulated(run, folder / "debug")
    (folder / "info").mkdir()
    for log in logs_of(run, folder / "debug"):
        lines = log.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if b'"level":"DEBUG"' not in line and b"\tDEBUG\t" not in line]
        (folder / "info" / log.name).write_bytes(b"".join(kept))
    told = []
    for name in ("debug", "info"):
        path = folder / f"{name}.rec"
        recorded(logs_of(run, folder / name), inventory_of(run), path)
        with Recording.open_to_read(path) as recording:
            told.append(_courses(recording, run))
    with_debug, without = told
    same = [one for one in sorted(with_debug) if one in without and _alike(with_debug[one], without[one])]
    held = len(same) == len(with_debug) == len(without) and bool(same)
    expired = sum(bool(one.given_up) for one in with_debug.values())
    found = f"{len(same)} of {len(with_debug)} reports the same; DEBUG shows besides that {expired} were given up"
    return Law("DEBUG left out", run.name, run.shown, held, found)


def _courses(recording: Recording, run: Run) -> dict[str, Course]:
    state = Player(recording).play()
    active = active_nodes(state, [f"node-{node}" for node in run.order.ids])
    return {one.id: one for number, mine in sorted(state.reports.items()) for one in courses_of(number, mine, active)}


def _alike(one: Course, other: Course) -> bool:
    """Whether two readings show the same of a report, expiry and who only received it aside."""

    def facts(course: Course) -> tuple[object, ...]:
        failing = [[(each.node, each.trouble.count) for each in some] for some in (course.submitting, course.settling)]
        span = (course.originator, course.start, course.end, course.makers)
        return (*span, course.attested, course.refused, course.remaining, failing)

    same_stage = one.stage is other.stage or EXPIRY in (one.why, other.why)
    return same_stage and facts(one) == facts(other)


# --- not listening -----------------------------------------------------------------------------------


def blind(run: Run, folder: Path) -> Law:
    """Quorum loss is found where all logs are read, and is unknown, not stuck and not fine, where those that would show
    an attestation are not.
    """
    truth = read(simulated(run, folder / "logs"))
    lost = truth.of("quorum-loss")[0].nodes
    stuck = [one for one in no_quorum(Seen(truth, watchers=False, places=places(truth))) if one.required]
    found: list[str] = []
    held = bool(stuck)
    for missing in (frozenset[int](), frozenset(lost)):
        part = replace(run, missing=missing)
        path = folder / f"{len(missing)}.rec"
        recorded(logs_of(part, folder / "logs"), inventory_of(part), path)
        with Recording.open_to_read(path) as recording:
            told = [one for one in fired(recording) if one.rule == "QuorumNotReached"]
            named = {(one.labels["originator"], one.labels["start"]) for one in told}
            if not missing:
                held &= {(one.labels["originator"], one.labels["start"]) for one in stuck} <= named
                found.append(f"{len(named)} of {len(stuck)} found and named")
                continue
            unseen, standing = _at(recording, stuck)
            held &= not named and unseen == len(stuck) and standing == "unknown"
            found.append(
                f"without {len(missing)} logs: {len(named)} fire, {unseen} of {len(stuck)} unknown, status {standing}"
            )
    return Law("logs left out", run.name, run.shown, held, "; ".join(found))


def _at(recording: Recording, stuck: list[Expected]) -> tuple[int, str]:
    """How many stuck places are unknown when their alerts would be due, and what the status is at the last of them."""
    moments = {one.since + 15 * MINUTE for one in stuck}
    blind = unknown(recording, moments)
    unseen = 0
    for one in stuck:
        about = f"{one.labels['originator']}:{one.labels['start']}"
        here = blind[one.since + 15 * MINUTE]
        unseen += any(key in here for key in (("QuorumNotReached", about), ("QuorumNotReached", None)))
    answer = status(recording, [(0, shipped())], at=written(max(moments)))
    quiet = not any(one.rule == "QuorumNotReached" and one.state == "firing" for one in answer.alerts)
    return unseen, answer.state if quiet else "says that quorum is lost"


def tried(run: Run, folder: Path) -> Iterator[Law]:
    """Every law that a run is for."""
    if run.variant == "blind":
        yield blind(run, folder)
        return
    yield forms(run, folder)
    yield stripped(run, folder / "stripped")
