"""What a sweep screen is given where its keys may ask something of the run: to pause, to stop, to retry trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from textual.binding import Binding, BindingType

from ...core.run_state.requests import Action
from ...core.run_state.run_events import TrialStatus
from ..session.run_session import ControlledSession

_LABELS: dict[str, str] = {"retry": "Retry", "skip": "Skip", "front": "Train next"}
# The statuses for which an action makes sense.
_FITTING: dict[str, tuple[TrialStatus, ...]] = {
    "retry": ("failed", "skipped"),
    "skip": ("pending", "running", "paused", "failed"),
    "front": ("pending", "paused"),
}


def trials(count: int) -> str:
    """Return how many trials, in words."""
    return f"{count:,} trial" if count == 1 else f"{count:,} trials"


class Controls(Protocol):
    """What the keys of a sweep screen do to what it shows; a screen without any only shows it."""

    def possible(self, action: str, aimed: Sequence[str]) -> bool | None:
        """Return whether an action makes sense now; None where its key is shown all the same.

        Args:
            action: ``pause``, ``resume``, ``stop``, or what is done to trials.
            aimed: the trials that it is for.
        """

    def pause(self) -> None:
        """Pause."""

    def resume(self) -> None:
        """Continue after a pause."""


class RunControls:
    """Asks a run's controller for things, whoever's it is.

    Args:
        run_session: the run's session.
        train: starts this process's controller on it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="pause after the current epochs", id="sweep.pause"),
        Binding(
            "space",
            "resume",
            "Resume",
            tooltip="continue after a pause, or train a stopped run",
            id="sweep.pause",
        ),
        Binding(
            "s",
            "stop",
            "Stop",
            tooltip="stop the sweep: after the current epochs, or now (asks first)",
            id="sweep.stop",
        ),
        Binding(
            "r",
            "trial('retry')",
            "Retry",
            tooltip="retry the failed or skipped of the marked trials, or the chosen trial; take back what waits",
            id="sweep.retry",
        ),
        Binding("x", "trial('skip')", "Skip", tooltip="skip the marked trials, or the chosen one", id="sweep.skip"),
        Binding(
            "f",
            "trial('front')",
            "Train next",
            tooltip="train the marked trials next, in table order, or the chosen one",
            id="sweep.front",
        ),
    ]

    def __init__(self, run_session: ControlledSession, train: Callable[[], None]) -> None:
        self._run_session = run_session
        self._train = train

    @property
    def _at_work(self) -> bool:
        return self._run_session.working or self._run_session.alive

    def possible(self, action: str, aimed: Sequence[str]) -> bool | None:
        """Return whether an action makes sense now; None where its key is shown all the same."""
        state = self._run_session.state
        match action:
            case "pause":
                return self._at_work and state in ("starting", "running", "stalled")
            case "resume":
                return state in ("pausing", "paused") or (not self._at_work and not self._run_session.complete)
            case "stop":
                return self._at_work
            case _:
                return bool(self._fitting(action, aimed)) or None

    @property
    def workers_fixed(self) -> str:
        """Why the number of workers cannot be changed; empty where it can."""
        heartbeat = self._run_session.heartbeat
        if not self._at_work or self._run_session.state not in ("running", "pausing", "paused", "stalled"):
            return "no process is training this run"
        if self._run_session.run.spec.leaks:
            return "the article's stopping rule trains one trial at a time"
        if heartbeat is not None and heartbeat.dashboard:
            return "the cluster decides how many there are"
        return ""

    def use_workers(self, count: int) -> None:
        """Train with so many workers from now on."""
        self._run_session.send("workers", jobs=count)

    def pause(self) -> None:
        """Pause after the current epochs."""
        self._run_session.send("pause")

    def resume(self) -> None:
        """Continue after a pause, or start a controller if there is none."""
        if self._at_work:
            self._run_session.send("unpause")
        else:
            self._train()

    def stop(self, *, now: bool = False) -> None:
        """Stop after the current epochs, or at once; nothing where the sweep has ended meanwhile."""
        if self._at_work:
            self._run_session.send("stop-now" if now else "stop")

    def _fitting(self, action: str, aimed: Sequence[str]) -> list[str]:
        """Return those of some trials for which an action makes sense now."""
        if action == "front" and self._run_session.run.spec.leaks:
            return []
        entries, waiting = self._run_session.progress.trials, self._run_session.waiting
        if action == "retry" and (asked := [name for name in aimed if name in waiting]):
            return asked
        return [name for name in aimed if entries[name].status in _FITTING[action] and waiting.get(name) != action]

    def ask_of(self, action: Action, aimed: Sequence[str], *, marked: bool, resume_key: str, retry_key: str) -> str:
        """Ask something for trials; return what the user should read of it, if anything.

        Args:
            action: ``retry``, ``skip`` or ``front``.
            aimed: the trials.
            marked: whether they are those that are marked.
            resume_key, retry_key: the keys that resume and retry, as they are shown.
        """
        names = self._fitting(action, aimed)
        if not names:
            return ""
        if action == "retry" and not self._run_session.waiting.keys().isdisjoint(names):
            self._run_session.withdraw(*names)
            return f"Taken back: what was asked for {trials(len(names))}."
        self._run_session.send(action, *names)
        said = []
        if marked:
            left = len(aimed) - len(names)
            said.append(f"{_LABELS[action]}: {trials(len(names))}" + (f", {left} unchanged" if left else "") + ".")
        if action == "retry" and self._run_session.complete and not self._at_work:
            # Everything else is done, so the retry starts at once.
            self._train()
        elif not self._at_work:
            said.append(f"Queued until you resume ({resume_key}); {retry_key} takes it back.")
        elif action == "skip":
            said.append(f"Skipped: {names[0] if len(names) == 1 else trials(len(names))}; {retry_key} takes it back.")
        elif action == "front" and not marked:
            said.append(f"Trains next: {names[0]}; {retry_key} takes it back.")
        return " ".join(said)
