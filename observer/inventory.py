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
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import pydantic
from pydantic import Field

from observer.yamlfiles import Entry, checked, parsed, read_text
from parsers.framing import FRAMINGS
from parsers.systems import SYSTEMS
from replay.recording import Recording
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


def _empty_for_nothing(value: object) -> object:
    """`node1:` with nothing behind it is a node of which only the name is known."""
    return {} if value is None else value


Duration = Annotated[str, pydantic.AfterValidator(_checked_duration)]


class NodeEntry(Entry):
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


class Pace(Entry):
    """How fast the network is expected to move."""

    block_interval: Duration = "2m"
    silent_after: Duration = Field(
        default="20s",
        description="A node that writes nothing for longer is silent; 5m where xmtpd is read, unless said",
    )


class Inventory(Entry):
    """What is expected of a network."""

    network: str = "network"
    nodes: dict[str, Annotated[NodeEntry, pydantic.BeforeValidator(_empty_for_nothing)]] = Field(default_factory=dict)
    pace: Pace = Pace()
    parameters: dict[str, str | int] = Field(default_factory=dict, description="Parameters of rules, by name")

    @pydantic.field_validator("nodes")
    @classmethod
    def _claimed_once(cls, nodes: dict[str, NodeEntry]) -> dict[str, NodeEntry]:
        claims: dict[str, str] = {}
        for name, entry in nodes.items():
            for alias in (name, *entry.aliases):
                if claims.setdefault(alias, name) != name:
                    raise ValueError(f"{alias!r} is claimed by {claims[alias]} and by {name}; leave it to one of them")
        return nodes

    def node_for(self, path: str, stem: str) -> str | None:
        """The node that a file belongs to, by pattern, name or alias; None where the inventory does not say."""
        # A path may be relative: `*/n1/*.log` is meant to fit n1/monero.log as well.
        for name, entry in self.nodes.items():
            if any(fnmatch.fnmatch(one, pattern) for pattern in entry.files for one in (path, f"/{path}")):
                return name
        for name, entry in self.nodes.items():
            if stem == name or stem in entry.aliases:
                return name
        return None


def read_inventory(path: Path) -> Inventory:
    """The inventory of a file. Raises Failed with the file and the place in it."""
    return parse_inventory(read_text(path, "inventory"), str(path))


def parse_inventory(text: str, label: str) -> Inventory:
    """The inventory of a text; `label` names it in errors."""
    return checked(Inventory, parsed(text, label), _KEYS, "see `observer schema inventory`")


_KEYS = tuple(name for model in (Inventory, NodeEntry, Pace) for name in model.model_fields)


SAYS_NOTHING = "{}\n"
"""As an inventory is written that says nothing: of most recordings, and not worth loading YAML for."""


def written(inventory: Inventory) -> str:
    """The inventory as YAML, without what it does not say. What it says is kept even where that is the default."""
    import yaml

    return yaml.safe_dump(inventory.model_dump(mode="json", exclude_unset=True), sort_keys=False, allow_unicode=True)


SILENT_AFTER: Mapping[str, str] = {"xmtpd": "5m"}
"""How long a node of a system may be quiet, where the inventory does not say and the general default does not fit."""


def inventory_of(recording: Recording, given: Inventory | None = None) -> Inventory:
    """The inventory that is in force: the one given, else the one that the recording was made with, else one of which
    nothing is known but the pace of the systems that there are logs of.
    """
    found = given or kept_inventory(recording) or Inventory()
    return paced(found, {source.system for source in recording.sources() if source.system is not None})


def paced(inventory: Inventory, systems: Iterable[str]) -> Inventory:
    """With the silence that is usual for these systems, where the inventory does not say it."""
    paces = [SILENT_AFTER[system] for system in sorted(systems) if system in SILENT_AFTER]
    if not paces or "silent_after" in inventory.pace.model_fields_set:
        return inventory
    pace = inventory.pace.model_copy(update={"silent_after": max(paces, key=nanoseconds)})
    return inventory.model_copy(update={"pace": pace})


def settled(inventory: Inventory, systems: Iterable[str]) -> Inventory:
    """With the silence of these systems for good, whatever systems join the network later: what was judged by it is not
    to be judged by another.
    """
    pace = paced(inventory, systems).pace
    return inventory.model_copy(update={"pace": pace.model_copy(update={"silent_after": pace.silent_after})})


def kept_inventory(recording: Recording) -> Inventory | None:
    """The inventory that a recording was made with."""
    text = recording.meta("inventory")
    if text is None:
        return None
    if text == SAYS_NOTHING:
        return Inventory()
    return parse_inventory(str(text), f"{recording.path} (its inventory)")
