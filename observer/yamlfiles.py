"""YAML that people write: read with the place of everything, and refused in one sentence with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict

from observer.exits import Exit, Failed

if TYPE_CHECKING:
    import yaml

MOST_BYTES = 1 << 20
"""Of a file."""
MOST_VALUES = 500_000
"""In a file, with what its aliases stand for written out."""
Place: TypeAlias = tuple[int | str, ...]
"""Keys and numbers that lead to a value."""
M = TypeVar("M", bound=BaseModel)


class Entry(BaseModel):
    """What a part of a file may say: nothing but what is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Written(NamedTuple):
    """A file as it was written."""

    label: str
    """Names it in errors."""
    root: yaml.Node | None
    value: Any

    def line(self, place: Place) -> int:
        """The line of the innermost part of a place that can be found."""
        import yaml

        node, line = self.root, 1
        for part in place:
            if isinstance(node, yaml.MappingNode):
                found = next((pair for pair in node.value if pair[0].value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def failed(self, place: Place, sentence: str) -> Failed:
        """What to raise of something at a place."""
        return Failed(f"{self.label}:{self.line(place)}: {sentence}")


def read_text(path: Path, what: str) -> str:
    """The text of a file. Raises Failed."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise Failed(f"{path}: the {what} is bigger than {MOST_BYTES} bytes; split it")
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{path}: the {what} cannot be read: {error}", Exit.USAGE) from None


def parsed(text: str, label: str) -> Written:
    """A text as YAML. Raises Failed."""
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        _refuse_repeated(root, label)
        _refuse_swollen(root, label)
        return Written(label, root, None if root is None else loader.construct_document(root))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error).replace("\n", " ")
        raise Failed(f"{label}{place}: is not YAML: {problem}") from None
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError, OverflowError) as error:
        # Constructors of YAML's own types fail in ways of their own: `!!bool x`, `2026-13-45`.
        problem = " ".join(str(error).split())
        raise Failed(f"{label}: is not YAML that can be read: {problem}; put texts into quotes") from None


def checked(
    model: type[M], written: Written, keys: Sequence[str], see: str, named: Mapping[Place, str] | None = None
) -> M:
    """What is written, as the model. Raises Failed; `keys` are those that a misspelt one may have meant, `named` says
    what to call the things at some places.
    """
    try:
        return model.model_validate({} if written.value is None else written.value)
    except pydantic.ValidationError as error:
        # A misspelt key makes its right spelling missing: the slip is what to tell.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        place = first["loc"]
        where = f"{_called(place, named or {})}: " if place else ""
        raise written.failed(place, f"{where}{_said(first['type'], first['msg'], place, keys, see)}") from None


def _called(place: Place, named: Mapping[Place, str]) -> str:
    known = next((end for end in range(len(place), 0, -1) if place[:end] in named), 0)
    rest = ".".join(str(part) for part in place[known:])
    return ": ".join([part for part in (named.get(place[:known], ""), rest) if part])


def nearest(word: str, known: Sequence[str], otherwise: str) -> str:
    """What a misspelt word may have meant."""
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else otherwise


_WANTED: Mapping[str, str] = {
    "string_type": "should be text; put it into quotes",
    "int_type": "should be a whole number",
    "tuple_type": "should be a list, such as [one, other]",
    "dict_type": "should be names with something behind each",
    "model_type": "should be names with something behind each",
    "bool_type": "should be true or false",
    "missing": "is missing",
    "too_short": "should hold at least one",
}


def _said(kind: str, message: str, place: Place, keys: Sequence[str], see: str) -> str:
    """What is wrong, for someone who writes YAML rather than Python."""
    if kind == "extra_forbidden":
        return f"there is no such key; {nearest(str(place[-1]), keys, see)}"
    return _WANTED.get(kind, " ".join(message.removeprefix("Value error, ").split()))


def _refuse_repeated(root: yaml.Node | None, label: str) -> None:
    """YAML takes the last of two equal keys without a word, and half of a file is gone. Raises Failed."""
    import yaml

    left, seen = [root], set()
    while left:
        node = left.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            left += node.value
        elif isinstance(node, yaml.MappingNode):
            keys = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in keys:
                    raise Failed(f"{label}:{key.start_mark.line + 1}: {key.value}: is there twice; make one of the two")
                keys.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
                left.append(value)


def _refuse_swollen(root: yaml.Node | None, label: str) -> None:
    """A few aliases of aliases stand for more than any memory holds. Raises Failed."""
    import yaml

    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        known = sizes.get(id(node))
        if known is not None:
            return known
        # Met again before its size is known, it holds itself, and has no end.
        sizes[id(node)] = MOST_VALUES + 1
        pairs = node.value if not isinstance(node, yaml.ScalarNode) else []
        parts = [part for pair in pairs for part in (pair if isinstance(pair, tuple) else (pair,))]
        sizes[id(node)] = found = 1 + sum([size(part) for part in parts])
        return found

    if root is not None and size(root) > MOST_VALUES:
        raise Failed(f"{label}: its aliases stand for more than {MOST_VALUES} values; write less of them")
