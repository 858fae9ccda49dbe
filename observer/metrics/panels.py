"""What the dashboard is made of: panels, and what each asks of Prometheus or PostgreSQL."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Query(NamedTuple):
    """PromQL, or SQL where `is_sql`."""

    text: str
    legend: str = ""
    is_sql: bool = False


class Panel(NamedTuple):
    """One picture."""

    title: str
    says: str
    """What it shows and how to read it."""
    kind: Literal["stat", "table", "timeseries"]
    queries: tuple[Query, ...]
    width: int = 12
    height: int = 8
    unit: str = "none"
    warns: tuple[float, ...] | None = None
    """From which value on it is orange, and red; None where no value is bad in itself."""


def rows(columns: str, view: str, then: str) -> tuple[Query, ...]:
    """What a view says of the network that was chosen; Grafana quotes its name."""
    asked = f"SELECT {columns} FROM observer.{view} WHERE network = ${{network:sqlstring}} {then}"  # noqa: S608 - all literal
    return (Query(asked, is_sql=True),)


def asked(*queries: tuple[str, str]) -> tuple[Query, ...]:
    """(PromQL, legend); `@` stands for the choice of the network, which Grafana quotes."""
    return tuple([Query(text.replace("@", "network=${network:doublequote}"), legend) for text, legend in queries])
