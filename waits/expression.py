"""One line of text to a condition or a formula: for the command line and for rules.

The text is parsed by Python's own grammar and never run: what is not on a short list is refused, with its place and
the nearest known word. What comes out is what Python code would have built by hand.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import msgspec

from state.ordered import ordered
from waits import library
from waits.conditions import AllOf, Always, AnyOf, Condition, Eventually, Lasting, Never
from waits.durations import nanoseconds
from waits.entities import EACH, OF_KIND, Entities
from waits.functions import FUNCTIONS, MACROS, Function, Macro
from waits.rules import Text
from waits.terms import (
    Age,
    All,
    Any_,
    Arithmetic,
    Compare,
    ForEach,
    Grown,
    Increase,
    Kind,
    Literal,
    Not,
    Parameter,
    Repeats,
    Term,
    Variable,
)

LONGEST = 4000
"""Characters of an expression."""
MOST_NODES = 2000
"""Of its syntax tree."""
DEEPEST = 50
"""Of its syntax tree: what is read from it is gone through again and again by recursion."""
DEEPEST = 60
"""Levels of its syntax tree."""
_DURATION = re.compile(r"(?<![\w.])(?:\d{1,9}(?:ms|[smhdw]))+(?![\w.])")
_QUOTED = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
TEMPORAL = ("lasting", "always", "never", "all_of", "any_of", "eventually")
MEMORIES = ("grown", "increase", "repeats", "age")
QUANTIFIERS = ("all", "any", "count", "min", "max", "sum")
LANGUAGE: dict[str, str] = {
    "eventually(formula)": "The formula is true once. What a formula means where a condition is expected.",
    "lasting(formula, duration)": "The formula is true for so long without a break.",
    "always(formula)": "The formula is true until a declared end, and could be observed throughout.",
    "never(formula)": "The formula is false until a declared end, and could be observed throughout.",
    "all_of(condition, ...)": "Every one of them, each at a time of its own.",
    "any_of(condition, ...)": "At least one of them.",
    "grown(number)": "How much a number has grown since the condition or the rule began.",
    "increase(counter, duration)": "How much a counter has grown within the last so long.",
    "repeats(counter, progress)": "How often a counter has grown since a number last reached a new maximum.",
    "age(value)": "How long a value has been what it is.",
    "all(formula for node in nodes)": "The formula for every node; also `any`, `count`, `min`, `max`, `sum`.",
}
"""What belongs to the language rather than to the library."""
assert library  # noqa: S101 - importing it fills the table of functions


class Unreadable(ValueError):
    """A text that is no formula: what is wrong, and where."""

    def __init__(self, problem: str, column: int) -> None:
        """`column` counts from 1."""
        super().__init__(problem)
        self.problem = problem
        self.column = column

    def __str__(self) -> str:
        return f"{self.problem} (column {self.column})"


class Scope(msgspec.Struct, frozen=True):
    """What names mean in a text."""

    parameters: Mapping[str, Parameter] = msgspec.field(default_factory=dict)
    each: str | None = None
    """The variable that `each:` binds."""
    nodes: Sequence[str] | None = None
    """The nodes that are known, where a misspelt one can be told."""


DEFAULT_PARAMETERS: dict[str, Parameter] = {
    "silent_after": Parameter("silent_after", Kind.DURATION, nanoseconds("20s")),
    "block_interval": Parameter("block_interval", Kind.DURATION, nanoseconds("2m")),
}
"""The inventory's pace."""


def condition_of(text: str, scope: Scope | None = None) -> Condition:
    """A condition, or a formula as one. Raises Unreadable."""
    reader = _Reader(text, scope or Scope(DEFAULT_PARAMETERS))
    return reader.condition(reader.tree)


def formula_of(text: str, scope: Scope | None = None) -> Term:
    """A formula. Raises Unreadable."""
    reader = _Reader(text, scope or Scope(DEFAULT_PARAMETERS))
    return reader.truth(reader.tree)


def value_of(text: str, scope: Scope | None = None) -> Term:
    """A value of any kind. Raises Unreadable."""
    reader = _Reader(text, scope or Scope(DEFAULT_PARAMETERS))
    return reader.term(reader.tree)


