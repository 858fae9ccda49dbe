"""When a view is made and when it is only drawn again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from observer.screen.looking import Feed
from observer.screen.plain import Plain
from observer.screen.showing import Paces, Showing, screen_for
from observer.screen.terminal import Terminal
from observer.screen.view import Said, View
from replay.play import heard_at
from replay.recording import Recording
from tests.observer.conftest import Recorded
from waits.alerts import Transition

SECOND = 10**9


class Kept:
    """A screen that keeps what it is given."""

    interval = SECOND // 4

    def __init__(self) -> None:
        """Nothing yet."""
        self.views: list[View] = []
        self.told: list[Said] = []

    def update(self, view: View) -> None:
        """One more."""
        self.views.append(view)

    def tell(self, said: Said) -> None:
        """One more."""
        self.told.append(said)

    def say(self, line: str) -> None:
        """Nobody asks."""

    def close(self) -> None:
        """Nothing is open."""


class Clock:
    """A clock that is set by hand."""

    now = 100 * SECOND

    def __call__(self) -> int:
        """What it shows."""
        return self.now


@pytest.fixture
def judged(recorded: Recorded) -> Iterator[Judged]:
    """A judgement of which nothing has been played."""
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        yield Judged(recording, rules_in_force(recording, None))


def played(judged: Judged, seq: int) -> Feed:
    """What there is after an entry."""
    for _transition in judged.run(seq):
        pass
    return Feed(judged.engine.at, heard=heard_at(judged.recording, seq))


def test_what_changes_is_shown_at_once_but_not_too_often(judged: Judged) -> None:
    """A change is seen on the next look, and of many within a quarter of a second the last."""
    clock, kept = Clock(), Kept()
    showing = Showing(kept, "x", clock=clock)
    for count in range(1, 101):
        showing.look(judged, played(judged, count * 10))
        clock.now += SECOND // 40
    assert 9 <= len(kept.views) <= 10
    assert kept.views[-1].lines >= 900
    clock.now += SECOND // 4
    showing.look(judged, played(judged, 1001))
    assert kept.views[-1].lines > 950


def test_while_nothing_happens_only_ages_are_drawn(judged: Judged) -> None:
    """Once a second, without looking at the network: a view is made anew every five seconds, for what time alone brings."""
    clock, kept = Clock(), Kept()
    showing = Showing(kept, "x", clock=clock)
    feed = played(judged, 500)
    began = clock.now
    for _turn in range(81):
        showing.look(judged, feed._replace(now=feed.now + clock.now - began))
        clock.now += SECOND // 4
    assert 20 <= len(kept.views) <= 22
    assert len({id(one.nodes) for one in kept.views}) == 5
    assert kept.views[-1].now - kept.views[0].now == 20 * SECOND


def test_what_happens_is_told_at_once_and_kept_for_the_view(judged: Judged) -> None:
    """Transitions, nodes and sources reach the screen in order, and the latest are in the next view."""
    clock, kept = Clock(), Kept()
    showing = Showing(kept, "x", clock=clock)
    judged.tell(showing.step)
    feed = played(judged, 400)
    showing.transition(Transition(feed.now, 400, "Stuck", "firing", "critical", {}, {"summary": "it is"}, (), ()))
    showing.look(judged, feed)
    assert "node1 started, monero 0.18.0.0-unknown" in [one.text for one in kept.told]
    assert kept.told[-1].text == "FIRING Stuck (critical): it is"
    assert kept.views[-1].recent == tuple(kept.told[-40:])


def test_the_last_view_is_of_the_end(judged: Judged) -> None:
    """However shortly before another one was shown."""
    clock, kept = Clock(), Kept()
    showing = Showing(kept, "x", clock=clock)
    showing.look(judged, played(judged, 500))
    feed = played(judged, 600)
    showing.look(judged, feed)
    assert len(kept.views) == 1
    showing.last(judged, feed)
    assert kept.views[-1].events > kept.views[0].events


def test_before_anything_has_come_there_is_a_view() -> None:
    """Somebody who attaches to nothing sees that."""
    kept = Kept()
    Showing(kept, "x", clock=Clock()).look(None, Feed(5))
    assert [(one.network, one.at) for one in kept.views] == [("x", None)]


def test_pace_is_that_of_the_last_ten_seconds() -> None:
    """A burst is forgotten after ten seconds, and the beginning is no burst."""
    paces = Paces()
    assert paces.of(0, 5000, 100) == (0, 0)
    assert paces.of(2 * SECOND, 5200, 110) == (100, 5)
    for second in range(3, 20):
        found = paces.of(second * SECOND, 5200, 110)
    assert found == (0, 0)


def test_a_screen_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pipes and files get lines, and so does a terminal that cannot be drawn on, or who asks for them."""

    class OnATerminal(io.StringIO):
        def isatty(self) -> bool:
            """It says so."""
            return True

    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(screen_for(io.StringIO()), Plain)
    assert isinstance(screen_for(OnATerminal(), plain=True), Plain)
    assert isinstance(screen_for(OnATerminal()), Terminal)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(screen_for(OnATerminal()), Plain)
