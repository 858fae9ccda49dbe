"""What goes wrong, when, and for whom: `KIND@FROM..TO[:NODES]`.

FROM and TO count from the start of the run (`90m..2h`); without TO a fault lasts to the end. NODES are ids
(`300,400`). Two kinds take a direction as well, `A>B`: A, which reads from B, does not reach it, or late; either
side may be `*`. What each kind does, and what it takes where no nodes are said:

- `node-down` (last): the process is stopped, or killed, and started again.
- `quorum-loss` (so many that too few are left): they are down, or refuse, or do not look (`quorum_loss_by`).
- `decanonicalised` (last): taken off the registry, which running nodes do not notice; every submission reverts.
- `merkle-split` (last half): they count usage otherwise than the others; each side refuses the other's reports.
  Afterwards usage counts as repaired, so that a run can show the recovery.
- `conflict-loop` (first; NODES are originators): every node counts their usage in its own way, so that each report
  is refused by all but its maker and expires, and the next one starts at the same place (#1810).
- `submit-failing`, `settle-failing` (all): their transactions fail.
- `silent-worker` (last): workers never win their lock and return without a word (`silent_workers`).
- `frozen-cursor` (last): the cursor that is served stands still, without a word, until the process is started
  again, which happens at TO. No log of a node shows it; that of network-watcher does, with its next stream.
- `partition`, `latency` (last): streams between them and the others are cut, or late, both ways.
- `reorg` (all): the blocks that the settlement chain made between FROM and TO are rolled back at TO and mined again.
- `db-outage` (last): the database cannot be reached. It freezes the served cursor as well, for good.
- `log-loss` (last): what they write is lost.
- `clock-skew` (last): the clock they write times by is set ahead; timers are monotonic and keep their slots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from observer.simulators.xmtpd.failures import CannotSimulate
from observer.simulators.xmtpd.schedule import quorum
from observer.simulators.xmtpd.settings import milliseconds

Choice = Callable[[tuple[int, ...]], tuple[int, ...]]


def _first(nodes: tuple[int, ...]) -> tuple[int, ...]:
    return nodes[:1]


def _last(nodes: tuple[int, ...]) -> tuple[int, ...]:
    return nodes[-1:]


def _half(nodes: tuple[int, ...]) -> tuple[int, ...]:
    return nodes[(len(nodes) + 1) // 2 :] or nodes


def _too_many(nodes: tuple[int, ...]) -> tuple[int, ...]:
    return nodes[quorum(len(nodes)) - 1 :]


def _all(nodes: tuple[int, ...]) -> tuple[int, ...]:
    return nodes


KINDS: dict[str, Choice] = {
    "node-down": _last,
    "quorum-loss": _too_many,
    "decanonicalised": _last,
    "merkle-split": _half,
    "conflict-loop": _first,
    "submit-failing": _all,
    "settle-failing": _all,
    "silent-worker": _last,
    "frozen-cursor": _last,
    "partition": _last,
    "latency": _last,
    "reorg": _all,
    "db-outage": _last,
    "log-loss": _last,
    "clock-skew": _last,
}
LINKS = ("partition", "latency")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, from an instant on and until another one."""

    kind: str
    since: int
    until: int
    nodes: tuple[int, ...]
    onto: tuple[int, ...] | None = None
    """Of `A>B`: whom `nodes` do not reach. None is both ways, between `nodes` and all others."""

    def on(self, now: int) -> bool:
        return self.since <= now < self.until

    def concerns(self, reader: int, peer: int) -> bool:
        """Whether it lies between a node and the one it reads from."""
        if self.onto is not None:
            return reader in self.nodes and peer in self.onto
        return (reader in self.nodes) != (peer in self.nodes)


def read_fault(text: str, nodes: tuple[int, ...], start: int, end: int) -> Fault:
    """The fault that `KIND@FROM..TO[:NODES]` describes. Raises CannotSimulate."""
    kind, sign, rest = text.partition("@")
    if kind not in KINDS:
        raise CannotSimulate(f"--fault {text}: there is no fault {kind!r}; there are {', '.join(KINDS)}")
    times, _, named = rest.partition(":")
    since, dots, until = times.partition("..")
    if not sign or not dots:
        raise CannotSimulate(f"--fault {text}: write KIND@FROM..TO[:NODES], such as {kind}@90m..2h:{nodes[-1]}")
    try:
        first = start + milliseconds(since)
        last = start + milliseconds(until) if until else end
    except ValueError as error:
        raise CannotSimulate(f"--fault {text}: {error}") from None
    if not first < last:
        raise CannotSimulate(f"--fault {text}: ends before it begins; FROM and TO count from the start of the run")
    if first >= end:
        raise CannotSimulate(f"--fault {text}: begins after the run has ended; make --hours longer or FROM earlier")
    chosen, onto = _named(text, kind, named, nodes)
    return Fault(kind, first, last, chosen, onto)


def _named(text: str, kind: str, named: str, nodes: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    if not named:
        return KINDS[kind](nodes), None
    left, sign, right = named.partition(">")
    if sign and kind not in LINKS:
        raise CannotSimulate(f"--fault {text}: only {' and '.join(LINKS)} have a direction; name the nodes")
    return _ids(text, left, nodes), _ids(text, right, nodes) if sign else None


def _ids(text: str, named: str, nodes: tuple[int, ...]) -> tuple[int, ...]:
    if named == "*":
        return nodes
    chosen = []
    for part in named.split(","):
        if not part.isdecimal() or int(part) not in nodes:
            raise CannotSimulate(f"--fault {text}: there is no node {part!r}; there are {', '.join(map(str, nodes))}")
        chosen.append(int(part))
    return tuple(sorted(set(chosen)))


class Faults:
    """All that goes wrong in one run."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.all = tuple(faults)
        self._of = {kind: tuple(one for one in self.all if one.kind == kind) for kind in KINDS}

    def of(self, kind: str) -> tuple[Fault, ...]:
        return self._of[kind]

    def on(self, kind: str, node: int, now: int) -> bool:
        """Whether a node is under a fault of a kind."""
        return any(one.on(now) and node in one.nodes for one in self._of[kind])

    def anywhere(self, kind: str, now: int) -> bool:
        """Whether there is a fault of a kind at all."""
        return any(one.on(now) for one in self._of[kind])

    def between(self, kind: str, reader: int, peer: int, now: int) -> bool:
        """Whether a fault of a kind lies between a node and the one it reads from."""
        return any(one.on(now) and one.concerns(reader, peer) for one in self._of[kind])
