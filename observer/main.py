"""The command `observer`: running it, and turning every failure into a sentence and an exit code.

Nothing of the project is imported before that can be reported: its packages have plain names, and one of
another distribution may stand before them.
"""

from __future__ import annotations

import os
import sys

SHADOWED = 5
OURS = ("observer", "parsers", "replay", "state", "waits")


def main() -> None:
    """Run the command line."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run with these arguments; gives back the exit code."""
    try:
        from observer import commands  # noqa: F401 - whether it can be imported is the question
    except ImportError as error:
        if os.environ.get("OBSERVER_TRACEBACK"):
            raise
        sys.stderr.write(
            f"observer: cannot load itself: {error}; a package called {', '.join(OURS[:-1])} or {OURS[-1]} of another "
            "project may shadow ours, so install the observer in an environment of its own\n"
        )
        return SHADOWED
    return _run(arguments)


def _run(arguments: list[str]) -> int:  # noqa: PLR0911 - one return for each way to end
    import click

    from observer.commands import app
    from observer.console import warn
    from observer.exits import Exit, Failed, code_of
    from replay.failures import RecordingError

    try:
        outcome = app(args=arguments, prog_name="observer", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        warn("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone: nothing more can be said, and nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Failed as error:
        warn(str(error))
        return error.code
    except RecordingError as error:
        warn(str(error))
        return code_of(error)
    except (OSError, MemoryError) as error:
        warn(f"{error}; free what is missing and run it again")
        return Exit.ENVIRONMENT
    except Exception as error:  # the last resort: a sentence, never a traceback
        if os.environ.get("OBSERVER_TRACEBACK"):
            raise
        warn(
            f"a defect of the observer itself: {type(error).__name__}: {error}; "
            "please report it with what OBSERVER_TRACEBACK=1 prints"
        )
        return Exit.DEFECT
    return int(outcome) if isinstance(outcome, int) else Exit.OK
