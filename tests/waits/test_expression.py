"""One line of text to a condition: what is read, what is refused and where, and that nothing is ever run (R22)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.waits.histories import conditions, rule_sets
from waits import library
from waits.conditions import AllOf, Always, AnyOf, Condition, Eventually, Never, lasting
from waits.expression import (
    DEFAULT_PARAMETERS,
    LANGUAGE,
    Scope,
    Unreadable,
    condition_of,
    formula_of,
    text_of,
    value_of,
)
from waits.functions import FUNCTIONS, MACROS
from waits.library import behind, has_block, height, problems, quiet_for, restarts, silent, tips_agree, up
from waits.rules import Rule
from waits.terms import Age, ForEach, Grown, Increase, Kind, Literal, Parameter, Repeats, Term, Variable, term

assert library
NODE = Variable("node", Kind.NODE)
NODE_SCOPE = Scope(DEFAULT_PARAMETERS, "node")


SAME: list[tuple[str, Term | Condition]] = [
    ("up(node1)", up("node1")),
    ("tips_agree()", tips_agree()),
    ("height(node1) >= 57", height("node1") >= 57),
    ("57 > height(node1)", term(57) > height("node1")),
    ("height(node1) == 57", height("node1").equals(57)),
    ("up('node-1.a b')", up("node-1.a b")),
    ("not up(node1)", ~up("node1")),
    ("up(node1) and up(node2)", up("node1") & up("node2")),
    ("up(node1) or up(node2)", up("node1") | up("node2")),
    ("height(node1) - height(node2) > 3", height("node1") - height("node2") > 3),
    ("height(node1) + 1 > 3 * 2", height("node1") + 1 > term(3) * 2),
    ("height(node1) > -1", height("node1") > -1),
    ("quiet_for(node1) > 20s", quiet_for("node1") > "20s"),
    ("20s < quiet_for(node1)", quiet_for("node1") > "20s"),
    ("quiet_for(node1) > silent_after", quiet_for("node1") > DEFAULT_PARAMETERS["silent_after"]),
    ("silent(node1)", silent("node1")),
    ("behind(node1) > 3", behind("node1") > 3),
    ("has_block(node1, 'ab')", has_block("node1", "ab")),
    ("problems(node1, 'error') > 0", problems("node1", "error") > 0),
    ("grown(height(node1)) >= 2", Grown(height("node1")) >= 2),
    ("age(up(node1)) > 1h30m", Age(up("node1")) > "90m"),
    (
        "increase(restarts(node1), 10m) >= 3",
        Increase(restarts("node1"), Literal(600 * 10**9, Kind.DURATION)) >= 3,
    ),
    ("repeats(restarts(node1), height(node1)) >= 3", Repeats(restarts("node1"), height("node1")) >= 3),
    ("all(up(node) for node in nodes)", ForEach("all", "node", up(NODE))),
    ("min(height(n) for n in nodes) > 3", ForEach("min", "n", height(Variable("n", Kind.NODE))) > 3),
    ("eventually(up(node1))", Eventually(up("node1"))),
    ("lasting(up(a), 30s)", lasting(up("a"), "30s")),
    ("always(up(node1))", Always(up("node1"))),
    ("never(up(node1))", Never(up("node1"))),
    ("all_of(up(a), never(up(b)))", AllOf((Eventually(up("a")), Never(up("b"))))),
    ("any_of(up(a), all_of(up(b)))", AnyOf((Eventually(up("a")), AllOf((Eventually(up("b")),))))),
    (" \n up(node1)\n and up(node2) ", up("node1") & up("node2")),
]


@pytest.mark.parametrize(("text", "built"), SAME, ids=[text for text, _built in SAME])
def test_text_gives_what_python_builds(text: str, built: Term | Condition) -> None:
    """Formulas: the same tree, whether it was written in Python or in one line."""
    assert condition_of(text) == (Eventually(built) if isinstance(built, Term) else built)


REFUSED = [
    # text, the word that the column points at, what is said
    ("node1.height > 3", "node1", "no meaning"),
    ("up(node1).real", "up", "no meaning"),
    ("up(node1) and nodes[0]", "nodes", "no meaning"),
    ("(lambda: 1)()", "(lambda", "cannot be called"),
    ("up(node1) and f'{1}' == 'a'", "f'", "no meaning"),
    ("all(up(n) for n in nodes if up(n))", "(up", "write all"),
    ("all(up(n) for n in nodes for m in nodes)", "(up", "write all"),
    ("all(up(n) for n in range(3))", "range", "there is nodes"),
    ("all((up(n) for n in nodes), key=1)", "all", "without names"),
    ("min((height(n) for n in nodes), default=0) > 1", "min", "without names"),
    ("(x := up(node1))", "x", "no meaning"),
    ("up(*nodes)", "up", "without names or stars"),
    ("up(node=node1)", "up", "without names or stars"),
    ("[up(node1)]", "[", "no meaning"),
    ("{'a': 1}", "{", "no meaning"),
    ("up(node1) if up(node2) else up(node3)", "up", "no meaning"),
    ("height(node1) > 1.5", "1.5", "whole numbers"),
    ("height(node1) / 2 > 1", "height", "reckon"),
    ("height(node1) ** 2 > 1", "height", "reckon"),
    ("height(node1) > 99999999999999999999", "99999", "too big"),
    ("height(node1) > 0x" + "f" * 3900, "0xff", "too big"),
    ("height(node1) in (1, 2)", "(1", "no meaning"),
    ("up(node1) is True", "True", "compare here"),
    ("height(node1)", "height", "a number, not a formula"),
    ("height(node1) > 'a'", "'a'", "do not compare"),
    ("height(node1) > 5s", "5s", "do not compare"),
    ("quiet_for(node1) > 20", "20", "write a duration with its unit"),
    ("quiet_for(node1) == 20s", "quiet_for", "grows all the time"),
    ("up(node1) > up(node2)", "up", "compare it with =="),
    ("5s + 3 > 1s", "5s", "does not join"),
    ("hieght(node1) > 1", "hieght", "did you mean height?"),
    ("up(node1) and tips_agre()", "tips_agre", "did you mean tips_agree?"),
    ("up(node1) and silent_aftr", "silent_aftr", "did you mean silent_after?"),
    ("up", "up", "write up(node)"),
    ("up()", "up", "takes 1 argument(s), and there are 0"),
    ("up(node1, node2)", "up", "takes 1 argument(s), and there are 2"),
    ("up(node-1)", "node-1", "put its name into quotes"),
    ("up(3)", "3", "write its name"),
    ("problems(node1, 'eror') > 0", "problems", "knows warning, error, fatal"),
    ("has_block(node1, 3)", "3", "belongs"),
    ("standing(node1) == 1", "standing", "there is no function"),
    ("up(node1) and always(up(node2))", "always", "join it with all_of()"),
    ("lasting(up(node1), 30)", "30", "such as 30s"),
    ("lasting(up(node1))", "lasting", "takes 2"),
    ("all_of()", "all_of", "at least one"),
    ("grown(up(node1)) > 1", "up", "needs a number"),
    ("age(quiet_for(node1)) > 1s", "quiet_for", "an age already"),
    ("increase(restarts(node1), 10) > 1", "10)", "such as 10m"),
    ("sum(up(n) for n in nodes) > 1", "up", "needs numbers"),
    ("all(up(node1))", "all", "write all(... for node in nodes)"),
    ("up(node1) # and up(node2)", "#", "remark"),
    ("up(node1) and # a remark\nup(node2)", "#", "remark"),
    ("up(node1) \\\n and up(node2)", "\\", "backslash"),
    ("up(node1) and", None, "is no formula"),
    ("up(node1", None, "is no formula"),
    ("up(node1); up(node2)", ";", "is no formula"),
    ("", None, "nothing stands here"),
    ("x = up(node1)", None, "is no formula"),
    ("import os", None, "is no formula"),
    ("__import__('os').system('x')", None, ""),
    ("up(node1)\x00", None, "is no formula"),
    ("\ud800 5s", None, "UTF-8"),
    ("(" * 1500 + "up(a)" + ")" * 1500, None, ""),
    ("not " * 900 + "up(a)", None, "deeply nested"),
    ("1" + " + 1" * 500 + " > 2", None, "deeply nested"),
    ("-" * 1000 + "1 > 2", None, "split it"),
    ("up(a) and " * 600 + "up(a)", None, "longer than 4000"),
    ("1<" * 1900 + "1", None, "too long"),
]


@pytest.mark.parametrize(("text", "word", "said"), REFUSED, ids=[text[:40].strip() or "empty" for text, *_ in REFUSED])
def test_everything_else_is_refused_with_its_place(text: str, word: str | None, said: str) -> None:
    """Formulas: what is not on the list is refused, with the column of the word that is meant."""
    with pytest.raises(Unreadable, match="column") as refusal:
        condition_of(text)
    assert said in refusal.value.problem
    if word is not None:
        assert text[refusal.value.column - 1 :].startswith(word)
    assert 1 <= refusal.value.column <= len(text) + 2


def test_a_misspelt_node_is_told_where_nodes_are_known() -> None:
    """Formulas: the nearest name, and its place."""
    with pytest.raises(Unreadable, match=r"no node 'node4'; did you mean node1\? \(column 4\)"):
        condition_of("up(node4)", Scope(DEFAULT_PARAMETERS, None, ["node1"]))


WORDS = st.sampled_from(
    [
        *sorted(FUNCTIONS),
        *sorted(MACROS),
        *[one.partition("(")[0] for one in LANGUAGE],
        *sorted(DEFAULT_PARAMETERS),
        "(",
        ")",
        "(",
        ")",
        ",",
        " ",
        " and ",
        " or ",
        "not ",
        ">=",
        "<",
        "==",
        "+",
        "-",
        "*",
        "5s",
        "3",
        "1.5",
        "node1",
        "'a'",
        "for",
        " in ",
        "nodes",
        "lambda",
        "[",
        "]",
        "{",
        "}",
        ":",
        ":=",
        "#",
        "\\",
        "\n",
        "=",
        ".",
        "0x",
        "é",
        "\U0001d518",
        "\x00",
        "if",
        "f'",
    ]
)


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(text=st.one_of(st.lists(WORDS, max_size=25).map("".join), st.text(max_size=60)))
def test_any_text_is_a_condition_or_unreadable(text: str) -> None:
    """Formulas: nothing else comes of any text, and the column lies in it."""
    columns = [1]
    for read in (condition_of, formula_of, value_of, lambda one: text_of(one, NODE_SCOPE)):
        try:
            read(text)
        except Unreadable as error:
            columns.append(error.column)
    assert 1 <= min(columns) <= max(columns) <= len(text) + 2


@settings(max_examples=400, derandomize=True, deadline=None)
@given(given_=conditions(), factor=st.sampled_from([10**6, 10**9, 61 * 10**9, 86401 * 10**9 + 10**6]))
def test_what_is_shown_reads_back_as_the_same(given_: Condition, factor: int) -> None:
    """Formulas: the text of a condition whose names are plain words gives an equal one, with every duration exact."""
    exact = _stretched(given_, factor)
    assert condition_of(str(exact)) == exact


def _stretched(part: object, factor: int) -> object:
    """A condition with durations that can be written."""
    if isinstance(part, Literal) and part.of is Kind.DURATION:
        return Literal(int(part.value) * factor, Kind.DURATION)
    if isinstance(part, tuple):
        return tuple(_stretched(one, factor) for one in part)
    if isinstance(part, (Term, Condition)) and not isinstance(part, (Literal, Parameter, Variable)):
        return type(part)(*[_stretched(one, factor) for one in msgspec.structs.astuple(part)])
    return part


@settings(max_examples=100, derandomize=True, deadline=None)
@given(rules=rule_sets())
def test_formulas_of_rules_read_back_too(rules: list[Rule]) -> None:
    """Formulas: with the variable that `each:` binds."""
    for one in rules:
        exact = _stretched(one.formula, 10**9)
        assert formula_of(str(exact), Scope(DEFAULT_PARAMETERS, one.each)) == exact


@pytest.mark.parametrize(
    "text",
    [
        "(height(a) > 3) == True",
        "up(a) != False",
        "(not up(a)) == up(b)",
        "(up(a) and up(b)) == up(c)",
        "not (not up(a))",
        "1 < height(a) < 5",
        "has_block(a, 'it\\'s 5s')",
        'has_block(a, "5s")',
        "height(a) - (2 - 1) > 0",
        "lasting(up(a), 2d30m)",
    ],
)
def test_odd_formulas_read_back(text: str) -> None:
    """Formulas: signs of comparison within a comparison, truths, quotes and durations keep their meaning."""
    read = condition_of(text)
    assert condition_of(str(read)) == read
    assert "zz" not in str(read)


def test_annotations_point_at_their_mistake() -> None:
    """Formulas: the column of an error within an annotation counts from its beginning."""
    text = "{{ node }} is {{ hieght(node) }} high"
    with pytest.raises(Unreadable, match="did you mean height") as refusal:
        text_of(text, NODE_SCOPE)
    assert text[refusal.value.column - 1 :].startswith("hieght")
    with pytest.raises(Unreadable, match="without its"):
        text_of("{{ node", NODE_SCOPE)
