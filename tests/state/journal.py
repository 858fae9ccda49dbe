"""A journal under way: events are said one by one, and the snapshot is what they make it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from parsers.framing import FRAMINGS
from parsers.source import SourceParser
from parsers.systems import SYSTEMS
from state.chain import NodeChain
from state.events import Event, ProcessStarted
from state.listening import NodeListening
from state.nodes import Node
from state.origin import Origin
from state.peers import NodePeers
from state.snapshot import NetworkState, Touched, fold

S = 1_000_000_000
START = ProcessStarted("monero", "0.18.4.0", "Fluorine Fermi")
CAPTURES = Path(__file__).parents[1] / "captures" / "monero"
Said = tuple[tuple[Event, Origin], ...]


def block_id(number: int) -> str:
    """A block's id, told by a number."""
    return f"{number:064x}"


class Journal:
    """Each event comes a second after the one before it, unless it is said otherwise."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self.state = NetworkState()
        self.touched: tuple[Touched, ...] = ()
        self.now = 0
        self.seq = 0

    def say(self, *events: Event, by: str = "node1", after: int = S) -> Journal:
        """Fold events of one node."""
        for event in events:
            self.now += after
            self.seq += 1
            self.state, self.touched = fold(self.state, event, Origin(by, self.now, self.now + 7, self.seq, 1))
        return self

    def at(self, seq: int, by: str = "node1") -> Origin:
        """Where the event of that sequence came from, if all came a second apart."""
        return Origin(by, seq * S, seq * S + 7, seq, 1)

    @property
    def node(self) -> Node:
        """The first node in the slice `nodes`."""
        return self.state.nodes["node1"]

    @property
    def peers(self) -> NodePeers:
        """The first node in the slice `peers`."""
        return self.state.peers["node1"]

    @property
    def chain(self) -> NodeChain:
        """The first node in the slice `chain`."""
        return self.state.chain["node1"]

    @property
    def listening(self) -> NodeListening:
        """The first node in the slice `listening`."""
        return self.state.listening["node1"]


@cache
def captured(level: str, node: int) -> Said:
    """What a captured log says, with origins as if it were the only source."""
    parser = SourceParser(f"node{node}", node, SYSTEMS["monero"], FRAMINGS["bare"])
    lines = (CAPTURES / level / f"node{node}.log").read_bytes().splitlines(keepends=True)
    return tuple(one for seq, line in enumerate(lines, 1) for one in parser.feed(line, seq, seq))
