"""The templates of the simulator against what is known of xmtpd's statements."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from typing import Any

import pytest

from observer.simulators.xmtpd import statements
from observer.simulators.xmtpd.network import APP_CHAIN, SETTLEMENT_CHAIN
from observer.simulators.xmtpd.statements.shape import Contract, Statement
from tests.simulators.conftest import Faulty
from tests.simulators.facts import FACTS, Fact
from tests.simulators.runs import Line, Run

MODULES = [import_module(f"{statements.__name__}.{one.name}") for one in pkgutil.iter_modules(statements.__path__)]
ALL = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, Statement)
}
EVERYTHING = (
    (("conflict-loop@20m..90m", "node-down@100m..125m", "reorg@5m..15m"), ()),
    (
        (
            "submit-failing@20m..28m:400",
            "settle-failing@0m..13m",
            "db-outage@61m..94m5s:300",
            "merkle-split@100m..2h:200",
            "partition@2h..140m",
        ),
        ("settle_failure=fishy", "payers=150", "gap_chance=0.05", "expire_others=6h", "attest_every=3s"),
    ),
    (("latency@20m..2h",), ("latency=7m",)),
    (("db-outage@7m3s..8m:300", "db-outage@28m3s..29m:400", "db-outage@1h..61m:100", "node-down@59m..3630s:100"), ()),
    ((), ("generate_self=80m", "generate_others=80m", "minutes={100: 31, 200: 31}")),
)
"""Faults and settings that together bring about every statement that there is."""


@pytest.fixture(scope="session")
def everything(healthy: Run, faulty: Faulty) -> list[str]:
    """Lines of every statement, as they are written."""
    lines = [raw for _, raw in healthy.raw]
    for faults, said in EVERYTHING:
        run = faulty(*faults, said=said)
        lines += [raw for _, raw in run.raw]
        for program in ("network-watcher", "chain-watcher"):
            lines += (run.folder / f"{program}.log").read_text().splitlines()
    return lines


@pytest.mark.parametrize("name", ALL)
def test_a_template_is_the_statement_of_the_source(name: str) -> None:
    """Level, logger, message and the order of the fields of each template are those of xmtpd's source."""
    template = ALL[name]
    fact = FACTS[template.source, template.logger]
    assert (template.level, template.message) == (fact.level, fact.message)
    assert template.inherited == tuple(key for key, _ in fact.inherited)
    assert template.fields == tuple(key for key, _ in fact.fields)


def test_every_fact_has_one_template() -> None:
    """No template is there twice, none is missing, and each caller is a file with its folder."""
    assert sorted((one.source, one.logger) for one in ALL.values()) == sorted(FACTS)
    assert ALL["reports.VALID"].caller == "workers/attestation.go:203"
    assert ALL["process.VERSION"].caller == "replication/main.go:62"


@pytest.mark.parametrize(
    "change",
    [{"level": "WARN"}, {"logger": "xmtpd"}, {"message": "report valid"}, {"fields": ()}, {"inherited": ("reason",)}],
)
def test_a_template_that_drifts_is_seen(change: dict[str, Any]) -> None:
    """The comparison with the facts fails for each thing that can be wrong."""
    from dataclasses import replace

    drifted = replace(ALL["reports.VALID"], **change)
    fact = FACTS.get((drifted.source, drifted.logger))
    same = fact is not None and (
        (drifted.level, drifted.message) == (fact.level, fact.message)
        and drifted.inherited == tuple(key for key, _ in fact.inherited)
        and drifted.fields == tuple(key for key, _ in fact.fields)
    )
    assert not same


def concrete() -> dict[tuple[str, str, str], Fact]:
    """The facts by caller, logger and message as lines have them, for every contract."""
    found = {}
    for template in ALL.values():
        fact = FACTS[template.source, template.logger]
        for chain, name, key, number in (
            ("app-chain", "group-message-broadcaster", "chain_id", APP_CHAIN),
            ("app-chain", "identity-update-broadcaster", "chain_id", APP_CHAIN),
            ("settlement-chain", "payer-registry", "settlement_chain_id", SETTLEMENT_CHAIN),
            ("settlement-chain", "payer-report-manager", "settlement_chain_id", SETTLEMENT_CHAIN),
        ):
            logger = template.within(Contract(chain, name, "", key, number)).logger
            inherited = tuple((one.replace("{chain_id}", key), kind) for one, kind in fact.inherited)
            found[template.caller, logger, fact.message] = fact._replace(inherited=inherited)
    return found


def is_a(kind: str, value: Any) -> bool:
    """Whether a value has the type that the source gives the field."""
    if kind == "any":
        return True
    if kind == "uints":
        return isinstance(value, list) and all(is_a("uint", one) for one in value)
    if kind in ("int", "uint"):
        return type(value) is int and (kind == "int" or value >= 0)
    return isinstance(value, bool if kind == "bool" else str)


def test_every_line_has_the_keys_and_types_of_its_statement(everything: list[str]) -> None:
    """Each written line is one of the statements, with its keys in order, the doubled ones too, and their types."""
    facts = concrete()
    wrong = []
    for line in (Line(0, raw) for raw in everything):
        message = "version: <Version>" if line.message.startswith("version: ") else line.message
        fact = facts.get((line.head["caller"], line.head["logger"], message))
        keys = [] if fact is None else [*fact.inherited, *fact.fields]
        fits = len(keys) == len(line.fields) and all(
            key == wanted and is_a(kind, value) for (key, value), (wanted, kind) in zip(line.fields, keys, strict=True)
        )
        if fact is None or fact.level != line.head["level"] or not fits:
            wrong.append(line.raw)
    assert wrong[:3] == []


def test_every_template_is_written_by_some_run(everything: list[str]) -> None:
    """No template is there for show."""
    matches = (re.search(r'"logger":"(.*?)","caller":"(.*?)"', raw) for raw in everything)
    seen = {(found[2], found[1]) for found in matches if found}
    loggers = {
        name: {(one.caller, logger) for (caller, logger, _) in concrete() if caller == one.caller}
        for name, one in ALL.items()
    }
    assert sorted(name for name, ways in loggers.items() if not ways & seen) == []
