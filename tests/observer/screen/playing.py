"""Plays a recording as if it were live and shows it: `python -m tests.observer.screen.playing RUN.rec [OPTIONS]`.

Tests run it on a terminal of their own; it is also the way to see the screen without a network.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from observer.screen.looking import Feed
from observer.screen.showing import Showing, screen_for
from replay.journals import span
from replay.play import heard_at, sequence_at
from replay.recording import Recording

NS = 10**9


def moments(recording: Recording, every: int) -> Iterator[int]:
    """Journal times from the first entry to the last."""
    last = recording.last()
    assert last is not None
    at = span(recording)[0]
    while at < last.last_at:
        yield at
        at += every
    yield last.last_at


def played(
    recording: Recording, showing: Showing, every: int, pause: float, until: int | None = None
) -> tuple[Judged, Feed]:
    """Play to the end, or to a time, showing what there is at each moment; gives what was shown last."""
    judged = Judged(recording, rules_in_force(recording, None))
    judged.tell(showing.step)
    feed = Feed(span(recording)[0])
    for at in moments(recording, every):
        if until is not None and at > until:
            break
        seq = sequence_at(recording, at)
        if seq == 0:
            continue
        for transition in judged.run(seq, at):
            showing.transition(transition)
        feed = Feed(at, heard=heard_at(recording, seq))
        showing.look(judged, feed)
        if pause:
            time.sleep(pause)
    showing.last(judged, feed)
    return judged, feed


def main() -> None:
    """Play, then stay until a signal comes, if asked to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("recording", type=Path)
    parser.add_argument("--every", type=float, default=1.0, help="seconds of the journal between two looks")
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between two looks")
    parser.add_argument("--until", type=float, help="seconds of the journal")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--raise", dest="fails", action="store_true")
    parser.add_argument("--say", default="")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    screen = screen_for(sys.stdout, plain=asked.plain)
    showing = Showing(screen, "three-nodes")
    try:
        with Recording.open_to_read(asked.recording) as recording:
            until = None if asked.until is None else span(recording)[0] + int(asked.until * NS)
            if asked.say:
                screen.say(asked.say)
            judged, feed = played(recording, showing, int(asked.every * NS), asked.pause, until)
            if asked.fails:
                raise RuntimeError("a defect")
            began = time.monotonic_ns()
            while asked.stay:
                showing.look(judged, feed._replace(now=feed.now + time.monotonic_ns() - began))
                time.sleep(0.05)
    except KeyboardInterrupt:
        screen.close()
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    finally:
        screen.close()


if __name__ == "__main__":
    main()
