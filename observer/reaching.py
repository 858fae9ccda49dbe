"""What a command is asked to read: a recording, or a journal in Kafka or PostgreSQL, which is made one for as long as
the command lasts. So whatever can be asked of a file can be asked of them, and answers the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observer.exits import Exit, Failed
from replay.recording import Recording

_ADDRESS = re.compile(r"(kafka|postgres|postgresql):/+")


def address_in(path: Path | str) -> str | None:
    """The address that a path means, if it does: a path has no two slashes side by side any more."""
    found = _ADDRESS.match(str(path))
    return None if found is None else f"{found[1]}://{str(path)[found.end() :]}"


@contextmanager
def reached(path: Path) -> Iterator[Path]:
    """A recording, or one made of what an address names. Raises Failed."""
    address = address_in(path)
    if address is None:
        yield path
        return
    from observer.streams import new_spool

    with new_spool() as spool:
        taken = Path(spool) / "network.rec"
        take(address, taken)
        yield taken


def take(address: str, path: Path) -> None:
    """Make a recording of the journal that an address names, as it is now. Raises Failed."""
    if not address.startswith("kafka:"):
        from observer.database.address import address_of
        from observer.database.reading import export

        export(address_of(address), path)
        return
    from observer.live.attaching import Asked, Attachment
    from observer.live.audience import Audience

    attachment = Attachment(Asked((address,), path, to_end=True), Audience((), ()))
    try:
        attachment.run(lambda: False)
    finally:
        attachment.close()
    with Recording.open_to_read(path) as recording:
        if recording.last() is None:
            raise Failed(
                f"{address}: holds no entry of that network; check its name, and whether somebody ships it there",
                Exit.UNKNOWN,
            )


@contextmanager
def current(path: Path) -> Iterator[Recording]:
    """The recording, open to read; a big one that another version of the program folded is folded anew first."""
    from replay.play import is_stale, renew

    with reached(path) as file:
        recording = Recording.open_to_read(file)
        if is_stale(recording):
            recording.close()
            renew(file)
            recording = Recording.open_to_read(file)
        with recording:
            yield recording


@contextmanager
def as_it_is(path: Path) -> Iterator[Recording]:
    """The recording, open to read, and never written to."""
    with reached(path) as file, Recording.open_to_read(file) as recording:
        yield recording
