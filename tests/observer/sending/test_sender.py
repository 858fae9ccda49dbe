"""The thread that carries notices: in order, again and again, and without holding anybody up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from observer.sending import firing, sender
from observer.sending.notices import RESOLVED, WATCHDOG, Notice
from observer.sending.outbox import Pending
from observer.sending.posting import Arrived, Away, Outcome, Refused
from observer.sending.sender import Sender, Settled, backoff
from tests.observer.sending.contract import notice

S = 10**9
DOG = Notice("net", "dog", 0, "firing", {"alertname": WATCHDOG}, {}, 5, None, 5)
REFUSED, DOWN, FAILING = Refused("answers 400"), Away("nobody there"), Away("answers 500", alone=True)


class Pretended:
    """A destination that answers as it is told, and each notice by itself."""

    name, id = "webhook=http://there", "webhook=http://there~1"

    def __init__(self, *, repeats: bool = False) -> None:
        """Takes everything, unless it is told otherwise."""
        self.repeats = repeats
        self.answers: dict[str, list[Outcome]] = {}
        self.down: Outcome | None = None
        self.received: list[str] = []
        self.came = threading.Condition()
        self.closed = False

    def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
        """Each by itself."""
        for one in notices:
            planned = self.answers.get(one.alert)
            outcome = self.down or (planned.pop(0) if planned else Arrived())
            with self.came:
                self.received.append(f"{one.alert} {one.number} {one.kind}")
                self.came.notify_all()
            yield (one,), outcome

    def close(self) -> None:
        """Remembers that."""
        self.closed = True

    def wait(self, number: int) -> list[str]:
        """What it received, once it is so much."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= number, 10), self.received
            return self.received[:]


def until(check: Callable[[], bool]) -> None:
    """Wait for something, ten seconds at most."""
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.002)


class Carried:
    """A sender under way, with what it said and what it handed back."""

    def __init__(self, to: Pretended) -> None:
        """Started."""
        self.to = to
        self.said: list[str] = []
        self.sender = Sender(to, self.said.append, jitter=lambda: 0.0)
        self.sender.start()
        self.settled: list[Settled] = []

    def offer(self, *notices: Notice, attempts: int = 0) -> None:
        """As the outbox gives them."""
        self.sender.offer([Pending(one, attempts) for one in notices])

    def after(self, number: int) -> list[tuple[str, str]]:
        """(key, outcome) of what was handed back, once it is so much."""

        def enough() -> bool:
            self.settled += self.sender.settled("net")
            return sum(len(one.keys) for one in self.settled) >= number

        until(enough)
        return [(key, type(one.outcome).__name__) for one in self.settled for key in one.keys]


@pytest.fixture
def carried() -> Iterator[Carried]:
    """To what is told each change."""
    found = Carried(Pretended())
    yield found
    found.sender.close()


