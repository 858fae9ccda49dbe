"""PostgreSQL after deploy/postgres has run on it, and what each role is told there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.components.absent import program
from tests.components.postgres import Postgres
from tests.deploy.files import DEPLOY

PASSWORDS = {"observer": 'it\'s "theirs" $HOME', "reader": "read only \\ once"}


class Roles(Postgres):
    """A server whose superuser is `postgres`; `initialise` runs what the image runs on an empty data folder."""

    def __init__(self) -> None:
        super().__init__("postgres", "of the superuser")

    def initialise(self, secrets: Path) -> None:
        """Runs every script of the init folder, with its passwords in files of the folder `secrets`."""
        for name, password in PASSWORDS.items():
            (secrets / f"{name}_password").write_text(password)
        self.sql("DROP DATABASE observer", "postgres")
        env = {"POSTGRES_USER": "postgres", "POSTGRES_DB": "postgres", "SECRETS": str(secrets)}
        env |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGPASSWORD": self.password}
        for script in sorted((DEPLOY / "postgres").iterdir()):
            run = ["sh", str(script)]
            done = subprocess.run(run, env={**os.environ, **env}, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), script

    def told(self, user: str, statement: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
        """What psql prints for the statement in the database `observer`, to a user who says that password."""
        env = {**os.environ, "PGPASSWORD": PASSWORDS[user] if password is None else password}
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", "observer"]
        psql = [program("psql", "postgresql-client"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        return subprocess.run([*psql, *where], capture_output=True, text=True, check=False, env=env)

    def migrated(self) -> None:
        """Brings the tables to this version, as the role that writes; again is no harm."""
        import asyncio

        import asyncpg

        from observer.database.address import Address
        from observer.database.migrating import migrate

        async def bring() -> None:
            connection = await asyncpg.connect(
                host="127.0.0.1", port=self.port, user="observer", database="observer", password=PASSWORDS["observer"]
            )
            try:
                await migrate(connection, Address("127.0.0.1", "observer", self.port, "observer"))
            finally:
                await connection.close()

        asyncio.run(bring())
