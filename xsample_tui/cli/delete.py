"""``delete``: taking a run off the disk."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..core.duration import duration
from ..core.errors import InputError
from ..core.exit import STOPPED
from ..core.size import size
from ..store.owner import Owner
from ..store.removal import Holdings, holdings, remove
from .command import command
from .options import RUNS, RunName, RunsDir
from .output import narrate


@command("Runs and files")
def delete(
    name: RunName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Delete a run with all its trials; says what goes, and asks."""
    found = holdings(runs_dir, name)
    # Refused before anything is asked.
    Owner(runs_dir / name, narrate).release()
    narrate(what_goes(found))
    if not yes:
        if not sys.stdin.isatty():
            raise InputError("--yes", "not given", "without a terminal to ask in, pass it to delete the run")
        narrate(f"Delete {name}? This cannot be taken back. [y/N]")
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            narrate("nothing was deleted")
            raise typer.Exit(STOPPED)
    remove(runs_dir, name)
    narrate(f"{name} is deleted")


def what_goes(found: Holdings) -> str:
    """Say what goes with a run."""
    trained = f"{found.done} of {found.trials} trials done, {duration(found.seconds)} of training"
    words = f"{found.name}: {trained if found.trials else 'cannot be read'}; {size(found.size)} in "
    words += f"{found.files:,} files"
    if found.companions:
        words += f"; its companions stay: {', '.join(found.companions)}"
    return words
