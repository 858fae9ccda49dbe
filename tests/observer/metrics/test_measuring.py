"""Figures read off recordings that are judged, as a live loop would read them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from observer.judged import Judged
from observer.metrics.families import FAMILIES, series_of
from observer.metrics.figures import Figures, NetworkFigures
from observer.metrics.measuring import destination_figures, disk_figures, network_figures
from observer.rulefiles.reading import builtin_rules
from observer.sending.memory import MemoryOutbox
from observer.sending.notifiers import notifier_of
from observer.sending.sender import Sender
from replay.play import heard_at
from replay.recording import Recording
from tests.observer.sending.contract import notice
from tests.observer.simulated import Simulated
from waits.functions import FUNCTIONS
from waits.sight import Attachment

DEMO = Path(__file__).parents[3] / "observer" / "demo" / "three-nodes.rec"


def judged_to(recording: Recording, at: int | None = None, seq: int | None = None) -> tuple[Judged, NetworkFigures]:
    """A recording, judged up to an entry, and its figures there."""
    judged = Judged(recording, [(0, builtin_rules().rules)])
    for _ in judged.run(seq, at):
        pass
    reached = judged.player.folding.seq
    heard = heard_at(recording, reached)
    now = max(one.last_at for one in heard.values()) if at is None else at
    return judged, network_figures("demo", judged, heard, now, {1: 77}, {2: 3})


def test_a_real_run_has_its_figures() -> None:
    """Of three captured nodes in the middle of their run: sources, heights, connections, alerts."""
    recording = Recording.open_to_read(DEMO)
    last = recording.last()
    assert last is not None
    judged, found = judged_to(recording, seq=last.first_seq + 200)
    recording.close()
    state = judged.player.state
    assert [one.node for one in found.nodes] == ["node1", "node2", "node3"]
    assert [one.height for one in found.nodes] == [
        judged.engine.graph.cell(FUNCTIONS["height"], (one.node,)).value for one in found.nodes
    ]
    assert {one.state for one in found.sources} == {"attached"}
    assert found.sources[0].behind_bytes == 77
    assert found.sources[1].duplicates == 3
    assert all(one.lines > one.read > 0 and one.malformed == 0 and one.raw_bytes > one.lines for one in found.sources)
    assert found.events == judged.player.folding.events > 0
    assert found.sequence == last.first_seq + 200
    assert state.nodes


def test_what_is_not_heard_has_no_figure_and_its_source_lags() -> None:
    """R15, R23: a node whose log is lost has no height, and the source says since when."""
    recording = Recording.open_to_read(DEMO)
    last = recording.last()
    assert last is not None
    judged, _before = judged_to(recording, seq=last.first_seq + 200)
    heard = heard_at(recording, last.first_seq + 200)
    engine = judged.engine
    (ear,) = engine.view.ears.of("node2")
    ear.attachment, ear.since = Attachment.LOST, engine.at
    engine.source(engine.seq, engine.at, ear)
    found = network_figures("demo", judged, heard, engine.at + 5 * 10**9)
    recording.close()
    assert [one.height is None for one in found.nodes] == [False, True, False]
    (source,) = [one for one in found.sources if one.node == "node2"]
    assert (source.state, source.lag_ns) == ("lost", 5 * 10**9)
    assert found.blind > 0


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Simulated networks of xmtpd."""
    return Simulated(tmp_path_factory.mktemp("simulated"))


def test_reports_and_clocks_have_their_figures(runs: Simulated) -> None:
    """Of a network whose quorum is lost: open reports by stage with their age, clocks by originator, the alert."""
    recording = Recording.open_to_read(runs.recording("down"))
    ends = recording.last()
    assert ends is not None
    whole = Judged(recording, [(0, builtin_rules().rules)])
    firing = next(one for one in whole.run() if one.state == "firing" and one.rule == "QuorumNotReached")
    judged, found = judged_to(recording, firing.at, firing.seq)
    recording.close()
    stages = {one.stage: one for one in found.reports}
    assert stages["attested"].reports >= 1
    assert stages["attested"].oldest_at < firing.at
    clocks = [len(one.clock) for one in found.nodes]
    assert max(clocks) >= 2
    alerts = {(one.alertname, one.state): one.alerts for one in found.alerts}
    assert alerts["QuorumNotReached", "firing"] >= 1
    assert judged.engine.alerts


def test_measuring_costs_little(runs: Simulated) -> None:
    """It is done while lines come: with all that Prometheus is told of it, a fraction of what it is done for."""
    recording = Recording.open_to_read(runs.recording("down"))
    judged, _ = judged_to(recording)
    heard = heard_at(recording, judged.player.folding.seq)
    recording.close()
    spent = []
    for _ in range(5):
        begun = time.thread_time()
        found = network_figures("demo", judged, heard, judged.engine.at)
        spent.append(time.thread_time() - begun)
    assert min(spent) < 0.05
    figures = Figures(judged.engine.at, (found,))
    assert sum(len(series_of(one, figures).rows) for one in FAMILIES) > 50


def test_a_disk_has_room(tmp_path: Path) -> None:
    """Of the file system that a recording is on; of one that is not there nothing is known."""
    found = disk_figures(tmp_path)
    assert found is not None
    assert 0 < found.free_bytes < found.total_bytes
    assert disk_figures(tmp_path / "none") is None


def test_destinations_have_theirs() -> None:
    """What waits is of the outbox, what was sent of the sender."""
    sender = Sender(notifier_of("webhook=http://127.0.0.1:9/x"), lambda _sentence: None)
    outbox = MemoryOutbox()
    outbox.put(sender.notifier.id, [notice(1), notice(2, "b")])
    (found,) = destination_figures([sender], {sender.notifier.id: outbox.counts(sender.notifier.id)})
    assert (found.pending, found.oldest_at, found.sent, found.away) == (2, 10, 0, False)
    assert found.name.startswith("webhook=http://127.0.0.1:9~")
