"""Handles runs of a shared folder that the user may not read."""

from __future__ import annotations

import contextlib
import os
import pwd
from pathlib import Path

from ...core.errors import InputError, printable
from ...core.training.sweep_spec import check_name


def is_run(path: Path) -> bool:
    """Return whether a folder looks like a run: also one that may not, or cannot now, be looked into."""
    if path.name.startswith("."):
        return False
    try:
        os.stat(path / "spec.json")
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        try:
            # What has not even the name of a run is something else, as a disk's lost+found.
            check_name("run", path.name)
        except InputError:
            return False
    return True


def may_not(error: BaseException) -> bool:
    """Return whether something failed because this user is not allowed to do it."""
    return isinstance(error, PermissionError) or isinstance(error.__cause__, PermissionError)


def unreadable(path: Path, error: OSError) -> str:
    """Return in words why a run's spec cannot be read.

    Args:
        path: the run's folder.
        error: of the attempt to read it.
    """
    return denied(path) if may_not(error) else f"its spec cannot be read: {error.strerror}"


def denied(path: Path) -> str:
    """Return what is to be said of a run that may not be read: whose it is."""
    try:
        owner = str(number := os.stat(path).st_uid)
    except OSError:
        return "permission denied"
    with contextlib.suppress(KeyError):
        owner = pwd.getpwuid(number).pw_name
    return f"permission denied; it belongs to {printable(owner, 40)}, who can let others read it: chmod -R a+rX"
