"""Which networks are simulated: drawn by one rule from a base number, so that the runs a parser or a rule was made with
(`--develop`) and those that it is measured by (`--held-out`, the default) are different ones of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any

from observer.simulators.xmtpd.logs import Level
from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.schedule import quorum
from observer.simulators.xmtpd.settings import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HELD_OUT = 900_000
DEVELOP = 100_000
"""Bases of the seeds. Runs take those that follow; the simulator's own tests, and others, take small ones."""
SPACE = 10_000
"""Seeds from one base at most."""
HEALTHY = "healthy"
HEALTHY_RUNS, HEALTHY_HOURS = 20, 5
NODES = (3, 4, 5, 6, 7)
NODES_AT_DEBUG = (3, 4, 5)
"""Ten times the lines: the larger networks log at INFO."""
HOURS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated network."""

    name: str
    variant: str
    """The row of the table that it counts in."""
    order: Order
    settings: dict[str, Any] = field(default_factory=dict)
    missing: frozenset[int] = frozenset()
    """Nodes whose logs are not imported."""

    @property
    def shown(self) -> str:
        """As `observer simulate` would be told of it."""
        said = "".join(f" --set {name}={value}" for name, value in self.settings.items())
        faults = "".join(f" --fault '{fault}'" for fault in self.order.faults)
        watchers = " --watchers" if self.order.watchers else ""
        return (
            f"--nodes {self.order.nodes} --hours {self.order.length / HOUR:g} --seed {self.order.seed}"
            f" --level {self.order.level} --encoding {self.order.encoding}{watchers}{faults}{said}"
        )


@dataclass(frozen=True, slots=True)
class Variant:
    """A fault in one of its forms."""

    name: str
    kind: str
    runs: int
    settings: dict[str, Any] = field(default_factory=dict)
    lasts: tuple[int, int] = (70, 130)
    """Minutes, least and most."""
    nodes: Callable[[Random, tuple[int, ...]], str] = lambda _draws, _nodes: ""
    """Whom it is said of: empty where the simulator's own choice stands."""
    watchers: bool = False
    """Whether the programs that watch from outside are needed to show it."""


def _one(draws: Random, nodes: tuple[int, ...]) -> str:
    return f":{draws.choice(nodes)}"


def _minority(draws: Random, nodes: tuple[int, ...]) -> str:
    some = draws.sample(nodes, draws.randint(1, len(nodes) - quorum(len(nodes))) if len(nodes) > 2 else 1)  # noqa: PLR2004 - of two no one is a minority
    return ":" + ",".join(map(str, sorted(some)))


def _too_many(draws: Random, nodes: tuple[int, ...]) -> str:
    """So many that the others are no quorum."""
    some = draws.sample(nodes, len(nodes) - quorum(len(nodes)) + 1)
    return ":" + ",".join(map(str, sorted(some)))


def _one_way(draws: Random, nodes: tuple[int, ...]) -> str:
    reader, peer = draws.sample(nodes, 2)
    return f":{reader}>{peer}"


def _from_all(draws: Random, nodes: tuple[int, ...]) -> str:
    return f":{draws.choice(nodes)}>*"


SHORT = (15, 60)
VARIANTS: tuple[Variant, ...] = (
    Variant("node-down, in order", "node-down", 3, {"stop_by": "signal"}, nodes=_minority),
    Variant("node-down, killed", "node-down", 3, {"stop_by": "kill"}, nodes=_minority),
    Variant("quorum-loss, down", "quorum-loss", 3, {"quorum_loss_by": "down"}),
    Variant("quorum-loss, killed", "quorum-loss", 2, {"quorum_loss_by": "down", "stop_by": "kill"}),
    Variant("quorum-loss, refusing", "quorum-loss", 2, {"quorum_loss_by": "refusing"}),
    Variant("quorum-loss, silent", "quorum-loss", 2, {"quorum_loss_by": "silent"}),
    Variant("decanonicalised", "decanonicalised", 4, nodes=_one),
    Variant("merkle-split", "merkle-split", 4),
    Variant("conflict-loop", "conflict-loop", 4, nodes=_one),
    Variant("submit-failing", "submit-failing", 4),
    Variant("settle-failing, reverted", "settle-failing", 3),
    Variant("settle-failing, fishy", "settle-failing", 2, {"settle_failure": "fishy"}),
    Variant("settle-failing, leaf by leaf", "settle-failing", 2, {"leaves_at_once": 1, "payers": 5}),
    Variant("silent-worker, one node", "silent-worker", 3, nodes=_one),
    Variant(
        "silent-worker, submitters of all", "silent-worker", 2, {"silent_workers": "[submitter]"}, nodes=lambda *_: ":*"
    ),
    Variant(
        "silent-worker, settlement of all",
        "silent-worker",
        2,
        {"silent_workers": "[settlement]"},
        nodes=lambda *_: ":*",
    ),
    Variant("silent-worker, attestation", "silent-worker", 2, {"silent_workers": "[attestation]"}, nodes=_one),
    Variant("frozen-cursor", "frozen-cursor", 4, nodes=_one, watchers=True),
    Variant("partition, both ways", "partition", 3, nodes=_minority),
    Variant("partition, one way", "partition", 2, nodes=_one_way),
    Variant("partition, from all", "partition", 2, nodes=_from_all),
    Variant("latency, small", "latency", 2, nodes=_one),
    Variant("latency, large", "latency", 2, {"latency": "20s"}, nodes=_one),
    Variant("reorg", "reorg", 4, lasts=SHORT),
    Variant("db-outage", "db-outage", 4, nodes=_one, lasts=(10, 90)),
    Variant("log-loss", "log-loss", 4, nodes=_minority, lasts=(10, 90)),
    Variant("log-loss, of a quorum", "log-loss", 2, nodes=_too_many, lasts=(60, 90)),
    Variant("clock-skew", "clock-skew", 4, nodes=_one, lasts=(10, 90)),
)
SEVERAL: tuple[tuple[str, ...], ...] = (
    ("submit-failing", "node-down"),
    ("conflict-loop", "latency", "log-loss"),
    ("quorum-loss", "reorg"),
    ("settle-failing", "partition", "db-outage"),
)
"""Faults that come together."""
PRODUCTION: dict[str, Any] = {
    "generate_self": "6h",
    "generate_others": "12h",
    "expire_self": "9h",
    "expire_others": "18h",
    "attest_every": "1m",
}
"""xmtpd's own defaults."""
PRODUCTION_HOURS = 20


