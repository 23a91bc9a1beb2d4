"""The questions before an end: quitting while training, and stopping at once."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from textual.binding import Binding, BindingType

from .question import Question

Answer = Literal["keep", "stop", "now"]
ENDS: tuple[Answer, ...] = get_args(Answer)
_NOW = "the epoch under way is trained again on resume"


class EndQuestion(Question[Answer | None]):
    """A question before an end: how to end, or None to go on.

    Args:
        stopping: whether a stop is under way already.
        paused: whether the sweep is paused.
    """

    def __init__(self, *, stopping: bool = False, paused: bool = False) -> None:
        super().__init__()
        self._stopping = stopping
        self._paused = paused

    def meaning(self, name: str) -> Answer | None:
        """Return the way to end."""
        return next((answer for answer in ENDS if answer == name), None)


class QuitQuestion(EndQuestion):
    """Asked when the interface is left while its own controller trains."""

    title_text = "A sweep is training here. Quit?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "answer('keep')", "Keep training in the background", id="quit.keep-training-in-the-background"),
        Binding("s", "answer('stop')", "Stop after this epoch and quit", id="quit.stop-after-this-epoch-and-quit"),
        Binding("n", "answer('now')", "Stop now and quit", id="quit.stop-now-and-quit"),
        Binding("c,escape,q", "answer('cancel')", "Cancel", id="quit.cancel"),
    ]

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return the ways to go."""
        first = "wait for the stop under way, then quit" if self._stopping else "stop after this epoch and quit"
        kept = "keep it, paused, in the background" if self._paused else "keep training in the background"
        return (
            ("keep", f"{kept}; attach opens it again"),
            ("stop", first),
            ("now", f"stop now and quit ({_NOW})"),
            ("cancel", "cancel"),
        )


class StopQuestion(EndQuestion):
    """Asked when a stop that is under way is asked for once more."""

    title_text = "Stopping after the epochs under way. Stop now?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "answer('now')", "Stop now", id="stop.stop-now"),
        Binding("c,escape,s", "answer('cancel')", "Wait", id="stop.wait"),
    ]
    ANSWERS = (
        ("now", f"stop now ({_NOW})"),
        ("cancel", "wait for the epochs under way"),
    )
