"""Connections between nodes, and the graph that they make.

A connection is known by the address it was opened to, so the side that opened it tells who is at its other end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from state import views
from state.events import ConnectionClosed, ConnectionOpened, Direction, ProcessStarted, ServiceBound
from state.identities import P2P_SERVICE, PEER_ADDRESS, node_of
from state.listening import CONNECTIONS
from state.ordered import ordered
from state.peers import WAS_STOPPING
from waits.functions import ANY_LINE, Reads, View, measures, shorthand
from waits.library.blocks import seen
from waits.library.life import stopped
from waits.library.missed import missed_at, start_missed
from waits.terms import Kind, Term

if TYPE_CHECKING:
    import networkx as nx

    from state.origin import Origin
    from state.peers import NodePeers

ENDED_LOOKED_AT = 16
"""Connections that ended last, among which a node that is gone is looked for."""
LINES = ((ProcessStarted,), (ConnectionOpened, ConnectionClosed, ServiceBound))
_SHOWN = Reads("listening", ("topics", "seen", "resumed"))
_OPEN = Reads("peers", ("open", "counting_since"))
_MISSED = (Reads("listening", ("missed",)), Reads("nodes", ("started",)))


def _peers(view: View, node: str) -> NodePeers | None:
    return view.state.peers.get(node)


def _last_end(view: View, node: str) -> list[Origin | None]:
    known = _peers(view, node)
    return [] if known is None else [one.ended for one in known.ended[-3:]]


@measures(Kind.NUMBER, _OPEN, _SHOWN, takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,), evidence=_last_end)
def connections(view: View, node: str) -> int | None:
    """How many connections the node has open."""
    return views.connections(view.state, node) if seen(view, node, CONNECTIONS) else None


@measures(
    Kind.TRUTH,
    Reads("peers", ("opened_total",)),
    *_MISSED,
    _SHOWN,
    takes=(Kind.NODE,),
    needs=LINES[1:],
    topics=(CONNECTIONS,),
)
def had_peers(view: View, node: str) -> bool | None:
    """Whether the node has had a connection."""
    known = _peers(view, node)
    if known is not None and known.opened_total:
        return True
    return False if seen(view, node, CONNECTIONS) and start_missed(view, node) is None else None


@measures(
    Kind.TRUTH,
    Reads("peers", ("ended", "blocked")),
    *_MISSED,
    _SHOWN,
    takes=(Kind.NODE,),
    needs=LINES[1:],
    topics=(CONNECTIONS,),
)
def banned_its_peers(view: View, node: str) -> bool | None:
    """Whether the node bans the host of the connection that it lost last: that it has no peers is its own doing."""
    known = _peers(view, node)
    if start_missed(view, node) is not None:
        return None
    if known is None or not known.ended:
        return False if seen(view, node, CONNECTIONS) else None
    host = known.ended[-1].address.rpartition(":")[0]
    return host in known.blocked


@measures(Kind.TEXT, Reads("peers", ("ended",)), *_MISSED, takes=(Kind.NODE,), needs=LINES[1:], topics=(CONNECTIONS,))
def last_lost(view: View, node: str) -> str | None:
    """The connection that ended last, and what the node said of why."""
    known = _peers(view, node)
    if known is None or not known.ended or start_missed(view, node) is not None:
        return None
    one = known.ended[-1]
    return f"{one.address} ({one.reason or 'no reason given'})"


def _counts(_view: View, nodes: list[str], values: list[int | None]) -> str:
    """How many connections each node has, the fewest first."""
    known = sorted([(value, node) for node, value in zip(nodes, values, strict=True) if value is not None])
    return ", ".join([f"{node} has {value}" for value, node in known[:8]])


@measures(Kind.NUMBER, over="connections", needs=LINES, topics=(CONNECTIONS,), detail=_counts)
def min_connections(_view: View, nodes: list[str], values: list[int | None]) -> int | None:
    """The smallest number of connections that any node has."""
    known = [value for value in values if value is not None]
    return None if len(known) < len(nodes) or not known else min(known)


# --- the graph ---------------------------------------------------------------------------------------


class Links(NamedTuple):
    """What one node says of its connections with others that are known by name."""

    open_to: tuple[str, ...]
    lost: tuple[str, ...]
    """Nodes that it had a connection to, and has none now."""
    connected: bool
    """Whether it has any connection open, whoever is at the other end."""
    exact: bool = True
    """Whether that is all. Where a part of its log is missing it may be connected to anybody, but for those that it has
    lost since.
    """


_READS = (
    Reads("peers", ("open", "counting_since", "ended")),
    *_MISSED,
    _SHOWN,
    Reads("identities", anywhere=True),
    Reads("nodes", ("status",)),
)


@measures(Kind.LIST, *_READS, takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,), lasting=True)
def said_links(view: View, node: str) -> Links | None:
    """Whom the node was connected to, and had been, when it last said so."""
    known, gap = _peers(view, node), start_missed(view, node)
    exact = connections.compute(view, node) is not None
    if not exact and gap is None:
        return None
    if known is None:
        return Links((), (), connected=False, exact=False)
    # Only who opened a connection knows the other side by its address.
    open_to = {_named(view, one.address) for _id, one in ordered(known.open) if one.direction is Direction.OUT}
    ended = [
        one.address
        for one in known.ended[-ENDED_LOOKED_AT:]
        if one.direction is Direction.OUT and one.reason != WAS_STOPPING and (gap is None or one.ended.seq > gap.seq)
    ]
    lost = {_named(view, address) for address in ended} - open_to
    if not exact:
        return Links((), tuple(ordered(lost - {"", node})), connected=False, exact=False)
    return Links(tuple(ordered(open_to - {"", node})), tuple(ordered(lost - {"", node})), bool(len(known.open)))


_OF_NODE = (Reads("source"), Reads("nodes", ("status",)))


@measures(Kind.LIST, *_OF_NODE, takes=(Kind.NODE,), uses="said_links", needs=LINES, topics=(CONNECTIONS,))
def links(view: View, said: Links, node: str) -> Links | tuple[()] | None:
    """Whom the node is connected to, and was; nothing for a node that has stopped in order."""
    if views.is_over(view.state, node):
        return ()
    return said if said.exact and node in view.ears.attached else None


@measures(Kind.LIST, *_OF_NODE, takes=(Kind.NODE,), uses="said_links", needs=LINES, topics=(CONNECTIONS,))
def testimony(view: View, said: Links, node: str) -> Links:
    """What a node says of others. One that has stopped in order had lost whom it had lost before; one whose log has
    ended tells no more of others, only that it was connected itself.
    """
    if views.is_over(view.state, node):
        return Links((), said.lost, connected=False, exact=said.exact)
    return said if node in view.ears.attached else Links((), (), said.connected)


@measures(Kind.LIST, takes=(Kind.NODE,), uses="links", needs=LINES, topics=(CONNECTIONS,))
def neighbours(_view: View, mine: Links | tuple[()], _node: str) -> tuple[str, ...] | bool:
    """Whom the node is connected to; False for a node that takes no part."""
    return mine.open_to if isinstance(mine, Links) else False


def _named(view: View, address: str) -> str:
    return node_of(view.state.identities, PEER_ADDRESS, address) or ""


Adjacency = dict[str, set[str]]
Neighbours = list[Any]
"""For each node its neighbours, False where it takes no part, None where they are not known."""


def _adjacency(nodes: list[str], values: Neighbours) -> Adjacency | None:
    """Who is connected with whom, among nodes that take part; None where that is not known of some node."""
    if None in values:
        return None
    found: Adjacency = {node: set() for node, mine in zip(nodes, values, strict=True) if mine is not False}
    for node, mine in zip(nodes, values, strict=True):
        for other in mine or ():
            if other in found:
                found[node].add(other)
                found[other].add(node)
    return found or None


def _missing_edges(_view: View, nodes: list[str], values: Neighbours) -> str | None:
    found = _adjacency(nodes, values)
    if found is None:
        return None
    names = ordered(set(found))
    missing = [
        f"{one} and {other}"
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if other not in found[one]
    ]
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""  # noqa: PLR2004 - what a line has room for
    return f"no connection between {', '.join(missing[:8])}{more}" if missing else None


@measures(Kind.TRUTH, over="neighbours", needs=LINES, topics=(CONNECTIONS,), detail=_missing_edges)
def complete_graph(_view: View, nodes: list[str], values: Neighbours) -> bool | None:
    """Whether every two nodes are connected with each other."""
    found = _adjacency(nodes, values)
    return None if found is None else all(len(others) == len(found) - 1 for _node, others in ordered(found))


@measures(Kind.NUMBER, over="neighbours", needs=LINES, topics=(CONNECTIONS,), detail=_missing_edges)
def connectivity(_view: View, nodes: list[str], values: Neighbours) -> int | None:
    """How many nodes must go before the others are no longer all connected; 0 where they are not now."""
    import networkx as nx

    found = _adjacency(nodes, values)
    if found is None:
        return None
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(ordered(set(found)))
    graph.add_edges_from([(node, other) for node, others in ordered(found) for other in ordered(others)])
    return int(nx.node_connectivity(graph)) if len(graph) > 1 else 0


@measures(Kind.TRUTH, uses="connectivity", takes=(Kind.NUMBER,), needs=LINES, topics=(CONNECTIONS,))
def connected_without(_view: View, connectivity: int, k: int) -> bool:
    """Whether the nodes stay connected whichever k of them go."""
    return connectivity > k


def _groups(nodes: list[str], values: Neighbours) -> list[list[str]] | None:
    """Groups of two or more nodes that are connected, directly or not; None where that is not known of some node."""
    if None in values:
        return None
    root = {node: node for node, mine in zip(nodes, values, strict=True) if mine is not False}

    def top(node: str) -> str:
        while root[node] != node:
            root[node] = node = root[root[node]]
        return node

    for node, mine in zip(nodes, values, strict=True):
        for other in mine or ():
            if other in root:
                root[top(node)] = top(other)
    found: dict[str, list[str]] = {}
    for node in nodes:
        if node in root:
            found.setdefault(top(node), []).append(node)
    return sorted([group for _top, group in ordered(found) if len(group) > 1]) if root else None


def _parts(_view: View, nodes: list[str], values: Neighbours) -> str | None:
    return " | ".join([", ".join(group[:8]) for group in _groups(nodes, values) or []]) or None


@measures(Kind.TRUTH, over="neighbours", needs=LINES, topics=(CONNECTIONS,), detail=_parts)
def partitioned(_view: View, nodes: list[str], values: Neighbours) -> bool | None:
    """Whether the nodes fall into groups, of two or more each, without a connection between them. A node alone is
    peerless instead.
    """
    found = _groups(nodes, values)
    return None if found is None else len(found) > 1


@measures(Kind.TEXT, over="neighbours", needs=LINES, topics=(CONNECTIONS,))
def groups(view: View, nodes: list[str], values: Neighbours) -> str | None:
    """The groups that the connections make of the nodes."""
    return _parts(view, nodes, values)


class Contacts:
    """How many nodes are connected to each node, and have lost it."""

    def __init__(self) -> None:
        """Nobody is connected to anybody."""
        self.held: dict[str, int] = {}
        self.lost: dict[str, int] = {}
        self.connected: set[str] = set()
        self.unknown: set[str] = set()
        self.heard: set[str] = set()
        self.inexact: dict[str, tuple[str, ...]] = {}
        """Nodes that may be connected to anybody, as a part of their logs is missing, but for those named."""

    def change(self, node: str, old: Any, new: Any) -> None:
        """A node says something else of its connections."""
        if isinstance(new, Links) and not new.exact:
            self.inexact[node] = new.lost
        else:
            self.inexact.pop(node, None)
        old, new = [one if isinstance(one, Links) and one.exact else _inexact(one) for one in (old, new)]
        if isinstance(new, Links):
            self.heard.add(node)
        else:
            self.heard.discard(node)
        for mine, step in ((old, -1), (new, 1)):
            if isinstance(mine, Links):
                for other in mine.open_to:
                    self.held[other] = self.held.get(other, 0) + step
                for other in mine.lost:
                    self.lost[other] = self.lost.get(other, 0) + step
        if isinstance(new, Links) and new.connected:
            self.connected.add(node)
        else:
            self.connected.discard(node)
        if new is None:
            self.unknown.add(node)
        else:
            self.unknown.discard(node)


def _inexact(said: Any) -> Any:
    """Of a node whose log has a gap no connection is known."""
    return None if isinstance(said, Links) else said


class Desertion(NamedTuple):
    """Who has been lost by those that were connected to them."""

    lost: tuple[str, ...]
    unknown: tuple[str, ...]
    """Nodes of which no connection is known."""
    held: tuple[str, ...]
    """Nodes that another says it is connected to; named only where some are unknown."""
    inexact: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Nodes that may be connected to anybody but those named with them."""


