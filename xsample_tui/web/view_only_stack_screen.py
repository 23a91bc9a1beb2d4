"""The stack screen of a viewer: made without what writes or trains."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from ..tui.stack.export_dialog import ExportControls
from ..tui.stack.stack_screen import StackScreen
from ..tui.stack.train_controls_dialog import ArmTraining


class ViewOnlyStackScreen(StackScreen, inherit_bindings=False):
    """The stack screen without the parts that export predictions and train controls, and without their keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key
        for key in StackScreen.BINDINGS
        if not (isinstance(key, Binding) and key.action in ("export", "train_arms"))
    ]

    def writers(self) -> tuple[ExportControls | ArmTraining, ...]:
        """Return none."""
        return ()
