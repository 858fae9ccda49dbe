"""`observer rules` and `observer test-rules`: what is watched for, and whether it says what it should."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observer.commands.application import JsonOption, app
from observer.exits import Exit, Failed


@app.command()
def rules(
    file: Annotated[
        str | None, typer.Argument(metavar="[RULES.yaml]", help="A rule file; without one, the rules that ship.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check a rule file and list its rules."""
    from observer.console import say_json
    from observer.rulefiles.reading import BUILTIN, rules_named
    from observer.rulefiles.show import rules_answer, show_rules

    name = file or BUILTIN
    found = rules_answer(name, rules_named(name))
    if json:
        say_json(found)
    else:
        show_rules(found)


@app.command("test-rules")
def unit_tests(
    files: Annotated[list[Path], typer.Argument(metavar="TESTS.yaml...", help="Files of rule unit tests.")],
    junit: Annotated[Path | None, typer.Option(metavar="OUT.xml", help="Also write the results as JUnit XML.")] = None,
    json: JsonOption = False,
) -> None:
    """Unit-test rules, as promtool does: typed events in, alerts out. Exits with 1 where a test fails."""
    from observer.console import say_json
    from observer.ruletests.running import read_tests, run_tests
    from observer.ruletests.show import junit_report, show_tested, tested_answer

    read = [read_tests(path) for path in files]
    results = [tested for one in read for tested in run_tests(one)]
    if junit is not None:
        try:
            junit.write_bytes(junit_report(results))
        except OSError as error:
            raise Failed(f"{junit}: cannot be written: {error.strerror or error}", Exit.ENVIRONMENT) from None
    found = tested_answer(results)
    if json:
        say_json(found)
    else:
        show_tested(found)
    if not found.passed:
        raise typer.Exit(Exit.VIOLATED)
