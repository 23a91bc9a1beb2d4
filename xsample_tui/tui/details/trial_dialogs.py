"""Opens the dialogs about the chosen trial and its run: classes, logs, and the commands of the palette."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import events
from textual.app import SystemCommand
from textual.widgets import DataTable

from ..heatmap.heatmap import Heatmap
from ..session.run_session import RunSession
from ..widgets.base_screen import BaseScreen
from .class_scores_dialog import trial_classes
from .run_command_dialog import palette_commands
from .stored_log_dialog import StoredLogDialog


class TrialDialogs:
    """What the keys of a screen on one run open about its chosen trial.

    Args:
        screen: the screen.
        run_session: the run's session.
        chosen: returns the chosen trial.
    """

    def __init__(self, screen: BaseScreen, run_session: RunSession, chosen: Callable[[], str | None]) -> None:
        self._screen, self._run_session, self._chosen = screen, run_session, chosen

    def action_classes(self) -> None:
        """Show the accuracy by class of the chosen trial."""
        name = self._chosen()
        if name is not None and self._run_session.progress.trials[name].status == "done":
            self._screen.app.push_screen(trial_classes(self._run_session.run, name))
        elif name is not None:
            self._screen.notify(f"{name} is not finished: its outputs are stored at its end.", markup=False)

    def open_clicked(self, event: events.Click) -> None:
        """Open the details of what is clicked twice in the grid or the table: why it failed, else its classes."""
        if (
            event.chain != 2
            or not isinstance(event.widget, Heatmap | DataTable)
            or event.style.meta.get("row", 0) < 0
        ):
            return
        entry = self._run_session.progress.trials.get(self._chosen() or "")
        if entry is not None and entry.status == "failed":
            self.action_logs()
        else:
            self.action_classes()

    def action_logs(self) -> None:
        """Show the chosen trial's failure, and the workers' logs."""
        self._screen.app.push_screen(StoredLogDialog(self._run_session, self._chosen()))

    def commands(self) -> Iterable[SystemCommand]:
        """Return the commands about the run for the palette."""
        return palette_commands(self._screen.app, self._run_session.run)
