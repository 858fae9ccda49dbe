"""What the shipped rules find in the captured runs, against a list written by hand from what the driver did."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from observer.inventory import parse_inventory
from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from replay.recording import Recording
from tests.observer.conftest import Recorded
from waits.alerts import Transition
from waits.durations import time_of_day

PACE = "network: three-nodes\nnodes: {node1: , node2: , node3: }\npace: {silent_after: 20s, block_interval: 2m}\n"
WITHIN_MS = 1000


class Expected(NamedTuple):
    """One incident, from truth.jsonl."""

    at: str
    rule: str
    entity: str
    fact: str
    """What its summary must say, once it is over or at the end."""


LEVEL1 = [
    Expected("07:03:21.600", "NodeDied", "node3", "node3 is gone"),  # P3, kill -9 at 07:03:19.585
    Expected("07:03:28.675", "NodeRestarted", "node3", "ended without a stop statement"),  # P3
    Expected("07:03:28.739", "HeightFell", "node3", "from 26 to 0, after a restart"),  # P3, its chain was gone
    Expected("07:03:31.660", "PeersLost", "node3", "believes itself synchronised"),  # P4
    Expected("07:03:32.565", "Forked", "57", "4 blocks deep"),  # P4
    Expected("07:03:56.616", "NodeWentSilent", "node2", "nothing for 20s"),  # P5, SIGSTOP at 07:03:36.616
    Expected("07:04:16.637", "HostBanned", "node3", "node3 bans 127.0.0.1"),  # P7
    Expected("07:04:34.875", "BlockRefused", "node2", "(orphaned)"),  # P8
    Expected("07:04:35.003", "HeightFell", "node2", "from 140 to 137, blocks were removed"),  # P8, pop_blocks
    Expected("07:04:35.188", "PeersLost", "node3", "believes itself synchronised"),  # P9
    Expected("07:04:35.395", "Forked", "142", "2 blocks deep"),  # P9
]
SELECTIVE = [
    Expected("07:21:16.000", "NodeDied", "node3", "node3 is gone"),  # P3, kill -9 at 07:21:14.865
    Expected("07:21:23.123", "NodeRestarted", "node3", "ended without a stop statement"),
    Expected("07:21:23.184", "HeightFell", "node3", "from 26 to 0, after a restart"),
    Expected("07:21:25.364", "PeersLost", "node3", "believes itself synchronised"),  # P4
    Expected("07:21:26.200", "Forked", "57", "4 blocks deep"),  # P4
]
LEVEL0 = [
    # Nodes write little at this level: those that nothing happens to are quiet for 29 s and longer, so the
    # inventory states a slower pace. A killed node then is not silent long enough to be told from them.
    Expected("07:06:49.272", "NodeRestarted", "node3", "ended without a stop statement"),  # P3
]
RUNS = {
    "level1": (PACE, LEVEL1),
    "selective": (PACE, SELECTIVE),
    "level0": (PACE.replace("20s", "1m"), LEVEL0),
}
UNSEEN_AT_LEVEL0 = ("PeersLost", "NodePeerless", "GraphPartitioned")
"""No line per connection is shown, so these cannot be judged."""


def judged(path: Path, inventory: str) -> tuple[list[Transition], Judged]:
    """Everything that the shipped rules say of a recording."""
    with Recording.open_to_read(path) as recording:
        found = Judged(recording, rules_in_force(recording, "builtin"), parse_inventory(inventory, "network.yaml"))
        return list(found.run()), found


def entity(transition: Transition) -> str:
    """What an alert is about."""
    return transition.labels.get("node") or transition.labels.get("fork") or ""


def milliseconds(text: str) -> int:
    """A time of day."""
    hours, minutes, rest = text.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + int(rest.replace(".", ""))


def fits(expected: Expected, found: Transition) -> bool:
    """Whether an incident is the expected one: the rule, the entity, and the time within a second."""
    apart = abs(milliseconds(expected.at) - milliseconds(time_of_day(found.at)))
    return (expected.rule, expected.entity) == (found.rule, entity(found)) and apart <= WITHIN_MS


@pytest.mark.parametrize("level", RUNS)
@pytest.mark.parametrize("form", ["log", "both"])
def test_incidents_are_those_that_were_caused(recorded: Recorded, level: str, form: str) -> None:
    """Every fault that the log can show is found within a second, and nothing else is."""
    inventory, expected = RUNS[level]
    transitions, _judged = judged(recorded(level, form), inventory)
    found = [one for one in transitions if (one.severity, one.state) == ("incident", "firing")]
    misses = [one for one in expected if not any(fits(one, other) for other in found)]
    false = [
        f"{time_of_day(one.at)} {one.rule} {entity(one)}"
        for one in found
        if not any(fits(other, one) for other in expected)
    ]
    assert (misses, false, len(found)) == ([], [], len(expected))


@pytest.mark.parametrize("level", RUNS)
def test_incidents_say_what_matters(recorded: Recorded, level: str) -> None:
    """The summary names who and how much; what grew meanwhile is told at the end."""
    inventory, expected = RUNS[level]
    transitions, _judged = judged(recorded(level, "both"), inventory)
    for one in expected:
        begun = next(at for at, other in enumerate(transitions) if other.state == "firing" and fits(one, other))
        life = [
            other
            for other in transitions[begun:]
            if (other.rule, entity(other)) == (one.rule, one.entity) and other.state in ("firing", "resolved")
        ][:2]
        assert any(one.fact in other.annotations["summary"] for other in life), one


@pytest.mark.parametrize("level", RUNS)
def test_no_alert_fires_on_faults_of_seconds(recorded: Recorded, level: str) -> None:
    """R26: alerts have a production `for`; none of the driver's faults lasted."""
    transitions, _judged = judged(recorded(level, "both"), RUNS[level][0])
    assert [one for one in transitions if one.severity != "incident" and one.state == "firing"] == []


