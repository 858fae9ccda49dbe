"""Rules bound to one of several things other than nodes: what comes, goes and comes back (R26)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from immutables import Map

from state.events import ProcessStarted
from state.ordered import ordered
from state.origin import Origin
from state.report_events import ReportGenerated, ReportSettled, Sign, Worker, WorkerSeen
from state.reports import Originator, Part, Report
from tests.waits.builders import Run, S, rule
from waits import entities
from waits.binding import Moment
from waits.engine import Engine
from waits.entities import CURSOR, FORK, NODE, ORIGINATOR, REPORT, WORKER, about, agree, members
from waits.expression import Scope, Unreadable, formula_of, text_of
from waits.functions import FUNCTIONS, Reads, View, measures
from waits.sight import Attachment
from waits.terms import Kind

LOST, BACK = Attachment.LOST, Attachment.ATTACHED
MADE, SETTLED = (ReportGenerated,), (ReportSettled,)


def originator_of(report: str) -> int:
    """The key of the slice."""
    return int(report.rpartition(":")[0])


def reports_of(view: View, report: str) -> list[Report]:
    """Those that begin there."""
    mine = view.state.reports.get(originator_of(report))
    start = int(report.rpartition(":")[2])
    return [] if mine is None else [one for _id, one in ordered(mine.reports) if one.start == start]


def is_open(report: Report) -> bool:
    """Whether nobody has settled it."""
    return all(part.settled is None for _speaker, part in ordered(report.parts))


@pytest.fixture(autouse=True)
def toys() -> Iterator[None]:
    """A few functions of reports and workers, while a test runs."""
    tables = (FUNCTIONS, entities.EACH, entities.MEMBERS)
    known = [dict(one) for one in tables]

    @members(REPORT)
    @measures(Kind.LIST, Reads("reports", ("reports",), anywhere=True), needs=(MADE,))
    def toy_reports(view: View) -> tuple[str, ...] | None:
        """Reports that are not settled."""
        return (
            None
            if not view.state.reports
            else tuple(
                ordered(
                    {
                        f"{key}:{one.start}"
                        for key, mine in ordered(view.state.reports)
                        for _id, one in ordered(mine.reports)
                        if is_open(one)
                    }
                )
            )
        )

    @measures(
        Kind.TRUTH,
        Reads("reports", ("reports",), keyed=originator_of),
        Reads("source", anywhere=True),
        takes=(Kind.REPORT,),
        needs=(MADE,),
        told_by=lambda _view, _report: ("node1", "node2"),
    )
    def toy_open(view: View, report: str) -> bool | None:
        """Whether it is not settled."""
        if not {"node1", "node2"} <= view.ears.attached:
            return None
        return any(map(is_open, reports_of(view, report)))

    @measures(Kind.AGE, Reads("reports", ("reports",), keyed=originator_of), takes=(Kind.REPORT,), needs=(MADE,))
    def toy_made(view: View, report: str) -> int | None:
        """Since when it is there."""
        parts = [part for one in reports_of(view, report) for _speaker, part in ordered(one.parts) if is_open(one)]
        return min([part.born.at for part in parts], default=None)

    @members(WORKER)
    @measures(Kind.LIST, Reads("workers", ("lives",), anywhere=True), needs=((WorkerSeen,),))
    def toy_workers(view: View) -> tuple[str, ...]:
        """Workers that have shown themselves."""
        return tuple(
            [f"{node}/{name}" for node, mine in ordered(view.state.workers) for name, _life in ordered(mine.lives)]
        )

    @measures(Kind.NUMBER, Reads("workers", ("lives",)), takes=(Kind.WORKER,), needs=((WorkerSeen,),))
    def toy_cycles(view: View, worker: str) -> int | None:
        """Cycles of the worker."""
        node, _slash, name = worker.rpartition("/")
        mine = view.state.workers.get(node)
        return None if mine is None or name not in mine.lives else mine.lives[name].cycles

    @measures(Kind.AGE, Reads("workers", ("lives",)), takes=(Kind.WORKER,), needs=((WorkerSeen,),))
    def toy_due(view: View, worker: str) -> int | None:
        """Since when the next cycle is due: a minute after the worker last showed itself."""
        node, _slash, name = worker.rpartition("/")
        mine = view.state.workers.get(node)
        return None if mine is None or name not in mine.lives else mine.lives[name].last.at + 60 * S

    @measures(
        Kind.TRUTH,
        Reads("workers", ("lives",)),
        takes=(Kind.WORKER,),
        needs=((WorkerSeen,),),
        about_node=False,
        why=lambda _view, worker: f"{worker} has no hands",
    )
    def toy_hidden(_view: View, _worker: str) -> bool | None:
        """Never known."""
        return None

    assert all([toy_reports, toy_open, toy_made, toy_workers, toy_cycles, toy_due, toy_hidden])
    yield
    for table, before in zip(tables, known, strict=True):
        assert isinstance(table, dict)
        table.clear()
        table.update(before)


def made(start: int) -> ReportGenerated:
    """A report that begins there."""
    return ReportGenerated(1, f"r{start}", 100, start, start + 10)


def settled(start: int) -> ReportSettled:
    """The same report, settled."""
    return ReportSettled(1, f"r{start}", 100, start, start + 10)


SEEN = WorkerSeen(1, Worker.GENERATOR, Sign.STARTED)
OPEN = "toy_open(report)"


# --- names and labels --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "entity", "labels", "node"),
    [
        (NODE, "a/b", {"node": "a/b"}, "a/b"),
        (FORK, 57, {"fork": "57"}, None),
        (REPORT, "100:80", {"originator": "100", "start": "80"}, None),
        (WORKER, "eu/n1/generator", {"node": "eu/n1", "worker": "generator"}, "eu/n1"),
        (CURSOR, "eu/n1/100", {"node": "eu/n1", "originator": "100"}, "eu/n1"),
        (ORIGINATOR, "100", {"originator": "100"}, None),
    ],
)
def test_an_entity_gives_labels_and_they_name_it(
    kind: entities.Entities, entity: str | int, labels: dict[str, str], node: str | None
) -> None:
    """R26: split from the right, as a node's name may hold anything; what labels are about is the entity again."""
    assert kind.labels_of(entity) == labels
    assert kind.node_of(entity) == node
    assert about({"team": "x", **labels, "severity": "info"}) == str(entity)


