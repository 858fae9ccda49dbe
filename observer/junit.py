"""JUnit XML, as CI systems read it: one suite of cases, each passed, failed, in error or skipped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (2.2) does not allow, written as they are or as references."""


class Case(NamedTuple):
    """One test and how it went."""

    name: str
    classname: str
    seconds: str = "0"
    """Decimal, as a report of journal time or of the wall."""
    failure: str | None = None
    """What was expected and was not so."""
    error: str | None = None
    """Why it could not be judged."""
    skipped: str | None = None
    out: str | None = None


def junit_xml(suite: str, cases: Sequence[Case]) -> bytes:
    """The report of a suite; valid XML for any text."""
    counts = {
        "tests": len(cases),
        "failures": sum(case.failure is not None for case in cases),
        "errors": sum(case.error is not None for case in cases),
        "skipped": sum(case.skipped is not None for case in cases),
    }
    totals = " ".join(f'{name}="{count}"' for name, count in counts.items())
    body = "".join(map(_case, cases))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f"<testsuites {totals}>\n"
        f" <testsuite name={_attribute(suite)} {totals}>\n{body} </testsuite>\n"
        "</testsuites>\n"
    ).encode()


def _case(case: Case) -> str:
    parts = [
        f"   <{tag} message={_attribute(text.partition(chr(10))[0])}>{_text(text)}</{tag}>\n"
        for tag, text in (("failure", case.failure), ("error", case.error), ("skipped", case.skipped))
        if text is not None
    ]
    if case.out is not None:
        parts.append(f"   <system-out>{_text(case.out)}</system-out>\n")
    named = f"name={_attribute(case.name)} classname={_attribute(case.classname)} time={_attribute(case.seconds)}"
    return f"  <testcase {named}>\n{''.join(parts)}  </testcase>\n"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
