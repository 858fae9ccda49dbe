"""JUnit XML is valid whatever it says."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from observer.junit import Case, junit_xml


def test_a_suite_counts_how_its_cases_went() -> None:
    """Passed, failed, in error and skipped are told apart, each with its text."""
    found = ET.fromstring(  # noqa: S314 - our own XML
        junit_xml(
            "wait",
            [
                Case("met", "run.rec", "1.5", out="a line"),
                Case("violated", "run.rec", failure="height(node1) is 5, needs 9\nmore"),
                Case("unknown", "run.rec", error="no line"),
                Case("left out", "run.rec", skipped="not asked"),
            ],
        )
    )
    suite = found[0]
    assert dict(suite.attrib) == {"name": "wait", "tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    assert [case.get("name") for case in suite] == ["met", "violated", "unknown", "left out"]
    assert suite[0].get("time") == "1.5"
    assert suite[0].findtext("system-out") == "a line"
    failure = suite[1].find("failure")
    assert failure is not None
    assert failure.get("message") == "height(node1) is 5, needs 9"
    assert failure.text == "height(node1) is 5, needs 9\nmore"


@given(st.text(), st.text(), st.none() | st.text())
def test_any_text_gives_valid_xml(name: str, said: str, out: str | None) -> None:
    """Control characters, surrogates and markup of a log never break the report."""
    report = junit_xml(name, [Case(name, name, failure=said, error=said, skipped=said, out=out)])
    assert len(ET.fromstring(report)[0]) == 1  # noqa: S314 - our own XML
