"""The command `observer`: running it, and turning every failure into a sentence and an exit code.

Nothing of the project is imported before that can be reported: its packages have plain names, and one of
another distribution may stand before them.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer import Typer
    from typer.exceptions import TyperException

ENVIRONMENT, INTERRUPTED = 5, 130
"""As in `observer.exits`, which may be what cannot be loaded."""
OURS = "observer, parsers, replay, state or waits"


COLLECT_AFTER = 200_000
"""Objects made, more than were let go, after which the collector looks for cycles. The first of them are modules and
classes, which stay: by Python's own figure they are looked through hundreds of times before a command has begun.
"""


def main() -> None:
    """Run the command line."""
    tune()
    code = run(sys.argv[1:])
    # What is left is given back with the process, and need not be looked through once more.
    gc.freeze()
    sys.exit(code)


def tune() -> None:
    """Set Python up for what a process of the observer does, before anything else is loaded."""
    # numpy's linear algebra makes a thread for every core as it is loaded; nothing here uses it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(COLLECT_AFTER, 5, 50)


def run(arguments: list[str]) -> int:
    """Run with these arguments; gives back the exit code."""
    try:
        from observer.commands import commands_for

        return _run(commands_for(arguments), arguments)
    except KeyboardInterrupt:
        sys.stderr.write("observer: interrupted\n")
        return INTERRUPTED
    except ImportError as error:
        if os.environ.get("OBSERVER_TRACEBACK"):
            raise
        sys.stderr.write(
            f"observer: cannot load itself: {error}; a package called {OURS} of another project may shadow ours, "
            "so install the observer in an environment of its own\n"
        )
        return ENVIRONMENT


def _run(app: Typer, arguments: list[str]) -> int:  # noqa: C901, PLR0911 - one return for each way to end
    import typer
    from typer.exceptions import TyperException

    from observer.console import warn
    from observer.exits import Exit, Failed, code_of
    from replay.failures import RecordingError

    try:
        outcome = app(args=arguments, prog_name="observer", standalone_mode=False)
        sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        warn("interrupted")
        return Exit.INTERRUPTED
    except typer.Exit as error:
        return error.exit_code
    except TyperException as error:
        if error.format_message():
            warn(_usage(error))
        return Exit.USAGE
    except (BrokenPipeError, SystemExit):
        # The reader of our output has gone: nothing more can be said, and nothing is wrong. typer, which sees it
        # first in places, exits.
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
    except ImportError:
        raise
    except Exception as error:
        if os.environ.get("OBSERVER_TRACEBACK"):
            raise
        warn(
            f"a defect of the observer itself: {type(error).__name__}: {error}; "
            "please report it with what OBSERVER_TRACEBACK=1 prints"
        )
        return Exit.DEFECT
    if outcome == Exit.INTERRUPTED:
        warn("interrupted")
    return outcome if isinstance(outcome, int) else Exit.OK


def _usage(error: TyperException) -> str:
    """What is wrong with the command line, and where help is."""
    context = getattr(error, "ctx", None)
    command = "observer" if context is None else str(context.command_path)
    return f"{error.format_message().rstrip('.')}; see `{command} --help`"
