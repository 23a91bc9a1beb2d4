"""The start screen: the runs that there are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from rich.style import Style
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from ..core.errors import printable
from ..store.catalog import RunSummary, catalog
from ..store.pulse import Pulse
from . import figure, glyph
from .glyph import ViewState
from .keys import KeyBar
from .link import STALLED_AFTER
from .page import Layout, Page
from .palette import theme_color

if TYPE_CHECKING:
    from .app import XSampleApp

REFRESH = 4.0
_EMPTY = """No runs yet in {runs}

A run is one sweep: the network is trained on the whole picture for every baseline, and once for every \
image window, from the same initial weights. Then the windows are compared with the baselines.

Press n for a new sweep. The preset "quick" trains 25 windows on real digits that come with the program."""


@dataclass(frozen=True)
class Row:
    """A run as the table shows it.

    Attributes:
        name: the run's name, as its folder is called.
        state: its state.
        done: trials done of all.
        best: the best validation accuracy of a finished trial.
        trial: that trial's name.
        article: whether the article's protocol makes its scores too good.
        age: how long ago it was made.
        problem: why it cannot be read.
    """

    name: str
    state: ViewState
    done: str
    best: str
    trial: str
    article: bool
    age: str
    problem: str


def row_of(run: RunSummary, now: float) -> Row:
    """Return a run's row at the time ``now``."""
    if run.progress is None:
        return Row(run.name, run.state, figure.MISSING, figure.MISSING, figure.MISSING, False, "", run.problem)
    progress = run.progress
    counts = progress.counts()
    finished = [
        (entry.kept.val_accuracy, entry.trial.name)
        for entry in progress.trials.values()
        if entry.status == "done" and entry.kept is not None
    ]
    best = max(finished, key=lambda found: found[0], default=None)
    return Row(
        name=run.name,
        state=_state(run.state, run.pulse, now),
        done=f"{counts['done']}/{len(progress.trials)}",
        best=figure.accuracy(best[0]) if best else figure.MISSING,
        trial=best[1] if best else figure.MISSING,
        article=progress.spec.article_protocol or progress.spec.preset == "article",
        age=figure.age(now - run.created),
        problem="",
    )


def _state(state: ViewState, pulse: Pulse | None, now: float) -> ViewState:
    at_work = state in ("starting", "running", "pausing", "paused", "stopping")
    return "stalled" if at_work and pulse is not None and now - pulse.at > STALLED_AFTER else state


