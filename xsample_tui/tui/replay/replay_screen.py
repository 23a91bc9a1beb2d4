"""The screen of a replay: that of a sweep, whose keys move through the recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from ..session.replay_session import ReplaySession
from ..sweep.sweep_screen import SweepScreen

_STEP = 0.05


class ReplayControls:
    """Plays a recording, and holds it.

    Args:
        recorded: the recording's session.
    """

    def __init__(self, recorded: ReplaySession) -> None:
        self._recorded = recorded

    def possible(self, action: str, aimed: Sequence[str]) -> bool | None:
        """Return whether an action makes sense now: nothing can be asked of a run that is over."""
        if action == "pause":
            return self._recorded.state == "running"
        return action == "resume" and self._recorded.state == "paused"

    def pause(self) -> None:
        """Hold the recording."""
        self._recorded.play(False)

    def resume(self) -> None:
        """Play on."""
        self._recorded.play(True)


class ReplayScreen(SweepScreen):
    """The sweep screen on a recording.

    Args:
        recorded: the recording's session.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("greater_than_sign", "pace(1)", "Faster", key_display=">", tooltip="play faster", id="replay.faster"),
        Binding("less_than_sign", "pace(-1)", "Slower", key_display="<", tooltip="play slower", id="replay.slower"),
        Binding(
            "full_stop",
            "move(1)",
            "Forward",
            key_display=".",
            tooltip="jump forward by 5 %",
            id="replay.ahead",
        ),
        Binding(
            "comma",
            "move(-1)",
            "Back",
            key_display=",",
            tooltip="jump back by 5 %",
            id="replay.back",
        ),
    ]

    def __init__(self, recorded: ReplaySession) -> None:
        super().__init__(recorded, ReplayControls(recorded))
        self._recorded = recorded

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out the stack: what is finished in the recording is not what is stored."""
        return action != "stack" and super().check_action(action, parameters)

    def action_pace(self, steps: int) -> None:
        """Play faster or slower."""
        self._recorded.pace(steps)
        self.show_state()

    def action_move(self, steps: int) -> None:
        """Go ahead or back."""
        self._recorded.move(steps * _STEP)
