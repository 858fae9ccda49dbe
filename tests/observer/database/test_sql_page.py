"""docs/sql.md is true: every query runs on real networks, and every view and column stands on the page."""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg
import pytest

from observer.database.address import Address
from observer.database.storing import Store
from tests.observer.database.stored import Filled, asked, awaited, rows_of
from tests.test_docs import DOCS, blocks

PAGE = DOCS / "sql.md"
SETUP, *QUESTIONS = blocks(PAGE, "sql")


def test_there_are_questions() -> None:
    """The page holds what the tests below run."""
    assert len(QUESTIONS) >= 12


@pytest.mark.parametrize("sql", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_question_is_answered(stored: Filled, sql: str) -> None:
    """It gives rows on the networks that the page speaks of, at the end or half way: at the end all nodes have stopped."""
    assert asked(stored.address, sql) or asked(stored.address, sql.replace("three-nodes", "half-way"))


def test_every_column_is_on_the_page(stored: Filled) -> None:
    """In the row of its view, and no other."""
    found: dict[str, list[str]] = {}
    for view, column in asked(
        stored.address,
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'observer'"
        " AND table_name IN (SELECT table_name FROM information_schema.views) ORDER BY 1, ordinal_position",
    ):
        found.setdefault(view, []).append(column)
    assert {columns[0] for columns in found.values()} == {"network"}
    told = {
        match[1]: re.findall(r"`(\w+)`", match[2])
        for match in re.finditer(r"^\| `(\w+)` \| [^|]* \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert told == {view: columns[1:] for view, columns in found.items()}


def test_every_table_is_on_the_page(stored: Filled) -> None:
    """But the list of migrations and the partitions."""
    tables = asked(stored.address, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'observer'")
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for (name,) in tables if f"`{name}`" not in text]
    assert [name for name in missing if name != "migration" and not name.startswith("event_2")] == []


def test_whoever_reads_can_do_nothing_else(address: Address, tmp_path: Path) -> None:
    """The role of the page reads every view, also of partitions made later, and writes nothing."""
    role = f"reader{address.database}"

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await rows_of(address, f"DO $$ BEGIN {SETUP.replace('reader', role)} END $$")
        secret = tmp_path / "reader"
        secret.write_text("known")
        await rows_of(address, f"ALTER ROLE {role} PASSWORD 'known'")
        reader = Address(address.host, address.database, address.port, role, password_file=str(secret))
        await rows_of(address, "CREATE TABLE observer.later (n integer)")
        for view in ("nodes", "events", "alerts", "journals", "later"):
            await rows_of(reader, f"SELECT * FROM observer.{view}")  # noqa: S608 - names above
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await rows_of(reader, "DELETE FROM observer.network")
        await store.close()

    awaited(scenario())