class RunTable(DataTable[Text]):
    """The runs; Enter opens one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", "Open", tooltip="open the run under the cursor; nothing is trained yet"),
    ]


class StartScreen(Page):
    """The runs of a folder, newest first.

    Args:
        runs: the runs folder.
        clock: gives Unix time in seconds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New sweep", tooltip="fill in the form for a new sweep"),
    ]

    class Loaded(Message):
        """The folder was read."""

        def __init__(self, rows: list[Row]) -> None:
            self.rows = rows
            super().__init__()

    def __init__(self, runs: Path, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._runs = runs
        self._clock = clock
        self._rows: list[Row] | None = None
        self._loading = False

    def compose_page(self) -> ComposeResult:
        """Lay out the title, the table and what stands in its place where there are no runs."""
        yield Static(id="title", markup=False)
        yield RunTable(id="runs", cursor_type="row", cell_padding=0)
        yield Static(id="empty", markup=False)
        yield Static(id="note", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Read the folder, and again every few seconds."""
        self.query_one("#title", Static).update(
            Content.assemble(
                ("xsample-tui", "bold $primary"),
                ("  which part of the picture does a network need?\n", "$foreground-muted"),
                ("runs in ", "$foreground-muted"),
                printable(self._runs, 200),
            )
        )
        self._load()
        self.set_interval(REFRESH, self._load)

    def _load(self) -> None:
        if not self._loading:
            self._loading = True
            self._read()

    @work(thread=True, exit_on_error=False, group="catalog")
    def _read(self) -> None:
        try:
            now = self._clock()
            self.post_message(self.Loaded([row_of(run, now) for run in catalog(self._runs)]))
        finally:
            self._loading = False

    def on_start_screen_loaded(self, event: Loaded) -> None:
        """Show the runs."""
        if event.rows != self._rows:
            self._rows = event.rows
            self._show()

    def lay_out(self, layout: Layout) -> None:
        """Use the width there is."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        if self._rows is None:
            return
        table, empty = self.query_one(DataTable), self.query_one("#empty", Static)
        was_empty = not table.display
        table.display, empty.display = bool(self._rows), not self._rows
        empty.update(_EMPTY.format(runs=printable(self._runs, 200)))
        self._fill(table)
        if self._rows and (was_empty or self.focused is None):
            table.focus()
        self._show_note()

    def _fill(self, table: DataTable[Text]) -> None:
        rows = self._rows or []
        chosen = self.chosen
        variables = self.app.theme_variables

        def style(name: str) -> Style:
            return Style(color=theme_color(variables, name).rich_color)

        muted, plain = style("foreground-muted"), style("foreground")
        trial_width = max([5, *(len(row.trial) for row in rows)])
        done_width = max([5, *(len(row.done) for row in rows)])
        fixed = 11 + done_width + 10 + trial_width + 2 + 12
        longest = max([20, *(len(row.name) for row in rows)]) + 2
        name_width = max(12, min(longest, self.size.width - fixed - 3))
        columns = (
            ("run", name_width, False),
            ("state", 11, False),
            ("done", done_width, True),
            ("best val", 10, True),
            ("  trial", trial_width + 2, False),
            ("age", 12, True),
        )
        with self.app.batch_update(), self.prevent(DataTable.RowHighlighted):
            table.clear(columns=True)
            for heading, width, right in columns:
                table.add_column(Text(f"{heading:>{width}}" if right else heading, muted), width=width, key=heading)
            for row in rows:
                best = row.best + ("!" if row.article else " ")
                table.add_row(
                    Text(printable(row.name, name_width - 1), style("primary"), no_wrap=True),
                    Text(f"{glyph.RUN[row.state]} {row.state}", style(glyph.run_style(row.state))),
                    Text(f"{row.done:>{done_width}}", plain),
                    Text(f"{best:>10}", style("error") if row.article else plain),
                    Text(f"  {row.trial}", muted),
                    Text(f"{row.age:>12}", muted),
                    key=row.name,
                )
            names = [row.name for row in rows]
            if chosen in names:
                table.move_cursor(row=names.index(chosen))

    def _show_note(self) -> None:
        rows = self._rows or []
        chosen = next((row for row in rows if row.name == self.chosen), None)
        if chosen is not None and chosen.problem:
            text = Content.styled(f"✗ {printable(chosen.problem, 300)}", "$error")
        elif any(row.article for row in rows):
            text = Content.styled("! ARTICLE PROTOCOL: test data stop and select; the score is too good", "$error")
        else:
            text = Content("")
        self.query_one("#note", Static).update(text)

    @property
    def chosen(self) -> str | None:
        """The name of the run under the cursor."""
        table = self.query_one(DataTable)
        if not table.row_count or not table.is_valid_row_index(table.cursor_row):
            return None
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value

    def on_data_table_row_highlighted(self) -> None:
        """Say what is wrong with a run that cannot be read."""
        self._show_note()

    def on_data_table_row_selected(self) -> None:
        """Open a run with Enter or a click."""
        self.action_open()

    def action_open(self) -> None:
        """Open the run under the cursor."""
        if (name := self.chosen) is not None:
            cast("XSampleApp", self.app).open_named(name)

    def action_new(self) -> None:
        """Fill in the form for a new sweep."""
        cast("XSampleApp", self.app).show_form()
