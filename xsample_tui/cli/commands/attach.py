"""The command ``attach``: opens the interface for a run that is training elsewhere."""

from __future__ import annotations

import typer

from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, Ascii, Notify, RunName, RunsDir
from ..command_registry import command
from ..terminal_check import need_terminal


@command("Monitor and control")
def attach(name: RunName, runs_dir: RunsDir = RUNS, ascii_only: Ascii = False, notify: Notify = None) -> None:
    """Open the interface for a run that is training elsewhere."""
    folder = RunFolder.open(runs_dir, name)
    watch, train = folder.shell_command("status"), folder.shell_command("resume", "--headless")
    need_terminal("xsample-tui attach", f"without one see `{watch}`, or resume it with `{train}`")
    from ...tui.app import run_app

    raise typer.Exit(run_app(folder.path.parent, folder, work=False))
