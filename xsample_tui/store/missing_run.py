"""Says that a run does not exist, and which name may have been meant."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from ..core.errors import InputError
from ..core.near_words import did_you_mean
from ..core.shell_command import shell_command


def no_such_run(runs: Path, name: str) -> InputError:
    """Return the error that a runs folder holds no run of this name.

    Args:
        runs: the folder, which need not exist.
        name: what was given.
    """
    known: list[str] = []
    with contextlib.suppress(OSError):
        known = [entry for entry in os.listdir(runs) if not entry.startswith(".") and entry != name]
    see = f"see `{shell_command('status', runs=runs)}`"
    return InputError("run", name, "; ".join([f"no such run in {runs}", *did_you_mean(name, known), see]))
