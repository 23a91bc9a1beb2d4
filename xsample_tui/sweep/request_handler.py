"""Carries out the requests for a sweep: pause, stop, skip, retry, front, workers."""

from __future__ import annotations

from typing import Literal

from ..core.count_text import counted
from ..core.errors import printable
from ..core.run_state.requests import Action, Request
from ..core.run_state.run_events import RunState
from .event_publisher import EventPublisher
from .scheduler import Scheduler
from .trial_queue import TrialQueue

Goal = Literal["run", "pause", "stop"]
_STATES: dict[Goal, RunState] = {"run": "running", "pause": "pausing", "stop": "stopping"}


class RequestHandler:
    """Knows what the sweep is aiming at, and carries out requests.

    Args:
        scheduler: the slots.
        queue: the trials that wait.
        publisher: receives what happens, and knows each trial's status.
        fixed_order: whether the trials' order is part of the result, so that it cannot be changed.

    Attributes:
        goal: what the sweep is aiming at.
        immediately: whether it is to stop without waiting for the current epochs.
    """

    def __init__(
        self, scheduler: Scheduler, queue: TrialQueue, publisher: EventPublisher, *, fixed_order: bool
    ) -> None:
        self.goal: Goal = "run"
        self.immediately = False
        self._scheduler = scheduler
        self._queue = queue
        self._publisher = publisher
        self._fixed_order = fixed_order
        # Trials that are skipped once their current epochs are over.
        self._skipping: set[str] = set()

    @property
    def asked(self) -> dict[str, Action]:
        """What was asked for trials and is not done yet, by their names; ``retry`` takes it back."""
        trials = self._publisher.progress.trials
        self._skipping = {name for name in self._skipping if trials[name].status in ("running", "paused")}
        asked: dict[str, Action] = dict.fromkeys(self._queue.preferred, "front")
        return asked | dict.fromkeys(sorted(self._skipping), "skip")

    def aim(self, goal: Goal) -> None:
        """Aim at running, pausing or stopping; a stop is final. What changes nothing is answered all the same."""
        if goal == self.goal or self.goal == "stop":
            self._publisher.repeat()
            return
        self.goal = goal
        self._publisher.enter(_STATES[goal])
        if goal == "run":
            self._scheduler.go_on()
        else:
            self._scheduler.training = False

    def obey(self, request: Request) -> None:
        """Carry out a request. One for the whole sweep is always answered by a :class:`RunChanged`."""
        who = f" (requested by {printable(request.sender, 40)})" if request.sender else ""
        match request.action:
            case "pause" if self.goal == "run":
                self._publisher.log("info", f"pausing after the current epochs{who}")
                self.aim("pause")
            case "unpause" if self.goal == "pause":
                self._publisher.log("info", f"continuing{who}")
                self.aim("run")
            case "stop":
                if who:
                    self._publisher.log("info", f"stopping after the current epochs{who}")
                self.aim("stop")
            case "stop-now":
                if who:
                    self._publisher.log("info", f"stopping immediately{who}")
                self._scheduler.abandon()
                self.immediately = True
                self.aim("stop")
            case "workers" if request.jobs is not None:
                self._resize(request.jobs, who)
                self._publisher.repeat()
            case "skip" | "retry" | "front":
                known = tuple(name for name in request.trials if name in self._publisher.progress.trials)
                for name in request.trials:
                    if name not in known:
                        self._publisher.log("warning", f"{request.action}: there is no trial {printable(name)}")
                if request.action == "front":
                    self._to_front(known)
                else:
                    for name in known:
                        (self._skip if request.action == "skip" else self._retry)(name)
                self._publisher.reorder(self._queue.order)
            case _:
                self._publisher.repeat()

    def _resize(self, jobs: int, who: str) -> None:
        if self._fixed_order and jobs > 1:
            why = "the article's stopping rule leaks from trial to trial, so that only one can train"
        else:
            why = self._scheduler.resize(jobs)
        workers = counted(jobs, "worker")
        if why:
            self._publisher.log("warning", f"{workers}: {why}{who}")
        else:
            self._publisher.log("info", f"training with {workers} from now on{who}")

    def _skip(self, name: str) -> None:
        status = self._publisher.progress.trials[name].status
        if self._scheduler.skip(name):
            self._skipping.add(name)
            self._publisher.log("info", f"{name} is skipped after the current epoch")
        elif status in ("pending", "paused", "failed"):
            self._queue.remove(name)
            self._scheduler.mark(name, "skipped")
        else:
            self._publisher.log("warning", f"{name} is {status}: nothing to skip")

    def _retry(self, name: str) -> None:
        entry = self._publisher.progress.trials[name]
        if self.asked.get(name) == "skip" and self._scheduler.skip(name, wanted=False):
            self._skipping.discard(name)
            self._publisher.log("info", f"{name} is not skipped")
            return
        if self._queue.put_back(name):
            self._publisher.log("info", f"{name} waits in its usual place again")
            return
        if entry.status not in ("failed", "skipped"):
            self._publisher.log("warning", f"{name} is {entry.status}: only failed and skipped trials can be retried")
            return
        self._scheduler.mark(name, "none")
        self._queue.to_front([name])
        self._publisher.change(name, "paused" if entry.history else "pending")

    def _to_front(self, names: tuple[str, ...]) -> None:
        if self._fixed_order:
            self._publisher.log(
                "warning", "the article's stopping rule leaks from trial to trial: the order of trials is fixed"
            )
            return
        for name in names:
            if name not in self._queue:
                self._publisher.log("warning", f"front: {name} is not in the queue")
        self._queue.prefer(names)
