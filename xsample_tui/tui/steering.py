"""Steering: the keys that pause, resume and stop a sweep, and that retry, skip and bring forward its trials."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType

from ..core.errors import printable
from ..core.event import Event, TrialStatus
from ..core.request import Action
from .grid import Grid
from .heard import Said
from .quit import StopQuestion
from .table import TrialTable
from .viewing import Viewing

# For trials of which status an action makes sense.
_FITTING: dict[str, tuple[TrialStatus, ...]] = {
    "retry": ("failed", "skipped"),
    "skip": ("pending", "running", "paused", "failed"),
    "front": ("pending", "paused"),
}


class Steering(Viewing):
    """A page that shows a sweep and steers it by requests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="pause after the epochs under way", id="sweep.pause"),
        Binding(
            "space",
            "resume",
            "Resume",
            tooltip="go on after a pause; train on a run that was stopped",
            id="sweep.pause",
        ),
        Binding(
            "s", "stop", "Stop", tooltip="stop after the epochs under way; again: offer to stop now", id="sweep.stop"
        ),
        Binding(
            "r",
            "trial('retry')",
            "Retry",
            tooltip="try failed or skipped trials again: the marked, else the chosen",
            id="sweep.retry",
        ),
        Binding(
            "x", "trial('skip')", "Skip", tooltip="leave trials out: the marked, else the chosen", id="sweep.skip"
        ),
        Binding(
            "f",
            "trial('front')",
            "Front",
            tooltip="train next: the marked in the table's order, else the chosen",
            id="sweep.front",
        ),
    ]
    STEERS = frozenset({"pause", "resume", "stop", "trial"})

    def show_state(self) -> None:
        """Show the state as it is now."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what makes no sense now."""
        if self.forbids(action):
            return None
        if action == "trial" and self.selected is not None and parameters:
            return bool(self._possible_for(str(parameters[0]))) or None
        at_work = self.link.working or self.link.alive
        if action == "stop":
            return at_work
        if action == "pause":
            return at_work and self.link.state in ("starting", "running", "stalled")
        if action == "resume":
            return self.link.state in ("pausing", "paused") or (not at_work and not self.link.complete)
        return True

    def action_pause(self) -> None:
        """Pause after the epochs under way."""
        self.ask("pause")

    def action_resume(self) -> None:
        """Go on after a pause, or take up training where no controller works."""
        if self.link.working or self.link.alive:
            self.ask("unpause")
        else:
            self.program.train()

    def action_stop(self) -> None:
        """Stop after the epochs under way; asked for again, offer to stop now."""
        if self.link.state == "stopping":
            self.app.push_screen(StopQuestion(), self._answered)
        elif self.link.working or self.link.alive:
            self.ask("stop")

    def _answered(self, answer: str | None) -> None:
        if answer == "now":
            self.ask("stop-now")

    @property
    def _under_cursor(self) -> str | None:
        """The chosen trial, asked of the panel: keys can come faster than its word that the cursor has moved."""
        panel = self.focused
        return (panel.chosen if isinstance(panel, Grid | TrialTable) else None) or self.selected

    @property
    def aimed_at(self) -> list[str]:
        """The trials that keys are for: the marked in the table's order, hidden ones last, else the chosen."""
        table = self.query_one(TrialTable)
        if not table.marked:
            chosen = self._under_cursor
            return [chosen] if chosen is not None else []
        shown = [name for name in table.names if name in table.marked]
        return shown + [name for name in self.link.progress.trials if name in table.marked.difference(shown)]

    def _possible_for(self, action: str) -> list[str]:
        """Return those of the trials aimed at for which an action makes sense now."""
        if action == "front" and self.link.run.spec.leaks:
            return []
        fitting = _FITTING[action]
        return [name for name in self.aimed_at if self.link.progress.trials[name].status in fitting]

    def action_trial(self, action: Action) -> None:
        """Ask something for the marked trials, or for the one that is chosen."""
        aimed, names = self.aimed_at, self._possible_for(action)
        if not names:
            return
        self.ask(action, *names)
        said = []
        if self.query_one(TrialTable).marked:
            left = len(aimed) - len(names)
            said.append(
                f"{action}: {len(names)} marked trials" + (f"; {left} left as they are" if left else "") + "."
            )
        if action == "retry" and self.link.complete and not (self.link.working or self.link.alive):
            # Nothing else is left, so trying it again is all there is to do.
            self.program.train()
        elif not (self.link.working or self.link.alive):
            said.append("It is done when training goes on: press space.")
        if said:
            self.notify(" ".join(said), markup=False)

    def ask(self, action: Action, *trials: str) -> None:
        """Leave a request and show at once that it was heard."""
        self.link.ask(action, *trials)
        self.show_state()

    def notify_of(self, news: Iterable[Event]) -> None:
        """Notify of what the interface itself could not do: on small terminals the log is out of sight."""
        for event in news:
            if isinstance(event, Said) and event.level != "info":
                self.notify(printable(event.text, 400), severity=event.level, markup=False)
