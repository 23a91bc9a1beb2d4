"""The ``xsample-tui`` command: its options, its errors and its exit codes."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import select
import sys
import threading
import warnings
from typing import Annotated

import typer

from .. import __version__
from ..core.errors import NOT_UTF8, XSampleError, printable
from ..core.exit_codes import BAD_INPUT, FAILED, INTERRUPTED
from ..core.shell_command import shell_command
from .command_options import RUNS, Ascii, Notify, RunsDir
from .command_registry import CommandGroup, PastTyper
from .console_output import error_line, narrate
from .terminal_check import need_terminal
from .typer_private import USAGE_ERROR, usage_line

app = typer.Typer(
    name="xsample-tui",
    cls=CommandGroup,
    help="Which part of the image does a network need? A sweep over image windows, live in the terminal.",
    epilog="Exit codes: 0 ok, 1 failed, 2 bad input, 3 stopped before the end, 130 interrupted.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def start(
    context: typer.Context,
    runs_dir: RunsDir = RUNS,
    ascii_only: Ascii = False,
    notify: Notify = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Open the start screen, where no command is given."""
    if version:
        print(f"xsample-tui {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        # Where it stands before the command it is the command's too, unless that has its own.
        context.default_map = {context.invoked_subcommand: {"runs_dir": str(runs_dir)}}
        return
    others = (shell_command(*words, runs=runs_dir) for words in (("run", "--headless"), ("status",)))
    need_terminal(
        "xsample-tui", f"without one use {' or '.join(f'`{other}`' for other in others)}; --help lists all commands"
    )
    from ..tui.app import run_app

    raise typer.Exit(run_app(runs_dir))


def main() -> int:
    """Run the command line; return the exit code. No error ends in a traceback that the user can act on."""
    code = _run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
    except OSError as error:
        _let_go_of_stdout()
        return code or _failed(error)
    return code


def _run() -> int:
    try:
        _silence_libraries()
        _print_what_streams_can()
        try:
            code = typer.main.get_command(app).main(prog_name="xsample-tui", standalone_mode=False)
        except PastTyper as passed:
            raise passed.error from None
    except XSampleError as error:
        narrate(f"error: {error_line(error)}")
        return error.exit_code
    except USAGE_ERROR as error:
        narrate(f"error: {usage_line(error)}")
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        narrate("interrupted")
        return INTERRUPTED
    except UnicodeEncodeError as error:
        narrate(f"error: {printable(error.object, 300)}: {NOT_UTF8}")
        return BAD_INPUT
    except OSError as error:
        if isinstance(error, BrokenPipeError) and _reader_is_gone():
            # No message would arrive, and it is no failure: `| head` has what it wants.
            _let_go_of_stdout()
            return 0
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: OSError) -> int:
    """Say an error of the system, a folder that may not be read or a disk that fails, in a line as any other."""
    where = f"{printable(error.filename, 300)}: " if error.filename else ""
    narrate(f"error: {where}{printable(error.strerror or error, 300)}")
    return BAD_INPUT if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else FAILED


def _reader_is_gone() -> bool:
    """Return whether stdout is a pipe that nobody reads."""
    poll = select.poll()
    with contextlib.suppress(OSError):
        poll.register(sys.stdout.fileno(), 0)
    return bool(poll.poll(0))


def _let_go_of_stdout() -> None:
    """Write what stdout still holds nowhere: Python would try again at its end, and fail by it."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_what_streams_can() -> None:
    """Print in ASCII what a stream's encoding has no characters for; else a path would be a traceback."""
    streams = (sys.stdout, sys.stderr)
    if any(getattr(stream, "encoding", None) not in ("utf-8", "UTF-8") for stream in streams):
        # Imported late: almost everywhere it is not needed.
        from ..tui.view_models.ascii_text import print_what_streams_can

        print_what_streams_can(streams)
    elif isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # The name of a file whose bytes are no UTF-8 is printed as those bytes.
        sys.stdout.reconfigure(errors="surrogateescape")


def _silence_libraries() -> None:
    """Keep what libraries warn of from the terminal: it is meant for programmers, and comes with lines of source.

    Python's ``-W`` and ``PYTHONWARNINGS`` bring their warnings back.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        # For the processes that start workers and clear up after them, which write to the terminal too.
        sys.warnoptions.append("ignore")
    # Without any handler Python prints what is logged.
    logging.getLogger().addHandler(logging.NullHandler())
    threading.excepthook = _say_why_a_thread_ended


def _say_why_a_thread_ended(ended: threading.ExceptHookArgs) -> None:
    """Say an error of the system in a line, as where libraries' threads find no free descriptor; others in full."""
    if isinstance(ended.exc_value, OSError):
        why = ended.exc_value.strerror or ended.exc_value
        narrate(f"warning: {ended.thread.name if ended.thread else 'a thread'} ended: {printable(why, 300)}")
    else:
        threading.__excepthook__(ended)
