"""What is sent: one change of one alert, in Prometheus' words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from parsers.text import clean, one_line

FIRING = "firing"
RESOLVED = "resolved"
WATCHDOG = "Watchdog"
BLIND = "ObserverBlind"
OWN = "observer"
"""In a webhook's body, who says it."""
LABEL_KEPT = 256
"""Characters of a label's value. A node is named by whoever ships its log."""
TEXT_KEPT = 1000
"""Characters of an annotation."""
_ENCODER = msgspec.json.Encoder(order="sorted")


class Notice(msgspec.Struct, frozen=True):
    """One change of one alert, as it is sent."""

    network: str
    alert: str
    """Fingerprint of the labels: the same for everything that is ever said of this alert."""
    number: int
    """Of the transition, counted in the network's journal."""
    kind: str
    """`firing` or `resolved`."""
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: int
    """Journal time at which it began to fire: constant while it does."""
    ends_at: int | None
    at: int
    """Journal time of the transition."""
    generator_url: str = ""

    @property
    def key(self) -> str:
        """Names this change for ever: whoever has it already may drop it."""
        return f"{self.network}/{self.alert}/{self.number}/{self.kind}"

    @property
    def name(self) -> str:
        """For people."""
        about = ", ".join(
            f"{name}={value}"
            for name, value in sorted(self.labels.items())
            if name not in ("alertname", "network", "severity")
        )
        return f"{self.labels['alertname']}{{{about}}} {self.kind}"


def labels_of(network: str, rule: str, severity: str, labels: Mapping[str, str]) -> dict[str, str]:
    """All labels of an alert as they are sent, of bounded length and without what steers a terminal."""
    every = {**labels, "alertname": rule, "network": network, "severity": severity}
    return {name: label_of(value) for name, value in sorted(every.items())}


def label_of(value: str) -> str:
    """The value of a label as it may be sent: one line, bounded, and still another one where it was another one."""
    value = written_out(value)
    if len(value) <= LABEL_KEPT:
        return one_line(value, LABEL_KEPT)
    # Two long names that begin alike stay two alerts.
    digest = hashlib.blake2b(value.encode(), digest_size=4).hexdigest()
    return f"{one_line(value, LABEL_KEPT - 9)}~{digest}"


def written_out(text: str) -> str:
    """A name of a file may hold bytes that are no text, which nothing that is stored or sent can carry."""
    return text.encode("utf-8", "backslashreplace").decode()


def annotations_of(annotations: Mapping[str, str]) -> dict[str, str]:
    """Annotations as they are sent."""
    return {name: clean(written_out(text), TEXT_KEPT) for name, text in sorted(annotations.items())}


def fingerprint(labels: Mapping[str, str]) -> str:
    """What names an alert, whatever is said of it."""
    return hashlib.blake2b(_ENCODER.encode(dict(labels)), digest_size=8).hexdigest()
