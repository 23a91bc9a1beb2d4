"""What the screens know of a run, whoever trains it: in this process, in another, or nobody any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from ...core.run_state.eta import Estimate
from ...core.run_state.requests import Action, Request
from ...core.run_state.run_progress import Progress
from ...store.control.heartbeat import Heartbeat
from ...store.run.run_folder import RunFolder
from ..theme.symbols import ViewState
from ..view_models.trial_significance import BaselineTest
from .messages import Change, RunUpdated


class RunSession(Protocol):
    """One run as the interface sees it; all but :meth:`watch` belongs to the event loop.

    Attributes:
        run: the run.
        progress: the model that every view shows.
        baseline_test: compares its trials with the baselines.
        opened: whether the folder has been read.
        working: whether the controller is this process's own.
        alive: whether any controller holds the run, as last seen.
        left: the time left, as last estimated.
        select: the number of selection images.
        fault: why this process's controller failed.
        startup: seconds from the last controller's begin until one of its workers trained; None before it did.
        clock: gives Unix time in seconds.
        requested: what was asked for and is not answered yet.
        waiting: what is asked for trials and not done yet, by their names.
    """

    run: RunFolder
    progress: Progress
    baseline_test: BaselineTest
    opened: bool
    working: bool
    alive: bool
    left: Estimate | None
    select: int | None
    fault: str
    startup: float | None
    clock: Callable[[], float]
    requested: Action | None
    waiting: Mapping[str, Action]

    @property
    def state(self) -> ViewState:
        """The run's state."""

    @property
    def heartbeat(self) -> Heartbeat | None:
        """The controller's last heartbeat."""

    @property
    def banner(self) -> str:
        """What the header must say about a recording; empty for a live run."""

    @property
    def elapsed(self) -> float:
        """Seconds of work on the run, without pauses."""

    @property
    def complete(self) -> bool:
        """Whether no trial is left to train."""

    @property
    def unsent(self) -> tuple[Request, ...]:
        """Requests that are not written yet."""

    def connect(self, post: Callable[[RunUpdated], object]) -> None:
        """Give everything that comes to ``post`` from now on, in whatever thread it comes."""

    def take(self, update: RunUpdated) -> Change:
        """Apply an update and return what changed."""

    def look_after(self) -> None:
        """Say what has waited for long; call it now and then."""

    def watch(self) -> None:
        """Follow the run until :meth:`close`. It blocks: call it in a thread."""

    def close(self) -> None:
        """Let :meth:`watch` end."""


class ControlledSession(RunSession, Protocol):
    """The session of a run whose controller takes requests."""

    def send(self, action: Action, *trials: str, jobs: int | None = None) -> None:
        """Ask the controller for something, whoever's it is; ``workers`` for so many."""

    def withdraw(self, *trials: str) -> None:
        """Take back what was asked for trials and is not done yet."""
