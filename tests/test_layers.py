"""The rules of design section 2 and R18 that no off-the-shelf linter holds, read off the syntax tree.

The check is syntactic: it sees `for key in held.keys()`, not `for key in held` where `held` is a map. What it
cannot see, the parity tests under two values of PYTHONHASHSEED are there to catch.
"""

import ast
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FORBIDDEN = next(contract for contract in CONTRACTS if contract["type"] == "forbidden")
# import-linter sees only what its graph resolves; here the same list holds for every import statement.
EFFECT_MODULES: frozenset[str] = frozenset(FORBIDDEN["forbidden_modules"])
EFFECT_BUILTINS = frozenset({"open", "input", "print"})
CLOCK_READERS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
CODE_FROM_DATA = frozenset({"eval", "exec"})

UNORDERED_TYPES = frozenset({"set", "frozenset", "dict", "Map"})
UNORDERED_METHODS = frozenset(
    {"items", "keys", "values", "union", "intersection", "difference", "symmetric_difference"}
)
# What hands on the order of its arguments, or lets it decide between equals.
ORDER_TAKERS = (
    frozenset({"list", "tuple", "iter", "next", "enumerate", "zip", "map", "filter", "reversed"})
    | frozenset({"max", "min", "sum", "sorted", "any", "all"})
    | frozenset({"join", "extend", "reduce", "chain", "from_iterable"})
)


class Breach(NamedTuple):
    """A place where a rule is broken."""

    line: int
    what: str


Check = Callable[[ast.Module], Iterator[Breach]]


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of names, empty for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


def imports(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Each absolute import as line, local name, dotted origin."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                origin = alias.name if alias.asname else alias.name.partition(".")[0]
                yield node.lineno, alias.asname or origin, origin
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.lineno, alias.asname or alias.name, f"{node.module}.{alias.name}"


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each call of a dotted name, as line and the name with imports resolved.

    A variable called `time` is not the module: a name that is bound here and not imported resolves to nothing.
    """
    variables = {
        node.arg if isinstance(node, ast.arg) else node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }
    origins = {name: origin for _, name, origin in imports(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            root, dot, rest = name.partition(".")
            if not dot or root in origins or root not in variables:
                yield node.lineno, origins.get(root, root) + dot + rest


def imports_effects(tree: ast.Module) -> Iterator[Breach]:
    """Layers: no import of a module that touches a clock, file, socket, thread or randomness."""
    for line, _, origin in imports(tree):
        if origin.partition(".")[0] in EFFECT_MODULES:
            yield Breach(line, f"import {origin}")


def touches_the_world(tree: ast.Module) -> Iterator[Breach]:
    """Layers: no call that reads a clock, opens a file, talks to a terminal or draws a random number."""
    for line, name in calls(tree):
        module, dot, _ = name.partition(".")
        of_a_module = bool(dot) and module in {"time", "os", "random"}
        reads_the_clock = ".".join(name.split(".")[-2:]) in CLOCK_READERS
        builtin = name.removeprefix("builtins.") in EFFECT_BUILTINS
        if of_a_module or reads_the_clock or builtin or name.startswith("uuid.uuid"):
            yield Breach(line, f"{name}()")


def runs_data(tree: ast.Module) -> Iterator[Breach]:
    """Layers: no eval, exec or pickle, which make code of what a log line says."""
    for line, _, origin in imports(tree):
        if origin.partition(".")[0] == "pickle":
            yield Breach(line, f"import {origin}")
    for line, name in calls(tree):
        if name.removeprefix("builtins.") in CODE_FROM_DATA or name.startswith("pickle."):
            yield Breach(line, f"{name}()")


def last_name(call: ast.Call) -> str:
    """The name a call ends in: `join` for `", ".join(x)`, whatever it is called on."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def unordered(node: ast.expr) -> bool:
    """Whether an expression is, by its syntax, a map, a set or a view of one."""
    if isinstance(node, ast.Call):
        of_a_method = isinstance(node.func, ast.Attribute) and node.func.attr in UNORDERED_METHODS
        return of_a_method or last_name(node) in UNORDERED_TYPES
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub):
        return unordered(node.left) or unordered(node.right)
    return isinstance(node, ast.Set | ast.Dict | ast.SetComp | ast.DictComp)


