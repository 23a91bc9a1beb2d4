"""The screen of a replay: that of a sweep, whose keys move through the recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from ..keys.declared_keys import LEAVE, SWEEP, VIEW, panel_keys
from ..session.replay_session import ReplaySession
from ..sweep.sweep_screen import SweepScreen
from ..sweep.view_controls import ViewControls
from ..widgets.base_screen import BaseScreen

_STEP = 0.05


class ReplayControls:
    """Plays a recording, holds it and moves in it.

    Args:
        recorded: the recording's session.
    """

    HOLDING: ClassVar[list[Binding]] = [
        Binding("space", "pause", "Pause", tooltip="pause the replay", id="sweep.pause"),
        Binding("space", "resume", "Resume", tooltip="continue the replay", id="sweep.pause"),
    ]
    MOVING: ClassVar[list[Binding]] = [
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
        self._recorded = recorded

    def join(self, screen: BaseScreen, view: ViewControls, show_state: Callable[[], None]) -> None:
        """Act for a screen from now on."""
        self._show_state = show_state

    def possible(self, action: str, aimed: Sequence[str]) -> bool | None:
        """Return whether an action makes sense now."""
        if action == "pause":
            return self._recorded.state == "running"
        return action == "resume" and self._recorded.state == "paused"

    def action_pause(self) -> None:
        """Hold the recording."""
        self._recorded.play(False)
        self._show_state()

    def action_resume(self) -> None:
        """Play on."""
        self._recorded.play(True)
        self._show_state()

    def action_pace(self, steps: int) -> None:
        """Play faster or slower."""
        self._recorded.pace(steps)
        self._show_state()

    def action_move(self, steps: int) -> None:
        """Go ahead or back."""
        self._recorded.move(steps * _STEP)


class ReplayScreen(SweepScreen, inherit_bindings=False):
    """The sweep screen on a recording: without the keys that ask something of a run, or blend what it has stored.

    Args:
        recorded: the recording's session.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(key for key in VIEW if key.show),
        *ReplayControls.HOLDING,
        *(key for key in SWEEP if key.action != "stack"),
        *(key for key in VIEW if not key.show),
        *panel_keys("sweep"),
        LEAVE,
        *ReplayControls.MOVING,
    ]

    def __init__(self, recorded: ReplaySession) -> None:
        super().__init__(recorded, ReplayControls(recorded))
