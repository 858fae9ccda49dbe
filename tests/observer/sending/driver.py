"""A process that judges and sends: run by a test that kills it (`python -m tests.observer.sending.driver FILE URL`).

Each commit writes transitions, notices and the ledger into one SQLite file, and says so on stdout. It ends when all has
been acknowledged.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator

from observer.sending import sender, session
from observer.sending.notifiers import notifier_of
from observer.sending.session import Sending
from observer.sending.stored import StoredOutbox
from tests.observer.sending.judging import NOW, S, change, rule
from waits.alerts import Transition

NODES = 5


def journal() -> Iterator[list[Transition]]:
    """What is judged: nodes that go down and come back, one after the other."""
    for turn in range(8):
        at = turn * 10
        yield [change(at, "NodeDown", node=f"n{node}") for node in range(NODES)]
        yield [change(at + 5, "NodeDown", "resolved", node=f"n{node}") for node in range(NODES)]


def main(path: str, address: str) -> None:
    """Go on where the file stands."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("BEGIN")
    outbox = StoredOutbox(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS commits (number INTEGER PRIMARY KEY)")
    connection.execute("COMMIT")
    done = connection.execute("SELECT count(*) FROM commits").fetchone()[0]
    sender.SHORTEST = session.ASKED_EVERY = S // 100
    to = sender.Sender(notifier_of(f"webhook={address}"), lambda _sentence: None)
    to.start()
    sending = Sending("net", {to.notifier.id: to}, outbox.kept(), NOW)
    sending.rules([rule("NodeDown")], [])
    left = list(journal())[done:]
    while left or outbox.due(to.notifier.id) is not None:
        # Twice as fast as it is judged, so that some of it always waits.
        changes = left.pop(0) if left else []
        at = changes[-1].at if changes else NOW + 100 * S
        connection.execute("BEGIN")
        sending.prepare(changes, at, at).write(outbox)
        if changes:
            connection.execute("INSERT INTO commits DEFAULT VALUES")
        connection.execute("COMMIT")
        sending.go(outbox, time.time_ns())
        sys.stdout.write("committed\n")
        sys.stdout.flush()
        time.sleep(0.01)
    to.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
