"""Renames a run and the control runs under it. A run's name is its folder's, so no file in it changes."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from ..core.errors import InputError, XSampleError
from ..core.training.sweep_spec import check_name
from .control.run_lock import RunLock
from .control_run_names import control_runs_under, parts_of
from .files import atomic_write
from .missing_run import no_such_run
from .run.access_rights import is_run
from .run.run_folder import RunFolder


def rename_run(runs: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Rename a run and its control runs; return the old and new names, the run's last.

    Control runs first and the run last: where the process is killed in between, renaming again does the rest.

    Args:
        runs: the runs folder.
        old: the run's name.
        new: the name that it is to have.

    Raises:
        RunBusy: one of them is being trained.
        InputError: there is no such run, the new name is taken or stands for another run's control run, or the
            folder cannot be written.
    """
    check_name("run", old)
    if not is_run(runs / old):
        raise no_such_run(runs, old)
    if new == old:
        raise InputError("new name", new, "is the run's name already; choose another")
    try:
        under = control_runs_under(runs, old)
        moves = [(name, new + name.removeprefix(old)) for name in (*under, old)]
        _check_targets(runs, old, new, [target for _, target in moves])
        with ExitStack() as locks:
            for name, _ in moves:
                # Held until all have their new names, so that nobody trains one in between.
                locks.callback(RunLock(runs / name).release)
            for name, target in moves:
                os.rename(runs / name, runs / target)
            atomic_write.sync_folder(runs)
    except OSError as error:
        why = f"cannot be renamed: {error.strerror}; {runs} must be writable"
        raise InputError("run", old, why) from error
    return moves


def _check_targets(runs: Path, old: str, new: str, targets: list[str]) -> None:
    """Refuse names that are not safe, taken, or would make a control run of one run that of another."""
    for target in targets:
        check_name("new name", target)
        if os.path.lexists(runs / target):
            raise InputError("new name", target, f"exists in {runs}; choose another name")
    parts = parts_of(new)
    if parts is not None and is_run(runs / parts[0]):
        raise InputError("new name", new, f"is that of a control run of {parts[0]}; choose another name")
    for name in control_runs_under(runs, new):
        # One that this run's own renaming left there has the names that both were made with.
        if _made_as(runs / name) != f"{_made_as(runs / old)}{name.removeprefix(new)}":
            raise InputError("new name", new, f"{name} would become its control run; rename or delete that first")


def _made_as(path: Path) -> str | None:
    """Return the name that a run was made with; None where its spec cannot be read."""
    try:
        return RunFolder(path).document.spec.name
    except (XSampleError, OSError):
        return None
