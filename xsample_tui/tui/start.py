"""The start screen: the runs that there are."""

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

from ..core.errors import XSampleError, printable
from ..store.removal import Holdings, holdings, remove
from .delete import DeleteQuestion
from .keys import KeyBar
from .listing import Listing
from .page import Layout, Page
from .runs import Row, RunTable

REFRESH = 4.0
_EMPTY = """No runs yet in {runs}

A run is one sweep: the network is trained on the whole picture for every baseline, and once for every \
image window, from the same initial weights. Then the windows are compared with the baselines.

Press n for a new sweep. The preset "quick" trains 25 windows on real digits that come with the program."""


class StartScreen(Page):
    """The runs of a folder, newest first.

    Args:
        runs: the runs folder.
        listing: reads it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", tooltip="fill in the form for a new sweep", id="runs.new"),
        Binding(
            "r", "resume", "Resume", tooltip="go on with training the run under the cursor, here", id="runs.resume"
        ),
        Binding(
            "a",
            "attach",
            "Attach",
            tooltip="watch and steer a run that trains elsewhere, as Enter does",
            id="runs.attach",
        ),
        Binding(
            "c",
            "compare",
            "Compare",
            tooltip="compare two runs: press it on the one, then on the other",
            id="runs.compare",
        ),
        Binding(
            "p", "replay", "Replay", tooltip="see the run under the cursor once more as it went", id="runs.replay"
        ),
        Binding("d", "delete", "Delete", tooltip="delete the run under the cursor; asks first", id="runs.delete"),
        Binding(
            "delete",
            "delete",
            "Delete",
            show=False,
            tooltip="delete the run under the cursor; asks first",
            id="runs.delete",
        ),
        Binding(
            "escape", "forget", "Forget", show=False, tooltip="forget which run is to be compared", id="runs.forget"
        ),
    ]

    STEERS = frozenset({"new", "resume", "delete"})

    class Loaded(Message):
        """The folder was read, or a part of it; without rows ``problem`` says why it cannot be."""

        def __init__(self, rows: list[Row] | None, problem: str = "") -> None:
            self.rows = rows
            self.problem = problem
            super().__init__()

    class Weighed(Message):
        """It is known what a run holds, or why it cannot be deleted."""

        def __init__(self, found: Holdings | XSampleError | OSError) -> None:
            self.found = found
            super().__init__()

    class Deleted(Message):
        """A run was deleted, or not: ``error`` says why."""

        def __init__(self, name: str, error: XSampleError | OSError | None) -> None:
            self.name, self.error = name, error
            super().__init__()

    def __init__(self, runs: Path, listing: Listing) -> None:
        super().__init__()
        self._runs = runs
        self._listing = listing
        self._rows: list[Row] | None = None
        self._problem = ""
        self._first: str | None = None

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the table and what stands in its place where there are no runs."""
        yield Static(id="title", markup=False)
        yield RunTable()
        yield Static(id="empty", markup=False)
        yield Static(id="note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the folder, and again every few seconds."""
        self._show_title()
        self._load()
        self.set_interval(REFRESH, self._load)

    def _show_title(self) -> None:
        rows = self._rows or []
        at_work = sum(row.held for row in rows)
        count = f" · {len(rows):,} runs" if len(rows) > 1 else ""
        self.query_one("#title", Static).update(
            Content.assemble(
                ("xsample-tui", "bold $primary"),
                ("  which part of the picture does a network need?\n", "$foreground-muted"),
                ("runs in ", "$foreground-muted"),
                printable(self._runs, 200),
                (count + (f", {at_work} at work" if at_work else ""), "$foreground-muted"),
            )
        )

    # -- reading -------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        self._listing.ask(self._take)

    def _take(self, rows: list[Row] | None, problem: str) -> bool:
        """Take what was read; called in the thread that reads."""
        self.post_message(self.Loaded(rows, problem))
        return self.is_attached

    def on_start_screen_loaded(self, event: Loaded) -> None:
        """Show the runs; where they cannot be read just now, those that are known."""
        rows = self._rows or [] if event.rows is None else event.rows
        if rows != self._rows or event.problem != self._problem:
            self._rows, self._problem = rows, event.problem
            self._show()

    # -- showing -------------------------------------------------------------------------------------------------

    def lay_out(self, layout: Layout) -> None:
        """Use the width there is."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        # What was read may come when the screen is being left.
        if self._rows is None or not self.query(RunTable):
            return
        table, empty = self.query_one(RunTable), self.query_one("#empty", Static)
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
                f"compare {printable(self._first)} with the run under the cursor: c; forget: esc",
            )
        elif self._problem:
            text = Content.styled(f"✗ {self._problem}", "$error")
        elif chosen is not None and chosen.problem:
            text = Content.styled(f"✗ {printable(chosen.problem, 300)}", "$error")
        elif any(row.article for row in self._rows or []):
            text = Content.styled("! ARTICLE PROTOCOL: test data stop and select; the score is too good", "$error")
        else:
            text = Content("")
        self.query_one("#note", Static).update(text)

    @property
    def chosen(self) -> str | None:
        """The name of the run under the cursor."""
        return self.query_one(RunTable).chosen

    @property
    def _row(self) -> Row | None:
        return next((row for row in self._rows or [] if row.name == self.chosen), None)

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what makes no sense for the run under the cursor."""
        if self.forbids(action):
            return False
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
        # Only one of the two fits a run; the other would take room in the footer.
        return True if possible else False if action == "attach" else None

    def on_data_table_row_highlighted(self) -> None:
        """Say what is wrong with a run that cannot be read."""
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
        """Open the run under the cursor and train it on."""
        self._open(train=True)

    def action_new(self) -> None:
        """Fill in the form for a new sweep."""
        self.program.show_form()

    def action_replay(self) -> None:
        """Show the run under the cursor as it went."""
        if (name := self.chosen) is not None:
            self.program.replay_named(name)

    def action_compare(self) -> None:
        """Take the run under the cursor as the first to compare, or compare it with the one that was taken."""
        name, first = self.chosen, self._first
        if first is None or first == name:
            self._first = None if first == name else name
        elif name is not None:
            self._first = None
            self.program.compare_named(first, name)
        self._show()

    def action_forget(self) -> None:
        """Forget which run is to be compared."""
        self._first = None
        self._show()

    def action_delete(self) -> None:
        """Ask whether to delete the run under the cursor."""
        if (name := self.chosen) is not None:
            self._weigh(name)

    @work(thread=True, exit_on_error=False, group="removal")
    def _weigh(self, name: str) -> None:
        try:
            self.post_message(self.Weighed(holdings(self._runs, name)))
        except (XSampleError, OSError) as error:
            self.post_message(self.Weighed(error))

    def on_start_screen_weighed(self, event: Weighed) -> None:
        """Ask, or say why not."""
        found = event.found
        if isinstance(found, XSampleError | OSError):
            self.notify(printable(found, 400), severity="error", markup=False)
        elif self.is_current:
            self.app.push_screen(DeleteQuestion(found), partial(self._answered, found.name))

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
        """Say how it went."""
        if event.error is not None:
            self.notify(printable(event.error, 400), severity="error", markup=False)
        else:
            self.notify(f"{event.name} is deleted", markup=False)
        self._load()
