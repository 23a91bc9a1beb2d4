"""Asks before a run is deleted."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from ...core.count_text import counted
from ...core.errors import printable
from ...core.size_text import size
from ...store.run_removal import Holdings
from ..widgets.choice_dialog import ChoiceDialog


class DeleteDialog(ChoiceDialog[bool]):
    """Shows what would be deleted and how large it is; Enter keeps the run.

    Args:
        found: what the run holds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('go')", "Delete", tooltip="delete the run (this cannot be undone)", id="delete.delete"),
        Binding("n,c,escape,q", "answer('keep')", "Keep", tooltip="keep the run", id="delete.keep"),
    ]
    ANSWERS = (("keep", "keep it"), ("go", "delete it"))

    def __init__(self, found: Holdings) -> None:
        super().__init__()
        self._found = found
        self.title_text = f"Delete {printable(found.name)}?"

    def words(self) -> list[Content]:
        """Return what would be deleted."""
        found = self._found
        files = Content.assemble((size(found.size), "bold"), f" in {counted(found.files, 'file')}")
        if found.shared:
            files += Content(f", of which other runs keep {size(found.shared)}")
        lines = [Content(found.words), files, Content("This cannot be undone.")]
        if found.controls:
            lines.append(Content(f"Its control runs stay: {', '.join(found.controls)}"))
        return [*lines, Content("")]

    def meaning(self, name: str) -> bool:
        """Return whether to delete."""
        return name == "go"