def iterated(node: ast.AST) -> list[ast.expr]:
    """The expressions whose order this node passes on."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.Starred | ast.YieldFrom):
        return [node.value]
    if isinstance(node, ast.Call) and last_name(node) in ORDER_TAKERS:
        return node.args
    return []


def iterates_unordered(tree: ast.Module) -> Iterator[Breach]:
    """R18: maps and sets are iterated only through `ordered()`."""
    for node in ast.walk(tree):
        for expression in iterated(node):
            if unordered(expression):
                yield Breach(expression.lineno, f"not through ordered(): {ast.unparse(expression)}")


def counts_inexactly(tree: ast.Module) -> Iterator[Breach]:
    """R18: integers or Decimal only, hence no float literal, float() or true division."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield Breach(node.lineno, f"{node.value!r}")
        elif isinstance(node, ast.Call) and dotted(node.func) in {"float", "builtins.float"}:
            yield Breach(node.lineno, "float()")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield Breach(node.lineno, f"true division: {ast.unparse(node)}")


PURE: tuple[Check, ...] = (imports_effects, touches_the_world, runs_data)
EXACT: tuple[Check, ...] = (*PURE, iterates_unordered, counts_inexactly)
LAYERS = {"state": EXACT, "waits": EXACT, "parsers": PURE}
EXEMPT = {"state/ordered.py": iterates_unordered}


def breaches(path: Path, checks: tuple[Check, ...]) -> list[str]:
    """What a module breaks, as path:line: what (rule)."""
    name = path.relative_to(ROOT).as_posix()
    tree = ast.parse(path.read_bytes(), name)
    return [
        f"{name}:{breach.line}: {breach.what} ({check.__doc__})"
        for check in checks
        if EXEMPT.get(name) is not check
        for breach in check(tree)
    ]


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if (ROOT / layer).is_dir()])
def test_layer_keeps_its_rules(layer: str) -> None:
    """Layers, R18: no module of state, waits or parsers breaks a rule of its layer, and there are modules."""
    modules = sorted((ROOT / layer).rglob("*.py"))
    assert modules
    assert [line for module in modules for line in breaches(module, LAYERS[layer])] == []


def test_both_checks_hold_for_the_same_layers() -> None:
    """Layers: the contract in pyproject.toml names the layers that are checked here, and forbids a clock."""
    assert set(FORBIDDEN["source_modules"]) == set(LAYERS)
    assert {"time", "os", "socket", "threading", "random"} <= EFFECT_MODULES


@pytest.mark.parametrize("module", sorted(EFFECT_MODULES))
@pytest.mark.parametrize("form", ["import {}", "import {} as x", "from {} import x", "def f():\n import {}"])
def test_effect_import_is_caught(module: str, form: str) -> None:
    """Layers: every form of import of an effect module is caught."""
    assert list(imports_effects(ast.parse(form.format(module))))


