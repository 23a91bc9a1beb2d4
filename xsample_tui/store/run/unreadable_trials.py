"""Describes trials whose files cannot be read at the moment."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable

from ...core.training.checkpoint_format import TrialRecord
from .trial_mark import Mark

_LOOKS = 5
# Says of the error of a file that cannot be read whether to raise it, rather than to pass the file over.
Insist = Callable[[OSError], bool]


def consequence(problems: list[str], epoch: int) -> list[str]:
    """Return what was wrong with a trial's checkpoints, and from which epoch it goes on."""
    then = f"resuming from epoch {epoch}" if epoch else "starting over"
    return [f"{problem}; {then}" for problem in problems]


def never(error: OSError) -> bool:
    """Pass every file over that cannot be read."""
    return False


def read_trial(
    record: Callable[[Insist], TrialRecord | None], marked: Callable[[], Mark]
) -> tuple[TrialRecord | None, Mark, str]:
    """Return what a trial's files say; where one cannot be read, what the others say, and why it cannot.

    Args:
        record, marked: read its newest record, and its mark.

    Raises:
        FileNotFoundError: the run's folder is gone.
    """
    looks = 0
    while True:
        try:
            return record(lambda error: True), marked(), ""
        except OSError as error:
            # A commit drops the checkpoints before, also between listing the folder and reading its files.
            looks += 1
            if error.errno in (errno.ENOENT, errno.ESTALE) and looks < _LOOKS:
                continue
            if error.errno == errno.ENOENT:
                raise
            why = error.strerror or "it cannot be opened"
            break
    found, mark = None, Mark(status="none")
    with contextlib.suppress(OSError):
        found = record(never)
    with contextlib.suppress(OSError):
        mark = marked()
    return found, mark, why
