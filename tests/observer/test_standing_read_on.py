"""How reports stand, read on line by line, against all of it read anew."""

from __future__ import annotations

import pytest

from replay.play import Player
from state.quorums import active_nodes
from state.report_views import NOTHING, Standing, standing_of
from tests.observer.simulated import Simulated, opened

EVERY = 7
"""Of the steps that are about reports so many are looked at, or it would take minutes."""


@pytest.mark.parametrize("run", ["healthy", "down", "split", "submit-failing", "settle-failing"])
def test_what_is_read_on_is_what_would_be_read_anew(simulated: Simulated, run: str) -> None:
    """R16: courses, boundaries and the chain do not depend on what was read before."""
    standings: dict[int, Standing] = {}
    seen = compared = 0
    with opened(simulated.recording(run)) as recording:
        for step in Player(recording).steps():
            for name, originator in step.touched:
                if name != "reports" or not isinstance(originator, int):
                    continue
                active = active_nodes(step.after, ())
                mine = step.after.reports[originator]
                known = standings.get(originator, NOTHING)
                active = known.active if active == known.active else active
                read = standings[originator] = standing_of(originator, mine, active, known)
                seen += 1
                if seen % EVERY == 0:
                    assert read == standing_of(originator, mine, active)
                    compared += 1
    assert compared > 100