@measures(Kind.LIST, over="testimony", gathers=Contacts, needs=LINES, topics=(CONNECTIONS,))
def lost_nodes(_view: View, contacts: Contacts) -> Desertion | None:
    """Nodes that others have lost, and that think themselves connected all the same."""
    if not contacts.heard:
        return None
    lost = [node for node, count in ordered(contacts.lost) if count and not contacts.held.get(node)]
    unknown = tuple(ordered(contacts.unknown))
    held = tuple([node for node, count in ordered(contacts.held) if count]) if unknown else ()
    inexact = tuple(ordered(contacts.inexact))
    return Desertion(tuple([node for node in lost if node in contacts.connected]), unknown, held, inexact)


def _peer_ends(view: View, node: str) -> list[Origin | None]:
    """The latest lines with which peers lost a node, by the address that it stated."""
    known = view.state.nodes.get(node)
    address = None if known is None else known.services.get(P2P_SERVICE)
    if address is None or node_of(view.state.identities, PEER_ADDRESS, address) != node:
        return []
    found = [
        one.ended
        for _other, peers in ordered(view.state.peers)
        for one in peers.ended[-ENDED_LOOKED_AT:]
        if one.address == address
    ]
    return list(sorted(found, key=lambda line: line.seq)[-4:])


def _may_hold(view: View, node: str) -> str | None:
    found = [name for name, _mine in ordered(view.state.peers) if start_missed(view, name) is not None]
    if not found:
        return None
    return f"a part of the log of {', '.join(found[:8])} is missing: whether {node} is connected with it is not known"


