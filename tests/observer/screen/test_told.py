"""What happens, in one line each."""

from __future__ import annotations

from msgspec.structs import replace

from observer.judged import Judged
from observer.screen.told import sources_said, step_said, transition_said
from observer.screen.view import WAITING, Said
from replay.recording import Recording
from tests.observer.conftest import Recorded
from tests.observer.screen.views import NOON, SECOND, source
from waits.alerts import Transition

FIRED = Transition(
    NOON,
    7,
    "NodeDied",
    "firing",
    "critical",
    {"node": "node3"},
    {"description": "long", "summary": "node3 ended without a stop"},
    (),
    (),
    None,
    NOON - 90 * SECOND,
)


def test_a_transition_is_its_state_its_rule_and_its_sentence() -> None:
    """The summary, else the description; a resolution says for how long, and why where that is known."""
    assert transition_said(FIRED) == Said(
        NOON, "transition", "FIRING NodeDied node3 (critical): node3 ended without a stop", "bad"
    )
    assert transition_said(replace(FIRED, state="pending", annotations={"description": "long"})) == Said(
        NOON, "transition", "PENDING NodeDied node3 (critical): long", "warn"
    )
    assert transition_said(replace(FIRED, state="resolved")) == Said(
        NOON, "transition", "RESOLVED NodeDied node3 (critical) after 1m30s", "good"
    )
    gone = transition_said(replace(FIRED, state="resolved", since=None, reason="it did not last", labels={}))
    assert gone.text == "RESOLVED NodeDied (critical): it did not last"


def test_an_incident_is_called_one() -> None:
    """It fires, but nobody is sent for."""
    assert transition_said(replace(FIRED, severity="incident", annotations={})).text == "INCIDENT NodeDied node3"
    over = transition_said(replace(FIRED, severity="incident", state="resolved", since=None))
    assert over.text == "RESOLVED NodeDied node3 (incident)"


def test_what_cannot_be_judged_is_told_apart() -> None:
    """Blind and unblind say why, and are of a kind of their own: there may be many at once."""
    said = transition_said(replace(FIRED, state="blind", reason="its log has ended"))
    assert (said.kind, said.text, said.tone) == (
        "sight",
        "BLIND NodeDied node3 (critical): its log has ended",
        "aside",
    )


def test_the_lives_of_nodes_are_told(recorded: Recorded) -> None:
    """Starts, losses, reorganisations, as `observer replay` words them, with the node's name."""
    found = list[Said]()
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        judged = Judged(recording)
        judged.tell(lambda step: found.extend(step_said(step)))
        for _transition in judged.run():
            pass
    texts = [one.text for one in found]
    assert "node2 started, monero 0.18.0.0-unknown" in texts
    assert any(
        one.startswith("node3 restarted, monero 0.18.0.0-unknown; the life before ended without") for one in texts
    )
    lost = next(one for one in found if "lost its last connection" in one.text)
    assert (lost.kind, lost.tone) == ("node", "bad")
    assert any(one.startswith("node1 reorganised, depth ") for one in texts)
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_sources_are_told_of_where_they_change() -> None:
    """Lost, late, read again; that one is opened for the first time goes without saying."""
    attached, waiting = source("node1"), source("node1", WAITING)
    for before, after, text in (
        ((), (attached,), None),
        ((waiting,), (attached,), None),
        ((), (waiting,), None),
        ((attached,), (attached,), None),
        ((attached,), (source("node1", "lost"),), "node1/log is not read"),
        ((attached,), (source("node1", "lagging"),), "node1/log is read late"),
        ((source("node1", "lost"),), (attached,), "node1/log is read again"),
        ((attached,), (source("node1", "ended"),), "node1/log has ended"),
    ):
        assert [one.text for one in sources_said(before, after)] == ([] if text is None else [text])
