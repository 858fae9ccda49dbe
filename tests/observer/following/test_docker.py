"""The containers of a compose project: found, followed, gone on with, and nothing lost or doubled (R1, R2, R23)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from observer.exits import Exit, Failed
from observer.following.docker import docker_project
from observer.following.happenings import CaughtUp, Lagging, Opened, Read, Rotated
from observer.following.lives import pause_after
from parsers.framing import FRAMINGS
from tests.observer.following.engines import Attached, Engine, Source, gaps, losses

NET = partial(docker_project, "net")
Attach = Callable[..., Attached]
Journal = dict[str, Source]


def at(second: int, fraction: str = "") -> str:
    """A time as the json-file driver writes it."""
    return f"2026-11-21T07:00:{second:02}{fraction}Z"


def reads(journal: Journal, text: str, name: str = "web/stdout") -> Callable[[], bool]:
    """Whether exactly this has been read of a source."""
    return lambda: name in journal and journal[name].text == text


def children(word: str) -> list[int]:
    """Processes of this one that have a word in their command."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split() if f"\0{word}\0" in command_of(pid)]


def command_of(pid: str) -> str:
    """The words of a process, each between NULs; none of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_a_node_is_a_service(engine: Engine, attach: Attach) -> None:
    """R1: the first container of a service has its name, however many there are; one-off runs have their own."""
    engine.run("net-web-1")
    engine.run("net-web-2", number=2)
    engine.run("net-db-1", "db", state="exited")
    engine.run("net-web-run-5f", oneoff="True")
    engine.run("other-web-1", project="other")
    run = attach(NET)
    run.look()
    assert sorted((one.node, one.stream) for one in run.members) == [
        ("db", "stdout"),
        ("docker", "events"),
        ("net-web-run-5f", "stdout"),
        ("web", "stdout"),
        ("web-2", "stdout"),
    ]
    assert {one.framing for one in run.members} == {"timestamps"}
    assert run.members[-1].label.startswith("docker:net net-")


def test_lines_come_as_they_are_written(engine: Engine, attach: Attach, journal: Journal) -> None:
    """Each line carries docker's time before it, and colours stay as they are."""
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "\x1b[32mup\x1b[0m\n"), (at(1, ".5"), "two\n"))
    run = attach(NET)
    run.until(reads(journal, "\x1b[32mup\x1b[0m\ntwo\n"))
    assert journal["web/stdout"].data[1] == (
        b"2026-11-21T07:00:01.000000000Z \x1b[32mup\x1b[0m\n2026-11-21T07:00:01.500000000Z two\n"
    )
    engine.logs(web, (at(2), "three\n"))
    run.until(reads(journal, "\x1b[32mup\x1b[0m\ntwo\nthree\n"))
    assert [one.fresh for one in journal["web/stdout"].of(Opened)] == [True]