def healthy(base: int, count: int = HEALTHY_RUNS, hours: int = HEALTHY_HOURS) -> Iterator[Run]:
    """Networks in which nothing goes wrong."""
    for number in range(count):
        seed = base + number
        draws = Random(f"{HEALTHY} {seed}")  # noqa: S311 - a network, not a secret
        debug = number % 4 == 1
        sizes = NODES_AT_DEBUG if debug else NODES
        order = Order(
            nodes=sizes[number % len(sizes)],
            length=hours * HOUR,
            seed=seed,
            encoding=draws.choice(("json", "console")),
            level="debug" if debug else "info",
            watchers=number % 2 == 0,
        )
        yield Run(f"{HEALTHY} {seed}", HEALTHY, order)


def faulty(base: int, variants: Sequence[Variant] = VARIANTS, most: int | None = None) -> Iterator[Run]:
    """Every variant, some times each."""
    seed = base + 1000
    for variant in variants:
        for number in range(variant.runs):
            seed += 1
            if most is None or number < most:
                yield _drawn(variant, seed, number)


def _drawn(variant: Variant, seed: int, number: int) -> Run:
    draws = Random(f"{variant.name} {seed}")  # noqa: S311 - a network, not a secret
    order = _order(draws, seed, number, variant)
    fault = _window(draws, variant, order.length) + variant.nodes(draws, order.ids)
    order = replace(order, faults=(f"{variant.kind}@{fault}",))
    return Run(f"{variant.name} {seed}", variant.name, order, variant.settings)


def _order(draws: Random, seed: int, number: int, variant: Variant | None) -> Order:
    level: Level = "debug" if number % 2 else "info"
    return Order(
        nodes=draws.choice(NODES_AT_DEBUG if level == "debug" else NODES),
        length=HOURS * HOUR,
        seed=seed,
        encoding=draws.choice(("json", "console")),
        level=level,
        watchers=draws.random() < 1 / 3 or bool(variant and variant.watchers),
    )


def _window(draws: Random, variant: Variant | None, length: int) -> str:
    """Some minutes after all have started; now and then it lasts to the end."""
    least, most = (70, 130) if variant is None else variant.lasts
    since, lasts = draws.randint(35 * 60, 100 * 60), draws.randint(least * 60, most * 60)
    to_the_end = draws.random() < 1 / 6
    return f"{since}s.." + ("" if to_the_end else f"{min(since + lasts, length // 1000 - 60)}s")


def several(base: int) -> Iterator[Run]:
    """More than one fault at once."""
    for number, kinds in enumerate(SEVERAL):
        seed = base + 2001 + number
        draws = Random(f"several {seed}")  # noqa: S311 - a network, not a secret
        order = _order(draws, seed, number, None)
        faults = tuple(f"{kind}@{_window(draws, None, order.length)}" for kind in kinds)
        yield Run(f"several {seed}", "several at once", replace(order, faults=faults))


def production(base: int) -> Iterator[Run]:
    """The periods that xmtpd has where nobody sets them."""
    seed = base + 3001
    order = Order(nodes=3, length=PRODUCTION_HOURS * HOUR, seed=seed)
    yield Run(f"production periods, healthy {seed}", "production periods", order, PRODUCTION)
    fault = f"quorum-loss@{4 * HOUR // MINUTE}m..{16 * HOUR // MINUTE}m"
    order = Order(nodes=3, length=PRODUCTION_HOURS * HOUR, seed=seed + 1, faults=(fault,))
    yield Run(f"production periods, quorum-loss {seed + 1}", "production periods", order, PRODUCTION)


def every(base: int) -> list[Run]:
    """All that `make accuracy` measures by."""
    return [*healthy(base), *faulty(base), *several(base), *production(base)]


def quick(base: int) -> list[Run]:
    """A few short ones, for tests."""
    chosen = ("quorum-loss, down", "submit-failing", "log-loss")
    short = [run for run in faulty(base, most=1) if run.variant in chosen]
    return [*healthy(base, 1, 2), *short]
