"""The parameters of a simulated network.

The defaults are those of xmtpd's end-to-end environment: reports every 2 minutes, expiry after 5, attestation every
10 seconds, hourly workers at the minutes their ids give. Every length of time is written `90s`, `5m`, `1h30m` and
kept in milliseconds, the resolution of the logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from observer.simulators.xmtpd.failures import CannotSimulate

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR}
_DURATION = re.compile(r"(\d{1,6})(ms|s|m|h)")
Worker = Literal["generator", "attestation", "submitter", "settlement"]


def milliseconds(text: object) -> int:
    """A length of time such as `1h30m`. Raises ValueError."""
    parts = _DURATION.findall(text) if isinstance(text, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no length of time; write for example 90s, 5m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


Duration = Annotated[int, BeforeValidator(milliseconds)]
Some = Annotated[Duration, Field(ge=100)]
"""A period: one of nothing would never let time pass."""


class Settings(BaseModel):
    """Everything that shapes a network beside its seed and its faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    generate_self: Some = Field(2 * MINUTE, description="Least age of the last submitted report before the next, own")
    generate_others: Some = Field(2 * MINUTE, description="The same for the reports on other originators")
    expire_self: Some = Field(5 * MINUTE, description="Age at which the generator gives up a pending report, own")
    expire_others: Some = Field(5 * MINUTE, description="The same for the reports on other originators")
    attest_every: Some = Field(10 * SECOND, description="Pace of the attestation worker")
    repeat_every: Annotated[Duration, Field(ge=MINUTE)] = Field(HOUR, description="Pace of the three other workers")
    spread_minutes: int = Field(5, ge=0, le=59, description="From generator to submitter to settlement")
    minutes: dict[int, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="Generator minute of a node, instead of the one its id gives"
    )
    ignore_rejected: bool = Field(True, description="Whether locally rejected reports stop blocking (#1810)")
    rates_refresh: Some = Field(5 * MINUTE, description="Pace of the rates fetcher")
    database_check: Some = Field(30 * MINUTE, description="Pace of the database worker")
    block_time: Some = Field(2 * SECOND, description="Pace of both chains")
    batch_every: Some = Field(5 * SECOND, description="Mean time between two batches that a client gives a node")
    batch_size: int = Field(10, ge=1, description="Envelopes in a batch")
    app_chain_every: Some = Field(
        40 * SECOND, description="Mean time between two envelopes of each app chain originator"
    )
    gap_chance: float = Field(0.0005, ge=0, le=1, description="Chance that a batch skips a sequence id")
    payers: int = Field(3, ge=1, description="Payers with usage in a report: the leaves of its tree")
    leaves_at_once: int = Field(100, ge=1, description="Leaves that one settlement transaction takes")
    noise: float = Field(1.0, ge=0, le=100, description="How many clients ask, subscribe and fail")
    retry_first: Some = Field(SECOND, description="First wait before a peer is tried again; it doubles")
    retry_most: Some = Field(30 * SECOND, description="Longest such wait")
    latency: Duration = Field(500, description="What the fault `latency` adds to a link")
    skew: Duration = Field(90 * SECOND, description="By how much the fault `clock-skew` sets a clock ahead")
    stop_by: Literal["signal", "kill"] = Field("signal", description="How `node-down` stops a process")
    quorum_loss_by: Literal["down", "refusing", "silent"] = Field("down", description="What `quorum-loss` does")
    silent_workers: tuple[Worker, ...] = Field(
        ("generator", "submitter", "settlement"), description="Which workers `silent-worker` silences"
    )
    settle_failure: Literal["revert", "fishy"] = Field("revert", description="How `settle-failing` fails")
    startup_text: bool = Field(True, description="Whether a log opens with a refused start, in no format of zap")
    watch_session: Some = Field(30 * MINUTE, description="How long a stream of the network watcher lasts")
    truth_every: Some = Field(MINUTE, description="Pace of the clocks in the truth")


def read_settings(path: Path | None, said: Iterable[str] = ()) -> Settings:
    """The settings of a YAML file, overruled by NAME=VALUE. Raises CannotSimulate."""
    written: dict[str, Any] = {} if path is None else _of_file(path)
    for one in said:
        name, sign, value = one.partition("=")
        if not sign:
            raise CannotSimulate(f"--set {one}: write NAME=VALUE, such as attest_every=30s")
        written[name] = _value(one, value)
    label = "--set" if path is None else str(path)
    try:
        return Settings.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CannotSimulate(f"{label}: {place}: {_told(first['type'], first['msg'])}") from None


def _told(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"there is no such setting; there are {', '.join(Settings.model_fields)}"
    return message.removeprefix("Value error, ")


def _value(said: str, value: str) -> Any:
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        raise CannotSimulate(f"--set {said}: the value is not YAML; write for example attest_every=30s") from None


def _of_file(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSimulate(f"{path}: the settings cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise CannotSimulate(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found or {}, dict):
        raise CannotSimulate(f"{path}: the settings should be names with a value behind each")
    return dict(found or {})