_TEMPLATE = re.compile(r"\{\{([^{}]*)\}\}")


def text_of(text: str, scope: Scope) -> Text:
    """An annotation: text with `{{ values }}` in it. Raises Unreadable."""
    parts: list[str | Term] = []
    place = 0
    for found in _TEMPLATE.finditer(text):
        if found.start() > place:
            parts.append(text[place : found.start()])
        try:
            parts.append(value_of(found[1], scope))
        except Unreadable as error:
            raise Unreadable(error.problem, found.start(1) + error.column) from None
        place = found.end()
    rest = text[place:]
    if "{{" in rest or "}}" in rest:
        raise Unreadable("a `{{` without its `}}`", place + max(rest.find("{{"), rest.find("}}")) + 1)
    return Text((*parts, rest) if rest or not parts else tuple(parts))


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._scope = scope
        self._durations: dict[int, str] = {}
        self._variables: dict[str, Kind] = {}
        if scope.each is not None:
            self._variables[scope.each] = EACH[scope.each].kind
        self._indent = len(text) - len(text.lstrip())
        text = text.strip()
        if not text:
            raise Unreadable("nothing stands here; write for example tips_agree()", 1)
        if len(text) > LONGEST:
            raise Unreadable(f"longer than {LONGEST} characters; split it into several rules", LONGEST)
        self._text = text
        self.tree = self._parsed(text)

    def _parsed(self, text: str) -> ast.expr:
        """The syntax tree; durations are letters of equal length in it, so that places stay what they are."""
        quoted = [found.span() for found in _QUOTED.finditer(text)]
        outside = _QUOTED.sub(lambda found: "_" * len(found[0]), text)
        for odd, problem in (("#", "a remark has no place here"), ("\\", "a backslash has no place here")):
            if odd in outside:
                raise Unreadable(problem, self._indent + outside.index(odd) + 1)
        if not text.isprintable() and any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):  # noqa: PLR2004 - halves
            raise Unreadable("is no formula: it is not UTF-8", self._indent + 1)

        def masked(found: re.Match[str]) -> str:
            if any(start <= found.start() < end for start, end in quoted):
                return found[0]
            self._durations[len(text[: found.start()].encode())] = found[0]
            return "z" * len(found[0])

        written = _DURATION.sub(masked, text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(written.replace("\n", " "), mode="eval").body
        except SyntaxError as error:
            raise Unreadable(f"is no formula: {error.msg}", self._indent + max(1, error.offset or 1)) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise Unreadable(f"is no formula: {error or 'too deeply nested'}", 1) from None
        if _depth(tree) > DEEPEST:
            raise Unreadable("is too deeply nested; split it into several rules", 1)
        if sum(1 for _node in ast.walk(tree)) > MOST_NODES:
            raise Unreadable("is too long; split it into several rules", 1)
        self._no_deeper(tree)
        return tree

    def _no_deeper(self, tree: ast.expr) -> None:
        level: list[ast.AST] = [tree]
        for _depth in range(DEEPEST):
            level = [child for node in level for child in ast.iter_child_nodes(node)]
        if level:
            raise Unreadable("is too deeply nested; split it into several rules", 1)

    # --- conditions ----------------------------------------------------------------------------------

    def condition(self, node: ast.expr) -> Condition:
        """A condition over time."""
        name = self._called(node)
        if name not in TEMPORAL or not isinstance(node, ast.Call):
            return Eventually(self.truth(node))
        self._no_keywords(node)
        if name in ("all_of", "any_of"):
            if not node.args:
                raise self._failure(node, f"{name}() needs at least one condition")
            parts = tuple([self.condition(one) for one in node.args])
            return AllOf(parts) if name == "all_of" else AnyOf(parts)
        self._count(node, name, 2 if name == "lasting" else 1)
        formula = self.truth(node.args[0])
        if name == "lasting":
            span = self.term(node.args[1])
            if not isinstance(span, (Literal, Parameter)) or span.kind is not Kind.DURATION:
                raise self._failure(node.args[1], "lasting() needs a duration, such as 30s")
            return Lasting(formula, span)
        return {"always": Always, "never": Never, "eventually": Eventually}[name](formula)

    # --- formulas ------------------------------------------------------------------------------------

    def truth(self, node: ast.expr) -> Term:
        """Something that is true or false."""
        found = self.term(node)
        if found.kind is not Kind.TRUTH:
            raise self._failure(
                node, f"{self._source(node)} is {found.kind.value}, not a formula; compare it with something"
            )
        return found

    def term(self, node: ast.expr) -> Term:  # noqa: PLR0911 - one for each kind of node
        """A value."""
        if isinstance(node, ast.BoolOp):
            terms = tuple([self.truth(one) for one in node.values])
            return All(terms) if isinstance(node.op, ast.And) else Any_(terms)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Constant):
            return self._constant(node)
        raise self._failure(node, f"{self._source(node)} has no meaning here")

    def _unary(self, node: ast.UnaryOp) -> Term:
        if isinstance(node.op, ast.Not):
            return Not(self.truth(node.operand))
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = self._constant(node.operand)
            if value.kind is Kind.NUMBER:
                return Literal(-int(value.value), Kind.NUMBER)
        raise self._failure(node, f"{self._source(node)} has no meaning here")

    def _constant(self, node: ast.Constant) -> Literal:
        value = node.value
        if isinstance(value, bool):
            return Literal(value, Kind.TRUTH)
        if isinstance(value, int):
            if abs(value) >= 1 << 63:
                raise self._failure(node, f"{self._source(node)[:24]} is too big a number")
            return Literal(value, Kind.NUMBER)
        if isinstance(value, str):
            return Literal(value, Kind.TEXT)
        hint = "; write whole numbers, or a duration such as 500ms" if isinstance(value, float) else ""
        raise self._failure(node, f"{self._source(node)} has no meaning here{hint}")

    def _name(self, node: ast.Name) -> Term:
        duration = self._durations.get(node.col_offset)
        if duration is not None:
            return Literal(nanoseconds(duration), Kind.DURATION)
        if node.id in self._variables:
            return Variable(node.id, self._variables[node.id])
        if node.id in self._scope.parameters:
            return self._scope.parameters[node.id]
        if node.id in (*FUNCTIONS, *MACROS):
            raise self._failure(node, f"{node.id} is a function; write {_signature(node.id)}")
        known = [*self._scope.parameters, *self._variables]
        raise self._failure(node, f"there is no {node.id!r} here{_nearest(node.id, [*known, *_callable()], known)}")

    def _comparison(self, node: ast.Compare) -> Term:
        terms = [self.term(one) for one in (node.left, *node.comparators)]
        sides = [node.left, *node.comparators]
        found: list[Term] = []
        for place, operator in enumerate(node.ops):
            sign = _SIGNS.get(type(operator))
            if sign is None:
                raise self._failure(sides[place + 1], "only ==, !=, <, <=, > and >= compare here")
            found.append(self._compared(sign, terms[place], terms[place + 1], sides[place], sides[place + 1]))
        return found[0] if len(found) == 1 else All(tuple(found))

    def _compared(self, sign: str, left: Term, right: Term, left_at: ast.expr, right_at: ast.expr) -> Term:
        if right.kind is Kind.AGE and left.kind is not Kind.AGE:
            # An age is asked from its own side, where its time of turning is known.
            return self._compared(_MIRRORED[sign], right, left, right_at, left_at)
        if left.kind is Kind.AGE:
            if right.kind is not Kind.DURATION:
                raise self._failure(
                    right_at,
                    f"{self._source(left_at)} is an age and {self._source(right_at)} is {right.kind.value}; "
                    "write a duration with its unit, such as 90s",
                )
            if sign in ("==", "!="):
                raise self._failure(left_at, "an age grows all the time; compare it with <, <=, > or >=")
        elif left.kind is not right.kind or left.kind is Kind.LIST:
            raise self._failure(
                right_at,
                f"{self._source(left_at)} is {left.kind.value} and {self._source(right_at)} is {right.kind.value}: "
                "they do not compare",
            )
        elif left.kind in (Kind.TEXT, Kind.TRUTH, *OF_KIND) and sign not in ("==", "!="):
            raise self._failure(left_at, f"{self._source(left_at)} is {left.kind.value}; compare it with == or !=")
        return Compare(sign, left, right)

    def _arithmetic(self, node: ast.BinOp) -> Term:
        sign = _ARITHMETIC.get(type(node.op))
        if sign is None:
            raise self._failure(node, "only +, - and * reckon here")
        left, right = self.term(node.left), self.term(node.right)
        kinds = {left.kind, right.kind}
        durations = [left.kind, right.kind].count(Kind.DURATION)
        fits = durations == 1 if sign == "*" else durations in (0, 2)
        if kinds <= {Kind.NUMBER} or (kinds <= {Kind.NUMBER, Kind.DURATION} and fits):
            return Arithmetic(sign, left, right)
        said = f"{self._source(node.left)} is {left.kind.value} and {self._source(node.right)} is {right.kind.value}"
        raise self._failure(node, f"{said}: {sign} does not join them")

    # --- calls ---------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Term:
        name = self._called(node)
        if name is None:
            raise self._failure(node, f"{self._source(node.func)} cannot be called")
        if name in QUANTIFIERS and len(node.args) == 1 and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp)):
            self._no_keywords(node)
            return self._quantified(name, node.args[0])
        if name in TEMPORAL:
            raise self._failure(
                node, f"{name}() is a condition over time, no part of a formula; join it with all_of() or any_of()"
            )
        self._no_keywords(node)
        if name in MEMORIES:
            return self._remembering(name, node)
        called: Function | Macro | None = FUNCTIONS.get(name) or MACROS.get(name)
        if called is None or (isinstance(called, Function) and called.kind is Kind.LIST):
            hint = "; write all(... for node in nodes)" if name in QUANTIFIERS else _nearest(name, _callable(), ())
            raise self._failure(node, f"there is no function {name}(){hint}")
        self._count(node, called.signature, len(called.takes))
        given = [self._argument(one, kind, name) for one, kind in zip(node.args, called.takes, strict=True)]
        try:
            return called(*given)
        except ValueError as error:
            raise self._failure(node, str(error)) from None

    def _quantified(self, name: str, node: ast.GeneratorExp | ast.ListComp) -> Term:
        loop = node.generators[0]
        plain = len(node.generators) == 1 and not loop.ifs and not loop.is_async
        if not plain or not isinstance(loop.target, ast.Name):
            raise self._failure(node, f"write {name}(... for node in nodes)")
        if not isinstance(loop.iter, ast.Name) or loop.iter.id != "nodes":
            raise self._failure(loop.iter, f"{self._source(loop.iter)} cannot be gone through; there is nodes")
        variable = loop.target.id
        outside = self._variables.get(variable)
        self._variables[variable] = Kind.NODE
        body = self.truth(node.elt) if name in ("all", "any", "count") else self.term(node.elt)
        if outside is None:
            del self._variables[variable]
        else:
            self._variables[variable] = outside
        if name in ("min", "max", "sum") and body.kind is not Kind.NUMBER:
            raise self._failure(node.elt, f"{name}() needs numbers; {self._source(node.elt)} is {body.kind.value}")
        return ForEach(name, variable, body)

    def _remembering(self, name: str, node: ast.Call) -> Term:
        self._count(node, name, 2 if name in ("increase", "repeats") else 1)
        terms = [self.term(one) for one in node.args]
        numbers = {"grown": 1, "increase": 1, "repeats": 2, "age": 0}[name]
        for one, at in list(zip(terms, node.args, strict=True))[:numbers]:
            if one.kind is not Kind.NUMBER:
                raise self._failure(at, f"{name}() needs a number; {self._source(at)} is {one.kind.value}")
        if name == "grown":
            return Grown(terms[0])
        if name == "repeats":
            return Repeats(terms[0], terms[1])
        if name == "age":
            if terms[0].kind is Kind.AGE:
                raise self._failure(node.args[0], f"{self._source(node.args[0])} is an age already")
            return Age(terms[0])
        if terms[1].kind is not Kind.DURATION or not isinstance(terms[1], (Literal, Parameter)):
            raise self._failure(
                node.args[1], f"increase() needs a duration, such as 10m; write it behind {self._source(node.args[0])}"
            )
        return Increase(terms[0], terms[1])

    def _argument(self, node: ast.expr, kind: Kind, into: str) -> Term:
        if kind is Kind.NODE:
            return self._node_name(node, into)
        if kind in OF_KIND and isinstance(node, ast.Constant):
            return self._entity(node, OF_KIND[kind], into)
        found = self.term(node)
        if found.kind is not kind:
            raise self._failure(node, f"{self._source(node)} is {found.kind.value}; {kind.value} belongs into {into}()")
        if not isinstance(found, (Literal, Variable, Parameter)):
            raise self._failure(node, f"{self._source(node)} must be written out here")
        return found

    def _entity(self, node: ast.Constant, entities: Entities, into: str) -> Term:
        """A certain entity other than a node, in quotes or as a number."""
        if not entities.example:
            raise self._failure(node, f"a certain {entities.name} cannot be named; {into}() is for rules with each:")
        if not entities.fits(str(node.value)):
            raise self._failure(node, f"{self._source(node)} is no {entities.name}; write such as {entities.example!r}")
        return Literal(str(node.value), entities.kind)

    def _node_name(self, node: ast.expr, into: str) -> Term:
        """A node: bare where its name is a plain word, in quotes otherwise."""
        if isinstance(node, ast.Name) and node.id in self._variables:
            kind = self._variables[node.id]
            if kind is not Kind.NODE:
                raise self._failure(node, f"{node.id} is {kind.value}; {Kind.NODE.value} belongs into {into}()")
            return Variable(node.id, kind)
        name = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Name) and node.col_offset in self._durations:
            name = self._durations[node.col_offset]
        if isinstance(node, ast.BinOp):
            raise self._failure(node, f"{self._source(node)} is no node; put its name into quotes")
        if not isinstance(name, str):
            raise self._failure(node, f"{self._source(node)} is no node; write its name")
        nodes = self._scope.nodes
        if nodes is not None and name not in nodes:
            raise self._failure(node, f"there is no node {name!r}{_nearest(name, nodes, nodes)}")
        return Literal(name, Kind.NODE)

    # --- words ---------------------------------------------------------------------------------------

    def _called(self, node: ast.expr) -> str | None:
        return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None

    def _no_keywords(self, node: ast.Call) -> None:
        if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise self._failure(node, "arguments are written one after the other, without names or stars")

    def _count(self, node: ast.Call, name: str, wanted: int) -> None:
        if len(node.args) != wanted:
            signature = _signature(name.partition("(")[0])
            raise self._failure(node, f"{signature} takes {wanted} argument(s), and there are {len(node.args)}")

    def _source(self, node: ast.expr) -> str:
        line = self._text.replace("\n", " ").encode()
        return line[node.col_offset : node.end_col_offset].decode(errors="replace")[:80]

    def _failure(self, node: ast.expr, problem: str) -> Unreadable:
        before = self._text.replace("\n", " ").encode()[: node.col_offset].decode(errors="replace")
        return Unreadable(problem, self._indent + len(before) + 1)


_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


def _depth(tree: ast.expr) -> int:
    """Levels of a tree, counted without going deep oneself."""
    level: list[ast.AST] = [tree]
    depth = 0
    while level and depth <= DEEPEST:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def _callable() -> list[str]:
    visible = [name for name, function in ordered(FUNCTIONS) if function.kind is not Kind.LIST]
    return [*visible, *MACROS, *MEMORIES, *TEMPORAL, *QUANTIFIERS]


def _signature(name: str) -> str:
    called: Function | Macro | None = FUNCTIONS.get(name) or MACROS.get(name)
    if called is not None:
        return called.signature
    return next((one for one in LANGUAGE if one.startswith(f"{name}(")), f"{name}()")


def _nearest(word: str, known: Sequence[str], all_named: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(sorted(all_named)[:20])}" if all_named else ""
