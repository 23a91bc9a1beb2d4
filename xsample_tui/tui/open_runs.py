"""Knows which runs are open: the one that is shown, and a sweep that trains here while others are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

from .session.local_session import LocalSession
from .session.run_session import RunSession
from .sweep.sweep_screen import SweepScreen


class OpenRuns:
    """The sessions of the runs that are open, and their screens; at most one trains in this process.

    Args:
        app: the application that shows them.

    Attributes:
        shown: that of the run that is shown; None where another screen is.
        beneath: that of a sweep that trains here, or did so until just now, whose screen lies under the others.
    """

    def __init__(self, app: App[Any]) -> None:
        self._application = app
        self.shown: RunSession | None = None
        self.beneath: LocalSession | None = None

    @property
    def local(self) -> LocalSession | None:
        """The session of the run that this process trains, or may train."""
        return self.beneath or (self.shown if isinstance(self.shown, LocalSession) else None)

    @property
    def every(self) -> tuple[RunSession, ...]:
        """All of them, the one that is shown first."""
        return tuple(one for one in (self.shown, self.beneath) if one is not None)

    def sweep_of(self, run_session: RunSession) -> SweepScreen | None:
        """Return the screen of an open run; None while it has none."""
        screens = (screen for screen in self._application.screen_stack if isinstance(screen, SweepScreen))
        return next((screen for screen in screens if screen.run_session is run_session), None)

    @property
    def sweep_screens(self) -> list[SweepScreen]:
        """The screens of the open runs, that of the run that is shown first."""
        return [screen for one in self.every if (screen := self.sweep_of(one)) is not None]

    def is_beneath(self, run: Path) -> bool:
        """Return whether the run in a folder is the one beneath."""
        return self.beneath is not None and self.beneath.run.path.resolve() == run.resolve()

    def leave(self) -> bool:
        """Put the run that is shown beneath, where it trains here; return whether it does."""
        if not isinstance(self.shown, LocalSession) or not self.shown.working:
            return False
        self.shown, self.beneath = None, self.shown
        return True

    def come_back(self) -> None:
        """Show the run that is beneath again."""
        self.shown, self.beneath = self.beneath, None
