"""Playing a recording once while something is judged, or nothing is: one variant of `judging`, in a process of its own.

python -m benchmarks.judged RUN.rec "50 rules"            from the lines that import kept apart
python -m benchmarks.judged RUN.rec "50 rules" --cold     from everything
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from benchmarks.generate import CAPTURES, NODES
from observer.judged import Judged
from observer.rulefiles.reading import SHIPPED, parse_rules
from replay.play import Player
from replay.recording import Recording
from state.encoding import digest
from waits.durations import nanoseconds
from waits.expression import DEFAULT_PARAMETERS, Scope, condition_of, formula_of
from waits.rules import INCIDENT, Rule

Load: TypeAlias = Callable[[Judged], None]
CONDITIONS = 1000
RULES = 50
OF_NODES = (
    "height({node}) >= 1000000",
    "connections({node}) >= 50",
    "restarts({node}) >= 9",
    "reorg_depth({node}) >= 100",
    "problems({node}, 'fatal') >= 5",
    "lasting(synced({node}) and height({node}) >= 100000, 30s)",
    "quiet_for({node}) >= 1h",
    "bans({node}) >= 7",
    "refused({node}) >= 100",
    "regressions({node}) >= 50",
)
"""Of what a node's own log says. The capture meets none of them, so that they wait to its end."""
FURTHER = (
    ("node", "0s", "uncleans(node) >= 1"),
    ("node", "2m", "connections(node) < 2 and up(node)"),
    ("node", "0s", "connections(node) > 32"),
    ("node", "5m", "syncing(node)"),
    ("node", "0s", "bans(node) >= 2"),
    ("node", "1m", "behind(node) >= 50 and synced(node)"),
    ("node", "0s", "increase(reorgs(node), 10m) >= 5"),
    ("node", "30s", "age(tip(node)) > 5 * block_interval"),
    ("node", "0s", "increase(problems(node, 'warning'), 1m) >= 50"),
    ("node", "0s", "grown(restarts(node)) >= 2"),
    ("node", "1m", "up(node) and not initialised(node)"),
    ("node", "10s", "quiet_for(node) > 10s and connections(node) >= 1"),
    (None, "2m", "not tips_agree()"),
    (None, "1m", "min_connections() < 1"),
    (None, "1m", "max_height() - min_height() >= 20"),
    ("fork", "1m", "fork_depth(fork) >= 4"),
)
"""Rules beside those that ship, each with a formula of its own: what `each:` names, `for`, the formula."""
BLOCK = re.compile(r"id:\s+<([0-9a-f]{64})>")


def nothing(_judged: Judged) -> None:
    """An engine that has nothing to judge."""


def conditions_of_nodes(judged: Judged) -> None:
    """Each over one node, every node under as many."""
    nodes = judged.scope.nodes or ()
    for number in range(CONDITIONS):
        text = OF_NODES[number // len(nodes) % len(OF_NODES)]
        judged.engine.wait(condition_of(text.format(node=nodes[number % len(nodes)]), judged.scope))


def conditions_of_blocks(judged: Judged) -> None:
    """Each over one block on one node: half of them of blocks that come late, half of such as never come."""
    nodes, late = judged.scope.nodes or (), late_blocks()
    for number in range(CONDITIONS):
        block = late[number // 2 % len(late)] if number % 2 else f"{number:064x}"
        node = nodes[number // 2 % len(nodes)]
        judged.engine.wait(condition_of(f"on_main({node}, '{block}')", judged.scope))


def late_blocks() -> list[str]:
    """Blocks of the later half of the capture, in the order in which they were added."""
    logs = [(CAPTURES / f"{node}.log").read_text(encoding="utf-8") for node in NODES]
    blocks = list(dict.fromkeys(block for log in logs for block in BLOCK.findall(log)))
    return blocks[len(blocks) // 2 :]


def rules(judged: Judged) -> None:
    """Those that ship for any system, and further ones: those of other systems have nothing to be bound to here."""
    text = resources.files("observer").joinpath("rules", SHIPPED[0]).read_text(encoding="utf-8")
    shipped = parse_rules(text, SHIPPED[0]).rules
    judged.engine.load([*shipped, *islice(further_rules(), RULES - len(shipped))])


def further_rules() -> Iterator[Rule]:
    """Rules that do not ship."""
    for number, (each, span, text) in enumerate(FURTHER):
        formula = formula_of(text, Scope(DEFAULT_PARAMETERS, each))
        severity = INCIDENT if span == "0s" else "warning"
        yield Rule(f"Further{number:02d}", formula, each=each, span=nanoseconds(span), severity=severity)


VARIANTS: dict[str, Load | None] = {
    "plain play": None,
    "judged, nothing": nothing,
    f"{CONDITIONS:,} of nodes": conditions_of_nodes,
    f"{CONDITIONS:,} of blocks": conditions_of_blocks,
    f"{RULES} rules": rules,
}
"""What is loaded into the engine; None where there is none."""


def played(recording: Recording, load: Load | None, *, hot: bool) -> dict[str, object]:
    """Load and play once: what it took, and what came out."""
    began = time.process_time()
    judged = None if load is None else Judged(recording, hot=hot)
    player = Player(recording, hot=hot) if judged is None else judged.player
    if judged is not None and load is not None:
        load(judged)
    loaded = time.process_time()
    transitions = 0
    wall, cpu = time.perf_counter(), time.process_time()
    if judged is None:
        player.play()
    else:
        transitions = sum(1 for _transition in judged.run())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    waits = [] if judged is None else judged.engine.waits
    return {
        "seconds": wall,
        "cpu": cpu,
        "loading": loaded - began,
        "events": player.folding.events,
        "digest": digest(player.state),
        "transitions": transitions,
        "waiting": sum(waiting.outcome is None for waiting in waits),
        "alerts": 0 if judged is None else len(judged.engine.alerts),
    }


def main() -> None:
    """Play, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("variant", choices=list(VARIANTS))
    parser.add_argument("--cold", action="store_true", help="leave aside the lines that import kept apart")
    asked = parser.parse_args()
    with Recording.open_to_read(asked.recording) as recording:
        print(json.dumps(played(recording, VARIANTS[asked.variant], hot=not asked.cold)))


if __name__ == "__main__":
    main()
