"""deploy/postgres: the roles that the image makes on an empty data directory, in a real server."""

from __future__ import annotations

import pytest

from tests.deploy.files import compose
from tests.deploy.roles import PASSWORDS, Roles

pytestmark = pytest.mark.xdist_group("components")


def test_the_writer_owns_its_database(roles: Roles) -> None:
    """The role `observer` makes a schema, and can make neither roles nor databases."""
    made = "CREATE SCHEMA mine; CREATE TABLE mine.block (seq bigint); INSERT INTO mine.block VALUES (7)"
    assert roles.told("observer", made).stderr == ""
    assert "permission denied" in roles.told("observer", "CREATE ROLE other").stderr
    assert "permission denied" in roles.told("observer", "CREATE DATABASE other").stderr


def test_the_reader_sees_what_was_made_later_and_changes_nothing(roles: Roles) -> None:
    """What the writer makes after the roles were made may be read by Grafana's role, and not written."""
    made = "CREATE SCHEMA later; CREATE TABLE later.node (height int); INSERT INTO later.node VALUES (57)"
    assert roles.told("observer", made).stderr == ""
    assert roles.told("observer", "CREATE VIEW later.nodes AS SELECT height FROM later.node").stderr == ""
    assert roles.told("reader", "SELECT height FROM later.nodes").stdout == "57\n"
    for statement in ("INSERT INTO later.node VALUES (58)", "DROP VIEW later.nodes", "CREATE TABLE mine (x int)"):
        refused = roles.told("reader", f"BEGIN READ WRITE; {statement}").stderr
        assert "permission denied" in refused or "must be owner" in refused, statement


def test_the_reader_is_cut_short(roles: Roles) -> None:
    """A query of a dashboard that runs for ever is ended by the server."""
    assert roles.told("reader", "SHOW statement_timeout").stdout == "30s\n"


@pytest.mark.parametrize("user", PASSWORDS)
def test_passwords_are_taken_to_the_letter(roles: Roles, user: str) -> None:
    """Quotes, dollars and backslashes of a password stand for themselves; another password is refused."""
    assert roles.told(user, "SELECT current_user").stdout == f"{user}\n"
    assert "password authentication failed" in roles.told(user, "SELECT 1", "another").stderr


def test_the_tables_of_this_version_are_made_and_read(roles: Roles) -> None:
    """What `observer migrate` makes as the writer is there for the reader: no grant by hand is needed."""
    roles.migrated()
    views = roles.told("reader", "SELECT table_name FROM information_schema.views WHERE table_schema = 'observer'")
    names = set(views.stdout.split())
    assert {"nodes", "blocks", "peers", "clocks", "reports", "alerts"} <= names
    for name in names:
        assert roles.told("reader", f"SELECT count(*) FROM observer.{name}").stdout == "0\n", name  # noqa: S608 - a view's name


def test_services_use_these_roles() -> None:
    """Who docker-compose.yml connects as, and in which database, is what the scripts make."""
    services = compose()["services"]
    for name in ("migrate", "worker"):
        [address] = [part for part in services[name]["command"] if part.startswith("postgres://")]
        assert address == "postgres://observer@postgres:5432/observer?password_file=/run/secrets/observer_password"
        assert services[name]["secrets"] == ["observer_password"]
    assert {f"{name}_password" for name in PASSWORDS} < set(services["postgres"]["secrets"])