def test_what_both_name_must_be_equal() -> None:
    """R26: as Prometheus' `equal`, over the labels that both entities have."""
    report = {"originator": "100", "start": "80", "team": "a"}
    assert agree(report, {"originator": "100", "team": "b"})
    assert not agree(report, {"originator": "200"})
    assert agree(report, {})
    assert agree({"node": "n", "worker": "w"}, {"node": "n"})
    assert not agree({"node": "n", "worker": "w"}, {"node": "m", "originator": "1"})


def test_a_certain_entity_is_named_in_quotes() -> None:
    """A formula outside of `each:` names one as its alert does."""
    assert str(formula_of("toy_open('100:80')")) == "toy_open('100:80')"
    with pytest.raises(Unreadable, match="is no report; write such as '100:80'"):
        formula_of("toy_open('100')")
    with pytest.raises(Unreadable, match="worker is a worker; a report belongs into toy_open"):
        formula_of("toy_open(worker)", Scope(each="worker"))


def test_a_function_without_a_node_says_where_it_reads() -> None:
    """Dependencies: at no key at all it would never be computed anew."""
    with pytest.raises(ValueError, match="toy_bad: reads reports at no key"):

        @measures(Kind.TRUTH, Reads("reports"), takes=(Kind.REPORT,))
        def toy_bad(_view: View, _report: str) -> bool:
            """Never made."""
            return True


# --- lives -------------------------------------------------------------------------------------------


def test_one_alert_for_each_report_that_comes_goes_and_comes_back() -> None:
    """R26: keyed by originator and start, not by the id that every retry renews; nothing is kept of what is over."""
    run = Run("node1", "node2").load(rule(OPEN, each="report", lasting=5))
    run.at(1).says("node1", made(80)).at(3).says("node1", made(90)).at(8).says("node1", settled(80))
    assert run.told_of(start="80") == [(1, "pending"), (6, "firing"), (8, "resolved")]
    assert run.history[0].labels == {"originator": "100", "start": "80"}
    assert [entity for _rule, entity in run.engine.alerts] == ["100:90"]
    again = ReportGenerated(1, "renewed", 100, 80, 95)
    run.at(9).says("node1", again).tick(20)
    assert run.told_of(start="80")[3:] == [(9, "pending"), (14, "firing")]


def test_an_alert_that_goes_on_firing_is_forgotten_when_it_is_over() -> None:
    """R26: what it is about is gone before its keep_firing_for is."""
    run = Run("node1", "node2").load(rule(OPEN, each="report", keep=5)).at(1).says("node1", made(80))
    run.at(2).says("node1", settled(80))
    assert len(run.engine.alerts) == 1
    run.tick(20)
    assert run.told == [(1, "firing"), (7, "resolved")]
    assert run.engine.alerts == {}


@pytest.mark.parametrize("cut", range(5))
def test_a_checkpoint_between_any_two_entries_changes_nothing(cut: int) -> None:
    """R29: entities are text, so a checkpoint holds them, also of those that are gone and still firing."""
    rules = (rule(OPEN, each="report", lasting=1, keep=4), rule("toy_due(worker) >= 5s", "W", each="worker"))
    steps = [(1, made(80)), (3, SEEN), (5, settled(80)), (6, made(90)), (7, made(80))]
    runs = [Run("node1", "node2").load(*rules) for _both in range(2)]
    for run in runs:
        for place, (at, event) in enumerate(steps):
            run.at(at).says("node1", event)
            if place == cut and run is runs[1]:
                run.restarted(*rules)
        run.tick(100)
    assert runs[0].history == runs[1].history
    assert sorted(runs[0].engine.alerts) == sorted(runs[1].engine.alerts)
    assert runs[0].told_of(worker="generator") == [(72, "firing")]