BAD = [
    (imports_effects, "import os.path"),
    (imports_effects, "import msgspec, socket"),
    (touches_the_world, "open('x')"),
    (touches_the_world, "builtins.open('x')"),
    (touches_the_world, "input()"),
    (touches_the_world, "print(1)"),
    (touches_the_world, "datetime.now()"),
    (touches_the_world, "from datetime import datetime as d\nd.now(tz=UTC)"),
    (touches_the_world, "import datetime as d\nd.datetime.utcnow()"),
    (touches_the_world, "import datetime\ndatetime.datetime.today()"),
    (touches_the_world, "from datetime import date\ndate.today()"),
    (touches_the_world, "time.monotonic_ns()"),
    (touches_the_world, "from time import time_ns as clock\nclock()"),
    (touches_the_world, "import time as t\ndef f(t):\n return t.time()"),
    (touches_the_world, "os.path.exists('x')"),
    (touches_the_world, "random.random()"),
    (touches_the_world, "uuid.uuid4()"),
    (runs_data, "eval('1')"),
    (runs_data, "exec('1')"),
    (runs_data, "import pickle"),
    (runs_data, "from pickle import loads"),
    (runs_data, "pickle.loads(b'')"),
    (iterates_unordered, "for k, v in held.items(): pass"),
    (iterates_unordered, "async def f():\n async for k in held.keys(): pass"),
    (iterates_unordered, "[v for v in state.held.values()]"),
    (iterates_unordered, "{k: 1 for k in held.keys()}"),
    (iterates_unordered, "any(v for w in x for v in w.values())"),
    (iterates_unordered, "for x in {1, 2}: pass"),
    (iterates_unordered, "for x in {'a': 1}: pass"),
    (iterates_unordered, "for x in {y for y in z}: pass"),
    (iterates_unordered, "for x in {y: 1 for y in z}: pass"),
    (iterates_unordered, "for x in set(a) - b: pass"),
    (iterates_unordered, "for x in a.union(b): pass"),
    *((iterates_unordered, f"for x in {made}(y): pass") for made in ("set", "frozenset", "dict", "Map")),
    *((iterates_unordered, f"{taker}(held.values())") for taker in ("list", "tuple", "max", "min", "sum")),
    *((iterates_unordered, f"{taker}(held.values())") for taker in ("sorted", "any", "all", "enumerate")),
    (iterates_unordered, "next(iter(held.keys()))"),
    (iterates_unordered, "for x in immutables.Map(y): pass"),
    (iterates_unordered, "', '.join({'a', 'b'})"),
    (iterates_unordered, "[*held.values()]"),
    (iterates_unordered, "def f():\n yield from held.values()"),
    (iterates_unordered, "max(ordered(a), b.values())"),
    (counts_inexactly, "x = 0.5"),
    (counts_inexactly, "x = 1e9"),
    (counts_inexactly, "float(x)"),
    (counts_inexactly, "a / b"),
    (counts_inexactly, "a /= b"),
]
GOOD = [
    "from datetime import UTC, datetime\ndatetime(2026, 1, 2, tzinfo=UTC)",
    "from datetime import time\ntime.fromisoformat('10:00')",
    "from .time import Tick",
    "from state.time import Tick",
    "def f(line):\n time = line.time('ts')\n return time.shifted(1)",
    "groups.open('x')",
    "for k, v in ordered(held.items()): pass",
    "[v for v in ordered(held.values())]",
    "max(ordered(a | b), default=0)",
    "list(ordered({1, 2}))",
    "for x in (1, 2): pass",
    "for x in sequence[1:]: pass",
    "len(held.values())",
    "'a' in held.keys()",
    "held = set(ordered(other))",
    "a // b",
    "Decimal('0.5')",
    "isinstance(value, float)",
    "'0.5 / 2'",
]


@pytest.mark.parametrize(("check", "snippet"), BAD)
def test_breach_is_caught(check: Check, snippet: str) -> None:
    """Layers, R18: each rule catches what breaks it."""
    assert list(check(ast.parse(snippet)))


@pytest.mark.parametrize("snippet", GOOD)
def test_good_code_passes(snippet: str) -> None:
    """Layers, R18: no rule catches what keeps them all."""
    tree = ast.parse(snippet)
    assert [breach for check in EXACT for breach in check(tree)] == []


def test_only_ordered_may_iterate_as_it_likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R18: state/ordered.py is exempt from the rule on iteration and from no other."""
    monkeypatch.setattr("tests.test_layers.ROOT", tmp_path)
    (tmp_path / "state").mkdir()
    for name in ("ordered.py", "other.py"):
        (tmp_path / "state" / name).write_text("import os\nlist(held.values())\n")
    ordered, other = (breaches(tmp_path / "state" / name, EXACT) for name in ("ordered.py", "other.py"))
    assert [line.split(" (")[0] for line in ordered] == ["state/ordered.py:1: import os"]
    assert [line.split(":")[:2] for line in other] == [["state/other.py", "1"], ["state/other.py", "2"]]
