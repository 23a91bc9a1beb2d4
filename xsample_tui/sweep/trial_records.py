"""Reads a trial's checkpoints, for the trial to resume from."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator

from ..core.training.early_stopping import StoppingState
from ..core.training.trial_state import TrialState
from ..store.run.run_folder import RunFolder
from ..store.run.unreadable_trials import Insist
from .event_publisher import EventPublisher
from .workers.worker_supervision import AttendedClock

# A checkpoint that the disk cannot give for so long is passed over for the one before; it is kept.
UNREADABLE_SECONDS = 60.0
_BAD_DISK = {errno.EIO, errno.EBADMSG, *({errno.EUCLEAN} if hasattr(errno, "EUCLEAN") else ())}


class TrialRecords:
    """Reads the trials of a run, as long as its folder is the one that was opened.

    Args:
        run: the run, whose owner the caller is.
        publisher: receives what is damaged.
        clock: the controller's attended time.
        check_place: raises OSError where the run's folder is not in its place any more.
    """

    def __init__(
        self, run: RunFolder, publisher: EventPublisher, clock: AttendedClock, check_place: Callable[[], None]
    ) -> None:
        self._run = run
        self._publisher = publisher
        self._clock = clock
        self._check_place = check_place
        # Trials whose files cannot be read now, and since when, in attended time.
        self._unreadable: dict[str, float] = {}

    def restore(self, name: str) -> TrialState | None:
        """Return a trial's newest whole state; damaged ones are put aside and reported.

        Raises:
            OSError: it cannot be read now; one that the disk cannot give is only waited for for a minute.
        """
        with self._insisting(name) as insist:
            state, problems = self._run.latest(name, insist=insist)
        for problem in problems:
            self._publisher.log("warning", problem)
        if problems:
            with contextlib.suppress(OSError):
                self._run.put_aside(name, state.epoch if state else -1)
        return state

    def carried(self, name: str) -> StoppingState | None:
        """Return the final stopping state of the nearest trial before this one that is done.

        Raises:
            OSError: as :meth:`restore`: another trial's state would give other results.
        """
        names = [trial.name for trial in self._run.plan.trials]
        for before in reversed(names[: names.index(name)]):
            with self._insisting(before) as insist:
                record = self._run.record(before, insist=insist)
            if record is not None and record.finished:
                return record.stopping
        return None

    @contextlib.contextmanager
    def _insisting(self, name: str) -> Iterator[Insist]:
        """Give what says whether a trial's file is still waited for; it forgets when the file could be read."""
        self._check_place()
        since = self._unreadable.setdefault(name, self._clock.now)
        long = self._clock.now - since > UNREADABLE_SECONDS
        yield lambda error: not (long and error.errno in _BAD_DISK)
        del self._unreadable[name]
