"""Asks before the interface quits while it trains, and before a sweep stops at once."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ...core.duration_text import duration
from .choice_dialog import ChoiceDialog

Answer = Literal["keep", "stop", "now"]
ENDS: tuple[Answer, ...] = get_args(Answer)
_NOW = "unfinished epochs are trained again on resume"


class EndDialog(ChoiceDialog[Answer | None]):
    """Asks how to end a sweep; None to continue.

    Args:
        stopping: whether the sweep is stopping already.
        paused: whether the sweep is paused.
    """

    def __init__(self, *, stopping: bool = False, paused: bool = False) -> None:
        super().__init__()
        self._stopping = stopping
        self._paused = paused

    def meaning(self, name: str) -> Answer | None:
        """Return how to end."""
        return next((answer for answer in ENDS if answer == name), None)


class QuitDialog(EndDialog):
    """Asked when the user quits while this process trains.

    Args:
        stopping, paused: as of :class:`EndDialog`.
        startup: seconds that the workers here took until they trained; None where that is not known.
    """

    title_text = "A sweep is training here. Quit?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "answer('keep')", "Keep training", id="quit.keep-training-in-the-background"),
        Binding("s", "answer('stop')", "Stop, then quit", id="quit.stop-after-this-epoch-and-quit"),
        Binding("n", "answer('now')", "Stop now, quit", id="quit.stop-now-and-quit"),
        Binding("c,escape,q", "answer('cancel')", "Cancel", id="quit.cancel"),
    ]

    def __init__(self, *, stopping: bool = False, paused: bool = False, startup: float | None = None) -> None:
        super().__init__(stopping=stopping, paused=paused)
        self._startup = startup

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return the possible answers."""
        cost = "with new workers; attach shows it"
        if self._startup is not None:
            cost = f"with new workers, about {duration(self._startup)}"
        first = "wait for the current stop, then quit" if self._stopping else "stop after the current epochs and quit"
        kept = "keep it paused in the background" if self._paused else "keep training in the background"
        return (
            ("keep", f"{kept} ({cost})"),
            ("stop", first),
            ("now", f"stop now and quit ({_NOW})"),
            ("cancel", "cancel"),
        )


class StopDialog(EndDialog):
    """Asked before a sweep stops, and again while it waits for the current epochs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "answer('stop')", "Stop", id="stop.stop"),
        Binding("n", "answer('now')", "Stop now", id="stop.stop-now"),
        Binding("c,escape", "answer('cancel')", "Cancel", id="stop.wait"),
    ]

    def compose(self) -> ComposeResult:
        """Ask what is left to be asked."""
        self.title_text = "Stopping after the current epochs. Stop now?" if self._stopping else "Stop the sweep?"
        yield from super().compose()

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return the possible answers."""
        now = ("now", f"stop now ({_NOW})")
        if self._stopping:
            return now, ("cancel", "wait for the current epochs")
        return ("stop", "stop after the current epochs"), now, ("cancel", "continue training")

    def meaning(self, name: str) -> Answer | None:
        """Return how to stop; None also for a stop that is coming already."""
        return None if self._stopping and name == "stop" else super().meaning(name)
