"""The command ``delete``: removes a run from the disk."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ...core.count_text import counted
from ...core.errors import ArgumentError
from ...core.exit_codes import STOPPED
from ...core.size_text import size
from ...store.control.run_lock import RunLock
from ...store.run_removal import Holdings, holdings, remove
from ..command_options import RUNS, RunName, RunsDir
from ..command_registry import command
from ..console_output import narrate


@command("Manage runs")
def delete(
    name: RunName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Delete a run with all its trials; asks first."""
    found = holdings(runs_dir, name)
    # Refused before anything is asked.
    RunLock(runs_dir / name, narrate).release()
    narrate(what_goes(found))
    if not yes:
        if not sys.stdin.isatty():
            raise ArgumentError("yes", "not given", "without a terminal to ask in, pass it to delete the run")
        narrate(f"Delete {name}? This cannot be undone. [y/N]")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            narrate("nothing was deleted")
            raise typer.Exit(STOPPED)
    remove(runs_dir, name)
    narrate(f"{name} is deleted")


def what_goes(found: Holdings) -> str:
    """Return what is deleted with a run, as a sentence."""
    words = f"{found.name}: {found.words}; {size(found.size)} in "
    words += counted(found.files, "file")
    if found.shared:
        words += f", {size(found.shared)} of which other runs share and keep"
    if found.controls:
        words += f"; its control runs stay: {', '.join(found.controls)}"
    return words
