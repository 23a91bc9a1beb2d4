"""Steering: what a sweep does when its inbox asks for something."""

from __future__ import annotations

from typing import Literal

from ..core.errors import printable
from ..core.event import RunState
from ..core.request import Request
from .crew import Crew
from .herald import Herald
from .queue import TrialQueue

Goal = Literal["run", "pause", "stop"]
_STATES: dict[Goal, RunState] = {"run": "running", "pause": "pausing", "stop": "stopping"}


class Steering:
    """Knows what the sweep is aiming at, and carries out requests.

    Args:
        crew: the slots.
        queue: the trials that wait.
        herald: is told what happens, and knows each trial's status.
        fixed_order: whether the trials' order is part of the result, so that it cannot be changed.
    """

    def __init__(self, crew: Crew, queue: TrialQueue, herald: Herald, *, fixed_order: bool) -> None:
        self.goal: Goal = "run"
        self._crew = crew
        self._queue = queue
        self._herald = herald
        self._fixed_order = fixed_order

    def aim(self, goal: Goal) -> None:
        """Aim at running, pausing or stopping; a stop is final."""
        if goal == self.goal or self.goal == "stop":
            return
        self.goal = goal
        self._herald.enter(_STATES[goal])
        if goal == "run":
            self._crew.go_on()
        else:
            self._crew.training = False

    def obey(self, request: Request) -> None:
        """Carry out a request."""
        who = f" (asked by {printable(request.sender, 40)})" if request.sender else ""
        match request.action:
            case "pause" if self.goal == "run":
                self._herald.log("info", f"pausing after the epochs under way{who}")
                self.aim("pause")
            case "unpause" if self.goal == "pause":
                self._herald.log("info", f"going on{who}")
                self.aim("run")
            case "stop":
                self._herald.log("info", f"stopping after the epochs under way{who}")
                self.aim("stop")
            case "stop-now":
                self._herald.log("info", f"stopping at once{who}")
                self._crew.abandon()
                self.aim("stop")
            case "skip" | "retry" | "front":
                known = tuple(name for name in request.trials if name in self._herald.progress.trials)
                for name in request.trials:
                    if name not in known:
                        self._herald.log("warning", f"{request.action}: there is no trial {printable(name)}")
                if request.action == "front":
                    self._to_front(known)
                else:
                    for name in known:
                        (self._skip if request.action == "skip" else self._retry)(name)
                self._herald.reorder(self._queue.order)
            case _:
                pass

    def _skip(self, name: str) -> None:
        status = self._herald.progress.trials[name].status
        if self._crew.skip(name):
            self._herald.log("info", f"{name} is skipped after the epoch under way")
        elif status in ("pending", "paused", "failed"):
            self._queue.remove(name)
            self._crew.mark(name, "skipped")
        else:
            self._herald.log("warning", f"{name} is {status}: nothing to skip")

    def _retry(self, name: str) -> None:
        entry = self._herald.progress.trials[name]
        if entry.status not in ("failed", "skipped"):
            self._herald.log(
                "warning", f"{name} is {entry.status}: only failed and skipped trials can be tried again"
            )
            return
        self._crew.mark(name, "none")
        self._queue.to_front([name])
        self._herald.change(name, "paused" if entry.history else "pending")

    def _to_front(self, names: tuple[str, ...]) -> None:
        if self._fixed_order:
            self._herald.log("warning", "the article's stopping rule leaks from trial to trial: their order is fixed")
            return
        for name in names:
            if name not in self._queue:
                self._herald.log("warning", f"front: {name} does not wait in the queue")
        self._queue.to_front([name for name in names if name in self._queue])
