"""R23's law, of every function that there is: without the statements that it declares it needs, it says unknown.

On the recording of three captured nodes, and on what a network of payer reports says. A check that is green because it
saw nothing is the worst there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from state.events import BlockAdded, Event, ProcessCrashed, ProcessStopped
from state.origin import Origin
from state.snapshot import NetworkState, Touched, fold
from tests.replay.builders import Run as Import
from tests.replay.builders import capture, events, logs
from tests.waits import reporting
from tests.waits.builders import NODES, Written, fresh
from waits import library
from waits.binding import Bound, Moment
from waits.cells import Cell
from waits.engine import Engine
from waits.functions import ANY_LINE, FUNCTIONS, MACROS, Function, Macro
from waits.graph import Graph
from waits.library import (
    cursors,
    indexing,
    replication,
    report_troubles,
    report_words,
    reports,
    speaking,
    storing,
    working,
)
from waits.sight import Attachment, Ear
from waits.terms import Kind, calls_of

assert library
Group = tuple[type[Event], ...]
Applied = tuple[str, tuple[Any, ...]]

REPORTING: tuple[ModuleType, ...] = (
    reports,
    report_troubles,
    report_words,
    speaking,
    working,
    replication,
    cursors,
    storing,
    indexing,
)
"""Modules whose functions the network of payer reports makes known."""
KNOWN_BY_REPORTING = ("crash",)
"""Functions of other modules that only it makes known."""


class Network(NamedTuple):
    """What a network says, and who takes part."""

    name: str
    roster: tuple[str, ...]


MONERO = Network("monero", NODES)
XMTPD = Network("xmtpd", reporting.ROSTER)

NEVER_KNOWN_HERE = {
    "clock_skew": "the captured logs carry no time of a transport's",
    "unreadable_statements": "every statement of these logs is read",
}
"""Functions that no line of this recording makes known, with the reason."""
NOT_OF_EVERY_NODE = {
    "last_fall": "only of nodes whose height fell",
    "last_refused": "only of nodes that refused a block",
    "last_lost": "only of nodes that lost a connection",
    "crash": "only of nodes that crashed",
    "indexer_error": "only of nodes whose indexer fails",
    "storage_error": "only of nodes that cannot store",
}
"""Functions that this recording makes known of some nodes, with the reason."""
INSIDE = {
    "census": "counts those that are unknown",
    "standing": "nothing of a node that stopped in order, which is known by its stop",
    "links": "as standing",
    "neighbours": "as standing",
    "lost_nodes": "names those that are unknown",
    "open_forks": "as forks",
    "forks": "found even where some nodes are unknown",
    "nodes_up": "as far as is known",
    "open_reports": "of none that no line speaks of: there is then nothing to be judged",
    "reported": "as open_reports",
    "scheduled_workers": "as open_reports",
    "cursors": "as open_reports",
    "the_dead": "names nobody where nothing is known",
    "the_doubted": "names nobody where nothing is known",
}
"""Lists that other functions are computed from, and that no formula can name: the law is asked of those."""
BY_THEIR_STOPS = {
    "deserted": "false of nodes that have all stopped in order, whatever else is missing",
    "missed_settlement_for": "nothing of a node whose end is stated: it indexes no more",
    "readers": "nobody is expected to read from a node whose end is stated",
}
"""Functions that stop statements make known too, with the reason."""
ABOUT_OTHERS = {
    "others_up": "counts what is known of the others",
    "lost_by": "the others' word; with the node's id, which its own log or the inventory's alias tells",
}
"""Functions that take a node and are not about it."""
OF_THE_JOURNAL = {
    "gaps": "told by Marks of the journal, not by lines",
    "clock_steps": "told by Marks of the journal, not by lines",
    "log_lost": "told by Marks of the journal, not by lines",
    "log_lagging": "told by Marks of the journal, not by lines",
    "log_stands_for": "told by Marks of the journal, not by lines",
}
"""Functions that are known without any line, with the reason."""


def network_of(called: Function | Macro) -> Network:
    """The network that makes it known."""
    code = called.compute if isinstance(called, Function) else called.expand
    ours = code.__module__ in {module.__name__ for module in REPORTING} or called.name in KNOWN_BY_REPORTING
    return XMTPD if ours else MONERO


def table(network: Network) -> list[Function]:
    """The functions that it makes known."""
    return [one for one in FUNCTIONS.values() if network_of(one) is network]


def shorthands(network: Network) -> list[tuple[str, Macro]]:
    """The shorthands that it makes known."""
    return [(name, macro) for name, macro in sorted(MACROS.items()) if network_of(macro) is network]


def said(network: Network = MONERO) -> tuple[tuple[Event, Origin], ...]:
    """Every statement of a network."""
    return captured() if network is MONERO else reporting.said()


@cache
def captured() -> tuple[tuple[Event, Origin], ...]:
    """Every statement of the recording."""
    with TemporaryDirectory() as folder:
        Import().make(Path(folder) / "level1.rec", logs(capture("level1")))
        return tuple(events(Path(folder) / "level1.rec"))


@cache
def block() -> str:
    """A block that every node has met."""
    return next(event.block for event, origin in said() if isinstance(event, BlockAdded) and event.height == 5)


@cache
def forks() -> tuple[int, ...]:
    """Where chains parted in this run."""
    found: set[int] = set()
    for graph in steps(said(), NODES):
        value = graph.cell(FUNCTIONS["forks"]).value
        found |= {one.split for one in value or ()}
    return tuple(sorted(found))


def arguments_of(called: Function | Macro) -> list[tuple[Any, ...]]:
    """What to apply a function to."""
    given: list[tuple[Any, ...]] = [()]
    choices = called.choices if isinstance(called, Function) else ()
    for kind in called.takes:
        pool: Sequence[Any] = {
            Kind.NODE: NODES,
            Kind.TEXT: choices or (block(),),
            Kind.NUMBER: (0,),
            Kind.FORK: forks(),
            Kind.DURATION: (10**9,),
            Kind.REPORT: ("100:80",),
            Kind.WORKER: tuple([f"{node}/generator" for node in NODES]),
            Kind.CURSOR: tuple([f"{node}/100" for node in NODES]),
            Kind.ORIGINATOR: ("100",),
        }[kind]
        given = [(*one, value) for one in given for value in pool]
    return given


def steps(kept: Sequence[tuple[Event, Origin]], heard: Sequence[str], roster: Sequence[str] = NODES) -> Iterator[Graph]:
    """What is said without what was left out, entry by entry."""
    written = Written()
    ears = [
        Ear(number, node, primary=True, attachment=Attachment.ATTACHED, since=0)
        for number, node in enumerate(roster, 1)
        if node in heard
    ]
    state = NetworkState()
    engine = Engine(state, roster=roster, ears=ears, hearing=written)
    yield engine.graph
    for seq, entry in groupby(kept, key=lambda one: one[1].seq):
        before = state
        touched: list[Touched] = []
        for event, origin in entry:
            state, changed = fold(state, event, origin)
            touched += changed
        written.line(origin.source, seq, origin.at)
        engine.entry(seq, origin.at, origin.node, before, state, touched)
        yield engine.graph


class Known(NamedTuple):
    """What was known at some step of a run."""

    functions: frozenset[Applied]
    macros: frozenset[Applied]


def known_at_some_step(
    kept: Sequence[tuple[Event, Origin]], heard: Sequence[str] | None = None, network: Network = MONERO
) -> Known:
    """Every function and shorthand with arguments whose value was ever known."""
    found: dict[Applied, None] = {}
    of_macros: dict[Applied, None] = {}
    unknown: list[Cell] = []
    macros: list[tuple[Applied, Bound]] = []
    for place, graph in enumerate(steps(kept, network.roster if heard is None else heard, network.roster)):
        if not place:
            unknown = [graph.cell(one, given) for one in table(network) for given in arguments_of(one)]
            macros = [
                ((name, given), Bound(graph, macro(*given), {}, {}))
                for name, macro in shorthands(network)
                for given in arguments_of(macro)
            ]
        now = Moment(graph.view.at, graph.view.seq)
        found |= {(cell.function.name, cell.arguments): None for cell in unknown if graph.value(cell) is not None}
        unknown = [cell for cell in unknown if (cell.function.name, cell.arguments) not in found]
        of_macros |= {applied: None for applied, bound in macros if bound.ask(now) is not None}
    return Known(frozenset(found), frozenset(of_macros))


@cache
def known_without(group: Group, network: Network) -> Known:
    """What is known at some step if every line of a group is gone; of any line, if all are."""
    kept = [one for one in said(network) if group != ANY_LINE and not isinstance(one[0], group)]
    gone = {one[1].seq for one in said(network) if group != ANY_LINE and isinstance(one[0], group)}
    return known_at_some_step([one for one in kept if one[1].seq not in gone], network=network)


@cache
def known(network: Network) -> Known:
    """What is known at some step if nothing is gone."""
    return known_at_some_step(said(network), network=network)


def described(group: Group) -> str:
    """A group, for the name of a test."""
    return "-or-".join([kind.__name__ for kind in group[:4]]) or "any line"


GROUPS = [
    pytest.param(name, group, id=f"{name}-{described(group)}")
    for name, function in sorted(FUNCTIONS.items())
    for group in function.needs
    if name not in {*INSIDE, *BY_THEIR_STOPS}
]
DECIDED_BY_A_LINE = {
    "down": "a node that has just written is not down, whatever of its peers is missing",
    "unreachable_node": "a node that has stated its end is not unreachable, whoever could tell",
}
"""Shorthands that any line of the node can make false, with the reason: theirs is the law of any line."""
MACRO_GROUPS = [
    pytest.param(name, group, id=f"{name}-{described(group)}")
    for name, macro in sorted(MACROS.items())
    for group in dict.fromkeys(
        group for call in calls_of(macro(*["node1" for _ in macro.takes])) for group in call.function.needs
    )
    if name not in DECIDED_BY_A_LINE or group == ANY_LINE
]


def test_every_function_declares_what_it_needs() -> None:
    """R23: a function that needs nothing would be known of a network that nobody listens to."""
    assert [
        name for name, function in sorted(FUNCTIONS.items()) if not function.needs and name not in OF_THE_JOURNAL
    ] == []
    assert {*NEVER_KNOWN_HERE, *NOT_OF_EVERY_NODE, *INSIDE, *ABOUT_OTHERS, *OF_THE_JOURNAL} <= set(FUNCTIONS)
    assert {FUNCTIONS[name].kind for name in INSIDE} == {Kind.LIST}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_known_where_nothing_is_missing(name: str) -> None:
    """R23: of every node, at some step of the whole recording, or the law below would hold of anything."""
    function = FUNCTIONS[name]
    wanted = {(name, given) for given in arguments_of(function)}
    found = wanted & known(network_of(function)).functions
    if name in NOT_OF_EVERY_NODE:
        assert found
    else:
        assert found == (set() if name in NEVER_KNOWN_HERE else wanted)


@pytest.mark.parametrize("name", sorted(MACROS))
def test_a_shorthand_is_known_where_nothing_is_missing(name: str) -> None:
    """R23: as functions."""
    wanted = {(name, given) for given in arguments_of(MACROS[name])}
    assert wanted & known(network_of(MACROS[name])).macros == wanted


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_a_function_is_unknown_without_what_it_needs(name: str, group: Group) -> None:
    """R23: at every step, of every node, with every line of one needed group deleted from all logs."""
    known_here = known_without(group, network_of(FUNCTIONS[name])).functions
    assert {one for one in known_here if one[0] == name} == set()


@pytest.mark.parametrize("name", sorted(BY_THEIR_STOPS))
def test_what_stops_make_known_is_known_of_no_running_network(name: str) -> None:
    """R23: the law, up to the first end that is stated."""
    function = FUNCTIONS[name]
    network = network_of(function)
    for group in function.needs:
        kept = [one for one in said(network) if not isinstance(one[0], group)]
        ends = [place for place, one in enumerate(kept) if isinstance(one[0], (ProcessStopped, ProcessCrashed))]
        found = known_at_some_step(kept[: ends[0]], network=network)
        assert {one for one in found.functions if one[0] == name} == set()


@pytest.mark.parametrize(("name", "group"), MACRO_GROUPS)
def test_a_shorthand_is_unknown_without_what_it_needs(name: str, group: Group) -> None:
    """R23: as functions, of everything that it is made of."""
    known_here = known_without(group, network_of(MACROS[name])).macros
    assert {one for one in known_here if one[0] == name} == set()


@pytest.mark.parametrize("network", [MONERO, XMTPD], ids=lambda network: network.name)
@pytest.mark.parametrize("node", NODES)
def test_everything_about_a_node_without_a_log_is_unknown(node: str, network: Network) -> None:
    """R23, R24: a node that is only in the inventory is unknown at every step, and not absent."""
    others = [other for other in network.roster if other != node]
    found = known_at_some_step([one for one in said(network) if one[1].node != node], others, network)
    takes = {**{one.name: one.takes for one in FUNCTIONS.values()}, **{one.name: one.takes for one in MACROS.values()}}
    names = {name for name, kinds in takes.items() if kinds[:1] == (Kind.NODE,) and name not in ABOUT_OTHERS}
    assert {one for one in (*found.functions, *found.macros) if one[0] in names and one[1][0] == node} == set()
    present = {MONERO: "up", XMTPD: "storage_failures"}[network]
    assert {one[1][0] for one in found.functions if one[0] == present} == {*others} & {*NODES}


NEEDS_ALL = [
    "all_initialised",
    "all_up",
    "complete_graph",
    "connectivity",
    "min_connections",
    "min_height",
    "tips_agree",
]


@pytest.mark.parametrize("node", NODES)
def test_what_is_said_of_all_nodes_is_never_true_of_some(node: str) -> None:
    """R24: with one expected node unheard, nothing that speaks of all nodes is true, and no extreme is known."""
    kept = [one for one in said() if one[1].node != node]
    for graph in steps(kept, [other for other in NODES if other != node]):
        for name in NEEDS_ALL:
            assert not graph.cell(FUNCTIONS[name]).value, name


def test_the_law_is_checked_on_computing_afresh_too() -> None:
    """R23: values that are kept and values that are computed anew agree at the end of each run."""
    for network in (MONERO, XMTPD):
        for graph in steps(said(network), network.roster, network.roster):
            last = graph
        for name, function in sorted(FUNCTIONS.items()):
            for given in arguments_of(function):
                now = fresh(function, given, last.view, network.roster)
                assert last.value(last.cell(function, given)) == now, name
