"""Keeps checkpoints and marks in memory until the disk has taken them.

No disk error loses anything: a checkpoint or a mark that was not written is logged once, kept, and retried every few
seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..core.errors import printable
from ..core.training.checkpoint_format import DamagedCheckpoint
from ..store.run.run_folder import RunFolder
from ..store.run.trial_mark import MarkStatus
from .event_publisher import EventPublisher

_SAVE_AGAIN_EVERY = 3.0


@dataclass(frozen=True)
class Unsaved:
    """A checkpoint that is to be written.

    Attributes:
        trial, epoch: whose, and after how many epochs.
        data: its bytes.
        stop_reason: why the trial is finished with it; None while it is not.
    """

    trial: str
    epoch: int
    data: bytes
    stop_reason: str | None


class PendingCommits:
    """Writes checkpoints and marks into the run's folder, as long as that is the one that was opened.

    Args:
        run: the run, whose owner the caller is.
        publisher: receives what happens.
        check_place: raises OSError where the run's folder is not in its place any more.
    """

    def __init__(self, run: RunFolder, publisher: EventPublisher, check_place: Callable[[], None]) -> None:
        self._run = run
        self._publisher = publisher
        self._check_place = check_place
        self._marks: dict[str, tuple[MarkStatus, str]] = {}
        self._again_at = 0.0

    @property
    def unsaved_marks(self) -> list[str]:
        """Trials with a mark that the disk did not take."""
        return list(self._marks)

    @property
    def due(self) -> bool:
        """Whether what was not taken is to be tried again now."""
        return time.monotonic() >= self._again_at

    def commit(self, checkpoint: Unsaved) -> str:
        """Write a checkpoint; return why it was not taken, or nothing."""
        try:
            self._check_place()
            self._run.commit(
                checkpoint.trial, checkpoint.epoch, checkpoint.data, finished=checkpoint.stop_reason is not None
            )
            # Another folder may have taken the run's place while it was written, which then has it.
            self._check_place()
        except (OSError, DamagedCheckpoint) as error:
            self._again_at = time.monotonic() + _SAVE_AGAIN_EVERY
            return f"cannot be written: {printable(error)}"
        return ""

    def mark(self, trial: str, status: MarkStatus, message: str = "") -> None:
        """Mark a trial failed or skipped, or take its mark back."""
        first = trial not in self._marks
        try:
            self._check_place()
            self._run.mark(trial, status, message)
        except OSError as error:
            self._again_at = time.monotonic() + _SAVE_AGAIN_EVERY
            self._marks[trial] = (status, message)
            if first:
                why = printable(error)
                self._publisher.log("error", f"{trial}: its mark cannot be written: {why}; retrying")
        else:
            if self._marks.pop(trial, None) is not None:
                self._publisher.log("info", f"{trial}: its mark is written")

    def mark_again(self) -> None:
        """Write the marks that were not taken."""
        for trial, (status, message) in list(self._marks.items()):
            self.mark(trial, status, message)
