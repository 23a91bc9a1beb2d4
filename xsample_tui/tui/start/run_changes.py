"""What the start screen changes in the runs folder: deletes, archives, renames, tags; each in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...core.errors import XSampleError, printable
from ...store.run.run_notes import change_notes
from ...store.run_removal import Holdings, holdings, remove
from ...store.run_renaming import rename_run
from ..latest_only import in_thread
from ..widgets.base_screen import BaseScreen
from .delete_dialog import DeleteDialog
from .notes_dialog import EditedRun, NotesDialog
from .run_row import RunRow

_GROUP = "removal"


class RunChanges:
    """What the keys of the start screen change of the run under its cursor.

    Args:
        screen: the screen.
        runs: the runs folder.
        row: returns the run under the cursor.
        changed: is called after a change, with what the run under the cursor is called now; empty for as before.
    """

    def __init__(
        self, screen: BaseScreen, runs: Path, row: Callable[[], RunRow | None], changed: Callable[[str], None]
    ) -> None:
        self._screen, self._runs, self._row, self._changed = screen, runs, row, changed

    # -- delete --------------------------------------------------------------------------------------------------

    def action_delete(self) -> None:
        """Ask whether to delete the run under the cursor."""
        if (row := self._row()) is not None:
            in_thread(self._screen, _GROUP, partial(self._inspect, row.name))

    def _inspect(self, name: str) -> None:
        try:
            self._screen.call_later(self._ask, holdings(self._runs, name))
        except (XSampleError, OSError) as error:
            self._screen.call_later(self._screen.notify, printable(error, 400), severity="error", markup=False)

    def _ask(self, found: Holdings) -> None:
        if self._screen.is_current:
            self._screen.app.push_screen(DeleteDialog(found), partial(self._answered, found.name))

    def _answered(self, name: str, delete: bool | None) -> None:
        if delete:
            self._change(partial(remove, self._runs, name), f"Deleted {name}.")

    # -- tags, note, archive, name -------------------------------------------------------------------------------

    def action_archive(self) -> None:
        """Archive the run under the cursor, or list it again."""
        if (row := self._row()) is None:
            return
        archived = not row.notes.archived
        words = f"Archived {row.name}; A shows archived runs." if archived else f"{row.name} is listed again."
        what = partial(change_notes, self._runs / row.name, lambda notes: replace(notes, archived=archived))
        self._change(what, words)

    def action_edit(self) -> None:
        """Edit the name, tags and note of the run under the cursor."""
        if (row := self._row()) is not None:
            self._screen.app.push_screen(NotesDialog(row.name, row.notes, fixed=row.held), partial(self._edited, row))

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

    def _change(self, change: Callable[[], object], words: str, name: str = "") -> None:
        in_thread(self._screen, _GROUP, partial(self._do, change, words, name))

    def _do(self, change: Callable[[], object], words: str, name: str) -> None:
        error: XSampleError | OSError | None = None
        try:
            change()
        except (XSampleError, OSError) as found:
            error = found
        self._screen.call_later(self._done, words, error, name)

    def _done(self, words: str, error: XSampleError | OSError | None, name: str) -> None:
        """Show the result."""
        if error is not None:
            self._screen.notify(printable(error, 400), severity="error", markup=False)
        else:
            self._screen.notify(printable(words, 200), markup=False)
        self._changed("" if error is not None else name)
