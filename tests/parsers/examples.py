"""A literal example of every statement of monerod."""

from __future__ import annotations

from tests.parsers import examples_chain, examples_life

EXAMPLES = [*examples_life.EXAMPLES, *examples_chain.EXAMPLES]
