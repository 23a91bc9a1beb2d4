"""Opens the dialogs about the chosen trial and its run: classes, logs, and the commands of the palette."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import SystemCommand

from ..session.run_session import RunSession
from ..theme.drawing_app import drawing_app
from ..widgets.base_screen import BaseScreen
from .class_scores_dialog import trial_classes
from .run_command_dialog import palette_commands
from .stored_log_dialog import StoredLogDialog


class TrialDetails(BaseScreen):
    """A screen on one run with a chosen trial.

    Args:
        run_session: the run's session.

    Attributes:
        selected: the trial that every panel shows.
    """

    def __init__(self, run_session: RunSession) -> None:
        super().__init__()
        self.run_session = run_session
        self.selected: str | None = None

    def action_classes(self) -> None:
        """Show the accuracy by class of the chosen trial."""
        if (name := self.selected) is not None and self.run_session.progress.trials[name].status == "done":
            self.app.push_screen(trial_classes(self.run_session.run, name))
        elif name is not None:
            self.notify(f"{name} is not finished: its outputs are stored at its end.", markup=False)

    def action_logs(self) -> None:
        """Show the chosen trial's failure, and the workers' logs."""
        self.app.push_screen(StoredLogDialog(self.run_session, self.selected))

    def commands(self) -> Iterable[SystemCommand]:
        """Return the commands about the run for the palette, unless nothing may be written."""
        return () if self.view_only else palette_commands(drawing_app(self), self.run_session.run)
