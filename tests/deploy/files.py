"""The files that are deployed, and where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"


def compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors merged, its variables as written."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return read


def read(name: str) -> str:
    """The text of a file below deploy/."""
    return (DEPLOY / name).read_text(encoding="utf-8")
