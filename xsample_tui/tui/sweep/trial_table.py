"""The table of trials: one row per trial, updated at every epoch, with sorting, filtering and marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import DataTable

from ...core.run_state.run_progress import TrialProgress
from ..heatmap.trial_marks import MARK
from ..keys.declared_keys import TABLE
from ..session.run_session import RunSession
from ..theme import symbols
from ..theme.colors import theme_color
from ..view_models import number_format
from ..view_models.filter_language import EVERYTHING, Facts, Filter
from ..view_models.sort_order import Order
from .row_values import facts_of
from .trial_columns import COLUMNS, LEAST, LEFT, Key, columns_of, fitting, heading_of, text_of, with_arrow

_SCROLLBAR = 1
# Seconds between checks whether changed rows belong in another place.
_SETTLE = 1.0


@dataclass(frozen=True)
class _Styles:
    """The styles of the current theme."""

    plain: Style
    muted: Style
    mark: Style
    statuses: dict[str, Style]
    better: Style
    worse: Style


class TrialTable(DataTable[Text]):
    """The trials, in the order of the plan unless sorted; the cursor stays on its trial.

    Args:
        run_session: the run's session.

    Attributes:
        order: how the rows are sorted.
        wanted: which trials are shown.
        marked: names of the trials that are marked, shown or not.
        pinned: names of the trials whose curves are pinned.
        total: the number of all trials, shown or not.
    """

    class RowChosen(Message):
        """The cursor moved to another trial."""

        def __init__(self, trial: str) -> None:
            self.trial = trial
            super().__init__()

    class Arranged(Message):
        """Other trials are shown or marked, or the order changed."""

    BORDER_TITLE = "trials"
    HELP = (
        "One row per trial: its state, its epochs and its scores on the selection images. gain: correct images minus "
        "the baselines' mean after the same number of epochs, grey within noise. Click a heading to sort, again to "
        "reverse, a third time to stop sorting. Marked trials have a dot: Retry, Skip, Train next and Stack then "
        "apply to them instead of the trial under the cursor."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *TABLE,
    ]

    def __init__(self, run_session: RunSession) -> None:
        super().__init__(cursor_type="row", cell_padding=0, zebra_stripes=False, id="table")
        self._run_session = run_session
        self._keys: tuple[Key, ...] = ()
        self._shown: dict[str, tuple[str, ...]] = {}
        # The names of the rows, from the top.
        self._names = list(run_session.progress.trials)
        self.total = len(self._names)
        self._place = {name: row for row, name in enumerate(self._names)}
        self._widths: dict[Key, int] = {key: column.width for key, column in COLUMNS.items()} | {
            "trial": max((len(name) for name in self._names), default=5),
            "epoch": max(5, 2 * len(str(run_session.run.spec.training.epochs)) + 1),
        }
        self._gap = 1
        self._headings: dict[Key, str] = {}
        self._wanted: str | None = None
        self._unsettled = False
        self.order = Order()
        self.wanted: Filter = EVERYTHING
        self.marked: set[str] = set()
        self.pinned: tuple[str, ...] = ()
        self.updated_cells = 0

    @property
    def least_width(self) -> int:
        """The width at which no column of the smallest set is cut."""
        return sum(self._widths[key] + 1 for key in LEAST) - 1 + _SCROLLBAR

    @property
    def headings(self) -> dict[Key, str]:
        """The headings of all columns that have something to say now, shown or not."""
        return {key: heading_of(self._run_session, key) for key in columns_of(self._run_session)}

    def on_mount(self) -> None:
        """Follow the theme, and keep changed rows in order."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._rebuild())
        self.set_interval(_SETTLE, self._settle)

    def on_resize(self) -> None:
        """Show the columns that fit."""
        if self._choose_columns():
            self._rebuild()

    def _choose_columns(self) -> bool:
        """Choose the columns that fit, the one that is sorted by among them; return whether any is another now."""
        before = self._keys, self._gap, self._headings
        self._headings = self.headings
        self._widths["class_gain"] = len(self._headings.get("class_gain", "")) + 1
        kept = [key for key in self._headings if COLUMNS[key].fact == self.order.fact]
        width = self.content_region.width - _SCROLLBAR
        self._keys, self._gap = fitting(self._headings, self._widths, width, kept)
        return before != (self._keys, self._gap, self._headings)

    # -- rows ----------------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        if not self._keys:
            return
        styles = self._styles()
        top = self.scroll_y
        with self.app.batch_update(), self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            for key in self._keys:
                self.add_column(heading := self._heading(key, styles), width=heading.cell_len, key=key)
            self._shown.clear()
            for name in self._names:
                entry = self._run_session.progress.trials[name]
                texts = self._texts(entry)
                self._shown[name] = texts
                # The last texts, verdicts and mark, have no column: they set colours and a dot in others.
                shown = zip(self._keys, texts, strict=False)
                self.add_row(*(self._cell(key, text, entry, styles) for key, text in shown), key=name)
            self._point(scroll=False)
            self.scroll_to(y=top, animate=False, force=True)

    def refresh_trials(self, names: Iterable[str] | None = None) -> None:
        """Update the rows of these trials, or all rows, and then the columns; only texts that changed are written."""
        self._unsettled = True
        if names is None and (total := len(self._run_session.progress.trials)) != self.total:
            self.total = total
            self._arrange()
        if not self._keys:
            return
        if names is None and self._choose_columns():
            self._rebuild()
            return
        styles = self._styles()
        with self.app.batch_update():
            for name in self._names if names is None else names:
                entry = self._run_session.progress.trials.get(name)
                if entry is None or name not in self._shown:
                    continue
                before, texts = self._shown[name], self._texts(entry)
                if texts == before:
                    continue
                self._shown[name] = texts
                # The name of a waiting trial is dimmed, so it changes with the state.
                recoloured: set[Key] = {"trial"} if before[-3:-1] == texts[-3:-1] else {"trial", "gain", "class_gain"}
                if before[-1] != texts[-1]:
                    recoloured.add(self._keys[0])
                for key, old, new in zip(self._keys, before, texts, strict=False):
                    if old != new or key in recoloured:
                        self.update_cell(name, key, self._cell(key, new, entry, styles))
                        self.updated_cells += 1

    # -- filter and order --------------------------------------------------------------------------------------

    @property
    def names(self) -> Sequence[str]:
        """The shown trials, from the top."""
        return self._names

    def _facts(self, name: str) -> Facts:
        return facts_of(self._run_session, self._run_session.progress.trials[name], marked=name in self.marked)

    def show_only(self, wanted: Filter) -> None:
        """Show the trials that match a filter; marks stay."""
        self.wanted = wanted
        self._arrange()

    def sort_by(self, order: Order, *, first: bool = True) -> None:
        """Sort the rows, and choose the first if wanted; a trial whose curve is pinned stays chosen, and visible."""
        self.order = order
        self._choose_columns()
        self._arrange(headings=True)
        if not first or order.fact is None or self._wanted in self.pinned or not self._names:
            self._point()
        else:
            self._choose_row(0)

    def _arrange(self, *, headings: bool = False) -> None:
        """Put every row in its place; add and remove rows as needed."""
        self._unsettled = False
        facts = {name: self._facts(name) for name in self._run_session.progress.trials}
        met = [name for name, fact in facts.items() if self.wanted.matches(fact)]
        names = self.order.arrange(met, facts.__getitem__)
        before, self._names = self._names, names
        if names == before and not headings:
            self.post_message(self.Arranged())
            return
        self._place = {name: row for row, name in enumerate(names)}
        if headings or set(names) != set(before):
            self._rebuild()
        elif self._keys:
            self.sort("trial", key=lambda cell: self._place[cell.plain.strip()])
            self._point(scroll=False)
        self.post_message(self.Arranged())

    def _settle(self) -> None:
        """Now and then, move changed rows to where they belong."""
        if self._unsettled and (self.wanted != EVERYTHING or self.order.fact is not None):
            self._arrange()

    def action_sort(self, step: int) -> None:
        """Sort by the next or the previous column, which is shown if it was not; past the ends, do not sort."""
        facts: list[str | None] = [None, *(COLUMNS[key].fact for key in columns_of(self._run_session))]
        at = facts.index(self.order.fact) if self.order.fact in facts else 0
        self.sort_by(Order(facts[(at + step) % len(facts)]))

    def action_turn_order(self) -> None:
        """Reverse the sort order."""
        self.sort_by(Order(self.order.fact or "name", turned=not self.order.turned))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column whose heading was clicked."""
        event.stop()
        key: Key = event.column_key.value  # type: ignore[assignment]
        self.sort_by(self.order.after_click(COLUMNS[key].fact))

    # -- marks ---------------------------------------------------------------------------------------------------

    def mark(self, names: Iterable[str], *, on: bool | None = None) -> None:
        """Mark or unmark trials; without ``on``, toggle each."""
        for name in names:
            if on is None:
                self.marked ^= {name}
            elif on:
                self.marked.add(name)
            else:
                self.marked.discard(name)
        self.refresh_trials()
        self.post_message(self.Arranged())

    def mark_shown(self) -> None:
        """Mark all shown trials; if all are marked, unmark them."""
        self.mark(list(self._names), on=not self.marked.issuperset(self._names))

    def action_mark_on(self, rows: int) -> None:
        """Mark the trial under the cursor, move the cursor, and mark that trial too."""
        if self.chosen is not None:
            here = self.cursor_row
            there = min(max(here + rows, 0), len(self._names) - 1)
            self.mark({self._names[here], self._names[there]}, on=True)
            self.move_cursor(row=there)

    # -- the cursor ----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> str | None:
        """The trial under the cursor; None if the filter hides the chosen one."""
        return self._names[self.cursor_row] if self.show_cursor and self.cursor_row < len(self._names) else None

    def choose(self, trial: str) -> None:
        """Move the cursor to a trial without a message."""
        self._wanted = trial
        if self.row_count and self.chosen != trial:
            self._point()

    def _point(self, *, scroll: bool = True) -> None:
        """Put the cursor on the chosen trial; without it in the table there is no cursor."""
        place = self._place.get(self._wanted or "")
        with self.prevent(DataTable.RowHighlighted):
            if place is not None:
                self.move_cursor(row=place, scroll=scroll)
            self.show_cursor = place is not None or self._wanted is None

    def choose_first(self) -> None:
        """Choose the first shown trial, if the chosen one is hidden."""
        if self.chosen is None and self._names:
            self._choose_row(0)

    def _choose_row(self, row: int) -> None:
        """Show the cursor in a row, and post the choice."""
        with self.prevent(DataTable.RowHighlighted):
            self.move_cursor(row=row)
            self.show_cursor = True
        self._wanted = self._names[row]
        self.post_message(self.RowChosen(self._names[row]))

    def action_cursor_down(self) -> None:
        """Move down; without a cursor, to the first row."""
        if self.show_cursor:
            super().action_cursor_down()
        else:
            self.choose_first()

    def action_cursor_up(self) -> None:
        """Move up; without a cursor, to the last row."""
        if self.show_cursor:
            super().action_cursor_up()
        elif self._names:
            self._choose_row(len(self._names) - 1)

    def on_click(self, event: events.Click) -> None:
        """Show the cursor where the click was: the table itself moves only a visible cursor."""
        row = event.style.meta.get("row", -1)
        if not self.show_cursor and 0 <= row < len(self._names):
            self._choose_row(row)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Post which trial is chosen."""
        event.stop()
        if event.row_key.value is not None and self.show_cursor:
            self._wanted = event.row_key.value
            self.post_message(self.RowChosen(event.row_key.value))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Post which trial is chosen by a click or Enter on the cursor's row."""
        event.stop()
        if event.row_key.value is not None and event.row_key.value != self._wanted:
            self._wanted = event.row_key.value
            self.post_message(self.RowChosen(event.row_key.value))

    # -- cells ---------------------------------------------------------------------------------------------------

    def _texts(self, entry: TrialProgress) -> tuple[str, ...]:
        texts = (text_of(self._run_session, key, entry) for key in self._keys)
        mark = MARK if entry.trial.name in self.marked else ""
        test = self._run_session.baseline_test
        return (*texts, test.verdict(entry, "class"), test.verdict(entry), mark)

    def _heading(self, key: Key, styles: _Styles) -> Text:
        heading = self._headings.get(key, COLUMNS[key].heading)
        if COLUMNS[key].fact != self.order.fact:
            return Text(self._justified(heading, key), style=styles.muted, end="")
        text = with_arrow(heading, key, self._widths[key] + self._gap - 1, falling=self.order.falling)
        return Text(self._justified(text, key), style=styles.mark, end="")

    def _justified(self, text: str, key: Key) -> str:
        """Return a text as wide as its column and the gap before it, so that the cursor's bar has no holes."""
        width = self._widths[key]
        if key == self._keys[0]:
            # A mark goes behind it.
            return f"{text:<{width + 1}}"
        lead = self._gap - (key == self._keys[1])
        # What needs more than the column takes it from the gap.
        return " " * lead + f"{text:<{width}}" if key in LEFT else f"{text:>{width + lead}}"

    def _cell(self, key: Key, text: str, entry: TrialProgress, styles: _Styles) -> Text:
        style = styles.plain
        if key in ("glyph", "state"):
            style = styles.statuses[entry.status]
        elif text == number_format.MISSING or (key == "trial" and entry.status in ("pending", "parked", "skipped")):
            style = styles.muted
        elif key in ("gain", "class_gain"):
            verdict = self._run_session.baseline_test.verdict(entry, "errors" if key == "gain" else "class")
            style = {"better": styles.better, "worse": styles.worse}.get(verdict, styles.muted)
        elif key in ("epoch", "done") and not entry.history:
            style = styles.muted
        cell = Text(self._justified(text, key), style=style, no_wrap=True, end="")
        if key == self._keys[0] and entry.trial.name in self.marked:
            # In the gap before the name, which needs no extra room.
            cell.right_crop(1)
            cell.append(MARK, styles.mark)
        return cell

    def _styles(self) -> _Styles:
        variables = self.app.theme_variables

        def style(name: str) -> Style:
            return Style(color=theme_color(variables, name).rich_color)

        return _Styles(
            plain=style("foreground"),
            muted=style("foreground-muted"),
            mark=style("accent") + Style(bold=True),
            statuses={status: style(symbols.trial_style(status)) for status in symbols.TRIAL},
            better=style("primary"),
            worse=style("warning"),
        )
