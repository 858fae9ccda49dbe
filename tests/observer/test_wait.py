"""`observer wait` on three real nodes: what came about, when, and if not, why (R22, R25).

The times are those of `truth.jsonl`, which the driver of the run wrote; RPC counts blocks, so its height 57 is the
block 56. Its `reached` come up to half a second after the line that shows it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.waited.waits import Terms, wait_for, worst
from replay.recording import Recording
from tests.observer.conftest import Observer, Recorded
from tests.observer.waits import (  # noqa: F401 - fixtures
    Wait,
    clock,
    four_fixture,
    wait_fixture,
)
from waits.conditions import lasting
from waits.library import min_height, tips_agree

AGREED = "tips_agree() and min_height() >= 57"


def test_catching_up_is_met_when_the_last_node_has(wait: Wait) -> None:
    """truth: `n3 caught up` at 07:03:31.651, after it had been killed; all three stand at block 56."""
    found = wait("tips_agree() and min_height() >= 56", "--within", "5m", "--json")
    one = found.json
    assert (found.code, one["result"], one["exit"]) == (0, "met", 0)
    assert "07:03:31" < clock(one["at"]) < "07:03:31.651"
    assert {leaf["truth"] for leaf in one["leaves"]} == {True}
    assert [leaf["has"] for leaf in one["leaves"]] == ["true", "56"]
    assert one["deaths"] == [] == one["missing"]


def test_agreement_beyond_a_fork_waits_for_the_reorganisation(wait: Wait) -> None:
    """truth: forked from block 57 on, `reorg: all same tip` at 07:03:36.611 at block 64."""
    one = wait(AGREED, "--within", "5m", "--json").json
    assert "07:03:36" < clock(one["at"]) < "07:03:36.611"
    assert one["leaves"][1]["has"] == "64"
    assert "node1, node2, node3 at 64 62262069858d" in one["leaves"][1]["detail"]


def test_the_deciding_line_is_evidence(wait: Wait) -> None:
    """The entry that decided is among the lines, where it stands in its file, and the state there shows it."""
    one = wait(AGREED, "--json").json
    (line,) = [line for line in one["evidence"] if line["sequence"] == one["decided_by"]]
    assert (line["node"], line["at"]) == ("node1", one["at"])
    assert "HEIGHT 64" in line["line"]
    held = Path(line["file"]).read_bytes()[line["offset"] :].partition(b"\n")[0]
    assert held.decode() == line["line"]


def test_never_is_violated_with_its_witness(wait: Wait) -> None:
    """truth: node3, cut off since 07:03:31.661, mines beside the others' blocks 57 to 60 at 07:03:32 to 33.139."""
    found = wait("never(diverged())", "--to-end", "--since", "07:03:31", "--json")
    one = found.json
    assert (found.code, one["result"]) == (1, "violated")
    assert "07:03:32.3" < clock(one["at"]) < "07:03:33.139"
    assert one["witness"]["sequence"] == one["decided_by"]
    assert one["witness"]["leaves"][0]["detail"].startswith("node3 at 57 ")
    assert "never(diverged()); diverged(): is true, needs never true (node3 at 57" in one["message"]


def test_never_is_met_only_at_an_end_and_where_it_could_be_seen(wait: Wait) -> None:
    """Between both forks, 07:03:36.611 and 07:04:35.3, it holds; without a limit or a declared end it is open; from
    the start of the logs on it could not be seen throughout.
    """
    quiet = ("never(diverged())", "--since", "07:03:40", "--json")
    assert (wait(*quiet, "--within", "30s").code, wait(*quiet, "--within", "30s").json["result"]) == (0, "met")
    held = wait("never(height(node1) > 500)", "--to-end", "--since", "07:03:40", "--json")
    assert (held.code, held.json["result"], clock(held.json["at"])) == (0, "met", "07:04:38.768")
    opened = wait("never(height(node2) > 500)", "--since", "07:03:40", "--json")
    assert (opened.code, opened.json["result"]) == (3, "open")
    unseen = wait("never(height(node1) > 500)", "--to-end", "--json").json
    assert unseen["result"] == "unknown"
    assert "the log of node1 has not begun; begin later with --since" in unseen["missing"][0]


def test_lasting_is_met_so_long_after_it_began(wait: Wait) -> None:
    """truth: `all same` at 07:04:08.985 and nothing mined before 07:04:16.271: five seconds, to the millisecond."""
    one = wait("lasting(tips_agree(), 5s)", "--json").json
    last = max(line["at"] for line in one["evidence"])
    assert (clock(last), clock(one["at"]), one["decided_by"]) == ("07:04:08.677", "07:04:13.677", None)


def test_a_late_pass_is_said_and_fails_only_when_strict(wait: Wait) -> None:
    """R22: beyond the soft limit."""
    late = ("min_height() >= 56", "--soft", "10s", "--within", "5m")
    found = wait(*late)
    assert found.code == 0
    assert found.text.startswith("met late at 07:03:31.345 after 32.8s, 22.8s beyond the soft limit of 10s: ")
    strict = wait(*late, "--strict", "--json")
    assert (strict.code, strict.json["result"], clock(strict.json["soft_at"])) == (1, "late", "07:03:08.504")


