"""The start screen: lists the runs of a folder; opens, compares, replays and deletes them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ...core.errors import XSampleError, printable
from ...store.run_removal import Holdings, holdings, remove
from ..keys.key_bar import KeyBar
from ..view_models.run_notice import ARTICLE_WARNING
from ..widgets.base_screen import BaseScreen, Layout
from .delete_dialog import DeleteDialog
from .runs_listing import RunsListing
from .runs_table import RunRow, RunsTable

REFRESH = 4.0
_EMPTY = """No runs yet in {runs}

A run is one sweep: one network is trained for each window of the image, all from the same initial weights. \
Other networks, the baselines, are trained on whole images. The windows are then compared with the baselines.

Press n for a new sweep. The preset "quick" trains 25 windows on handwritten digits; no download is needed."""


class StartScreen(BaseScreen):
    """The runs of a folder, newest first.

    Args:
        runs: the runs folder.
        listing: reads the folder.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", tooltip="set up a new sweep", id="runs.new"),
        Binding(
            "r",
            "resume",
            "Resume",
            tooltip="train the unfinished trials of the run under the cursor",
            id="runs.resume",
        ),
        Binding(
            "a",
            "attach",
            "Attach",
            tooltip="watch and control a run that another process trains; same as Enter",
            id="runs.attach",
        ),
        Binding(
            "c",
            "compare",
            "Compare",
            tooltip="compare two runs: press c on the first, then on the second",
            id="runs.compare",
        ),
        Binding("p", "replay", "Replay", tooltip="replay the training of the run under the cursor", id="runs.replay"),
        Binding("d", "delete", "Delete", tooltip="delete the run under the cursor (asks first)", id="runs.delete"),
        Binding(
            "delete",
            "delete",
            "Delete",
            show=False,
            tooltip="delete the run under the cursor (asks first)",
            id="runs.delete",
        ),
        Binding("escape", "forget", "Cancel compare", show=False, tooltip="cancel the comparison", id="runs.forget"),
    ]

    class Loaded(Message):
        """The folder was read, or a part of it; without rows, ``problem`` is the reason."""

        def __init__(self, rows: list[RunRow] | None, problem: str = "") -> None:
            self.rows = rows
            self.problem = problem
            super().__init__()

    class Inspected(Message):
        """The contents of a run are known, or why it cannot be deleted."""

        def __init__(self, found: Holdings | XSampleError | OSError) -> None:
            self.found = found
            super().__init__()

    class Deleted(Message):
        """A run was deleted; if not, ``error`` is the reason."""

        def __init__(self, name: str, error: XSampleError | OSError | None) -> None:
            self.name, self.error = name, error
            super().__init__()

    def __init__(self, runs: Path, listing: RunsListing) -> None:
        super().__init__()
        self._runs = runs
        self._listing = listing
        self._rows: list[RunRow] | None = None
        self._problem = ""
        self._first: str | None = None

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the table and the text that replaces it without runs."""
        yield Static(id="title", markup=False)
        yield RunsTable()
        yield Static(id="empty", markup=False)
        yield Static(id="note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the folder, and again every few seconds."""
        self._show_title()
        self._load()
        self.set_interval(REFRESH, self._load)
        # The table's texts have their colours in them.
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show())

    def _show_title(self) -> None:
        rows = self._rows or []
        at_work = sum(row.held for row in rows)
        count = f" · {len(rows):,} runs" if len(rows) > 1 else ""
        self.query_one("#title", Static).update(
            Content.assemble(
                ("xsample-tui", "bold $primary"),
                ("  Which part of an image does a network need?\n", "$foreground-muted"),
                ("runs in ", "$foreground-muted"),
                printable(self._runs, 200),
                (count + (f", {at_work} active" if at_work else ""), "$foreground-muted"),
            )
        )

    # -- reading -------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        self._listing.ask(self._take)

    def _take(self, rows: list[RunRow] | None, problem: str) -> bool:
        """Accept rows; called in the reading thread."""
        self.post_message(self.Loaded(rows, problem))
        return self.is_attached

    def on_start_screen_loaded(self, event: Loaded) -> None:
        """Show the runs; if they cannot be read now, keep the known ones."""
        rows = self._rows or [] if event.rows is None else event.rows
        if rows != self._rows or event.problem != self._problem:
            self._rows, self._problem = rows, event.problem
            self._show()

    # -- showing -------------------------------------------------------------------------------------------------

    def lay_out(self, layout: Layout) -> None:
        """Use the available width."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        # Rows may arrive while the screen closes.
        if self._rows is None or not self.query(RunsTable):
            return
        table, empty = self.query_one(RunsTable), self.query_one("#empty", Static)
        was_empty = not table.display
        table.display, empty.display = bool(self._rows), not self._rows
        empty.update(
            Content.styled(f"✗ {self._problem}", "$error")
            if self._problem
            else _EMPTY.format(runs=printable(self._runs, 200))
        )
        self._show_title()
        table.show(self._rows, self._first, self.size.width)
        if self._rows and (was_empty or self.focused is None):
            table.focus()
        self._show_note()
        self.refresh_bindings()

    def _show_note(self) -> None:
        chosen = self._row
        if self._first is not None:
            text = Content.assemble(
                ("→ ", "bold $accent"),
                f"Press c on the run to compare with {printable(self._first)}, Esc to cancel.",
            )
        elif self._problem:
            text = Content.styled(f"✗ {self._problem}", "$error")
        elif chosen is not None and chosen.problem:
            text = Content.styled(f"✗ {printable(chosen.problem, 300)}", "$error")
        elif chosen is not None and chosen.note:
            text = Content.styled(f"! {printable(chosen.note, 300)}", "$error")
        elif chosen is not None and chosen.answer:
            text = Content.styled(printable(chosen.answer, 300), "$foreground")
        elif any(row.article for row in self._rows or []):
            text = Content.styled(f"! {ARTICLE_WARNING}", "$error")
        else:
            text = Content("")
        self.query_one("#note", Static).update(text)

    @property
    def chosen(self) -> str | None:
        """The name of the run under the cursor."""
        return self.query_one(RunsTable).chosen

    @property
    def _row(self) -> RunRow | None:
        return next((row for row in self._rows or [] if row.name == self.chosen), None)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be used for the run under the cursor."""
        if action not in ("resume", "attach", "compare", "replay", "delete"):
            return True
        row = self._row if self._rows else None
        possible = (
            row is not None
            and {
                "resume": not row.held and row.left > 0 and not row.problem,
                "attach": row.held,
                "compare": not row.problem,
                "replay": row.begun,
                "delete": not row.held,
            }[action]
        )
        # Only one of the two applies to a run; the other would waste room in the footer.
        return True if possible else False if action == "attach" else None

    def on_data_table_row_highlighted(self) -> None:
        """Show what is wrong with the run under the cursor."""
        self._show_note()
        self.refresh_bindings()

    def on_data_table_row_selected(self) -> None:
        """Open a run with Enter or a click."""
        self._open()

    def _open(self, *, train: bool = False) -> None:
        if (name := self.chosen) is not None:
            self.program.open_named(name, train=train)

    def action_attach(self) -> None:
        """Watch the run under the cursor."""
        self._open()

    def action_resume(self) -> None:
        """Open the run under the cursor and train it."""
        self._open(train=True)

    def action_new(self) -> None:
        """Open the form for a new sweep."""
        self.program.show_form()

    def action_replay(self) -> None:
        """Replay the run under the cursor."""
        if (name := self.chosen) is not None:
            self.program.replay_named(name)

    def action_compare(self) -> None:
        """Choose the run under the cursor as the first to compare, or compare it with the first."""
        name, first = self.chosen, self._first
        if first is None or first == name:
            self._first = None if first == name else name
        elif name is not None:
            self._first = None
            self.program.compare_named(first, name)
        self._show()

    def action_forget(self) -> None:
        """Cancel the comparison."""
        self._first = None
        self._show()

    def action_delete(self) -> None:
        """Ask whether to delete the run under the cursor."""
        if (name := self.chosen) is not None:
            self._inspect(name)

    @work(thread=True, exit_on_error=False, group="removal")
    def _inspect(self, name: str) -> None:
        try:
            self.post_message(self.Inspected(holdings(self._runs, name)))
        except (XSampleError, OSError) as error:
            self.post_message(self.Inspected(error))

    def on_start_screen_inspected(self, event: Inspected) -> None:
        """Ask whether to delete, or show why that is not possible."""
        found = event.found
        if isinstance(found, XSampleError | OSError):
            self.notify(printable(found, 400), severity="error", markup=False)
        elif self.is_current:
            self.app.push_screen(DeleteDialog(found), partial(self._answered, found.name))

    def _answered(self, name: str, delete: bool | None) -> None:
        if delete:
            self._delete(name)

    @work(thread=True, exit_on_error=False, group="removal")
    def _delete(self, name: str) -> None:
        error: XSampleError | OSError | None = None
        try:
            remove(self._runs, name)
        except (XSampleError, OSError) as found:
            error = found
        self.post_message(self.Deleted(name, error))

    def on_start_screen_deleted(self, event: Deleted) -> None:
        """Show the result."""
        if event.error is not None:
            self.notify(printable(event.error, 400), severity="error", markup=False)
        else:
            self.notify(f"Deleted {event.name}.", markup=False)
        self._load()
