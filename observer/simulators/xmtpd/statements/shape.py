"""What one log statement of xmtpd is: where it stands in the source, and which keys its lines have, in order."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

DEBUG, INFO, WARN, ERROR, FATAL = "DEBUG", "INFO", "WARN", "ERROR", "FATAL"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract whose events a node indexes; each has an indexer of its own."""

    chain: str
    name: str
    address: str
    chain_key: str
    chain_id: int


@dataclass(frozen=True)
class Statement:
    """A log statement. Its lines carry what their logger inherits first, then their own fields (catalogue 4.1).

    A key may stand in both: xmtpd's own lines have duplicate keys, and so do ours (catalogue 4.3).
    """

    logger: str
    """`{chain}`, `{contract}` stand for those of a `Contract`."""
    message: str
    level: str
    source: str
    fields: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()

    @functools.cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of its fields, as a line has them."""
        return self.inherited + self.fields

    @functools.cached_property
    def caller(self) -> str:
        """The short caller of zap caller: the file with its folder."""
        return "/".join(self.source.split("/")[-2:])

    def within(self, contract: Contract) -> Statement:
        """The statement as the indexer of one contract logs it."""
        return _within(self, contract)


@functools.cache
def _within(statement: Statement, contract: Contract) -> Statement:
    logger = statement.logger.replace("{chain}", contract.chain).replace("{contract}", contract.name)
    inherited = tuple(contract.chain_key if key == "{chain_id}" else key for key in statement.inherited)
    return replace(statement, logger=logger, inherited=inherited)
