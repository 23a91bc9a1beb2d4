"""The question before a run is deleted."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ..core.errors import printable
from ..store.removal import Holdings
from . import figure


class DeleteQuestion(ModalScreen[bool]):
    """Names what goes and how large it is; Enter keeps the run.

    Args:
        found: what the run holds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Delete", tooltip="delete the run; this cannot be taken back"),
        Binding("n,c,escape,q", "answer(False)", "Keep", tooltip="keep the run"),
    ]

    def __init__(self, found: Holdings) -> None:
        super().__init__()
        self._found = found

    def compose(self) -> ComposeResult:
        """Show what goes, and the answers."""
        found = self._found
        with Vertical(classes="dialog"):
            yield Static(f"Delete {printable(found.name)}?", classes="dialog-title", markup=False)
            yield Static(Content("\n").join(self._words()), id="goes")
            yield OptionList(self._option("keep", "n", "keep it"), self._option("go", "y", "delete it"), compact=True)

    def _words(self) -> list[Content]:
        found = self._found
        files = Content.assemble((figure.size(found.size), "bold"), f" in {found.files:,} files")
        if found.trials:
            trained = f"{found.done:,} of {found.trials:,} trials done, {figure.duration(found.seconds)} of training"
        else:
            trained = "its spec cannot be read, so that nobody can tell what it holds"
        lines = [Content(trained), files, Content("This cannot be taken back.")]
        if found.companions:
            lines.append(Content(f"Its companions stay: {', '.join(found.companions)}"))
        return [*lines, Content("")]

    @staticmethod
    def _option(name: str, key: str, words: str) -> Option:
        return Option(Content.assemble((f"{key:>3}", "bold $accent"), f"  {words}"), id=name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the answer that is picked from the list."""
        event.stop()
        self.dismiss(event.option_id == "go")

    def action_answer(self, delete: bool) -> None:
        """Close with an answer."""
        self.dismiss(delete)
