"""A real Alertmanager: what it holds, what it tells on, and that it gets all of it after it was away (R27)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from observer.sending import firing, sender
from observer.sending.memory import MemoryOutbox
from observer.sending.notifiers import notifier_of
from observer.sending.sender import Sender
from observer.sending.session import Sending
from tests.components.alertmanager import Alertmanager
from tests.components.webhook import Webhook
from tests.observer.sending.judging import NOW as THEN
from tests.observer.sending.judging import S, change, rule
from waits.alerts import Transition


class Live:
    """A loop that judges, at the time of day, and sends to one Alertmanager."""

    def __init__(self, url: str) -> None:
        """Begins now."""
        self.said: list[str] = []
        self.sender = Sender(notifier_of(f"alertmanager={url}"), self.said.append)
        self.sender.start()
        self.outbox = MemoryOutbox()
        self.sending = Sending("testnet", {self.sender.notifier.id: self.sender}, None, time.time_ns() - 60 * S)
        self.sending.rules([rule("NodeDown"), rule("NodeBehind", "NodeDown")], [])

    def judged(self, *changes: Transition) -> None:
        """Transitions, each so many seconds ago as it is dated before `NOW`."""
        now = time.time_ns()
        shifted = [
            Transition(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "at": now + one.at - THEN})
            for one in changes
        ]
        self.sending.prepare(shifted, now, now).write(self.outbox)
        self.sending.go(self.outbox, now)

    def until(self, check: Callable[[], bool], seconds: float = 20) -> None:
        """Go on until something is so."""
        deadline = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < deadline, self.said
            self.judged()
            time.sleep(0.01)

    @property
    def pending(self) -> int:
        """What it has not acknowledged."""
        return self.outbox.counts(self.sender.notifier.id).pending


@pytest.fixture
def live(alertmanager: Alertmanager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """Said again five times a second, each time to end in two seconds."""
    monkeypatch.setattr(firing, "EVERY", S // 5)
    monkeypatch.setattr(sender, "EVERY", S // 5)
    monkeypatch.setattr(sender, "LONGEST", S // 2)
    monkeypatch.setattr(firing, "AHEAD", 2 * S)
    found = Live(alertmanager.url)
    yield found
    found.sender.close()


DOWN = change(-1, "NodeDown", node="n1")
BEHIND = [change(-1, "NodeBehind", node="n1"), change(-1, "NodeBehind", node="n2")]
UP = change(0, "NodeDown", "resolved", node="n1")


def test_alerts_fire_last_and_are_resolved(live: Live, alertmanager: Alertmanager, webhook: Webhook) -> None:
    """R26, R27: with labels and a beginning that stays, longer than they are said to last; what is explained is not
    sent; what is resolved is, at once and not by running out.
    """
    live.judged(DOWN, *BEHIND)
    live.until(lambda: alertmanager.names() == ["NodeBehind", "NodeDown", "Watchdog"])
    (first,) = alertmanager.alerts('alertname="NodeDown"')
    assert first["labels"] == {"alertname": "NodeDown", "network": "testnet", "node": "n1", "severity": "critical"}
    assert first["annotations"] == {"summary": "NodeDown at -1"}
    (behind,) = alertmanager.alerts('alertname="NodeBehind"')
    assert behind["labels"]["node"] == "n2"
    # Longer than it was said to last at first.
    began = time.monotonic()
    live.until(lambda: time.monotonic() > began + 3)
    (later,) = alertmanager.alerts('alertname="NodeDown"')
    assert later["startsAt"] == first["startsAt"]
    assert datetime.fromisoformat(later["endsAt"]) > datetime.fromisoformat(first["endsAt"])
    live.judged(UP)
    live.until(lambda: "NodeDown" not in alertmanager.names())
    # Now nothing explains that n1 is behind.
    live.until(lambda: len(alertmanager.alerts('alertname="NodeBehind"')) == 2)

    def told() -> list[dict[str, str]]:
        every = [one for given in webhook.taken for one in given.json["alerts"]]
        return [one for one in every if one["labels"]["alertname"] == "NodeDown"]

    live.until(lambda: len(told()) == 2)
    of_it = told()
    assert [one["status"] for one in of_it] == ["firing", "resolved"]
    assert of_it[0]["startsAt"] == of_it[1]["startsAt"]
    assert live.pending == 0
    assert live.said == []


def test_an_alertmanager_that_was_away_is_told_what_fires_now(live: Live, alertmanager: Alertmanager) -> None:
    """R27: killed and back with nothing in its memory; one sentence when it goes, one when it is back."""
    live.judged(DOWN)
    live.until(lambda: alertmanager.names() == ["NodeDown", "Watchdog"])
    alertmanager.kill()
    live.judged(BEHIND[1])
    live.until(lambda: live.sender.told.away is not None)
    live.judged(UP, change(0, "NodeDown", node="n3"))
    alertmanager.restart()
    live.until(lambda: alertmanager.names() == ["NodeBehind", "NodeDown", "Watchdog"] and live.pending == 0)
    assert [one["labels"]["node"] for one in alertmanager.alerts('alertname="NodeDown"')] == ["n3"]
    assert len(live.said) == 2
    assert "alerts are kept and tried again" in live.said[0]
    assert "takes alerts again" in live.said[1]


def test_an_observer_that_is_gone_is_told_by_its_watchdog(live: Live, alertmanager: Alertmanager) -> None:
    """R27: nothing is said any more, so all of it runs out by itself."""
    live.judged(DOWN)
    live.until(lambda: alertmanager.names() == ["NodeDown", "Watchdog"])
    live.sender.close()
    deadline = time.monotonic() + 10
    while alertmanager.names():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_label_that_it_does_not_take_stops_no_other_alert(live: Live, alertmanager: Alertmanager) -> None:
    """R27: it is a dead letter, with a sentence in Alertmanager's own words."""
    live.judged(change(-1, "Odd", **{"no-label": "x"}), DOWN)
    live.until(lambda: live.sender.told.dropped == 1 and "NodeDown" in alertmanager.names())
    live.until(lambda: live.pending == 0)
    counts = live.outbox.counts(live.sender.notifier.id)
    assert (counts.sent, counts.dropped, live.sender.told.dropped) == (1, 1, 1)
    assert "does not take Odd{no-label=x} firing: answers 400" in live.said[0]
