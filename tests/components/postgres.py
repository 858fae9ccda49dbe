"""PostgreSQL, a cluster of its own in a folder of its own, asking for a password.

The server refuses to run as root, so there it runs as `postgres` or else `nobody`. It does not sync to disk: tests end
the process, not the machine. A commit is written to the file, so kill -9 loses none.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from tests.components.absent import missing, newest, program
from tests.components.process import Component, free_port

_PROGRAMS = "usr/lib/postgresql/*/bin/"
_UNPRIVILEGED = ("postgres", "nobody")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "50",
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
}


class Postgres(Component):
    """One server with the database `observer`, owned by `user_name`, at `dsn`."""

    name: ClassVar[str] = "postgres"
    asked_to_end_by: ClassVar[signal.Signals] = signal.SIGINT
    """PostgreSQL's "fast" end; at SIGTERM it would wait for its clients."""

    def __init__(self, user_name: str = "observer", password: str = "let me in/öl") -> None:  # noqa: S107 - of no use elsewhere
        super().__init__()
        self.user_name, self.password = user_name, password
        self.port = free_port()
        self._bin = _bin()
        self._user = _unprivileged()
        self._data = self.folder / "data"
        self._initialise()

    @property
    def dsn(self) -> str:
        """The database, with the password in it."""
        return self.dsn_of("observer")

    def dsn_of(self, database: str, password: str | None = None) -> str:
        """Another database of this server, or one with a password that may be wrong."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{self.user_name}:{secret}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        """The server in the foreground, its settings beside the folder's own."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        return [f"{self._bin}/postgres", "-D", str(self._data), "-p", str(self.port), *settings]

    def ready(self) -> bool:
        """The server says so, after it recovered what a kill left."""
        return "database system is ready to accept connections" in self.said()

    def user(self) -> int | None:
        """Never root."""
        return self._user

    def create_database(self, name: str) -> str:
        """An empty database of this name, in place of one that may be there; returns its address."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.sql(f'CREATE DATABASE "{name}"')
        return self.dsn_of(name)

    def sql(self, statement: str, database: str = "observer") -> str:
        """What psql prints for the statement, bare: rows by line, columns split by |."""
        psql = [f"{self._bin}/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run([*psql, self.dsn_of(database)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def _initialise(self) -> None:
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        secret = self.folder / "password"
        secret.write_text(self.password)
        self._run(
            "initdb",
            *("--pgdata", str(self._data), "--username", self.user_name, "--pwfile", str(secret)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )
        secret.unlink()
        with (self._data / "pg_hba.conf").open("w") as who:
            who.write("host all all 127.0.0.1/32 scram-sha-256\n")
        single = ["--single", "-D", str(self._data), "-c", "fsync=off", "postgres"]
        self._run("postgres", *single, typed='CREATE DATABASE "observer"\n')

    def _run(self, name: str, *arguments: str, typed: str = "") -> None:
        done = subprocess.run(
            [f"{self._bin}/{name}", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            cwd=self.folder,
            user=self._user,
            extra_groups=[] if self._user is not None else None,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{name}: {(done.stdout + done.stderr).strip()}")


def _bin() -> str:
    """The folder of the newest server; where packages put it, else on the PATH."""
    if any(Path("/").glob(f"{_PROGRAMS}initdb")):
        return str(Path(newest(f"{_PROGRAMS}initdb", "postgresql")).parent)
    return str(Path(program("initdb", "postgresql")).parent)


def _unprivileged() -> int | None:
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return missing("a user without rights to run PostgreSQL as")
