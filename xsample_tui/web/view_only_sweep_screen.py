"""The sweep screen of a viewer: made without keys that ask something of the run, or leave it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType

from ..tui.keys.declared_keys import SWEEP, VIEW, panel_keys
from ..tui.session.run_session import RunSession
from ..tui.sweep.sweep_screen import SweepScreen
from ..tui.widgets.base_screen import BaseScreen


class ViewOnlySweepScreen(SweepScreen, inherit_bindings=False):
    """The sweep screen without controls.

    Args:
        run_session: the run's session, which only reads.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(key for key in VIEW if key.show),
        *SWEEP,
        *(key for key in VIEW if not key.show),
        *panel_keys("sweep"),
    ]

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(run_session, None)

    def stack_screen(self, ticked: Sequence[str]) -> BaseScreen:
        """Return a stack screen that writes nothing."""
        # Imported when needed: the statistics are slow to import.
        from .view_only_stack_screen import ViewOnlyStackScreen

        return ViewOnlyStackScreen(self.run_session.run, ticked)

    def commands(self) -> Iterable[SystemCommand]:
        """Return the commands about what is shown."""
        return self.view.commands()
