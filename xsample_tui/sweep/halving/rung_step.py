"""Keeps windows that wait at a rung out of the queue, and queues those that go on once the rung is decided.

What is decided follows from the windows' histories alone. So it is computed again whenever one has changed, and
nothing of it is stored but the windows that join: these are in the run's plan before anybody goes on, so that a sweep
that is killed has them, or decides again that they join.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from ...core.count_text import counted
from ...core.halving.rung_decisions import Decisions
from ...core.run_state.run_events import WindowsJoined
from ...core.run_state.run_progress import Progress
from ...core.run_state.rung_standings import decisions, resting, waiting_words, waits
from ...core.training.plan_extension import refined
from ...core.training.trial_state import TrialState
from ...store.run.run_folder import RunFolder
from ...store.run.stored_inputs import extend_stored, plan_in
from ..event_publisher import EventPublisher
from ..trial_queue import TrialQueue


class RungStep:
    """Knows how far each trial may be trained for now.

    Args:
        run: the run, whose owner the caller is.
        publisher: receives what happens, and knows each trial's history and status.
        queue: the trials that wait for a worker.
    """

    def __init__(self, run: RunFolder, publisher: EventPublisher, queue: TrialQueue) -> None:
        self._run = run
        self._publisher = publisher
        self._queue = queue
        progress = publisher.progress
        self._epochs = progress.spec.training.epochs
        self._found = decisions(progress)
        self._said = len(self._found.decided)
        self._version = -1
        # For whom windows have joined.
        self._refined: tuple[tuple[str, ...], ...] = ()

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
            found = decisions(self._progress)
            if self._run.spec.search == "refine" and found.went_on != self._refined:
                # Windows may be to join before it goes on: the next turn sees to it.
                return False
            self._found = found
        return state is None or not self.reached(name, state.epoch)

    def turn(self, held: Collection[str]) -> None:
        """Queue the windows that may go on, and take those out of the queue that may not.

        Args:
            held: names of the trials that workers have.

        Raises:
            OSError: windows are to join that the disk does not take; everything is as it was.
        """
        progress = self._progress
        if not self._found.standings or progress.version == self._version:
            return
        self._found = self._joined(decisions(progress))
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
        self._say(self._found)
        if promoted:
            self._publisher.reorder(self._queue.order)
        self._version = progress.version

    def _say(self, found: Decisions) -> None:
        for epoch, on, parked in found.decided[self._said :]:
            text = f"rung of epoch {epoch}: {on:,} of {counted(on + parked, 'trial')} go on, {parked:,} parked"
            self._publisher.log("info", text)
        self._said = len(found.decided)

    def _joined(self, found: Decisions) -> Decisions:
        """Have the windows join that are to join after the decided rungs; return what is decided with them."""
        run = self._run
        if run.spec.search != "refine" or found.went_on == self._refined:
            return found
        laid, before = run.document.laid_out or run.document.spec, run.plan
        plan = refined(run.spec, laid, before, run.dataset, found.went_on)
        if plan is not None:
            extend_stored(run.path, plan_in(run.document, plan), plan, before)
            run.reread()
            known = self._progress.trials
            new = tuple(trial for trial in plan.trials if trial.name not in known)
            self._say(found)
            self._publisher.publish(WindowsJoined(at=time.time(), trials=new))
            self._publisher.log("info", f"{counted(len(new), 'window')} join: neighbours of those that go on")
            found = decisions(self._progress)
        self._refined = found.went_on
        return found
