"""Logs of a simulated network of xmtpd, as the commands read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.observer.conftest import Observer
from tests.parsers.monerod import FRAMED
from tests.parsers.xmtpd_runs import simulated

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda line: line,
    **{name: FRAMED[name][1] for name in ("docker", "cri", "journald") if name in FRAMED},
}


def imported(observer: Observer, folder: Path, encoding: Any, wrap: Callable[[bytes], bytes], *options: str) -> Path:
    """A recording of the run in one form."""
    logs = folder / "logs"
    logs.mkdir(parents=True)
    for name, lines in simulated(encoding).items():
        (logs / name).write_bytes(b"".join(map(wrap, lines)))
    assert observer("import", logs, "-o", folder / "made.rec", "-q", *options).code == 0
    return folder / "made.rec"


@pytest.mark.parametrize("way", WAYS)
def test_both_forms_import_alike(observer: Observer, tmp_path: Path, way: str) -> None:
    """R17: JSON and console logs of one run fold to one digest, in every framing."""
    made = [imported(observer, tmp_path / one, one, WAYS[way]) for one in ("json", "console")]
    first, second = (observer("state", one, "--json").json for one in made)
    assert first["digest"] == second["digest"]


@pytest.mark.parametrize("encoding", ["json", "console"])
def test_nothing_that_zap_wrote_is_unknown(observer: Observer, tmp_path: Path, encoding: str) -> None:
    """R13: what is left is what Go's own logger wrote before zap's was there; times are those of the lines."""
    recording = imported(observer, tmp_path, encoding, WAYS["bare"])
    found = observer("coverage", recording, "--json").json
    for source in found["sources"]:
        assert source["system"] == "xmtpd"
        assert source["lines"] == source["recognised"] + source["known"] + source["unrecognised"]
        assert source["unrecognised"] == source["unformatted"] <= 1
    assert not [one for one in found["statements"] if one["malformed"] or one["other_levels"]]
    assert sum(one["hit"] for one in found["statements"]) > 1000
