"""The containers of pods: each start an incarnation, its last words read from where they are kept (R1, R15, R23)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from observer.exits import Exit, Failed
from observer.following.happenings import CaughtUp, Opened, Read, Rotated
from observer.following.kubernetes import kubernetes_pods
from tests.observer.following.engines import Attached, Cluster, Source, gaps, losses

Attach = Callable[..., Attached]
Journal = dict[str, Source]
PODS = partial(kubernetes_pods, "test", "app=node", settle=10**8)
NODE = "node-0/node"


def at(second: int, fraction: str = "") -> str:
    """A time as a runtime writes it."""
    return f"2026-11-21T07:00:{second:02}{fraction}Z"


def reads(journal: Journal, text: str, name: str = NODE) -> Callable[[], bool]:
    """Whether exactly this has been read of a source."""
    return lambda: name in journal and journal[name].text == text


def test_a_node_is_a_pod_and_a_stream_its_container(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """R1: sources have the names that the files under /var/log/pods give; lines have the kubelet's time."""
    cluster.start("node-0", "u0")
    cluster.logs("u0", 0, (at(1), "\x1b[1mup\x1b[0m"), (at(1, ".5"), "two"))
    run = attach(PODS)
    run.until(reads(journal, "\x1b[1mup\x1b[0m\ntwo\n"))
    cluster.logs("u0", 0, (at(2), "three"))
    run.until(reads(journal, "\x1b[1mup\x1b[0m\ntwo\nthree\n"))
    (member,) = run.members
    assert (member.node, member.stream, member.framing) == ("node-0", "node", "timestamps")
    assert journal[NODE].data[1].startswith(b"2026-11-21T07:00:01.000000000Z ")
    assert [one.label for one in journal[NODE].of(Opened)] == ["k8s:test/node-0 node, start 1"]