def test_those_that_are_watched_stay_while_nobody_can_tell_who_there_is() -> None:
    """R23: and they are blind, with the nodes that could tell named."""
    run = (
        Run("node1", "node2").load(rule(OPEN, each="report")).at(1).says("node1", made(80)).at(2).source("node2", LOST)
    )
    assert run.told == [(1, "firing"), (2, "blind")]
    assert (run.history[-1].reason or "").startswith("the log of node2 was lost at")
    run.at(3).source("node2", BACK)
    assert run.told[2:] == [(3, "unblind")]


def test_of_what_is_gone_nothing_is_so() -> None:
    """R26: an alert about what has gone resolves, though its formula would still be true; it never began anew."""
    run = Run("node1", "node2").load(rule("not toy_open(report)", each="report"), rule(OPEN, "Open", each="report"))
    run.at(1).says("node1", made(80)).at(3).says("node1", settled(80)).tick(90)
    assert [(one.at // S, one.rule, one.state) for one in run.history] == [
        (1, "Open", "firing"),
        (3, "Open", "resolved"),
    ]
    assert run.engine.alerts == {}


def test_what_is_of_one_node_is_unknown_when_that_node_is_not_heard() -> None:
    """R23: a worker's alert is blind with its node, and only with it."""
    run = Run("node1", "eu/n2").load(rule("toy_cycles(worker) == 0", each="worker"))
    run.at(1).says("node1", SEEN).says("eu/n2", SEEN).at(2).source("node1", LOST).at(3).source("node1", BACK)
    assert run.told_of(node="node1") == [(1, "firing"), (2, "blind"), (3, "unblind")]
    assert run.told_of(node="eu/n2", worker="generator") == [(1, "firing")]


def test_a_function_says_itself_why_it_is_unknown() -> None:
    """R23: its own words come before any other; of what is about no node, whether one is heard does not matter."""
    run = Run("node1").load(rule("toy_hidden(worker)", each="worker")).at(1).says("node1", SEEN)
    (alert,) = run.engine.alerts.values()
    (leaf,) = alert.bound.explain(Moment(S, 1))
    assert leaf.detail == "node1/generator has no hands"
    assert run.engine.graph.cell(FUNCTIONS["toy_hidden"], ("node1/generator",)).node is None


def test_an_age_that_begins_later_is_none_yet() -> None:
    """R21: what is due in the future turns at its own instant, and no message shows less than nothing."""
    scope = Scope(each="worker")
    said = (("summary", text_of("late for {{ toy_due(worker) }}", scope)),)
    late, at_once = rule("toy_due(worker) >= 5s", each="worker"), rule("toy_due(worker) >= 0s", "Due", each="worker")
    early = rule("toy_due(worker) < 5s", "Early", each="worker", annotations=said)
    run = Run("node1").load(late, at_once, early).at(10).says("node1", SEEN)
    assert [(one.rule, one.state, one.annotations) for one in run.history] == [
        ("Early", "firing", {"summary": "late for 0s"})
    ]
    assert [leaf.has for leaf in run.history[0].leaves] == ["0s"]
    run.tick(200)
    assert [(one.at // S, one.rule, one.state) for one in run.history[1:]] == [
        (70, "Due", "firing"),
        (75, "Early", "resolved"),
        (75, "R", "firing"),
    ]


def test_a_rule_about_workers_says_nothing_of_a_node_that_has_none() -> None:
    """R26: a node that joins is no worker."""
    run = Run("node1").load(rule("toy_cycles(worker) == 0", each="worker")).says("node1", ProcessStarted("xmtpd"))
    assert run.engine.alerts == {}


# --- nothing is kept ---------------------------------------------------------------------------------


def size(engine: Engine) -> dict[str, int]:
    """How much an engine holds that could grow."""
    graph = vars(engine.graph)
    held = {**vars(engine), **graph}
    sizes = {name: len(value) for name, value in held.items() if isinstance(value, (dict, list))}
    readers: dict[int, object] = {}
    for one in (*graph["_at"].values(), *graph["_anywhere"].values()):
        one.every(readers)
    return {**sizes, "readers": len(readers)}


def test_ten_thousand_entities_that_come_and_go_leave_nothing() -> None:
    """Bounded: cells, comparisons, readers and timers of what is over are gone with it."""
    run = Run("node1", "node2").load(
        rule(f"{OPEN} and toy_made(report) >= 0s", each="report"), rule("not toy_open(report)", "Not", each="report")
    )
    engine, sizes = run.engine, list[dict[str, int]]()
    for start in range(10_000):
        origin = Origin("node1", start * S, start * S, start + 1, 1)
        report = Report(f"r{start}", start, start + 1, Map({("node1", 1): Part(1, start, start + 1, origin, origin)}))
        before = run.state
        run.state = msgspec.structs.replace(before, reports=Map({100: Originator(Map({report.id: report}))}))
        engine.entry(start + 1, start * S, "node1", before, run.state, (("reports", 100),))
        engine.taken()
        if start % 1000 == 999:
            sizes.append(size(engine))
    assert len(engine.alerts) == 2
    assert all(one == sizes[0] for one in sizes)
