"""Three-valued truth and the algebra of verdicts, in full (R22)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest

from waits.truth import Truth, Verdict, all_of, any_of, every, some

V, U, N, M = Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.NOT_YET, Verdict.MET
ALL_OF = {
    (V, V): V, (V, U): V, (V, N): V, (V, M): V,
    (U, V): V, (U, U): U, (U, N): U, (U, M): U,
    (N, V): V, (N, U): U, (N, N): N, (N, M): N,
    (M, V): V, (M, U): U, (M, N): N, (M, M): M,
}  # fmt: skip
ANY_OF = {
    (V, V): V, (V, U): U, (V, N): N, (V, M): M,
    (U, V): U, (U, U): U, (U, N): N, (U, M): M,
    (N, V): N, (N, U): N, (N, N): N, (N, M): M,
    (M, V): M, (M, U): M, (M, N): M, (M, M): M,
}  # fmt: skip
AND: dict[tuple[Truth, Truth], Truth] = {
    (True, True): True, (True, None): None, (True, False): False,
    (None, True): None, (None, None): None, (None, False): False,
    (False, True): False, (False, None): False, (False, False): False,
}  # fmt: skip
OR: dict[tuple[Truth, Truth], Truth] = {
    (True, True): True, (True, None): True, (True, False): True,
    (None, True): True, (None, None): None, (None, False): None,
    (False, True): True, (False, None): None, (False, False): False,
}  # fmt: skip


@pytest.mark.parametrize("pair", list(itertools.product(Verdict, Verdict)))
def test_verdicts_of_two(pair: tuple[Verdict, Verdict]) -> None:
    """R22: all_of is violated > unknown > not yet > met; any_of is met > not yet > unknown > violated."""
    assert (all_of(pair), any_of(pair)) == (ALL_OF[pair], ANY_OF[pair])


@pytest.mark.parametrize("join", [all_of, any_of])
def test_verdicts_of_three_may_be_taken_in_any_order_and_in_parts(join: Callable[[Iterable[Verdict]], Verdict]) -> None:
    """R22: both are commutative, associative and idempotent, and of three they are the same as of two twice."""
    for one, two, three in itertools.product(Verdict, repeat=3):
        whole = join([one, two, three])
        assert whole == join([join([one, two]), three]) == join([one, join([two, three])])
        assert {join(order) for order in itertools.permutations([one, two, three])} == {whole}
        assert join([one, one]) == join([one]) == one


def test_verdicts_of_none() -> None:
    """R22: of nothing, all are met and none is, so that joining with it changes nothing."""
    for one in Verdict:
        assert all_of([all_of([]), one]) == one == any_of([any_of([]), one])


@pytest.mark.parametrize("pair", list(AND))
def test_truths_of_two(pair: tuple[Truth, Truth]) -> None:
    """R22: unknown and false is false, unknown or true is true, else unknown stays."""
    assert (every(pair), some(pair)) == (AND[pair], OR[pair])


def test_truths_of_three_and_of_none() -> None:
    """R22: order and grouping do not matter, and one is the contrary of the other."""
    truths: tuple[Truth, ...] = (True, None, False)
    for triple in itertools.product(truths, repeat=3):
        contrary = [None if one is None else not one for one in triple]
        assert every(triple) is every([every(triple[:2]), triple[2]])
        assert some(triple) is some([triple[0], some(triple[1:])])
        joined = some(triple)
        assert every(contrary) is (None if joined is None else not joined)
    assert (every([]), some([])) == (True, False)
