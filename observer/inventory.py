"""The inventory, `network.yaml` (R24): what is expected of a network, written by people.

network: three-nodes
nodes:
  node1:
    aliases: [n1, "127.0.0.1:28101"]
    files: ["*/n1/*.log"]
    system: monero
    log_level: "1"
pace:
  block_interval: 2m
  silent_after: 5m
"""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import Annotated, Any

import pydantic
import yaml
from pydantic import BaseModel, ConfigDict, Field

from observer.exits import Exit, Failed
from parsers.framing import FRAMINGS
from parsers.systems import SYSTEMS
from replay.zones import zone_named

_UNITS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d)")


def nanoseconds(text: str) -> int:
    """A duration in Prometheus' words, `90s`, `1h30m`, as nanoseconds. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration; write for example 90s, 5m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def _checked_duration(text: str) -> str:
    nanoseconds(text)
    return text


def _checked_zone(name: str) -> str:
    zone_named(name)
    return name


def _checked_system(name: str) -> str:
    if name not in SYSTEMS:
        raise ValueError(f"unknown system {name!r}; there is {', '.join(sorted(SYSTEMS))}")
    return name


def _checked_framing(name: str) -> str:
    if name not in FRAMINGS:
        raise ValueError(f"unknown framing {name!r}; there are {', '.join(FRAMINGS)}")
    return name


Duration = Annotated[str, pydantic.AfterValidator(_checked_duration)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeEntry(_Written):
    """One expected node."""

    aliases: tuple[str, ...] = Field(default=(), description="Other names: file stems, pods, containers, addresses")
    files: tuple[str, ...] = Field(default=(), description="Patterns of paths that are this node's logs")
    system: Annotated[str, pydantic.AfterValidator(_checked_system)] | None = None
    framing: Annotated[str, pydantic.AfterValidator(_checked_framing)] | None = None
    timezone: Annotated[str, pydantic.AfterValidator(_checked_zone)] | None = Field(
        default=None, description="Of times written without an offset; UTC unless said"
    )
    log_level: str | None = Field(default=None, description="What the node is set to log, in its own words")
    quorum: bool = Field(default=True, description="Whether the node counts in quorums")


class Pace(_Written):
    """How fast the network is expected to move."""

    block_interval: Duration = "2m"
    silent_after: Duration = Field(default="20s", description="A node that writes nothing for longer is silent")


class Inventory(_Written):
    """What is expected of a network."""

    network: str = "network"
    nodes: dict[str, NodeEntry] = Field(default_factory=dict)
    pace: Pace = Pace()
    parameters: dict[str, str | int] = Field(default_factory=dict, description="Parameters of rules, by name")

    def node_for(self, path: str, stem: str) -> str | None:
        """The node that a file belongs to, by pattern, name or alias; None where the inventory does not say."""
        for name, entry in self.nodes.items():
            if any(fnmatch.fnmatch(path, pattern) for pattern in entry.files):
                return name
        for name, entry in self.nodes.items():
            if stem == name or stem in entry.aliases:
                return name
        return None


def read_inventory(path: Path) -> Inventory:
    """The inventory of a file. Raises Failed with the file and the place in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"{path}: the inventory cannot be read: {error}", Exit.USAGE) from None
    return parse_inventory(text, str(path))


def parse_inventory(text: str, label: str) -> Inventory:
    """The inventory of a text; `label` names it in errors."""
    try:
        written: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}" if mark is not None else ""
        raise Failed(f"{label}{place}: is not YAML: {getattr(error, 'problem', error)}") from None
    try:
        return Inventory.model_validate(written or {})
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of(text, first["loc"])
        raise Failed(f"{label}:{line}: {where}: {first['msg']}") from None


def _line_of(text: str, location: tuple[int | str, ...]) -> int:
    """The line of the innermost key of a place that can be found."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for part in location:
        if not isinstance(node, yaml.MappingNode):
            break
        found = next((pair for pair in node.value if pair[0].value == str(part)), None)
        if found is None:
            break
        line = found[0].start_mark.line + 1
        node = found[1]
    return line


def written(inventory: Inventory) -> str:
    """The inventory as YAML, without what is left at its default."""
    return yaml.safe_dump(inventory.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True)