def test_frozen_node_speaks_again(recorded: Recorded) -> None:
    """SIGCONT at 07:04:02.829: the first line ends the silence."""
    transitions, _judged = judged(recorded("level1", "both"), PACE)
    over = [one for one in transitions if (one.rule, one.state) == ("NodeWentSilent", "resolved")]
    assert [(entity(one), time_of_day(one.at)[:10]) for one in over] == [("node2", "07:04:02.8")]


def test_what_level0_does_not_show_is_unknown(recorded: Recorded) -> None:
    """R23: no line per block and none per connection; then nothing is known to be well."""
    with Recording.open_to_read(recorded("level0", "both")) as recording:
        found = Judged(recording, rules_in_force(recording, "builtin"), parse_inventory(RUNS["level0"][0], "n"))
        list(found.run(until=_before_the_stop(found)))
        alerts = [alert for alert in found.engine.alerts.values() if alert.rule.name in UNSEEN_AT_LEVEL0]
        assert len(alerts) == 7
        moment = _now(found)
        assert [alert.rule.name for alert in alerts if alert.bound.ask(moment) is not None] == []


def _before_the_stop(found: Judged) -> int:
    """A sequence shortly before the nodes are stopped: nodes that have stopped take no part, and are known."""
    infos = found.recording.block_infos()
    return int(infos[-1].last_seq * 3 // 4)


def _now(found: Judged):  # type: ignore[no-untyped-def] # noqa: ANN202 - a moment of the engine
    from waits.binding import Moment

    return Moment(found.engine.at, found.engine.seq, timer=True)


def test_the_default_pace_calls_quiet_nodes_silent_at_level0(recorded: Recorded) -> None:
    """Two false ones, explained: at 20 s, node2 is called silent though nothing happened to it, as it writes nothing
    for half a minute; node3 is, rightly, 20 s after its last line, though it was killed later than that line.
    """
    transitions, _judged = judged(recorded("level0", "both"), PACE)
    found = [one for one in transitions if (one.severity, one.state) == ("incident", "firing")]
    assert sorted((one.rule, entity(one)) for one in found) == [
        ("NodeRestarted", "node3"),
        ("NodeWentSilent", "node2"),
        ("NodeWentSilent", "node3"),
    ]
