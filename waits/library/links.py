"""Connections between nodes, and the graph that they make.

A connection is known by the address it was opened to, so the side that opened it tells who is at its other end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from state import views
from state.events import ConnectionClosed, ConnectionOpened, ProcessStarted, ServiceBound
from state.identities import PEER_ADDRESS, node_of
from state.listening import CONNECTIONS
from state.nodes import Status
from state.ordered import ordered
from waits.functions import Reads, View, measures
from waits.library.blocks import seen
from waits.terms import Kind

if TYPE_CHECKING:
    import networkx as nx

    from state.origin import Origin
    from state.peers import NodePeers

LINES = ((ProcessStarted,), (ConnectionOpened, ConnectionClosed, ServiceBound))
_SHOWN = Reads("listening", ("topics", "seen", "resumed"))
_OPEN = Reads("peers", ("open", "counting_since"))


def _peers(view: View, node: str) -> NodePeers | None:
    return view.state.peers.get(node)


def _last_end(view: View, node: str) -> list[Origin | None]:
    known = _peers(view, node)
    return [] if known is None else [one.ended for one in known.ended[-3:]]


@measures(Kind.NUMBER, _OPEN, _SHOWN, takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,), evidence=_last_end)
def connections(view: View, node: str) -> int | None:
    """How many connections the node has open."""
    return views.connections(view.state, node) if seen(view, node, CONNECTIONS) else None


@measures(Kind.TRUTH, Reads("peers", ("opened_total",)), _SHOWN, takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,))
def had_peers(view: View, node: str) -> bool | None:
    """Whether the node has had a connection."""
    known = _peers(view, node)
    if known is not None and known.opened_total:
        return True
    return False if seen(view, node, CONNECTIONS) else None


@measures(Kind.TRUTH, Reads("peers", ("ended", "blocked")), takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,))
def banned_its_peers(view: View, node: str) -> bool:
    """Whether the node bans the host of the connection that it lost last: that it has no peers is its own doing."""
    known = _peers(view, node)
    if known is None or not known.ended or not known.blocked:
        return False
    host = known.ended[-1].address.rpartition(":")[0]
    return host in known.blocked


@measures(Kind.TEXT, Reads("peers", ("ended",)), takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,))
def last_lost(view: View, node: str) -> str | None:
    """The connection that ended last, and what the node said of why."""
    known = _peers(view, node)
    if known is None or not known.ended:
        return None
    one = known.ended[-1]
    return f"{one.address} ({one.reason or 'no reason given'})"


@measures(Kind.NUMBER, over="connections", needs=LINES, topics=(CONNECTIONS,))
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
    open_count: int
    """All open ones, whoever is at the other end."""


@measures(
    Kind.LIST,
    Reads("peers", ("open", "counting_since", "ended")),
    _SHOWN,
    Reads("identities", anywhere=True),
    Reads("nodes", ("status",)),
    takes=(Kind.NODE,),
    needs=LINES,
    topics=(CONNECTIONS,),
)
def neighbours(view: View, node: str) -> Links | tuple[()] | None:
    """Whom the node is connected to; nothing for a node that has stopped in order."""
    status = view.state.nodes.get(node)
    if status is not None and status.status is Status.STOPPED:
        return ()
    known = _peers(view, node)
    if connections.compute(view, node) is None or known is None:
        return None
    open_to = {_named(view, one.address) for _id, one in ordered(known.open)} - {"", node}
    lost = {_named(view, one.address) for one in known.ended} - {"", node} - open_to
    return Links(tuple(ordered(open_to)), tuple(ordered(lost)), len(known.open))


def _named(view: View, address: str) -> str:
    return node_of(view.state.identities, PEER_ADDRESS, address) or ""


def _graph(nodes: list[str], values: list[Any]) -> nx.Graph[str] | None:
    """The graph of nodes that take part; None where some node's connections are not known."""
    import networkx as nx

    if None in values:
        return None
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from([node for node, links in zip(nodes, values, strict=True) if links])
    for node, links in zip(nodes, values, strict=True):
        graph.add_edges_from([(node, other) for other in (links.open_to if links else ()) if other in graph])
    return graph