def test_a_timeout_names_node_and_value(wait: Wait) -> None:
    """truth: node2 is stopped by SIGSTOP at block 64 from 07:03:36.616 to 07:04:02.829, the others are at 67."""
    found = wait("min_height() >= 67", "--since", "07:03:38", "--within", "20s")
    assert found.code == 1
    assert found.text.startswith("timed out at 07:03:58.000 after 20s: min_height() >= 67\n")
    one = wait("min_height() >= 67", "--since", "07:03:38", "--within", "20s", "--json").json
    assert "min_height(): is 64, needs >= 67 (node2 at 64 62262069858d; node1, node3 at 67" in one["message"]


def test_what_is_so_already_is_met_at_once(wait: Wait) -> None:
    """A wait looks at the state first: it cannot miss what has happened."""
    one = wait("tips_agree() and min_height() >= 137", "--since", "07:04:12", "--within", "1s", "--json").json
    assert (one["result"], one["after_ns"], one["decided_by"]) == ("met", 0, None)
    assert clock(one["at"]) == "07:04:12.000"


@pytest.mark.parametrize(("within", "result", "code"), [("30s", "met", 0), ("29999ms", "timed out", 1)])
def test_an_entry_exactly_at_the_deadline_is_in_time(wait: Wait, within: str, result: str, code: int) -> None:
    """R21: the deciding line is at 07:03:31.345."""
    found = wait("min_height() >= 56", "--since", "07:03:01.345", "--within", within, "--json")
    assert found.json["result"] == result
    # node3 died within both; where the condition was met that is no matter.
    assert found.code == (code if code == 0 else 30)


def test_the_end_of_a_recording_is_no_passing_of_time(wait: Wait) -> None:
    """R25: open, with what was left to the limit; a declared end decides."""
    asked = ("height(node1) >= 999", "--since", "07:04:00", "--within", "1m19768ms")
    found = wait(*asked)
    assert found.code == 3
    assert found.text.startswith("open: the recording ended 41s before the limit, at 07:04:38.768: ")
    assert "height(node1) is 147, needs >= 999" in found.text
    assert wait(*asked, "--json").json["left_ns"] == 41 * 10**9
    assert (wait(*asked, "--to-end").code, wait(*asked, "--to-end", "--json").json["result"]) == (1, "timed out")


def test_a_limit_in_blocks(wait: Wait) -> None:
    """truth: 70 blocks from 67 on, mined between 07:04:03.172 and 07:04:08.621."""
    asked = ("height(node1) >= 999", "--since", "07:04:03")
    found = wait(*asked, "--within", "20 blocks", "--json")
    assert (found.code, found.json["result"], found.json["leaves"][0]["has"]) == (1, "timed out", "87")
    assert "07:04:03.172" < clock(found.json["at"]) < "07:04:08.621"


def test_nothing_seen_is_never_green(observer: Observer, recorded: Recorded) -> None:
    """R23: at log level 0 no height is shown, so it is unknown, and said why."""
    for options in ((), ("--within", "30s"), ("--to-end",)):
        found = observer("wait", recorded("level0", "log"), "min_height() >= 20", *options, "--json")
        # Where the wait goes on beyond it, node3's death is known all the same: that is 30.
        assert found.code in (3, 30)
        assert found.json["result"] in ("unknown", "open")
    found = observer("wait", recorded("level0", "log"), "min_height() >= 20", "--within", "10s")
    assert found.code == 3
    assert "the log of node1 does not show blocks (its log level hides them)" in found.text


def test_an_expected_node_without_a_log_is_unknown(wait: Wait, four: Path) -> None:
    """R24: the three that have a log agree at 07:03:19; the fourth may not."""
    asked = ("tips_agree()", "--since", "07:03:19", "--within", "500ms")
    assert wait(*asked).code == 0
    found = wait(*asked, "--inventory", four, "--json")
    assert (found.code, found.json["result"]) == (3, "unknown")
    assert found.json["missing"] == ["tips_agree(): node4 has no log"]


def test_two_that_agree_are_not_all(wait: Wait) -> None:
    """Lucy's `all_equal` passes [x, x, y]. truth: `n1,n2 same` from 07:03:24.657 while node3 is dead at block 26."""
    found = wait("tips_agree()", "--since", "07:03:25", "--within", "2s", "--json")
    assert found.json["result"] == "timed out"
    assert found.json["leaves"][0]["detail"].startswith("node3 at 26 674d5b49f2fa; node1, node2 at 56")


def test_one_node_alone_agrees_with_itself(observer: Observer, tmp_path: Path) -> None:
    """Lucy's can never pass with one node."""
    from tests.observer.captures import CAPTURES

    observer("import", CAPTURES / "level1" / "node1.log", "-o", tmp_path / "one.rec", "-q")
    found = observer("wait", tmp_path / "one.rec", AGREED, "--json")
    assert (found.code, found.json["result"]) == (0, "met")


def test_python_and_text_say_the_same(recorded: Recorded) -> None:
    """One condition, written in either."""
    agreed = tips_agree() & (min_height() >= 57)
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        written, *built = wait_for(recording, [AGREED, agreed, lasting(agreed, "1s")], Terms())
    names = {"condition", "message"}
    assert built[0].model_dump(exclude=names) == written.model_dump(exclude=names)
    assert (written.condition, built[0].condition) == (AGREED, str(agreed))
    assert built[1].result == "met"
    assert built[1].after_ns == written.after_ns + 10**9


def test_precedence_of_exit_codes() -> None:
    """Design, section 7: 70 > 4 > 2 > 5 > 30 > 20 > 1 > 3 > 0."""
    order = [70, 4, 2, 5, 30, 20, 1, 3, 0]
    assert [worst(order[place:]) for place in range(len(order))] == order
    assert worst([]) == 0
