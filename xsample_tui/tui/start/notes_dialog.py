"""Edits the name, the tags and the note of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from ...core.errors import InputError, printable
from ...core.training.sweep_spec import check_name
from ...store.run.run_notes import RunNotes


@dataclass(frozen=True)
class EditedRun:
    """What a run is to have.

    Attributes:
        name: its name.
        tags: its tags.
        note: its note.
    """

    name: str
    tags: tuple[str, ...]
    note: str


class NotesDialog(ModalScreen[EditedRun | None]):
    """Asks for a run's name, tags and note; Enter keeps them.

    Args:
        name: the run's name.
        notes: its tags and note.
        fixed: whether it cannot be renamed now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Cancel", priority=True, tooltip="close; nothing changes", id="notes.cancel"),
    ]

    def __init__(self, name: str, notes: RunNotes, *, fixed: bool) -> None:
        super().__init__()
        self._name_before = name
        self._notes = notes
        self._fixed = fixed

    def compose(self) -> ComposeResult:
        """Show the fields."""
        with Vertical(classes="dialog notes"):
            yield Static(f"Edit {printable(self._name_before, 64)}", classes="dialog-title", markup=False)
            yield Label("name; its control runs are renamed too")
            yield Input(self._name_before, id="notes-name", compact=True, disabled=self._fixed)
            yield Label("tags, separated by blanks")
            yield Input(" ".join(self._notes.tags), id="notes-tags", compact=True, select_on_focus=False)
            yield Label("note")
            yield Input(self._notes.note, id="notes-note", compact=True, select_on_focus=False)
            yield Static("enter keeps · escape cancels · no result changes", id="notes-message", markup=False)

    def on_mount(self) -> None:
        """Focus the tags, which are changed most."""
        field = self.query_one("#notes-tags", Input)
        field.focus()
        field.cursor_position = len(field.value)

    def action_close(self) -> None:
        """Close without a change."""
        self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with what is wanted, or say what is wrong."""
        event.stop()
        name, tags, note = (self.query_one(f"#notes-{part}", Input).value for part in ("name", "tags", "note"))
        words = tuple(tags.replace(",", " ").split())
        try:
            check_name("name", name.strip())
            wanted = RunNotes().retagged(tuple(f"+{word.removeprefix('#')}" for word in words)).noted(note)
        except InputError as error:
            self.query_one("#notes-message", Static).update(Content.styled(printable(error, 200), "$error"))
            return
        self.dismiss(EditedRun(name.strip(), wanted.tags, wanted.note))
