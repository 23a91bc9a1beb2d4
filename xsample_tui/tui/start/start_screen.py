"""The start screen: lists the runs of a folder, sorted and searched; opens, compares and replays them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ...core.errors import printable
from ..keys.key_bar import KeyBar
from ..view_models.run_notice import ARTICLE_WARNING
from ..widgets.base_screen import BaseScreen, Layout
from .run_changes import RunChanges
from .run_preview import RunPreview
from .run_row import RunRow
from .runs_keys import RUNS
from .runs_order import arranged
from .runs_reader import RunsListing
from .runs_search import chosen_rows
from .runs_table import RunsTable
from .start_text import empty_text, title_text

_SEARCH = "name, tag, note, state, verdict or setting; #tag; !not"


class StartScreen(BaseScreen):
    """The runs of a folder, newest first unless sorted otherwise.

    Args:
        runs: the runs folder.
        listing: reads the folder.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*RUNS]

    class Loaded(Message):
        """The folder was read, or a part of it; without rows, ``problem`` is the reason."""

        def __init__(self, rows: list[RunRow] | None, problem: str = "") -> None:
            self.rows = rows
            self.problem = problem
            super().__init__()

    def __init__(self, runs: Path, listing: RunsListing) -> None:
        super().__init__()
        self._runs = runs
        self.parts = (RunChanges(self, runs, lambda: self.row, self._read_again),)
        self._listing = listing
        self._rows: list[RunRow] | None = None
        self._problem = ""
        self._first: str | None = None
        # In the order in which they were marked.
        self._marked: list[str] = []
        self._search = ""
        self._archived = False
        self._preview = True
        # What the cursor is to go to once it is listed.
        self._wanted = ""

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the table, the text that replaces it without runs, the preview and the search."""
        yield Static(id="title", markup=False)
        yield RunsTable()
        yield Static(id="empty", markup=False)
        yield RunPreview()
        yield Input(id="runs-search", compact=True, placeholder=_SEARCH, select_on_focus=False)
        yield Static(id="note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the folder, and again every few seconds."""
        self._show_title()
        self._load()
        self.set_interval(self._listing.every, self._load)
        # The table's texts have their colours in them.
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show())

    def _show_title(self) -> None:
        rows = self._rows or []
        hidden = len(rows) - len(chosen_rows(rows, "", archived=self._archived))
        found = len(self._shown) if self._search.strip() else None
        title = title_text(self._runs, rows, found=found, hidden=hidden, marked=len(self._marked))
        self.query_one("#title", Static).update(title)

    @property
    def _shown(self) -> list[RunRow]:
        """The rows that the search and the archive leave, sorted."""
        chosen = chosen_rows(self._rows or [], self._search, archived=self._archived)
        return arranged(chosen, self.query_one(RunsTable).order)

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
        self._marked = [name for name in self._marked if any(row.name == name for row in rows)]
        self._listing.answer(rows)
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
        shown = self._shown
        table.display, empty.display = bool(shown), not shown
        empty.update(empty_text(self._runs, self._rows, self._search.strip(), self._problem))
        self._show_title()
        marked = dict.fromkeys(self._marked, "● ") | ({} if self._first is None else {self._first: "→ "})
        table.show(shown, marked, self.size.width)
        if self._wanted in {row.name for row in shown}:
            table.move_cursor(row=[row.name for row in shown].index(self._wanted))
            self._wanted = ""
        searching = self.query_one("#runs-search", Input).has_focus
        if shown and not searching and (was_empty or self.focused is None):
            table.focus()
        self._show_note()
        self.refresh_bindings()

    def _show_preview(self) -> None:
        preview, row = self.query_one(RunPreview), self.row
        preview.display = self._preview and row is not None
        controls = [] if row is None else [one for one in self._rows or [] if one.under == row.name]
        preview.show(row, controls, roomy=self.has_class("-medium") or self.has_class("-large"))

    def _show_note(self) -> None:
        self._show_preview()
        chosen = self.row
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
        elif (here := self.program.training_beneath) is not None:
            text = Content.styled(f"▸ {printable(here)} trains here; Esc goes back to it.", "$foreground-muted")
        elif chosen is not None and chosen.answer and not self._preview:
            text = Content.styled(printable(chosen.answer, 300), "$foreground")
        elif any(row.article for row in self._rows or []):
            text = Content.styled(f"! {ARTICLE_WARNING}", "$error")
        else:
            text = Content("")
        self.query_one("#note", Static).update(text)

    @property
    def chosen(self) -> str | None:
        """The name of the run under the cursor."""
        table = self.query_one(RunsTable)
        return table.chosen if table.display else None

    @property
    def row(self) -> RunRow | None:
        """The run under the cursor."""
        return next((row for row in self._rows or [] if row.name == self.chosen), None)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be used for the run under the cursor."""
        row = self.row
        possible = {
            "resume": row is not None and not row.held and row.left > 0 and not row.problem,
            "attach": row is not None and row.held,
            "compare": len(self._marked) > 1 or (row is not None and not row.problem),
            "mark": row is not None and not row.problem,
            "replay": row is not None and row.begun,
            "delete": row is not None and not row.held,
            "edit": row is not None,
            "archive": row is not None,
            # The windows of a control run are not those of a sweep.
            "new_like": row is not None and row.spec is not None and not row.under,
        }.get(action, True)
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

    def action_new_like(self) -> None:
        """Open the form with the settings of the run under the cursor."""
        if self.row is not None and self.row.spec is not None:
            self.program.show_form(self.row.spec)

    def action_replay(self) -> None:
        """Replay the run under the cursor."""
        if (name := self.chosen) is not None:
            self.program.replay_named(name)

    def action_compare(self) -> None:
        """Compare the marked runs; else choose the run under the cursor as the first, or compare it with that."""
        name, first = self.chosen, self._first
        if len(self._marked) > 1:
            self.program.compare_many(self._marked)
        elif first is None or first == name:
            self._first = None if first == name else name
        elif name is not None:
            self._first = None
            self.program.compare_named(first, name)
        self._show()

    def action_mark(self) -> None:
        """Mark the run under the cursor, or take its mark back, and go to the next."""
        if (name := self.chosen) is not None:
            self._marked = [one for one in self._marked if one != name] + ([] if name in self._marked else [name])
            self._show()
            self.query_one(RunsTable).action_cursor_down()

    def action_forget(self) -> None:
        """Cancel the comparison and the marks; else end the search; else go back to the sweep that trains here."""
        if (self._first is not None or self._marked) and not self.query_one("#runs-search", Input).has_focus:
            self._first, self._marked = None, []
            self._show()
            return
        if not self.has_class("-search"):
            self.program.bring_back()
            return
        self._search = self.query_one("#runs-search", Input).value = ""
        self._show()
        self._close_search()

    # -- search, order, archive, preview -------------------------------------------------------------------------

    def action_search(self) -> None:
        """Open the line to search."""
        if self._rows:
            self.add_class("-search")
            self.query_one("#runs-search", Input).focus()

    @on(Input.Changed, "#runs-search")
    def _typed(self, event: Input.Changed) -> None:
        self._search = event.value
        self._show()

    @on(Input.Submitted, "#runs-search")
    def _close_search(self) -> None:
        """Go to what was found; the line stays while it has a text."""
        self.set_class(bool(self._search.strip()), "-search")
        if self.query_one(RunsTable).display:
            self.query_one(RunsTable).focus()

    @on(RunsTable.Sorted)
    def _sorted(self) -> None:
        self._show()

    def action_archived(self) -> None:
        """Show or hide archived runs."""
        self._archived = not self._archived
        self._show()

    def action_preview(self) -> None:
        """Show or hide the preview."""
        self._preview = not self._preview
        self._show_note()

    def _read_again(self, name: str) -> None:
        """Read the folder again; the cursor follows a run that was renamed."""
        self._wanted = name
        self._load()