def _missing_edges(_view: View, nodes: list[str], values: list[Any]) -> str | None:
    graph = _graph(nodes, values)
    if graph is None:
        return None
    import networkx as nx

    missing = sorted([tuple(sorted(edge)) for edge in nx.complement(graph).edges])
    return (
        "no connection between " + ", ".join([f"{one} and {other}" for one, other in missing[:8]]) if missing else None
    )


@measures(Kind.TRUTH, over="neighbours", needs=LINES, topics=(CONNECTIONS,), detail=_missing_edges)
def complete_graph(_view: View, nodes: list[str], values: list[Any]) -> bool | None:
    """Whether every two nodes are connected with each other."""
    graph = _graph(nodes, values)
    if graph is None or not len(graph):
        return None
    return graph.number_of_edges() == len(graph) * (len(graph) - 1) // 2


@measures(Kind.NUMBER, over="neighbours", needs=LINES, topics=(CONNECTIONS,), detail=_missing_edges)
def connectivity(_view: View, nodes: list[str], values: list[Any]) -> int | None:
    """How many nodes must go before the others are no longer all connected; 0 where they are not now."""
    import networkx as nx

    graph = _graph(nodes, values)
    if graph is None or not len(graph):
        return None
    return int(nx.node_connectivity(graph)) if len(graph) > 1 else 0


@measures(Kind.TRUTH, uses="connectivity", takes=(Kind.NUMBER,), needs=LINES, topics=(CONNECTIONS,))
def connected_without(_view: View, connectivity: int, k: int) -> bool:
    """Whether the nodes stay connected whichever k of them go."""
    return connectivity > k


def _groups(graph: nx.Graph[str]) -> list[list[str]]:
    import networkx as nx

    return sorted([sorted(group) for group in nx.connected_components(graph) if len(group) > 1])


def _parts(_view: View, nodes: list[str], values: list[Any]) -> str | None:
    graph = _graph(nodes, values)
    found = [] if graph is None else _groups(graph)
    return " | ".join([", ".join(group[:8]) for group in found]) or None


@measures(Kind.TRUTH, over="neighbours", needs=LINES, topics=(CONNECTIONS,), detail=_parts)
def partitioned(_view: View, nodes: list[str], values: list[Any]) -> bool | None:
    """Whether the nodes fall into groups, of two or more each, without a connection between them. A node alone is
    peerless instead.
    """
    graph = _graph(nodes, values)
    return None if graph is None or not len(graph) else len(_groups(graph)) > 1


@measures(Kind.TEXT, over="neighbours", needs=LINES, topics=(CONNECTIONS,))
def groups(view: View, nodes: list[str], values: list[Any]) -> str | None:
    """The groups that the connections make of the nodes."""
    return _parts(view, nodes, values)


@measures(Kind.LIST, over="neighbours", needs=LINES, topics=(CONNECTIONS,))
def lost_nodes(_view: View, nodes: list[str], values: list[Any]) -> tuple[str, ...]:
    """Nodes that others have lost, and that think themselves connected all the same."""
    known = [(node, links) for node, links in zip(nodes, values, strict=True) if links]
    held = {other for _node, links in known for other in links.open_to}
    lost = {other for _node, links in known for other in links.lost}
    return tuple([node for node, links in known if node in lost and node not in held and links.open_count])


def _peer_ends(view: View, node: str) -> list[Origin | None]:
    found = [
        one.ended
        for _other, peers in ordered(view.state.peers)
        for one in peers.ended[-8:]
        if _named(view, one.address) == node
    ]
    return list(sorted(found, key=lambda line: line.seq)[-4:])


@measures(Kind.TRUTH, uses="lost_nodes", takes=(Kind.NODE,), needs=LINES, topics=(CONNECTIONS,), evidence=_peer_ends)
def deserted(_view: View, lost: tuple[str, ...], node: str) -> bool:
    """Whether every node that was connected to this one has lost it, while its own log shows no connection ending:
    it died, or cannot say.
    """
    return node in lost