def test_what_was_there_is_backlog(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R2: lines from before the log was asked for are backlog, and later ones are live."""
    web = engine.run("net-web-1")
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    engine.logs(web, (at(1), "old\n"), (at(2), "old too\n"), (later, "new\n"))
    attach(NET).until(reads(journal, "old\nold too\nnew\n"))
    backlog = b"".join(one.data for one in journal["web/stdout"].of(Read) if one.backlog)
    assert backlog.count(b"\n") == 2


def test_stderr_and_stdout_are_one_stream_in_order(engine: Engine, attach: Attach, journal: Journal) -> None:
    """What a node says on stderr when it dies stands behind what it logged."""
    web = engine.run("net-web-1")
    for number in range(20):
        engine.logs(web, (at(number), f"{number}\n"), stream="stderr" if number % 2 else "stdout")
    attach(NET).until(reads(journal, "".join(f"{number}\n" for number in range(20))))


def test_a_long_line_is_one_line(engine: Engine, attach: Attach, journal: Journal) -> None:
    """Docker keeps 16 KiB of a line at most and puts the time before each part: the parts are joined again."""
    web = engine.run("net-web-1")
    parts = ["a" * 16384, "b" * 16384, "c\n"]
    engine.logs(web, *((at(1, ".000000007"), part) for part in parts), (at(2), "next\n"))
    attach(NET).until(reads(journal, "".join(parts) + "next\n"))


def test_a_new_container_is_found_by_its_event(engine: Engine, attach: Attach, journal: Journal) -> None:
    """A container that is started is listed at once, not at the next turn."""
    run = attach(NET)
    run.looks(3)
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "up\n"))
    began = time.monotonic()
    engine.event(time.time_ns(), "start", web)
    run.until(reads(journal, "up\n"))
    assert time.monotonic() - began < 4


def test_a_new_container_is_found_without_events(engine: Engine, attach: Attach, journal: Journal) -> None:
    """Containers are listed every five seconds, whatever became of the events."""
    run = attach(NET)
    run.looks(3)
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "up\n"))
    run.time_passes(6)
    run.until(reads(journal, "up\n"))


def test_events_are_a_source(engine: Engine, attach: Attach, journal: Journal) -> None:
    """What docker says of the containers is kept as JSON with its time before it, also what it said before."""
    web = engine.run("net-web-1")
    engine.event(1_795_244_400_000_000_007, "die", web)
    engine.event(1_795_244_400_000_000_008, "exec_start: /health", web)
    run = attach(NET)
    run.until(lambda: "docker/events" in journal and bool(journal["docker/events"].text))
    engine.event(1_795_244_401_000_000_000, "health_status: unhealthy", web)
    run.until(lambda: journal["docker/events"].text.count("\n") == 2)
    first, second = journal["docker/events"].data[1].splitlines(keepends=True)
    framed = FRAMINGS["timestamps"].unwrap(first)
    assert framed.time == 1_795_244_400_000_000_007
    assert framed.text.startswith(b'{"Type":"container","Action":"die","id":"')
    assert b"unhealthy" in second


def test_a_restarted_container_goes_on_in_its_log(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R1: the same container is the same incarnation, and its end is the end of its last line."""
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "up\n"), (at(2), "last wor"))
    run = attach(NET)
    run.until(reads(journal, "up\n"))
    engine.becomes(web, "exited")
    run.until(reads(journal, "up\nlast wor\n"))
    calls = len(engine.calls("logs"))
    run.looks(50)
    assert len(engine.calls("logs")) == calls
    engine.logs(web, (at(3), "up again\n"))
    engine.becomes(web, "running")
    engine.event(time.time_ns(), "start", web)
    run.until(reads(journal, "up\nlast wor\nup again\n"))
    engine.logs(web, (at(4), "more\n"))
    run.until(reads(journal, "up\nlast wor\nup again\nmore\n"))
    assert (len(journal["web/stdout"].of(Opened)), gaps(journal["web/stdout"].happened)) == (1, [])


def test_a_container_that_was_recreated_is_the_next_incarnation(
    engine: Engine, attach: Attach, journal: Journal
) -> None:
    """R1: the old one is read to its end before the new one begins."""
    old = engine.run("net-web-1")
    engine.logs(old, (at(1), "old\n"))
    run = attach(NET)
    run.until(reads(journal, "old\n"))
    new = engine.run("new_net-web-1")
    engine.logs(new, (at(3), "new\n"))
    engine.logs(old, (at(2), "bye\n"))
    engine.becomes(old, "exited")
    run.time_passes(6)
    run.until(reads(journal, "old\nbye\nnew\n"))
    engine.remove(old)
    run.time_passes(6)
    run.looks(30)
    happened = journal["web/stdout"].happened
    order = [type(one) for one in happened if isinstance(one, Opened | Rotated)]
    assert (order, gaps(happened), losses(happened)) == ([Opened, Rotated, Opened], [], [])
    assert sorted(journal["web/stdout"].data) == [1, 2]


