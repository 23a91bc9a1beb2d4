"""Deletes a run, and says before what it holds."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.duration_text import duration
from ..core.errors import InputError, XSampleError, printable
from ..core.training.sweep_spec import check_name
from .control.run_lock import RunLock
from .control_run_names import CONFIRM, CONTROL_KINDS, REFIT, beside
from .files import atomic_write
from .files.folder_size import folder_size
from .files.leftover_files import unfinished
from .missing_run import no_such_run
from .run.access_rights import denied, is_run
from .run.run_folder import RunFolder
from .run.stored_inputs import stored_size


@dataclass(frozen=True)
class Holdings:
    """What would go with a run.

    Attributes:
        name: the run's name.
        files, size: how many files there are, and their bytes.
        done, trials: trials trained to their end, of all; 0 of 0 where the run cannot be read.
        seconds: wall time that went into its epochs, in seconds.
        controls: runs beside it that its arms were trained in; they stay.
        shared: bytes of its images, where another run shares their file, which stays.
    """

    name: str
    files: int
    size: int
    done: int
    trials: int
    seconds: float
    controls: tuple[str, ...]
    shared: int = 0

    @property
    def words(self) -> str:
        """What was trained, in words."""
        if not self.trials:
            return "spec.json cannot be read; contents unknown"
        return f"{self.done:,} of {self.trials:,} trials done, {duration(self.seconds)} of training"


def holdings(runs: Path, name: str) -> Holdings:
    """Return what a run holds; one whose spec is damaged is counted all the same.

    Raises:
        InputError: there is no such run, or it is a link.
    """
    path = _path(runs, name)
    files, size = folder_size(path)
    done = trials = 0
    seconds = 0.0
    try:
        progress = RunFolder(path).progress()
    except (XSampleError, OSError):
        pass
    else:
        done, trials = progress.counts()["done"], len(progress.trials)
        seconds = sum(sum(entry.seconds) for entry in progress.trials.values())
    images, runs_of_them = stored_size(path)
    shared = images if runs_of_them > 1 else 0
    return Holdings(name, files, size, done, trials, seconds, tuple(_control_runs(runs, name)), shared)


def _control_runs(runs: Path, name: str) -> Iterator[str]:
    """Yield the runs beside a run that hold its controls."""
    for kind in (*CONTROL_KINDS, CONFIRM, REFIT):
        for number in itertools.count(1):
            control = beside(name, kind, number)
            if not is_run(runs / control):
                break
            yield control


def remove(runs: Path, name: str) -> None:
    """Delete a run. It disappears from the list at once and whole, whatever happens while its files go.

    Raises:
        RunBusy: a controller holds it.
        InputError: there is no such run, it is a link, or its folder cannot be changed.
    """
    path = _path(runs, name)
    gone = runs / unfinished(name, "deleted")
    # A process that had this one's number may have been killed while it deleted a run of this name.
    shutil.rmtree(gone, ignore_errors=True)
    try:
        # Held until it has its new name, so that nobody takes it up in between.
        owner = RunLock(path)
        try:
            os.rename(path, gone)
        finally:
            owner.release()
        atomic_write.sync_folder(runs)
    except OSError as error:
        raise InputError("run", name, f"cannot be deleted: {error.strerror}; {runs} must be writable") from error
    try:
        shutil.rmtree(gone)
    except OSError as error:
        raise InputError(
            "run", name, f"is removed from the list, but {gone} could not be deleted; delete it by hand"
        ) from error


def _path(runs: Path, name: str) -> Path:
    path = runs / check_name("run", name)
    if path.is_symlink():
        raise InputError("run", name, f"is a link to {printable(os.readlink(path))}; remove link and folder by hand")
    if not is_run(path):
        raise no_such_run(runs, name)
    try:
        os.listdir(path)
    except PermissionError as error:
        raise InputError("run", name, denied(path)) from error
    except OSError as error:
        raise InputError("run", name, f"cannot be read: {error.strerror}") from error
    return path
