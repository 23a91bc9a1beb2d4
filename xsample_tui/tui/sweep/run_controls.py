"""Asks something of a run by the keys of its screen: to pause, to stop, to retry trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from textual.binding import Binding, BindingType

from ...core.count_text import counted
from ...core.run_state.requests import Action
from ...core.run_state.run_events import TrialStatus
from ...services.run_control.worker_count import why_fixed
from ..keys.keymap_file import key_of
from ..session.run_session import ControlledSession
from ..theme.drawing_app import drawing_app
from ..widgets.base_screen import BaseScreen
from ..widgets.quit_dialogs import Answer, StopDialog
from .view_controls import ViewControls

_LABELS: dict[str, str] = {"retry": "Retry", "skip": "Skip", "front": "Train next"}
# The statuses for which an action makes sense.
_FITTING: dict[str, tuple[TrialStatus, ...]] = {
    "retry": ("failed", "skipped"),
    "skip": ("pending", "running", "paused", "failed"),
    "front": ("pending", "paused"),
}


class Controls(Protocol):
    """The part of a sweep screen by which its keys act on what it shows; a screen without one only shows it."""

    def join(self, screen: BaseScreen, view: ViewControls, show_state: Callable[[], None]) -> None:
        """Act for a screen from now on.

        Args:
            screen: the screen.
            view: knows which trials are meant.
            show_state: shows the run's state as it is now.
        """

    def possible(self, action: str, aimed: Sequence[str]) -> bool | None:
        """Return whether an action makes sense now; None where its key is shown all the same.

        Args:
            action: ``pause``, ``resume``, ``stop``, or what is done to trials.
            aimed: the trials that it is for.
        """

    def action_pause(self) -> None:
        """Pause."""

    def action_resume(self) -> None:
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
            tooltip="retry failed or skipped trials: the marked ones, or the chosen one; take back a waiting request",
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

    def join(self, screen: BaseScreen, view: ViewControls, show_state: Callable[[], None]) -> None:
        """Act for a screen from now on."""
        self._screen, self._view, self._show_state = screen, view, show_state

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
        if not self._at_work or self._run_session.state not in ("running", "pausing", "paused", "stalled"):
            return "no process is training this run"
        return why_fixed(self._run_session.run.spec, self._run_session.heartbeat)

    def use_workers(self, count: int) -> None:
        """Train with so many workers from now on."""
        self._run_session.send("workers", jobs=count)

    def action_pause(self) -> None:
        """Pause after the current epochs."""
        self._run_session.send("pause")
        self._show_state()

    def action_resume(self) -> None:
        """Continue after a pause, or start a controller if there is none."""
        if self._at_work:
            self._run_session.send("unpause")
        else:
            self._train()
        self._show_state()

    def action_stop(self) -> None:
        """Ask whether to stop after the current epochs, or at once."""
        dialog = StopDialog(stopping=self._run_session.state == "stopping")
        self._screen.app.push_screen(dialog, self._stop_answered)

    def _stop_answered(self, answer: Answer | None) -> None:
        if answer is None:
            return
        # The sweep may have ended meanwhile.
        if self._at_work:
            self._run_session.send("stop-now" if answer == "now" else "stop")
        self._show_state()

    def action_trial(self, action: Action) -> None:
        """Request an action for the marked trials, or for the chosen one."""
        said = self._ask_of(action, self._view.aimed_at, marked=self._view.any_marked)
        self._show_state()
        if said:
            self._screen.notify(said, markup=False)

    def _fitting(self, action: str, aimed: Sequence[str]) -> list[str]:
        """Return those of some trials for which an action makes sense now."""
        if not self._run_session.opened or (action == "front" and self._run_session.run.spec.leaks):
            return []
        entries, waiting = self._run_session.progress.trials, self._run_session.waiting
        if action == "retry" and (asked := [name for name in aimed if name in waiting]):
            return asked
        return [name for name in aimed if entries[name].status in _FITTING[action] and waiting.get(name) != action]

    def _ask_of(self, action: Action, aimed: Sequence[str], *, marked: bool) -> str:
        """Ask something for trials; return what the user should read of it, if anything.

        Args:
            action: ``retry``, ``skip`` or ``front``.
            aimed: the trials.
            marked: whether they are those that are marked.
        """
        names = self._fitting(action, aimed)
        if not names:
            return ""
        if action == "retry" and not self._run_session.waiting.keys().isdisjoint(names):
            self._run_session.withdraw(*names)
            return f"Taken back: the request for {counted(len(names), 'trial')}."
        self._run_session.send(action, *names)
        count = counted(len(names), "trial")
        said, retry = [], "trial('retry')"
        taking_back = f"{self._key(retry)} takes it back"
        if marked:
            left = len(aimed) - len(names)
            said.append(
                f"{_LABELS[action]}: {counted(len(names), 'trial')}" + (f", {left} unchanged" if left else "") + "."
            )
        if action == "retry" and self._run_session.complete and not self._at_work:
            # Everything else is done, so the retry starts at once.
            self._train()
        elif not self._at_work:
            said.append(f"Queued until you resume ({self._key('resume')}); {taking_back}.")
        elif action == "skip":
            said.append(f"Skipped: {names[0] if len(names) == 1 else count}; {taking_back}.")
        elif action == "front" and not marked:
            said.append(f"Trains next: {names[0]}; {taking_back}.")
        return " ".join(said)

    def _key(self, action: str) -> str:
        """Return the key of an action as the user has it."""
        return key_of(self.BINDINGS, action, drawing_app(self._screen).keymap)
