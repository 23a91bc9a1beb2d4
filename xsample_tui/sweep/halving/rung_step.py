"""Keeps windows that wait at a rung out of the queue, and queues those that go on once the rung is decided.

What is decided follows from the windows' histories alone. So it is computed again whenever one has changed, and
nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Collection

from ...core.count_text import counted
from ...core.run_state.run_progress import Progress
from ...core.run_state.rung_standings import decisions, resting, waiting_words, waits
from ...core.training.trial_state import TrialState
from ..event_publisher import EventPublisher
from ..trial_queue import TrialQueue


class RungStep:
    """Knows how far each trial may be trained for now.

    Args:
        publisher: receives what happens, and knows each trial's history and status.
        queue: the trials that wait for a worker.
    """

    def __init__(self, publisher: EventPublisher, queue: TrialQueue) -> None:
        self._publisher = publisher
        self._queue = queue
        progress = publisher.progress
        self._epochs = progress.spec.training.epochs
        self._found = decisions(progress)
        self._said = len(self._found.decided)
        self._version = -1

    @property
    def _progress(self) -> Progress:
        return self._publisher.progress

    def limit(self, name: str) -> int:
        """Return after how many epochs a trial waits or has ended."""
        standing = self._found.standings.get(name)
        return self._epochs if standing is None else standing.limit

    def reached(self, name: str, epoch: int) -> bool:
        """Whether a trial of so many epochs waits at a rung, or is parked there."""
        return self.limit(name) <= epoch < self._epochs

    def words(self, name: str) -> str:
        """Return what a trial that has reached its rung waits for."""
        return waiting_words(self.limit(name), self._epochs)

    def take_up(self, name: str, state: TrialState | None) -> bool:
        """Take note of what a trial's files hold; return whether it is to be trained now.

        They can hold more than was known, where they could not be read when the session began.
        """
        if state is not None and state.epoch > len(self._progress.trials[name].history):
            self._progress.found(name, state.history, state.seconds)
            self._found = decisions(self._progress)
        return state is None or not self.reached(name, state.epoch)

    def turn(self, held: Collection[str]) -> None:
        """Queue the windows that may go on, and take those out of the queue that may not.

        Args:
            held: names of the trials that workers have.
        """
        progress = self._progress
        if not self._found.standings or progress.version == self._version:
            return
        self._found = decisions(progress)
        promoted: list[str] = []
        for name, standing in self._found.standings.items():
            entry = progress.trials[name]
            if name in held or entry.status not in ("pending", "paused", "parked"):
                continue
            if waits(entry, self._found.standings):
                self._queue.remove(name)
            elif name not in self._queue:
                promoted.append(name)
            found = resting(entry, standing, self._epochs)
            if name not in progress.doubts and (found.status, found.message) != (entry.status, entry.message):
                self._publisher.change(name, found.status, found.message)
        for name in promoted:
            self._queue.to_end(name)
        for epoch, on, parked in self._found.decided[self._said :]:
            text = f"rung of epoch {epoch}: {on:,} of {counted(on + parked, 'trial')} go on, {parked:,} parked"
            self._publisher.log("info", text)
        self._said = len(self._found.decided)
        if promoted:
            self._publisher.reorder(self._queue.order)
        self._version = progress.version
