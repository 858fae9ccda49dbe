"""The systems that can be read, and telling which one wrote a log."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from parsers.framing import FRAMINGS, Framing
from parsers.monero import monero
from parsers.xmtpd import xmtpd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parsers.statements import System

SYSTEMS: dict[str, System] = {system.name: system for system in (monero, xmtpd)}
FRAMED = 0.5
"""Share of the looked-at records that must be in a framing: a transport frames all of them."""
FORMATTED = 0.2
"""Share of the looked-at lines that must be in a format: tracebacks and banners are in none."""


class Kind(NamedTuple):
    """What a log was found to be. `system` and `form` are None where no parser knows the format."""

    framing: str
    system: str | None
    form: str | None


def framing_of(records: Sequence[bytes]) -> Framing:
    """The framing that most of the first records of a source are in."""
    records = [record for record in records if record.strip()]
    if not records:
        return FRAMINGS["bare"]
    for framing in FRAMINGS.values():
        own = sum(framing.recognises(record) for record in records)
        if own >= max(1, len(records) * FRAMED):
            return framing
    return FRAMINGS["bare"]


def kind_of(records: Sequence[bytes], framing: str | None = None, system: str | None = None) -> Kind:
    """What the first records of a source show, unless it is said."""
    chosen = FRAMINGS[framing] if framing else framing_of(records)
    texts = _texts(records, chosen)
    if system is not None:
        return Kind(chosen.name, system, _commonest(_forms(texts, SYSTEMS[system])))
    forms = {one.name: _forms(texts, one) for one in SYSTEMS.values()}
    name = max(forms, key=lambda one: forms[one].total())
    recognised = forms[name].total()
    known = recognised and recognised >= len(texts) * FORMATTED
    return Kind(chosen.name, name, _commonest(forms[name])) if known else Kind(chosen.name, None, None)


def _forms(texts: Sequence[bytes], system: System) -> Counter[str]:
    return Counter(form for text in texts if (form := system.format.form(text)) is not None)


def _commonest(forms: Counter[str]) -> str | None:
    return forms.most_common(1)[0][0] if forms else None


def _texts(records: Sequence[bytes], framing: Framing) -> list[bytes]:
    """Whole lines without their framing."""
    texts: list[bytes] = []
    parts: dict[str, bytes] = {}
    for record in records:
        framed = framing.unwrap(record)
        text = parts.pop(framed.stream, b"") + framed.text
        if framed.partial:
            parts[framed.stream] = text
        elif text.strip():
            texts.append(text)
    return texts
