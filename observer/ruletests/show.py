"""How rule unit tests went: for people, as an answer, and as JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence

from observer.answers import RuleTestAnswer, RuleTestDifference, RuleTestsAnswer
from observer.junit import Case, junit_xml
from observer.ruletests.running import Outcome


def tested_answer(results: Sequence[Outcome]) -> RuleTestsAnswer:
    """Every test with what was otherwise than expected."""
    return RuleTestsAnswer(
        passed=not any(one.differences for one in results),
        tests=[
            RuleTestAnswer(
                file=one.file,
                name=one.name,
                passed=not one.differences,
                checks=one.checks,
                differences=[RuleTestDifference(**found._asdict()) for found in one.differences],
            )
            for one in results
        ],
    )


def junit_report(results: Sequence[Outcome]) -> bytes:
    """The same for a CI system. Tests run on journal time, so none took any."""
    cases = [
        Case(one.name, one.file, failure="\n".join(map(str, one.differences)) if one.differences else None)
        for one in results
    ]
    return junit_xml("observer test-rules", cases)


def show_tested(answer: RuleTestsAnswer) -> None:
    """The tests of each file; of one that failed, what was expected and what came."""
    from observer.console import console, safe

    out = console()
    file = None
    for test in answer.tests:
        if test.file != file:
            file = test.file
            out.print(safe(file))
        out.print(
            f"  [green]pass[/green]  {safe(test.name)}" if test.passed else f"  [red]FAIL[/red]  {safe(test.name)}"
        )
        for one in test.differences:
            out.print(f"    {safe(one.alertname)} at {one.eval_time}")
            for title, lines in (("expected", one.expected), ("got", one.got)):
                out.print(f"      {title}:")
                for line in lines:
                    out.print(f"        {safe(line, 4000)}")
    failed = sum(not test.passed for test in answer.tests)
    checks = sum(test.checks for test in answer.tests)
    out.print(f"{len(answer.tests)} tests, {checks} checks: {f'{failed} failed' if failed else 'all passed'}")
