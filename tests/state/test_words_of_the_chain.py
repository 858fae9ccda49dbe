"""What was read of the chain, put together line by line, against all of it put together anew."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from state.chain_views import Words, words_after, words_of
from state.origin import Origin
from state.reports import Chain, Range, Settlement

NODES = ("node1", "node2", "watcher")
KEYS = st.integers(0, 4)
STEP = st.tuples(st.sampled_from(NODES), st.sampled_from(["submitted", "settled", "gone"]), KEYS, st.integers(0, 2))


def origin(node: str, at: int) -> Origin:
    """A line of a node."""
    return Origin(node, at, at, at, 1)


def stepped(chains: Map[str, Chain], at: int, step: tuple[str, str, int, int]) -> Map[str, Chain]:
    """Somebody reads a range, or what is left of an index, or keeps the lowest of both no longer."""
    node, what, key, rest = step
    chain = chains.get(node, Chain())
    line = origin(node, at)
    if what == "submitted":
        known = chain.submitted.get((key + 1, key))
        first = line if known is None else known.first
        chain = Chain(chain.submitted.set((key + 1, key), Range("root", (), first, line)), chain.settled)
    elif what == "settled":
        done = chain.settled.get(key)
        settled = (done.settled if done else None) or (line if rest == 0 else None)
        chain = Chain(chain.submitted, chain.settled.set(key, Settlement(rest, 1, "0", line, line, settled)))
    else:
        chain = Chain(without_first(chain.submitted), without_first(chain.settled))
    return chains.set(node, chain)


def without_first(kept: Map[Any, Any]) -> Map[Any, Any]:
    """As retention leaves it."""
    return kept.delete(min(kept)) if kept else kept


@given(st.lists(STEP, max_size=40))
def test_words_are_read_on_as_they_would_be_read_anew(steps: list[tuple[str, str, int, int]]) -> None:
    """R16: whoever reads a range or an index, again or first, and whatever somebody keeps no longer."""
    chains: Map[str, Chain] = Map()
    words = Words({}, {})
    for at, step in enumerate(steps):
        before, chains = chains, stepped(chains, at, step)
        words = words_after(words, before, chains)
        assert words == words_of(chains)
    assert words_after(words, chains, chains) is words
    assert words_after(words, chains, Map()) == Words({}, {})
