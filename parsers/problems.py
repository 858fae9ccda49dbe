"""Lines of level warning or worse, whatever else they say."""

from __future__ import annotations

import hashlib
import re

from parsers.text import one_line
from state.events import ProblemLogged

PROBLEM_TEXT_LIMIT = 300
_VARIES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b(?:0x)?[0-9a-f]{12,64}\b|\d+(?:\.\d+)*", re.ASCII)


def problem(level: str, category: str | None, said: str) -> ProblemLogged:
    """Its fingerprint leaves out numbers, addresses and ids."""
    text = one_line(said)
    # Cut behind the substitution, so that the length of a number does not move the cut.
    shape = f"{level}\0{_VARIES.sub('#', text)[:PROBLEM_TEXT_LIMIT]}"
    fingerprint = hashlib.blake2b(shape.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return ProblemLogged(level.lower(), one_line(category or ""), fingerprint, text[:PROBLEM_TEXT_LIMIT])
