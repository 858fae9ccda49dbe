"""One request to a component's own HTTP interface, answered in JSON."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode


class RefusedError(AssertionError):
    """The component answered with another status than 200; its message holds status and body."""


def asked(port: int, path: str, parameters: dict[str, Any] | None = None, body: Any = None) -> Any:
    """GET, or POST where there is a body; the answer read as JSON, its text where it is none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        where = f"{path}?{urlencode(parameters, doseq=True)}" if parameters else path
        if body is None:
            connection.request("GET", where)
        else:
            connection.request("POST", where, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != 200:
        raise RefusedError(f"{path}: {answer.status} {text[:500]}")
    try:
        return json.loads(text)
    except ValueError:
        return text


def serves(port: int, path: str) -> bool:
    """It answers here with 200."""
    try:
        asked(port, path)
    except (OSError, HTTPException, RefusedError):
        return False
    return True