@pytest.fixture
def repeating(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carried]:
    """To what is told what fires, twenty times a second."""
    monkeypatch.setattr(firing, "EVERY", S // 20)
    monkeypatch.setattr(sender, "EVERY", S // 20)
    found = Carried(Pretended(repeats=True))
    yield found
    found.sender.close()


@pytest.mark.parametrize(
    ("attempts", "shortest", "longest"), [(0, 0.5, 1), (1, 1, 2), (5, 16, 32), (6, 30, 60), (10_000, 30, 60)]
)
def test_waits_grow_and_end_growing(attempts: int, shortest: float, longest: float) -> None:
    """R27: up to a minute, and not all at one moment."""
    assert (backoff(attempts, 0.0), backoff(attempts, 1.0)) == (shortest * S, longest * S)


def test_what_is_offered_arrives_in_order_and_once(carried: Carried) -> None:
    """R27: though it be offered again while it is on its way, and started again."""
    carried.sender.start()
    carried.offer(notice(1), notice(2, "b"))
    carried.offer(notice(1), notice(2, "b"), notice(3, "c"))
    assert carried.to.wait(3) == ["down 1 firing", "b 2 firing", "c 3 firing"]
    assert [how for _, how in carried.after(3)] == ["Arrived"] * 3
    assert carried.sender.told == (3, 0, 0, 0, None)
    assert carried.said == []


def test_what_is_refused_is_a_sentence_and_stops_nothing(carried: Carried) -> None:
    """R27: what, where and why; of a hundred of them only one sentence a minute."""
    for number in range(100):
        carried.to.answers[str(number)] = [REFUSED]
    carried.offer(*[notice(number, str(number)) for number in range(100)], notice(100, "good"))
    assert [how for _, how in carried.after(101)] == ["Refused"] * 100 + ["Arrived"]
    assert carried.said == [
        "webhook=http://there: does not take NodeDown{node=n\u00f61} firing: answers 400; it is kept as a dead letter"
    ]
    assert carried.sender.told.dropped == 100


def test_nobody_there_is_said_once_and_once_that_it_is_back(carried: Carried) -> None:
    """R27: and the rest is not even tried, as it would only wait for the same."""
    carried.to.down = DOWN
    carried.offer(notice(1), notice(2, "b"))
    assert carried.after(2) == [(notice(1).key, "Away"), (notice(2, "b").key, "Away")]
    carried.offer(notice(1), notice(2, "b"), attempts=1)
    carried.after(4)
    assert carried.to.received == ["down 1 firing"] * 2
    assert all(one.again_at > one.at for one in carried.settled)
    waits = [one.again_at - one.at for one in carried.settled]
    assert waits[-1] > waits[0]
    assert carried.sender.told.away == "nobody there"
    carried.to.down = None
    carried.offer(notice(1), notice(2, "b"), attempts=2)
    carried.after(6)
    assert carried.said == [
        "webhook=http://there: nobody there; alerts are kept and tried again until it takes them",
        "webhook=http://there: takes alerts again, after 0 s",
    ]
    assert carried.sender.told.away is None


def test_one_notice_that_breaks_a_server_holds_no_other_up(carried: Carried) -> None:
    """R27: it is tried again by itself, later each time."""
    carried.to.answers["poison"] = [FAILING] * 2
    carried.offer(notice(1, "poison"), notice(2, "b"))
    assert carried.after(2) == [(notice(1, "poison").key, "Away"), (notice(2, "b").key, "Arrived")]
    carried.offer(notice(1, "poison"), attempts=5)
    carried.after(3)
    waits = [one.again_at - one.at for one in carried.settled if isinstance(one.outcome, Away)]
    assert waits == [S // 2, 16 * S]
    assert carried.sender.told.away is None


def test_a_server_that_always_fails_is_left_alone_for_a_while(carried: Carried) -> None:
    """R27: three in a row mean that it is the server."""
    carried.to.down = FAILING
    carried.offer(*[notice(number, str(number)) for number in range(50)])
    assert [how for _, how in carried.after(50)] == ["Away"] * 50
    assert len(carried.to.received) == 3
    assert carried.said[-1].endswith("answers 500; alerts are kept and tried again until it takes them")


def test_what_fires_is_said_again_and_again(repeating: Carried) -> None:
    """R27: with Watchdog, without being offered; what no longer fires is not."""
    repeating.sender.publish("net", [DOG, notice(1)])
    assert repeating.to.wait(6)[:6] == ["dog 0 firing", "down 1 firing"] * 3
    repeating.sender.publish("net", [DOG])
    repeating.offer(notice(2, kind=RESOLVED))
    repeating.after(1)
    place = repeating.to.received.index("down 2 resolved")
    assert set(repeating.to.wait(place + 3)[place + 1 :]) == {"dog 0 firing"}
    assert repeating.sender.told.repeated >= 6


def test_networks_share_a_sender(repeating: Carried) -> None:
    """R27: what one publishes does not hide what the other does."""
    repeating.sender.publish("a", [notice(1, "a")])
    repeating.sender.publish("b", [notice(2, "b")])
    until(lambda: repeating.to.received[-2:] == ["a 1 firing", "b 2 firing"])


def test_what_is_overtaken_is_acknowledged_without_being_sent(repeating: Carried) -> None:
    """R27: after an outage only what fires now is told."""
    repeating.to.down = DOWN
    repeating.sender.publish("net", [notice(3)])
    repeating.offer(notice(1), notice(2, kind=RESOLVED), notice(3))
    assert [how for _, how in repeating.after(3)] == ["Arrived", "Arrived", "Away"]
    assert "down 2 resolved" not in repeating.to.received


def test_what_hangs_holds_nobody_up() -> None:
    """R27: offering and closing come back at once."""

    class Hanging(Pretended):
        released = threading.Event()

        def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
            self.released.wait(10)
            yield from super().send(notices, now)

    hanging = Carried(Hanging())
    began = time.monotonic()
    hanging.offer(notice(1))
    hanging.sender.publish("net", [DOG])
    hanging.sender.close(0.05)
    assert time.monotonic() - began < 2
    Hanging.released.set()
    until(lambda: hanging.to.closed)


def test_a_defect_in_the_thread_is_not_silent() -> None:
    """Nobody looks into a thread: what it died of is raised where it is seen."""

    class Defect(Pretended):
        def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
            raise KeyError("what")

    broken = Carried(Defect())
    broken.offer(notice(1))
    until(lambda: broken.sender.has_settled("net"))
    with pytest.raises(KeyError):
        broken.sender.settled("net")


def test_what_was_offered_is_sent_before_it_ends(carried: Carried) -> None:
    """R27: the last alert of a run that is over is told if that is quick."""
    carried.offer(*[notice(number, str(number)) for number in range(20)])
    carried.sender.close()
    assert len(carried.to.received) == 20
    assert carried.to.closed
