"""`observer retain`: what is old leaves the database, and one sentence says what did."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from observer.database.address import Address
from observer.database.batches import Commit
from observer.database.partitions import DAY_NS
from observer.database.storing import Store
from observer.main import run
from tests.observer.database.made import NOON, line_block


def written(address: Address) -> str:
    """The address as a user writes it."""
    return f"{address}?password_file={address.password_file}"


async def filled(address: Address) -> None:
    """An entry of years ago."""
    store = await Store.open(address, migrating=True)
    try:
        await store.load("net")
        await store.commit(Commit((line_block(1, NOON - 3000 * DAY_NS),)))
    finally:
        await store.close()


def test_it_says_what_it_removed(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    """Old events go; a journal without a checkpoint stays, as nobody could go on without it."""
    asyncio.run(filled(address))
    assert run(["retain", "--postgres", written(address)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("removed 0 blocks, ")
    assert " 1 " in said
    assert run(["retain", "--postgres", written(address)]) == 0
    again = " ".join(capsys.readouterr().out.split())
    assert again == ("removed 0 blocks, 0 days of events and 0 events one by one, 0 transitions, 0 notices")


def test_a_span_that_is_none_is_refused(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is removed."""
    assert run(["retain", "--postgres", written(address), "--every", "soon"]) == 2
    assert "--every" in capsys.readouterr().err


def test_it_goes_on_until_it_is_stopped(address: Address) -> None:
    """As a service: SIGTERM ends it between two times."""
    asyncio.run(filled(address))
    command = [sys.executable, "-m", "observer", "retain", "--postgres", written(address), "--every", "1s"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert [child.stdout.readline()[:8] for _ in range(2)] == ["removed "] * 2
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0
