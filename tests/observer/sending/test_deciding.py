"""Which transitions are sent, and when."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.sending.deciding import BLIND_FOR, Ledger, alert_key, reloaded, standing
from observer.sending.notices import annotations_of, fingerprint, labels_of
from observer.sending.session import decoded, encoded
from state.events import ProcessStarted
from tests.observer.sending.judging import NOW, Judge, S, change, rule
from tests.waits.builders import Run
from tests.waits.builders import rule as real_rule
from waits.entities import agree
from waits.sight import Attachment

DOWN = change(0, "NodeDown", node="n1")
RESOLVED = change(9, "NodeDown", "resolved", node="n1")
MINUTE = 60


def test_an_alert_is_sent_when_it_fires_and_when_it_is_resolved() -> None:
    """R27: with the time at which it fired, which stays."""
    judge = Judge(rule("NodeDown"))
    assert judge.commit(change(-60, "NodeDown", "pending", node="n1"), DOWN) == [("NodeDown", "firing", "n1", 0)]
    assert judge.commit(RESOLVED) == [("NodeDown", "resolved", "n1", 9)]
    resolved = judge.decision.notices[0]
    assert (resolved.starts_at, resolved.ends_at) == (NOW, NOW + 9 * S)
    assert judge.ledger.firing == {}


def test_labels_are_prometheus_names() -> None:
    """R26: alertname, network, severity, and what names the entity."""
    judge = Judge(rule("NodeDown"))
    judge.commit(DOWN)
    one = judge.decision.notices[0]
    assert one.labels == {"alertname": "NodeDown", "network": "net", "node": "n1", "severity": "critical"}
    assert one.annotations == {"summary": "NodeDown at 0"}


def test_an_incident_is_never_sent() -> None:
    """R26: it is listed."""
    judge = Judge(rule("NodeDied", severity="incident"))
    assert judge.commit(change(0, "NodeDied", severity="incident", node="n1")) == []
    assert judge.commit(change(9, "NodeDied", "resolved", "incident", node="n1")) == []
    assert judge.ledger.passed_over == 0


def test_each_change_has_a_key_of_its_own_and_always_the_same() -> None:
    """R27, R29: told again after a restart, whoever is told can know; the alert itself keeps one name."""
    first, second = Judge(rule("NodeDown")), Judge(rule("NodeDown"))
    changes = [DOWN, RESOLVED, change(20, "NodeDown", node="n1"), change(30, "NodeDown", node="n2")]
    keys = []
    for one in changes:
        first.commit(one)
        keys.append(first.decision.notices[0])
    second.commit(*changes)
    assert [one.key for one in second.decision.notices] == [one.key for one in keys]
    assert len({one.key for one in keys}) == 4
    assert [one.alert == keys[0].alert for one in keys] == [True, True, True, False]


def test_what_is_explained_is_not_sent_and_stays_as_it_is() -> None:
    """R26: NodeDown explains that the node is behind; not that another one is."""
    judge = Judge(rule("NodeDown"), rule("NodeBehind", "NodeDown"))
    told = judge.commit(DOWN, change(1, "NodeBehind", node="n1"), change(2, "NodeBehind", node="n2"))
    assert told == [("NodeDown", "firing", "n1", 0), ("NodeBehind", "firing", "n2", 2)]
    assert len(judge.ledger.firing) == 3


def test_what_explains_at_the_same_moment_explains() -> None:
    """R26: whichever of the two is told first."""
    judge = Judge(rule("Aaa", "NodeDown"), rule("NodeDown"))
    assert judge.commit(change(0, "Aaa", node="n1"), DOWN) == [("NodeDown", "firing", "n1", 0)]


def test_what_was_explained_is_sent_when_it_no_longer_is() -> None:
    """R26: with the time since when it fires, however long ago that is."""
    judge = Judge(rule("NodeDown"), rule("NodeBehind", "NodeDown"))
    judge.commit(DOWN, change(1, "NodeBehind", node="n1"))
    told = judge.commit(change(3600, "NodeDown", "resolved", node="n1"))
    assert told == [("NodeDown", "resolved", "n1", 3600), ("NodeBehind", "firing", "n1", 1)]


def test_what_ends_while_it_is_explained_is_never_told() -> None:
    """R27: nobody is told that something ended of which nobody was told that it began."""
    judge = Judge(rule("NodeDown"), rule("NodeBehind", "NodeDown"))
    judge.commit(DOWN, change(1, "NodeBehind", node="n1"))
    assert judge.commit(change(5, "NodeBehind", "resolved", node="n1")) == []
    assert judge.ledger.passed_over == 1


def test_what_was_told_goes_on_being_told_when_something_comes_to_explain_it() -> None:
    """R26: silence would say that it had ended."""
    judge = Judge(rule("NodeDown"), rule("NodeBehind", "NodeDown"))
    judge.commit(change(-5, "NodeBehind", node="n1"), DOWN)
    names = [one.labels["alertname"] for one in standing(judge.ledger, "net", NOW)]
    assert names == ["Watchdog", "NodeBehind", "NodeDown"]
    assert judge.commit(change(5, "NodeBehind", "resolved", node="n1")) == [("NodeBehind", "resolved", "n1", 5)]


@pytest.mark.parametrize(("age", "sent"), [(299, True), (300, True), (301, False)])
def test_what_is_late_is_not_sent_while_catching_up(age: int, *, sent: bool) -> None:
    """R27: after more than five minutes."""
    judge = Judge(rule("NodeDown"))
    assert bool(judge.commit(DOWN, now=age, at=0)) is sent
    assert judge.decision.open is not sent


def test_what_is_late_is_sent_if_it_still_fires_when_the_journal_is_caught_up_with() -> None:
    """R27: and only then, although nothing more is logged."""
    judge = Judge(rule("NodeDown"))
    judge.commit(DOWN, change(1, "NodeDown", node="n2"), now=3600, at=5)
    assert judge.commit(change(9, "NodeDown", "resolved", node="n2"), now=3601, at=9) == []
    assert judge.commit(at=3602, now=3602) == [("NodeDown", "firing", "n1", 0)]
    assert not judge.decision.open


def test_what_was_told_is_resolved_however_late() -> None:
    """R27: the observer was away when it ended; whoever was told that it fires must hear it."""
    judge = Judge(rule("NodeDown"))
    judge.commit(DOWN)
    assert judge.commit(RESOLVED, now=7200, at=9) == [("NodeDown", "resolved", "n1", 9)]


def test_what_comes_and_goes_within_one_commit_is_told() -> None:
    """R27: how the journal is cut into commits changes nothing of what is told."""
    judge = Judge(rule("NodeDown"))
    assert [one[:2] for one in judge.commit(DOWN, RESOLVED)] == [("NodeDown", "firing"), ("NodeDown", "resolved")]


@given(
    st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), st.sampled_from(["n1", "n2"])), max_size=30),
    st.lists(st.integers(0, 30), max_size=5),
)
def test_commits_change_nothing(turns: list[tuple[str, str]], cuts: list[int]) -> None:
    """R27, R29: whatever the journal brings is told alike in one commit and in many, and the ledger may be stored."""
    on: set[tuple[str, str]] = set()
    changes = []
    for at, turn in enumerate(turns):
        on ^= {turn}
        changes.append(change(at, turn[0], "firing" if turn in on else "resolved", node=turn[1]))
    rules = [rule("A"), rule("B", "A"), rule("C", "B")]
    whole, parts = Judge(*rules), Judge(*rules)
    whole.commit(*changes, now=40)
    told = []
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), 30], strict=True):
        parts.commit(*changes[first:last], now=40, at=first)
        told += parts.decision.notices
        parts.ledger = decoded(encoded(parts.ledger))
    assert [one.key for one in told] == [one.key for one in whole.decision.notices]
    assert parts.ledger == whole.ledger


# --- blind -------------------------------------------------------------------------------------------


def blind(at: int, name: str, state: str = "blind", **labels: str) -> object:
    """A rule cannot be judged from here on, or can be again."""
    return change(at, name, state, "warning", "the log of n1 was lost" if state == "blind" else None, **labels)


def test_blindness_of_a_minute_is_told_once_for_a_node() -> None:
    """R27: ObserverBlind, with the reason and the rules, and that it is over."""
    judge = Judge(rule("NodeDown"), rule("NodeBehind"))
    assert judge.commit(blind(0, "NodeDown", node="n1"), blind(1, "NodeBehind", node="n1")) == []  # type: ignore[arg-type]
    assert judge.decision.open
    assert judge.commit(now=59) == []
    assert judge.commit(now=60) == [("ObserverBlind", "firing", "n1", 0)]
    one = judge.decision.notices[0]
    assert one.annotations["summary"].startswith("2 rules cannot be judged of n1 since ")
    assert one.annotations["summary"].endswith(": the log of n1 was lost")
    assert "NodeBehind, NodeDown" in one.annotations["description"]
    assert judge.commit(blind(90, "NodeDown", "unblind", node="n1")) == []  # type: ignore[arg-type]
    assert judge.commit(blind(95, "NodeBehind", "unblind", node="n1")) == [  # type: ignore[arg-type]
        ("ObserverBlind", "resolved", "n1", 95)
    ]


def test_a_moment_of_blindness_is_told_to_nobody() -> None:
    """R27: a log that was rotated and opened again."""
    judge = Judge(rule("NodeDown"))
    judge.commit(blind(0, "NodeDown", node="n1"))  # type: ignore[arg-type]
    assert judge.commit(blind(59, "NodeDown", "unblind", node="n1"), now=500) == []  # type: ignore[arg-type]
    assert not judge.decision.open


def test_an_alert_that_fires_and_is_blind_fires_on() -> None:
    """R26: blind is a flag beside the state."""
    judge = Judge(rule("NodeDown"))
    judge.commit(DOWN, blind(1, "NodeDown", node="n1"))  # type: ignore[arg-type]
    judge.commit(now=100)
    names = [one.labels["alertname"] for one in standing(judge.ledger, "net", NOW)]
    assert names == ["Watchdog", "NodeDown", "ObserverBlind"]


def test_rules_that_are_loaded_anew_are_not_blind_for_ever() -> None:
    """R20, R27: an alert that nobody watches for any more says nothing when it ends, so the engine is asked."""
    watched, other = real_rule("height('node1') >= 1", "R"), real_rule("height('node1') >= 2", "R")
    run = Run("node1").load(watched).says("node1", ProcessStarted("monero"))
    run.engine.transitions.clear()
    judge = Judge()
    judge.ledger = Ledger(blind={}, transitions=3)
    judge.commit(blind(0, "R"))  # type: ignore[arg-type]
    judge.commit(now=61)
    assert set(judge.ledger.dark) == {""}
    alert = run.engine.alerts["R", ""]
    alert.kept.blind_since = 5
    assert reloaded(judge.ledger, run.engine.alerts.values()) is judge.ledger
    run.load(other)
    judge.ledger = reloaded(judge.ledger, run.engine.alerts.values())
    assert judge.commit(now=70) == [("ObserverBlind", "resolved", "", 70)]


def test_what_the_engine_says_is_what_is_decided_on() -> None:
    """R26, R27: a rule that goes blind with the log of its node, and sees again."""
    run = Run("node1", unit=S).load(real_rule("not up(node)", "NotUp", each="node"))
    run.at(1).says("node1", ProcessStarted("monero"))
    run.at(2).source("node1", Attachment.LOST).at(90).source("node1", Attachment.ATTACHED)
    judge = Judge(real_rule("not up(node)", "NotUp", each="node"))
    shifted = [msgspec.structs.replace(one, at=one.at + NOW) for one in run.history]
    told = [one for at in shifted for one in judge.commit(at)]
    assert [one.state for one in run.history] == ["firing", "blind", "unblind"]
    assert told == [("NotUp", "firing", "node1", 1)]


def test_watchdog_always_fires() -> None:
    """R27: with nothing else to say, and since the same moment."""
    found = standing(Ledger(), "net", NOW)
    assert [(one.labels, one.starts_at) for one in found] == [
        ({"alertname": "Watchdog", "network": "net", "severity": "none"}, NOW)
    ]
    assert BLIND_FOR == MINUTE * S


# --- what is sent is harmless ------------------------------------------------------------------------


def test_labels_and_annotations_are_cleaned_and_cut() -> None:
    """Logs are written by whoever can reach a node."""
    long = "n" * 300
    found = labels_of("net", "R", "warning", {"node": "\x1b[31mred\x1b[0m\nnext\u202e", "other": long})
    assert found["node"] == "red next"
    assert len(found["other"]) == 256
    assert found["other"] != labels_of("net", "R", "warning", {"other": long + "x"})["other"]
    assert annotations_of({"summary": "a\x1b]0;title\x07b" + "x" * 5000})["summary"].startswith("abxxx")
    assert len(annotations_of({"summary": "x" * 5000})["summary"]) == 1000


def test_a_fingerprint_is_of_the_labels_alone() -> None:
    """The order in which they are written changes nothing."""
    assert fingerprint({"a": "1", "b": "2"}) == fingerprint({"b": "2", "a": "1"})
    assert fingerprint({"a": "1"}) != fingerprint({"a": "2"})
    assert alert_key("R", {"a": "1"}) != alert_key("Q", {"a": "1"})


def test_a_lone_surrogate_does_no_harm() -> None:
    """A node's name may come from a file name that is no text."""
    judge = Judge(rule("NodeDown"))
    judge.commit(change(0, "NodeDown", node="bad\udcff" + "x" * 300), blind(0, "R", node="bad\udcff"))  # type: ignore[arg-type]
    judge.commit(now=60)
    assert len(judge.decision.notices) == 1
    assert decoded(encoded(judge.ledger)) == judge.ledger
    assert msgspec.json.encode(standing(judge.ledger, "net", NOW))


KINDS = [{}, {"node": "n1"}, {"node": "n2"}, {"node": "n1", "originator": "100"}, {"originator": "100", "start": "8"}]


@pytest.mark.parametrize("explaining", KINDS)
@pytest.mark.parametrize("explained", KINDS)
def test_what_explains_agrees_in_all_that_both_name(explaining: dict[str, str], explained: dict[str, str]) -> None:
    """R26: as `status` has it, whatever the two are about."""
    judge = Judge(rule("A"), rule("B", "A"))
    told = judge.commit(change(0, "A", **explaining), change(0, "B", **explained))
    assert len(told) == (1 if agree(explaining, explained) else 2)


def test_thousands_that_are_explained_cost_little() -> None:
    """A network in which all go down at once: each is explained by another one, and is looked at again and again."""
    judge = Judge(rule("A"), rule("B", "A"))
    many = [change(0, name, node=f"n{number}") for name in "AB" for number in range(1000)]
    begun = time.thread_time()
    assert len(judge.commit(*many)) == 1000
    assert judge.commit(change(1, "C", node="n1")) == [("C", "firing", "n1", 1)]
    assert time.thread_time() - begun < 1
