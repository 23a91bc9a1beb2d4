"""The command ``replay``: plays a stored run back in the interface."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.errors import ArgumentError, InputError
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, RunName, RunsDir
from ..command_registry import command
from ..terminal_check import need_terminal


@command("Monitor and control")
def replay(
    name: RunName,
    speed: Annotated[
        str | None,
        typer.Option("--speed", help="Recorded seconds per second. Default: one minute in all.", metavar="N"),
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Play a stored run back in the interface; writes nothing."""
    factor = _speed(speed)
    folder = RunFolder.open(runs_dir, name)
    if not any(entry.history for entry in folder.progress().trials.values()):
        raise InputError("run", name, "nothing to replay: no epoch has been trained yet")
    export = folder.shell_command("export", "--history", "epochs.csv")
    need_terminal("xsample-tui replay", f"without one see `{export}`")
    from ...tui.app import run_app

    raise typer.Exit(run_app(runs_dir, folder, work=False, replay=factor))


def _speed(text: str | None) -> float:
    if text is None:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e6:
        raise ArgumentError("speed", text, "write a number above 0, at most a million")
    return value
