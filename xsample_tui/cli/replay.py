"""``replay``: a run shown once more as it went."""

from __future__ import annotations

from typing import Annotated

import typer

from ..core.errors import InputError
from ..store.folder import RunFolder
from .command import command
from .options import RUNS, RunName, RunsDir
from .run import need_terminal


@command("Watch and steer")
def replay(
    name: RunName,
    speed: Annotated[
        str | None,
        typer.Option("--speed", help="Recorded seconds a second; by default it lasts a minute.", metavar="N"),
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Show a run as it went, from what is stored of it; writes nothing."""
    factor = _speed(speed)
    folder = RunFolder.open(runs_dir, name)
    if not any(entry.history for entry in folder.progress().trials.values()):
        raise InputError("run", name, "nothing has been trained yet, so there is nothing to replay")
    need_terminal(False, "replay")
    from ..tui.app import run_app

    raise typer.Exit(run_app(runs_dir, folder, work=False, replay=factor))


def _speed(text: str | None) -> float:
    if text is None:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e6:
        raise InputError("--speed", text, "write a number above 0, at most a million")
    return value
