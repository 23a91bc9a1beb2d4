"""Runs a command about a run in a process of its own, which outlives the interface, and says how it has ended."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.app import App

from ...core.errors import printable
from ...store.run.run_folder import RunFolder
from ...sweep.detached_sweep import start_command
from ..latest_only import unwaited

_LONGEST = 400


@dataclass(frozen=True)
class Asked:
    """What was asked for, in words.

    Attributes:
        title: of the command.
        run: the run's name.
        where: where its result will be; empty for the last line that it prints.
        folder: where its files will be; empty where it writes none.
    """

    title: str
    run: str
    where: str = ""
    folder: str = ""


@dataclass(frozen=True)
class CommandEnd:
    """How a command in the background has ended.

    Attributes:
        asked: what was asked for.
        code: its exit status.
        lines: what it printed.
    """

    asked: Asked
    code: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """How it has ended and where its result is, in a line."""
        asked, last = self.asked, printable(self.lines[-1], _LONGEST) if self.lines else ""
        if self.code:
            return f"{asked.title} of {asked.run} has failed: {last or f'exit code {self.code}'}"
        folder = f" ({asked.folder})" if asked.folder else ""
        return f"{asked.title} of {asked.run} is done: {asked.where or last}{folder}"


def begin(
    app: App[Any], run: RunFolder, arguments: list[str], asked: Asked, shown: Callable[[CommandEnd], bool]
) -> int:
    """Start a command in the background, and return its pid; at its end the application says how it has ended.

    Args:
        app: the application.
        run: the run; what the command prints goes to ``logs/NAME-output.log`` of it, after the command's name.
        arguments: of ``xsample-tui``, without ``--runs-dir``.
        asked: the same in words.
        shown: receives how it has ended, on the event loop; returns whether it shows it, so that nothing else must.

    Raises:
        OSError: the log cannot be written, or no process can be started.
    """
    command = start_command(run, arguments)

    def say(end: CommandEnd) -> None:
        if not shown(end):
            app.notify(end.words, severity="error" if end.code else "information", timeout=30, markup=False)

    @unwaited
    def wait_for_it() -> None:
        code, lines = command.wait()
        # The interface may have ended before it; it goes on then.
        with contextlib.suppress(RuntimeError):
            app.call_later(say, CommandEnd(asked, code, lines))

    wait_for_it()
    return command.pid
