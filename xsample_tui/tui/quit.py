"""The questions before an end: quitting while training, and stopping at once."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

Answer = Literal["keep", "stop", "now"]
_NOW = "the epoch under way is trained again on resume"


class Question(ModalScreen[Answer | None]):
    """A question with a key for each answer; arrows, Enter and the mouse work too.

    Args:
        stopping: whether a stop is under way already.
        paused: whether the sweep is paused.
    """

    TITLE_TEXT = ""
    ANSWERS: ClassVar[tuple[tuple[str, str, str], ...]] = ()

    def __init__(self, *, stopping: bool = False, paused: bool = False) -> None:
        super().__init__()
        self._stopping = stopping
        self._paused = paused

    def compose(self) -> ComposeResult:
        """Show the question and its answers."""
        with Vertical(classes="dialog"):
            yield Static(self.TITLE_TEXT, classes="dialog-title", markup=False)
            yield OptionList(*(self._option(*answer) for answer in self.answers()), compact=True)

    def answers(self) -> tuple[tuple[str, str, str], ...]:
        """Return (answer's name, key, words) of each."""
        return self.ANSWERS

    @staticmethod
    def _option(name: str, key: str, words: str) -> Option:
        return Option(Content.assemble((f"{key:>3}", "bold $accent"), f"  {words}"), id=name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer that is picked from the list."""
        event.stop()
        self.action_answer(event.option_id or "cancel")

    def action_answer(self, name: str) -> None:
        """Close with an answer."""
        match name:
            case "keep":
                self.dismiss("keep")
            case "stop":
                self.dismiss("stop")
            case "now":
                self.dismiss("now")
            case _:
                self.dismiss(None)


class QuitQuestion(Question):
    """Asked when the interface is left while its own controller trains."""

    TITLE_TEXT = "A sweep is training here. Quit?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "answer('keep')", "Keep training in the background"),
        Binding("s", "answer('stop')", "Stop after this epoch and quit"),
        Binding("n", "answer('now')", "Stop now and quit"),
        Binding("c,escape,q", "answer('cancel')", "Cancel"),
    ]

    def answers(self) -> tuple[tuple[str, str, str], ...]:
        """Return the ways to go."""
        first = "wait for the stop under way, then quit" if self._stopping else "stop after this epoch and quit"
        kept = "keep it, paused, in the background" if self._paused else "keep training in the background"
        return (
            ("keep", "k", f"{kept}; attach opens it again"),
            ("stop", "s", first),
            ("now", "n", f"stop now and quit ({_NOW})"),
            ("cancel", "c", "cancel"),
        )


class StopQuestion(Question):
    """Asked when a stop that is under way is asked for once more."""

    TITLE_TEXT = "Stopping after the epochs under way. Stop now?"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "answer('now')", "Stop now"),
        Binding("c,escape,s", "answer('cancel')", "Wait"),
    ]
    ANSWERS = (
        ("now", "n", f"stop now ({_NOW})"),
        ("cancel", "c", "wait for the epochs under way"),
    )