def test_a_pod_that_comes_later_is_found(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """Pods are listed every five seconds; one that waits for its image is none yet."""
    run = attach(PODS)
    run.looks(3)
    cluster.start("node-1", "u1")
    cluster.logs("u1", 0, (at(1), "up"))
    run.time_passes(6)
    run.until(reads(journal, "up\n", "node-1/node"))


def test_the_last_words_of_a_crash_are_read(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """What a start wrote before it died is read from --previous, before the next start begins."""
    cluster.start("node-0", "u0")
    cluster.logs("u0", 0, (at(1), "up"))
    run = attach(PODS)
    run.until(reads(journal, "up\n"))
    cluster.logs("u0", 0, (at(2), "panic: "), tag="P")
    cluster.logs("u0", 0, (at(2), "nil"))
    cluster.logs("u0", 0, (at(2), "exit"), tag="P")
    cluster.start("node-0", "u0", 1)
    cluster.logs("u0", 1, (at(3), "up again"))
    run.until(reads(journal, "up\npanic: nil\nexit\nup again\n"))
    assert journal[NODE].data[2].endswith(b" up again\n")
    order = [type(one) for one in journal[NODE].happened if not isinstance(one, Read)]
    assert order == [Opened, Rotated, Opened]


def test_a_start_that_waits_to_be_restarted_is_the_last_one(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """In CrashLoopBackOff --previous gives the very start that the status counts, and it is read once."""
    cluster.start("node-0", "u0")
    cluster.start("node-0", "u0", 1)
    cluster.logs("u0", 0, (at(1), "first"))
    cluster.logs("u0", 1, (at(2), "second"))
    run = attach(PODS)
    run.until(reads(journal, "first\nsecond\n"))
    cluster.logs("u0", 1, (at(3), "bye"))
    cluster.die("node-0", "u0", 1, "terminated")
    run.until(reads(journal, "first\nsecond\nbye\n"))
    cluster.die("node-0", "u0", 1, "waiting")
    run.time_passes(6)
    run.looks(60)
    cluster.start("node-0", "u0", 2)
    cluster.logs("u0", 2, (at(4), "third"))
    run.time_passes(6)
    run.until(reads(journal, "first\nsecond\nbye\nthird\n"))
    assert (gaps(journal[NODE].happened), losses(journal[NODE].happened)) == ([], [])
    assert sorted(journal[NODE].data) == [1, 2, 3]


def test_a_status_that_is_behind_is_not_believed(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """While the API server still shows the old start, the log of the new one is not taken for its."""
    cluster.start("node-0", "u0")
    cluster.logs("u0", 0, (at(1), "old"))
    run = attach(partial(kubernetes_pods, "test", "app=node"))
    cluster.start("node-0", "u0", 1, shown=0)
    cluster.logs("u0", 1, (at(2), "new"))
    run.looks(60)
    assert journal[NODE].text == ""
    cluster.start("node-0", "u0", 1)
    for _ in range(4):
        run.time_passes(4)
        run.looks(60)
    run.until(reads(journal, "old\nnew\n"))
    assert [journal[NODE].data[count].count(b"\n") for count in (1, 2)] == [1, 1]


def test_starts_that_nobody_saw_are_missing(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """R15: the kubelet keeps two logs; what was between them and what was read is missing, and that is said."""
    cluster.start("node-0", "u0")
    cluster.logs("u0", 0, (at(1), "zero"))
    run = attach(PODS)
    run.until(reads(journal, "zero\n"))
    run.kill()
    for number in (1, 2, 3):
        cluster.start("node-0", "u0", number)
        cluster.logs("u0", number, (at(10 * number), str(number)))
    run = attach(PODS)
    run.until(reads(journal, "zero\n2\n3\n"))
    assert gaps(journal[NODE].happened) == [None]


def test_a_pod_of_the_same_name_is_the_next_incarnation(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """R1: a stateful set gives a new pod the old one's name; R23: between them it is lost."""
    cluster.start("node-0", "u0")
    cluster.logs("u0", 0, (at(1), "old"))
    run = attach(PODS)
    run.until(reads(journal, "old\n"))
    cluster.delete("node-0")
    run.time_passes(6)
    run.until(lambda: losses(journal[NODE].happened) != [])
    cluster.start("node-0", "u1")
    cluster.logs("u1", 0, (at(2), "new"))
    run.time_passes(6)
    run.until(reads(journal, "old\nnew\n"))
    run.time_passes(6)
    run.until(lambda: journal[NODE].of(CaughtUp) != [])
    assert losses(journal[NODE].happened) == ["k8s:test/node-0 node, start 1 has gone"]
    assert gaps(journal[NODE].happened) == []


def test_another_run_goes_on_at_every_line(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """R29: --since-time knows whole seconds only; lines of the same second, or instant, are told apart all the same."""
    cluster.start("node-0", "u0")
    lines = [(at(1, ".1"), "a"), (at(1, ".1"), "a"), (at(1, ".9"), "b"), (at(1, ".9"), "a"), (at(2), "b")]
    for number, line in enumerate(lines):
        cluster.logs("u0", 0, line)
        run = attach(PODS, room=9)
        run.until(reads(journal, "".join(f"{text}\n" for _, text in lines[: number + 1])))
        run.kill()
    assert gaps(journal[NODE].happened) == []
    since = [word for call in cluster.calls("logs") for word in call if word.startswith("--since-time=")]
    assert set(since) == {"--since-time=2026-11-21T06:59:56Z"}


def test_a_server_goes_and_comes_back(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """R23: while it is away its pods are lost, once; what was written meanwhile is read."""
    cluster.start("node-0", "u0")
    cluster.logs("u0", 0, (at(1), "one"))
    run = attach(PODS)
    run.until(reads(journal, "one\n"))
    cluster.down()
    run.until(lambda: losses(journal[NODE].happened) != [])
    cluster.logs("u0", 0, (at(2), "two"))
    cluster.up()
    run.time_passes(31)
    run.until(reads(journal, "one\ntwo\n"))
    run.time_passes(2)
    run.until(lambda: journal[NODE].of(CaughtUp) != [])
    assert (len(losses(journal[NODE].happened)), gaps(journal[NODE].happened)) == (1, [])


def test_a_server_that_is_away_at_the_start_is_a_failure(cluster: Cluster) -> None:
    """One sentence says what cannot be reached."""
    cluster.down()
    with pytest.raises(Failed, match=r"^k8s:test/app=node: The connection to the server .* port\?$") as failed:
        PODS()
    assert failed.value.code == Exit.ENVIRONMENT


def test_without_kubectl_there_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what is not there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r"^k8s:test/app=node: there is no kubectl on PATH$"):
        PODS()


def test_an_answer_that_is_none_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers in kubectl's place and writes no list of pods is told in a sentence."""
    (tmp_path / "kubectl").write_text("#!/bin/sh\necho '<html>'\n")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(Failed, match=r"^k8s:test/app=node: what kubectl answers cannot be read: JSON is malformed"):
        PODS()


def test_a_log_that_is_not_kept_holds_nobody_up(cluster: Cluster, attach: Attach, journal: Journal) -> None:
    """R15: where --previous is refused again and again it is missing, and the present start is read."""
    cluster.start("node-0", "u0", 1)
    cluster.forget_previous("node-0")
    cluster.logs("u0", 1, (at(1), "up"))
    run = attach(PODS)
    for _ in range(4):
        run.looks(40)
        run.time_passes(6)
    run.until(reads(journal, "up\n"))
    run.time_passes(6)
    run.until(lambda: journal[NODE].of(CaughtUp) != [])
    (why,) = losses(journal[NODE].happened)
    assert why.endswith('previous terminated container "node" in pod "node-0" not found')
    assert gaps(journal[NODE].happened) == [None]
