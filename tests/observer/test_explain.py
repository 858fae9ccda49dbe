"""`observer explain`: what is not found, how far a story goes, how long it is, and where its lines stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from observer.commands.explaining import explain as command
from observer.explaining.kinds import KINDS, STEPS
from tests.observer.captures import RUNS
from tests.observer.conftest import Observer, Recorded
from tests.observer.explained import clock
from tests.observer.monerod import block, idle, line, started
from tests.observer.test_escapes import HOSTILE, STEERING, hostile_log

WHATS = ("node1", "node2", "node3", "block/60", "nodes/node3/restarts", "nodes/node2/stated_height", "agreement/tips")


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("what", WHATS)
def test_stories_fit_their_schema(observer: Observer, recorded: Recorded, run: tuple[str, str], what: str) -> None:
    """Every kind of story validates, of every captured run; where nothing is shown, that is said."""
    ran = observer("explain", recorded(*run), what, "--json")
    if ran.code == 3:
        assert ran.out == b""
        return
    assert ran.code == 0
    jsonschema.validate(ran.json, observer("schema", "explain").json)
    assert ran.json["steps"]
    assert ran.json["kind"] in KINDS
    assert [step["at"] for step in ran.json["steps"]] == sorted(step["at"] for step in ran.json["steps"])


@pytest.mark.parametrize("what", ["node3", "blocks/60", "nodes/node2/height", "agreement/agreed"])
def test_file_and_offset_lead_to_the_line(observer: Observer, recorded: Recorded, what: str) -> None:
    """The bytes at the offset of the named file are the line, and a line begins there."""
    steps = observer("explain", recorded("level1", "log"), what, "--json").json["steps"]
    shown = [step for step in steps if step["line"] is not None]
    assert len(shown) > 10
    for step in shown:
        content = Path(step["file"]).read_bytes()
        assert content[step["offset"] :].partition(b"\n")[0].decode() == step["line"]
        assert step["offset"] == 0 or content[step["offset"] - 1] == ord("\n")
        assert step["source"] == f"{Path(step['file']).stem}/log"


def test_lines_of_rotated_files_are_found_in_their_own(observer: Observer, tmp_path: Path) -> None:
    """R1: the members of one source count their offsets each from their own beginning."""
    (tmp_path / "node1.log.1").write_bytes(started(0) + block(100, 0))
    (tmp_path / "node1.log").write_bytes(block(20_000, 1))
    observer("import", tmp_path / "node1.log.1", tmp_path / "node1.log", "-o", tmp_path / "made.rec", "-q")
    answer = observer("explain", tmp_path / "made.rec", "nodes/node1/height", "--json").json
    assert [(step["text"], Path(step["file"]).name) for step in answer["steps"]] == [
        ("null -> 0", "node1.log.1"),
        ("0 -> 1", "node1.log"),
    ]
    for step in answer["steps"]:
        at = Path(step["file"]).read_bytes()[step["offset"] :]
        assert at.startswith(step["line"].encode() + b"\n")
    life = observer("explain", tmp_path / "made.rec", "node1", "--json").json["steps"]
    assert [step["kind"] for step in life].count("ended") == 1


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("noden3", "did you mean node3"),
        ("nodes/node3/heigth", "did you mean nodes/node3/height"),
        ("node3.height", "did you mean nodes/node3/height"),
        ("agreement/agred", "did you mean agreement/agreed"),
        (
            "zzz",
            (
                "name a node (node1, node2, node3), an alert (RULE/NODE), a report (its id or ORIGINATOR:START), a "
                "block (its id or block/HEIGHT) or a field (nodes/NODE/height)"
            ),
        ),
        ("", "nothing was named to explain; name a node"),
        ("/", "nothing was named to explain; name a node"),
        ("digest", "moves with every line"),
        ("sources/0/lines", "moves with every line"),
        ("nodes/node3/last_line_at", "moves with every line; `observer lines --node node3` lists them"),
        ("network", "has no history"),
        ("block/abc", "give at least 6 digits"),
        (
            "block/9999",
            "no node has reached that height up to 2026-11-21T07:04:38.768Z; the highest that a line implies is 147",
        ),
        ("123456", "no block of that id is known"),
        ("fb327b", "did you mean fb327a"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest(
    refused: Callable[..., str], recorded: Recorded, what: str, sentence: str
) -> None:
    """One sentence: what was not found, and the nearest that is known."""
    assert sentence in refused(2, "explain", recorded("level1", "log"), what)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (
            "nodes/node1/height",
            "nodes/node1/height: is unknown up to 2026-11-21T07:07:01.370Z, as no line of the log tells it",
        ),
        ("nodes.node1.connections", "is unknown"),
        ("nodes/node1/rejected_blocks", "it is [] throughout"),
        ("block/30", "nodes have passed that height"),
    ],
)
def test_what_the_log_does_not_show_is_unknown(
    refused: Callable[..., str], recorded: Recorded, what: str, sentence: str
) -> None:
    """At level 0 monerod has no line per block nor per connection: exit 3 and a sentence, never an empty story."""
    assert sentence in refused(3, "explain", recorded("level0", "log"), what)


def test_story_stops_at_a_time_inclusive(observer: Observer, recorded: Recorded) -> None:
    """`--at TIME` includes the entries at that time and nothing later; the summary is of that moment."""
    rec = recorded("level1", "log")
    until = observer("explain", rec, "node3", "--at", "07:03:28.675", "--json").json
    assert until["at"] == "2026-11-21T07:03:28.675Z"
    assert until["steps"][-1]["kind"] == "restart"
    assert "1 restart," in until["summary"]
    before = observer("explain", rec, "node3", "--at", "07:03:28.674", "--json").json
    assert before["steps"][-1]["kind"] == "behind"
    assert "0 restarts, height 26" in before["summary"]
    assert all(step["sequence"] <= before["sequence"] for step in before["steps"])


def test_story_before_the_first_entry_is_unknown(refused: Callable[..., str], recorded: Recorded) -> None:
    """Nothing has been said by then."""
    rec = recorded("level1", "log")
    assert "the recording begins at 2026-11-21T07:02:58.504Z" in refused(
        3, "explain", rec, "node3", "--at", "2020-01-01"
    )
    assert "shows nothing of its life" in refused(3, "explain", rec, "node3", "--at", "07:03:00")
    assert "'soon' is no time" in refused(2, "explain", rec, "node3", "--at", "soon")


@pytest.mark.parametrize("limit", [1, 2, 5, 40])
def test_limit_keeps_both_ends(observer: Observer, recorded: Recorded, limit: int) -> None:
    """The first and the last steps are told, and how many stand between them."""
    rec = recorded("level1", "log")
    every = observer("explain", rec, "nodes/node3/height", "--limit", 1000, "--json").json
    some = observer("explain", rec, "nodes/node3/height", "--limit", limit, "--json").json
    assert (every["left_out"], every["left_out_after"]) == (0, None)
    head, tail = (limit + 1) // 2, limit // 2
    assert some["steps"] == every["steps"][:head] + every["steps"][len(every["steps"]) - tail :]
    assert some["left_out"] == len(every["steps"]) - limit == 178 - limit
    assert some["left_out_after"] == head
    text = observer("explain", rec, "nodes/node3/height", "--limit", limit).text
    assert f"{178 - limit} step(s) left out; give a larger --limit" in text


def test_limit_is_what_the_help_says() -> None:
    """The command's default is the number that stories are bounded by."""
    defaults = command.__defaults__
    assert defaults is not None
    assert STEPS in defaults