@measures(
    Kind.TRUTH,
    uses="lost_nodes",
    takes=(Kind.NODE,),
    needs=LINES,
    topics=(CONNECTIONS,),
    why=_may_hold,
    evidence=_peer_ends,
)
def deserted(_view: View, found: Desertion, node: str) -> bool | None:
    """Whether every node that was connected to this one has lost it, while its own log shows no connection ending:
    it died, or cannot say.
    """
    if not found.unknown:
        return node in found.lost
    if node in found.lost:
        return None if any(other != node and node not in lost for other, lost in found.inexact) else True
    # A node of which no connection is known may be the one that has lost this one.
    return False if node in found.held else None


@measures(Kind.AGE, takes=(Kind.NODE,), needs=(ANY_LINE,), volatile=True, lasting=True, evidence=_peer_ends)
def gone_for(view: View, node: str) -> int | None:
    """For how long the node has written nothing, and nobody who was connected to it has lost it anew: also where its
    log has ended.
    """
    life = view.state.nodes.get(node)
    if start_missed(view, node) is not None and (life is None or P2P_SERVICE not in life.services):
        # By which address peers would lose it was told in a gap.
        return None
    ears = view.ears.of(node)
    lines = [view.hearing.last_line(ear.number, view.at, view.seq) for ear in ears]
    known = [line for line in lines if line is not None]
    # Whoever was connected to it may have lost it in a gap.
    known += [missed_at(view, name) for name, _mine in ordered(view.state.listening)] if known else []
    ends = [line.at for line in _peer_ends(view, node) if line is not None]
    return max([*known, *ends]) if known else None


@shorthand(Kind.NODE)
def down(node: Term) -> Term:
    """Whether the node has stopped in order, or every peer has lost it and nothing has come from it for two seconds."""
    return stopped(node) | (deserted(node) & (gone_for(node) >= "2s"))
