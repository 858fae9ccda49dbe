"""Putting another text into a record's framing: what redaction needs to write a line back."""

from __future__ import annotations

import json
import re

from parsers.framing import FRAMINGS, KUBECTL, Prefixed

_CRI_HEAD = re.compile(rb"\S{1,64} (?:stdout|stderr) [PF](?::\S{0,64})? ?")
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\S{1,32} ")


def rewrapped(framing: str, record: bytes, text: bytes) -> bytes:
    """The record with `text` in place of its own; its line break and whether it is partial stay."""
    end = b"\n" if record.endswith(b"\n") else b""
    if framing in ("docker-json", "journald"):
        key = "log" if framing == "docker-json" else "MESSAGE"
        try:
            found = json.loads(record)
        except ValueError:
            return text + end
        if not isinstance(found, dict) or key not in found:
            return text + end
        tail = "\n" if framing == "docker-json" and str(found[key]).endswith("\n") else ""
        found[key] = text.decode("utf-8", "backslashreplace") + tail
        return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + end
    return _head(framing, record) + text + end


def _head(framing: str, record: bytes) -> bytes:
    if framing == "cri":
        found = _CRI_HEAD.match(record)
    elif framing == "timestamps":
        found = _STAMP.match(record)
    else:
        chosen = FRAMINGS.get(framing, KUBECTL)
        prefix = chosen.prefix(record) if isinstance(chosen, Prefixed) else None
        if prefix is None:
            return b""
        stamp = _STAMP.match(record, len(prefix[0]))
        return prefix[0] + (stamp[0] if stamp else b"")
    return found[0] if found else b""