def test_two_containers_of_one_name_are_both_read(engine: Engine, attach: Attach, journal: Journal) -> None:
    """Who runs two under one name has both read after ten seconds, each an incarnation."""
    old, new = engine.run("net-web-1"), engine.run("again_net-web-1")
    run = attach(NET)
    run.looks(20)
    run.time_passes(11)
    engine.logs(old, (at(1), "old\n"))
    engine.logs(new, (at(1), "new\n"))
    run.until(reads(journal, "old\nnew\n"))


def test_a_removed_container_is_lost(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R23: a node whose container has gone is not silent, it is lost; its unfinished line is kept as torn."""
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "up\n"), (at(2), "hal"))
    run = attach(NET)
    run.until(reads(journal, "up\n"))
    run.looks(20)
    engine.remove(web)
    run.until(lambda: losses(journal["web/stdout"].happened) != [])
    assert losses(journal["web/stdout"].happened) == [f"docker:net net-web-1 ({web[:12]}) has gone"]
    assert [one.torn for one in journal["web/stdout"].of(Read)] == [False, True]
    assert journal["web/stdout"].text == "up\nhal"


def test_a_killed_command_is_run_again(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R29: that `docker logs` was killed loses nothing and doubles nothing."""
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "one\n"), (at(1), "one\n"))
    run = attach(NET)
    run.until(reads(journal, "one\none\n"))
    (process,) = children("logs")
    engine.logs(web, (at(1), "one\n"))
    os.kill(process, signal.SIGKILL)
    engine.logs(web, (at(2), "two\n"))
    run.time_passes(1)
    run.until(lambda: losses(journal["web/stdout"].happened) != [])
    run.time_passes(6)
    run.until(lambda: journal["web/stdout"].of(CaughtUp) != [])
    assert reads(journal, "one\none\none\ntwo\n")()
    assert gaps(journal["web/stdout"].happened) == []


