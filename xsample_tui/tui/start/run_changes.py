"""What the start screen changes in the runs folder: deletes, archives, renames, tags; each in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from textual import work
from textual.message import Message

from ...core.errors import XSampleError, printable
from ...store.run.run_notes import change_notes
from ...store.run_removal import Holdings, holdings, remove
from ...store.run_renaming import rename_run
from ..widgets.base_screen import BaseScreen
from .delete_dialog import DeleteDialog
from .notes_dialog import EditedRun, NotesDialog
from .run_row import RunRow


class RunChanges(BaseScreen):
    """A screen with a run under its cursor, which can be changed.

    Args:
        runs: the runs folder.
    """

    class Inspected(Message):
        """The contents of a run are known, or why it cannot be deleted."""

        def __init__(self, found: Holdings | XSampleError | OSError) -> None:
            self.found = found
            super().__init__()

    class Changed(Message):
        """A run was changed: what was done; if not, ``error`` is the reason."""

        def __init__(self, words: str, error: XSampleError | OSError | None, name: str = "") -> None:
            self.words, self.error, self.name = words, error, name
            super().__init__()

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self._runs = runs

    @property
    def row(self) -> RunRow | None:
        """The run under the cursor."""
        return None

    def read_again(self, name: str = "") -> None:
        """Read the folder again, after a run was changed; ``name`` is what the run under the cursor is called now."""

    # -- delete --------------------------------------------------------------------------------------------------

    def action_delete(self) -> None:
        """Ask whether to delete the run under the cursor."""
        if self.row is not None:
            self._inspect(self.row.name)

    @work(thread=True, exit_on_error=False, group="removal")
    def _inspect(self, name: str) -> None:
        try:
            self.post_message(self.Inspected(holdings(self._runs, name)))
        except (XSampleError, OSError) as error:
            self.post_message(self.Inspected(error))

    def on_run_changes_inspected(self, event: Inspected) -> None:
        """Ask whether to delete, or show why that is not possible."""
        found = event.found
        if isinstance(found, XSampleError | OSError):
            self.notify(printable(found, 400), severity="error", markup=False)
        elif self.is_current:
            self.app.push_screen(DeleteDialog(found), partial(self._answered, found.name))

    def _answered(self, name: str, delete: bool | None) -> None:
        if delete:
            self._change(partial(remove, self._runs, name), f"Deleted {name}.")

    # -- tags, note, archive, name -------------------------------------------------------------------------------

    def action_archive(self) -> None:
        """Archive the run under the cursor, or list it again."""
        if (row := self.row) is None:
            return
        archived = not row.notes.archived
        words = f"Archived {row.name}; A shows archived runs." if archived else f"{row.name} is listed again."
        what = partial(change_notes, self._runs / row.name, lambda notes: replace(notes, archived=archived))
        self._change(what, words)

    def action_edit(self) -> None:
        """Edit the name, tags and note of the run under the cursor."""
        if (row := self.row) is not None:
            self.app.push_screen(NotesDialog(row.name, row.notes, fixed=row.held), partial(self._edited, row))

    def _edited(self, row: RunRow, wanted: EditedRun | None) -> None:
        if wanted is not None:
            self._change(partial(self._keep, row, wanted), f"Changed {wanted.name}.", wanted.name)

    def _keep(self, row: RunRow, wanted: EditedRun) -> None:
        """Rename a run where that is wanted, then keep its notes."""
        if wanted.name != row.name:
            rename_run(self._runs, row.name, wanted.name)
        if (wanted.tags, wanted.note) != (row.notes.tags, row.notes.note):
            path = self._runs / wanted.name
            change_notes(path, lambda notes: replace(notes, tags=wanted.tags, note=wanted.note))

    @work(thread=True, exit_on_error=False, group="removal")
    def _change(self, change: Callable[[], object], words: str, name: str = "") -> None:
        error: XSampleError | OSError | None = None
        try:
            change()
        except (XSampleError, OSError) as found:
            error = found
        self.post_message(self.Changed(words, error, name))

    def on_run_changes_changed(self, event: Changed) -> None:
        """Show the result."""
        if event.error is not None:
            self.notify(printable(event.error, 400), severity="error", markup=False)
        else:
            self.notify(printable(event.words, 200), markup=False)
        self.read_again("" if event.error is not None else event.name)
