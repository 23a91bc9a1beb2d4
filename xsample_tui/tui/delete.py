"""The question before a run is deleted."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from ..core.duration import duration
from ..core.errors import printable
from ..core.size import size
from ..store.removal import Holdings
from .question import Question


class DeleteQuestion(Question[bool]):
    """Names what goes and how large it is; Enter keeps the run.

    Args:
        found: what the run holds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "y", "answer('go')", "Delete", tooltip="delete the run; this cannot be taken back", id="delete.delete"
        ),
        Binding("n,c,escape,q", "answer('keep')", "Keep", tooltip="keep the run", id="delete.keep"),
    ]
    ANSWERS = (("keep", "keep it"), ("go", "delete it"))

    def __init__(self, found: Holdings) -> None:
        super().__init__()
        self._found = found
        self.title_text = f"Delete {printable(found.name)}?"

    def words(self) -> list[Content]:
        """Return what goes."""
        found = self._found
        files = Content.assemble((size(found.size), "bold"), f" in {found.files:,} files")
        if found.trials:
            trained = f"{found.done:,} of {found.trials:,} trials done, {duration(found.seconds)} of training"
        else:
            trained = "its spec cannot be read, so that nobody can tell what it holds"
        lines = [Content(trained), files, Content("This cannot be taken back.")]
        if found.companions:
            lines.append(Content(f"Its companions stay: {', '.join(found.companions)}"))
        return [*lines, Content("")]

    def meaning(self, name: str) -> bool:
        """Return whether to delete."""
        return name == "go"
