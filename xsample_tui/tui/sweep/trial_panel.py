"""The base of the panels of the sweep screen that follow the chosen trial."""

from __future__ import annotations

from typing import ClassVar

from textual.widget import Widget

from ..session.run_session import RunSession


class TrialPanel(Widget):
    """A panel beside the curve that shows the trial that is chosen in the grid or in the table.

    Its ``DEFAULT_CSS`` sets its width and, by ``.-compact``, ``.-medium`` and ``.-large``, the layouts in which it is
    shown. Derive from this class first: Textual takes the style of the first base only.

    Args:
        run_session: the run's session.
    """

    SCOPED_CSS: ClassVar[bool] = False
    DEFAULT_CSS = """
    TrialPanel {
        height: 100%;
        padding: 0 1;
    }

    .-compact TrialPanel {
        padding: 0 0 0 1;
    }

    .-medium TrialPanel, .-large TrialPanel {
        border: round $border-blurred;
        border-title-color: $foreground-muted;
    }

    .-medium TrialPanel:focus, .-large TrialPanel:focus {
        border: round $border;
        border-title-color: $primary;
    }
    """

    def __init_subclass__(cls, **given: bool) -> None:
        """Let the style of each class refer to the screen's layout class, which is above it."""
        super().__init_subclass__(**given)
        cls.SCOPED_CSS = False

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(id=self.word())
        self._run_session = run_session
        self._trial: str | None = None

    # Its name in widget ids and in the ids of its keys.
    NAME: ClassVar[str]

    @classmethod
    def word(cls) -> str:
        """Return its name in widget ids and in the ids of its keys."""
        return cls.NAME

    def show(self, trial: str | None) -> None:
        """Show another trial, or the same one as it is now; None for no trial."""
        self._trial = trial
        self.refresh()
