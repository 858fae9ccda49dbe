"""deploy/postgres: the roles that the image makes on an empty data directory, in a real server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.absent import program
from tests.components.postgres import Postgres
from tests.deploy.files import DEPLOY

SECRETS = {"observer_password": 'it\'s "theirs" $HOME', "reader_password": "read only \\ once"}


def said(server: Postgres, user: str, statement: str, database: str = "observer") -> subprocess.CompletedProcess[str]:
    """What psql prints for the statement to a user who says the password of that user."""
    env = {**os.environ, "PGPASSWORD": SECRETS.get(f"{user}_password", server.password)}
    where = ["-h", "127.0.0.1", "-p", str(server.port), "-U", user, "-d", database]
    psql = [program("psql", "postgresql-client"), "-X", "-q", "-A", "-t", "-c", statement]
    return subprocess.run([*psql, *where], capture_output=True, text=True, check=False, env=env)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server as the image leaves it: the superuser's own database, then the scripts of the init folder."""
    secrets = tmp_path_factory.mktemp("secrets")
    for name, value in SECRETS.items():
        (secrets / name).write_text(value)
    with Postgres("postgres", "of the superuser") as server:
        assert said(server, "postgres", "DROP DATABASE observer", "postgres").returncode == 0
        env = {"POSTGRES_USER": "postgres", "POSTGRES_DB": "postgres", "SECRETS": str(secrets)}
        env |= {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGPASSWORD": server.password}
        for script in sorted(Path(DEPLOY / "postgres").iterdir()):
            run = ["sh", str(script)]
            done = subprocess.run(run, env={**os.environ, **env}, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
        yield server


@pytest.mark.xdist_group("components")
def test_the_writer_owns_its_database(server: Postgres) -> None:
    """The role `observer` makes its schema, and can make neither roles nor databases."""
    made = "CREATE SCHEMA observer; CREATE TABLE observer.block (seq bigint); INSERT INTO observer.block VALUES (7)"
    assert said(server, "observer", made).stderr == ""
    assert "permission denied" in said(server, "observer", "CREATE ROLE other").stderr
    assert "permission denied" in said(server, "observer", "CREATE DATABASE other").stderr


@pytest.mark.xdist_group("components")
def test_the_reader_sees_what_was_made_later_and_changes_nothing(server: Postgres) -> None:
    """What the writer makes after the roles were made may be read by Grafana's role, and not written."""
    assert said(server, "observer", "CREATE SCHEMA IF NOT EXISTS later").stderr == ""
    assert said(server, "observer", "CREATE TABLE later.node (height int)").stderr == ""
    assert said(server, "observer", "INSERT INTO later.node VALUES (57)").stderr == ""
    assert said(server, "observer", "CREATE VIEW later.nodes AS SELECT height FROM later.node").stderr == ""
    assert said(server, "reader", "SELECT height FROM later.nodes").stdout == "57\n"
    for statement in ("INSERT INTO later.node VALUES (58)", "DROP VIEW later.nodes", "CREATE TABLE mine (x int)"):
        told = said(server, "reader", f"BEGIN READ WRITE; {statement}").stderr
        assert "permission denied" in told or "must be owner" in told, statement


@pytest.mark.xdist_group("components")
def test_passwords_are_taken_to_the_letter(server: Postgres) -> None:
    """Quotes, dollars and backslashes of a password stand for themselves; another password is refused."""
    assert said(server, "reader", "SELECT 1").stdout == "1\n"
    env = {**os.environ, "PGPASSWORD": "another"}
    where = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "reader", "-d", "observer", "-c", "SELECT 1"]
    refused = subprocess.run([program("psql"), *where], capture_output=True, text=True, check=False, env=env)
    assert "password authentication failed" in refused.stderr