def test_a_daemon_goes_and_comes_back(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R23: while it is away its logs are lost, once; what was written meanwhile is read, and then all is well."""
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "one\n"))
    run = attach(NET)
    run.until(reads(journal, "one\n"))
    engine.down()
    run.until(lambda: losses(journal["web/stdout"].happened) != [])
    engine.logs(web, (at(2), "two\n"))
    for _ in range(4):
        run.time_passes(31)
        run.looks(20)
    engine.up()
    run.time_passes(31)
    run.until(reads(journal, "one\ntwo\n"))
    run.time_passes(2)
    run.until(lambda: journal["web/stdout"].of(CaughtUp) != [])
    happened = journal["web/stdout"].happened
    assert (len(losses(happened)), gaps(happened), len(journal["web/stdout"].of(Opened))) == (1, [], 1)


def test_attempts_are_made_ever_more_seldom(engine: Engine, attach: Attach) -> None:
    """A daemon that is away is asked after one, two, four, ... and at last every 30 seconds."""
    assert [pause_after(failures) // 10**9 for failures in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]
    engine.run("net-web-1")
    run = attach(NET)
    run.looks(3)
    engine.down()
    for attempt in range(2, 9):
        run.time_passes(31)
        run.until(partial(asked, engine, attempt))
        run.until(lambda: not children("ps"))
        run.look()
    run.time_passes(20)
    run.looks(20)
    assert asked(engine, 8)


def asked(engine: Engine, times: int) -> bool:
    """Whether the containers were listed so often."""
    return len(engine.calls("ps")) == times


@pytest.mark.parametrize("old", [False, True], ids=["since docker 23", "before"])
def test_another_run_goes_on_at_every_line(engine: Engine, attach: Attach, journal: Journal, *, old: bool) -> None:
    """R29: a run that is killed after any line is gone on with at the next, also where lines share their instant."""
    if old:
        (engine.root / "old").touch()
    web = engine.run("net-web-1")
    lines = [(at(1), "a\n"), (at(1), "a\n"), (at(3), "b\n"), (at(2), "c\n"), (at(3), "b\n"), (at(3), "d\n")]
    for number, line in enumerate(lines):
        engine.logs(web, line)
        run = attach(NET, room=9)
        run.until(reads(journal, "".join(text for _, text in lines[: number + 1])))
        run.kill()
    opened = journal["web/stdout"].of(Opened)
    assert [one.fresh for one in opened] == [True] + [False] * 5
    assert gaps(journal["web/stdout"].happened) == []


def test_lines_that_docker_has_thrown_away_are_missing(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R15: where the line that was read last is there no more, nobody knows what followed it, and that is said."""
    web = engine.run("net-web-1")
    engine.logs(web, (at(1), "one\n"), (at(2), "two\n"))
    run = attach(NET)
    run.until(reads(journal, "one\ntwo\n"))
    run.kill()
    engine.logs(web, *((at(second), f"{second}\n") for second in range(10, 20)))
    engine.rotate_away(web, keep=3)
    run = attach(NET)
    run.looks(20)
    run.time_passes(6)
    run.until(reads(journal, "one\ntwo\n17\n18\n19\n"))
    assert gaps(journal["web/stdout"].happened) == [None]


def test_a_container_that_was_recreated_while_nobody_looked(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R15: what the old one wrote last may be missing; the new one is read from its beginning."""
    old = engine.run("net-web-1")
    engine.logs(old, (at(1), "old\n"))
    run = attach(NET)
    run.until(reads(journal, "old\n"))
    run.kill()
    engine.remove(old)
    new = engine.run("net-web-1b")
    engine.logs(new, (at(2), "new\n"))
    run = attach(NET)
    run.until(reads(journal, "old\nnew\n"))
    run.kill()
    attach(NET).looks(20)
    assert gaps(journal["web/stdout"].happened) == [None]


def test_a_restart_of_both_goes_on_in_the_line_of_the_end(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R29: the end of a process ended its line, though docker writes on in it when the container starts again."""
    web = engine.run("net-web-1", state="exited")
    engine.logs(web, (at(1), "up\n"), (at(2), "last wor"))
    run = attach(NET)
    run.until(reads(journal, "up\nlast wor\n"))
    run.kill()
    run = attach(NET)
    run.looks(30)
    run.kill()
    engine.logs(web, (at(3), "up again\n"))
    engine.becomes(web, "running")
    attach(NET).until(reads(journal, "up\nlast wor\nup again\n"))
    assert gaps(journal["web/stdout"].happened) == []


def test_more_than_there_is_room_for_is_lagging(engine: Engine, attach: Attach, journal: Journal) -> None:
    """R23: what comes faster than it is taken is lagging after a second, and caught up at its end."""
    web = engine.run("net-web-1")
    engine.logs(web, *((at(1), f"{number:05}\n") for number in range(500)))
    run = attach(NET, room=100)
    run.until(lambda: "web/stdout" in journal and bool(journal["web/stdout"].text))
    run.looks(2)
    run.time_passes(2)
    run.until(reads(journal, "".join(f"{number:05}\n" for number in range(500))))
    run.until(lambda: journal["web/stdout"].of(CaughtUp) != [])
    (lagging,) = journal["web/stdout"].of(Lagging)
    assert 0 < lagging.behind <= 500 * 37


def test_a_project_may_be_empty_at_first(engine: Engine, attach: Attach) -> None:
    """Containers may come later; that there is none is no failure."""
    run = attach(NET)
    run.look()
    assert [one.node for one in run.members] == ["docker"]


def test_a_daemon_that_is_away_at_the_start_is_a_failure(engine: Engine) -> None:
    """One sentence says what cannot be reached."""
    engine.down()
    with pytest.raises(Failed, match=r"^docker:net: Cannot connect to the Docker daemon at .* running\?$") as failed:
        NET()
    assert failed.value.code == Exit.ENVIRONMENT


def test_without_docker_there_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what is not there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r"^docker:net: there is no docker on PATH$"):
        NET()


def test_a_name_is_no_option(engine: Engine) -> None:
    """A project's name stands in one word of the command, whatever is in it."""
    docker_project("--privileged; rm -rf /").close()
    (call,) = engine.calls("ps")
    assert "--filter=label=com.docker.compose.project=--privileged; rm -rf /" in call
