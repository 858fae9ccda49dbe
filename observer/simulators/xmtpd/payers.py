"""Who pays for what is published, and how much."""

from __future__ import annotations

from observer.simulators.xmtpd.draws import digest


def payer(leaf: int) -> str:
    """The address of a payer: the same ones pay for every originator."""
    return "0x" + digest("payer", leaf)[:40]


def share(fees: int, payers: int) -> int:
    """What each one pays."""
    return fees // max(1, payers)
