"""One rule for a program that a test needs and this machine lacks: skip loudly, but fail where CI says it must run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

BEYOND_PATH = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where servers are installed; seldom on the PATH of people."""


def missing(what: str, remedy: str = "") -> NoReturn:
    """Skips the test, or fails it where CI=true: there everything is installed, so its absence is a fault."""
    told = f"{what} is missing on this machine, so nothing was tested here{f': {remedy}' if remedy else ''}"
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"CI=true, but {told}", pytrace=False)
    pytest.skip(told)


def program(name: str, package: str = "") -> str:
    """The path of an installed program; see `missing` for what happens where it is not."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *BEYOND_PATH))
    found = shutil.which(name, path=path)
    if found is None:
        missing(name, f"install it (Debian: apt-get install {package or name})")
    return found


def newest(pattern: str, package: str) -> str:
    """The last of the programs that a pattern below / matches, as `usr/lib/postgresql/*/bin/initdb`."""
    found = sorted(Path("/").glob(pattern), key=lambda path: (len(str(path)), str(path)))
    if not found:
        missing(package, f"install it (Debian: apt-get install {package})")
    return str(found[-1])