def test_people_read_time_node_words_and_the_line(observer: Observer, recorded: Recorded) -> None:
    """Plain where there is no terminal: a step, and beneath it file, offset and line."""
    lines = observer("explain", recorded("level1", "log"), "node3").text.splitlines()
    place = next(number for number, text in enumerate(lines) if "bans 127.0.0.1" in text)
    assert lines[place] == "07:04:16.636  node3      bans 127.0.0.1"
    assert lines[place + 1].strip().partition(": ")[0].endswith("level1/node3.log:599181")
    assert lines[place + 1].endswith("Host 127.0.0.1 blocked.")
    assert lines[1] == "2026-11-21"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_steers_nothing(observer: Observer, tmp_path: Path, name: str) -> None:
    """Neither the words nor the raw line carry a control character of the log, in text or in JSON."""
    (tmp_path / "node1.log").write_bytes(hostile_log(HOSTILE[name]))
    observer("import", tmp_path / "node1.log", "-o", tmp_path / "made.rec", "-q")
    for what in ("node1", "nodes/node1/problems", "nodes/node1/blocked", "nodes/node1/version", "block/0"):
        for options in ((), ("--json",)):
            ran = observer("explain", tmp_path / "made.rec", what, *options)
            if ran.code == 3:
                continue
            assert ran.code == 0
            assert STEERING.findall(ran.text) == []


def test_markup_and_emoji_of_a_log_are_shown_as_they_stand(observer: Observer, tmp_path: Path) -> None:
    """What looks like rich's markup is a log's own text."""
    text = "a [bold]b[/bold] :skull: failure"
    (tmp_path / "node1.log").write_bytes(started(0) + line(10, text, level="ERROR"))
    observer("import", tmp_path / "node1.log", "-o", tmp_path / "made.rec", "-q")
    assert observer("explain", tmp_path / "made.rec", "node1").text.count(text) == 2


def test_aliases_name_the_node(observer: Observer, tmp_path: Path) -> None:
    """R24: a node is explained under every name that the inventory gives it; one without a log is unknown."""
    (tmp_path / "node1.log").write_bytes(started(0) + block(100, 0))
    (tmp_path / "network.yaml").write_text('nodes:\n  node1: {aliases: [n1, "10.0.0.1:18080"]}\n  node2:\n')
    made = tmp_path / "made.rec"
    observer("import", tmp_path / "node1.log", "-o", made, "-q", "--inventory", tmp_path / "network.yaml")
    whole = observer("explain", made, "node1", "--json").json
    for name in ("n1", "nodes/n1", "nodes/node1", "nodes.node1", "10.0.0.1:18080"):
        assert observer("explain", made, name, "--json").json == whole
    assert observer("explain", made, "nodes/n1/height", "--json").json["what"] == "nodes/node1/height"
    ran = observer("explain", made, "node2")
    assert (ran.code, ran.out) == (3, b"")
    assert "the recording has no log of node2" in ran.err


def test_pace_of_the_inventory_says_what_a_silence_is(observer: Observer, tmp_path: Path) -> None:
    """`pace.silent_after`: the pause is told with the line before it and the line that ended it."""
    (tmp_path / "node1.log").write_bytes(started(0) + idle(1000) + idle(8000))
    made = tmp_path / "made.rec"
    for number, (pace, silences) in enumerate([("20s", []), ("5s", ["07:00:01.000", "07:00:08.000"])]):
        (tmp_path / "network.yaml").write_text(f"nodes: {{node1: }}\npace: {{silent_after: {pace}}}\n")
        made = tmp_path / f"{number}.rec"
        observer("import", tmp_path / "node1.log", "-o", made, "-q", "--inventory", tmp_path / "network.yaml")
        steps = observer("explain", made, "node1", "--json").json["steps"]
        assert [clock(step) for step in steps if step["kind"] in ("last line", "silence")] == silences
