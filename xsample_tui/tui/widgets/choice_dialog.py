"""The base of all dialogs that ask a question: each answer has a key."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ..keys.keymap_file import key_of
from ..theme.drawing_app import drawing_app

Answer = TypeVar("Answer")


class ChoiceDialog(ModalScreen[Answer], Generic[Answer]):
    """Asks a question. Its keys are bound to ``answer('NAME')``; arrows, Enter and the mouse work too.

    Attributes:
        title_text: the question.
        ANSWERS: (name, text) of each answer.
    """

    title_text: str = ""
    ANSWERS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def compose(self) -> ComposeResult:
        """Show the question, the facts, and the answers."""
        with Vertical(classes="dialog"):
            yield Static(self.title_text, classes="dialog-title", markup=False)
            if words := self.words():
                yield Static(Content("\n").join(words), classes="dialog-words", markup=False)
            yield OptionList(*(self._option(*answer) for answer in self.answers()), compact=True)

    def words(self) -> list[Content]:
        """Return the lines between the question and its answers."""
        return []

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Return (name, text) of each answer."""
        return self.ANSWERS

    @abstractmethod
    def meaning(self, name: str) -> Answer:
        """Return the result of the dialog for the answer of this name."""

    def _option(self, name: str, words: str) -> Option:
        key = key_of(self.BINDINGS, f"answer('{name}')", drawing_app(self).keymap)
        return Option(Content.assemble((f"{key:>3}", "bold $accent"), f"  {words}"), id=name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the answer that is selected in the list."""
        event.stop()
        self.action_answer(event.option_id or "cancel")

    def action_answer(self, name: str) -> None:
        """Close with an answer."""
        self.dismiss(self.meaning(name))
