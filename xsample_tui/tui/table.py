"""The table of trials: a row a trial, kept up to date epoch by epoch, sorted, filtered and marked."""

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

from ..core.filter import EVERYTHING, Facts, Filter
from ..core.progress import TrialProgress
from . import figure, glyph
from .column import FACTS, HEADINGS, LEFT, SETS, WIDTHS, Key, text_of
from .declared_keys import TABLE
from .facts import facts_of
from .flag import MARK
from .link import Link
from .order import Order
from .palette import theme_color

_SCROLLBAR = 1
# Seconds between two looks at whether rows that changed have another place now.
_SETTLE = 1.0
_RISING, _FALLING = "▲", "▼"


@dataclass(frozen=True)
class _Look:
    """The styles of the present theme."""

    plain: Style
    muted: Style
    mark: Style
    statuses: dict[str, Style]
    better: Style
    worse: Style


class TrialTable(DataTable[Text]):
    """The trials, in the plan's order unless sorted; the cursor stays on its trial.

    Args:
        link: the run's link.

    Attributes:
        order: how the rows are ordered.
        wanted: which trials are shown.
        marked: names of the trials that are marked, shown or not.
    """

    class Chosen(Message):
        """The cursor went to another trial."""

        def __init__(self, trial: str) -> None:
            self.trial = trial
            super().__init__()

    class Arranged(Message):
        """Other trials are shown or marked, or in another order."""

    BORDER_TITLE = "trials"
    HELP = (
        "A row a trial: its state, its epochs, and what it has reached on select. gain is in pictures, against the "
        "baselines' mean after as many epochs; it is grey within their noise. A click on a heading sorts by it, one "
        "more turns the order round, a third goes back to the plan's order. Marked trials have a dot; retry, skip, "
        "front and stack then act on all of them instead of the one under the cursor."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *TABLE,
    ]

    def __init__(self, link: Link) -> None:
        super().__init__(cursor_type="row", cell_padding=0, zebra_stripes=False, id="table")
        self._link = link
        self._keys: tuple[Key, ...] = ()
        self._shown: dict[str, tuple[str, ...]] = {}
        self._all = list(link.progress.trials)
        # The names of the rows, from the top.
        self._names = list(self._all)
        self._place = {name: row for row, name in enumerate(self._names)}
        self._widths: dict[Key, int] = WIDTHS | {
            "trial": max((len(name) for name in self._names), default=5),
            "epoch": max(5, 2 * len(str(link.run.spec.training.epochs)) + 1),
        }
        self._gap = 1
        self._wanted: str | None = None
        self._unsettled = False
        self.order = Order()
        self.wanted: Filter = EVERYTHING
        self.marked: set[str] = set()
        self.updated_cells = 0

    @property
    def least_width(self) -> int:
        """The width with which no column of the least set is cut."""
        return sum(self._widths[key] + 1 for key in SETS[-1]) - 1 + _SCROLLBAR

    def on_mount(self) -> None:
        """Follow the theme, and what trials become."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._rebuild())
        self.set_interval(_SETTLE, self._settle)

    def on_resize(self) -> None:
        """Show the columns there is room for."""
        fitting = self._fitting(self.content_region.width - _SCROLLBAR)
        if fitting != (self._keys, self._gap):
            self._keys, self._gap = fitting
            self._rebuild()

    def _fitting(self, width: int) -> tuple[tuple[Key, ...], int]:
        """Return the most columns that fit, and the widest gap between them that leaves them all."""
        for keys in SETS:
            for gap in (3, 2, 1):
                if sum(self._widths[key] + gap for key in keys) - gap <= width:
                    return keys, gap
        return SETS[-1], 1

    # -- rows ----------------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        if not self._keys:
            return
        look = self._look()
        top = self.scroll_y
        with self.app.batch_update(), self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            for key in self._keys:
                # The gap after a column belongs to it, so that the cursor's bar has no holes.
                self.add_column(self._heading(key, look), width=self._widths[key] + self._gap, key=key)
            self._shown.clear()
            for name in self._names:
                entry = self._link.progress.trials[name]
                texts = self._texts(entry)
                self._shown[name] = texts
                # The last texts, verdict and mark, have no column: they are a colour and a dot in others.
                cells = (self._cell(key, text, entry, look) for key, text in zip(self._keys, texts, strict=False))
                self.add_row(*cells, key=name)
            self._point(scroll=False)
            self.scroll_to(y=top, animate=False, force=True)

    def refresh_trials(self, names: Iterable[str] | None = None) -> None:
        """Bring rows up to date: those named, or all.

        Only cells whose text changed are written, without touching any column's width.
        """
        self._unsettled = True
        if not self._keys:
            return
        look = self._look()
        with self.app.batch_update():
            for name in self._names if names is None else names:
                entry = self._link.progress.trials.get(name)
                if entry is None or name not in self._shown:
                    continue
                before, texts = self._shown[name], self._texts(entry)
                if texts == before:
                    continue
                self._shown[name] = texts
                # The trial's name is dimmed while it waits, so it follows its state.
                recoloured: set[Key] = {"trial", "gain"} if before[-2] != texts[-2] else {"trial"}
                if before[-1] != texts[-1]:
                    recoloured.add(self._keys[0])
                for key, old, new in zip(self._keys, before, texts, strict=False):
                    if old != new or key in recoloured:
                        self.update_cell(name, key, self._cell(key, new, entry, look))
                        self.updated_cells += 1

    # -- what is shown, and in which order -----------------------------------------------------------------------

    @property
    def names(self) -> Sequence[str]:
        """The trials that are shown, from the top."""
        return self._names

    @property
    def total(self) -> int:
        """How many trials there are, shown or not."""
        return len(self._all)

    def _facts(self, name: str) -> Facts:
        return facts_of(self._link, self._link.progress.trials[name], marked=name in self.marked)

    def show_only(self, wanted: Filter) -> None:
        """Show the trials that meet a filter; what is marked stays marked."""
        self.wanted = wanted
        self._arrange()

    def sort_by(self, order: Order) -> None:
        """Order the rows; the cursor stays on its trial, and in sight."""
        self.order = order
        self._arrange(headings=True)
        self._point()

    def _arrange(self, *, headings: bool = False) -> None:
        """Give every row its place, and take or add those that go or come."""
        self._unsettled = False
        facts = {name: self._facts(name) for name in self._all}
        met = [name for name in self._all if self.wanted.matches(facts[name])]
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
        """Once in a while, see to it that rows which changed are where they belong."""
        if self._unsettled and (self.wanted != EVERYTHING or self.order.fact is not None):
            self._arrange()

    def action_sort(self, step: int) -> None:
        """Sort by the next column, or the one before, also where it has no room; past the ends, the plan's order."""
        facts: list[str | None] = [None, *(FACTS[key] for key in SETS[0])]
        self.sort_by(Order(facts[(facts.index(self.order.fact) + step) % len(facts)]))

    def action_turn_order(self) -> None:
        """Turn the order round."""
        self.sort_by(Order(self.order.fact or "name", turned=not self.order.turned))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column whose heading is clicked."""
        event.stop()
        key: Key = event.column_key.value  # type: ignore[assignment]
        self.sort_by(self.order.after_click(FACTS[key]))

    # -- marks ---------------------------------------------------------------------------------------------------

    def mark(self, names: Iterable[str], *, on: bool | None = None) -> None:
        """Mark trials or take their marks away; without ``on``, each the other way round."""
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
        """Mark everything that is shown; if it is already, take the marks away."""
        self.mark(list(self._names), on=not self.marked.issuperset(self._names))

    def action_mark_on(self, rows: int) -> None:
        """Mark the trial under the cursor, go on, and mark that one too."""
        if self.chosen is not None:
            here = self.cursor_row
            there = min(max(here + rows, 0), len(self._names) - 1)
            self.mark({self._names[here], self._names[there]}, on=True)
            self.move_cursor(row=there)

    # -- the cursor ----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> str | None:
        """The trial under the cursor; None where the chosen one is filtered out."""
        return self._names[self.cursor_row] if self.show_cursor and self.cursor_row < len(self._names) else None

    def choose(self, trial: str) -> None:
        """Move the cursor to a trial without saying so."""
        self._wanted = trial
        if self.row_count and self.chosen != trial:
            self._point()

    def _point(self, *, scroll: bool = True) -> None:
        """Put the cursor on the trial that is chosen; if that is not shown, there is no cursor."""
        place = self._place.get(self._wanted or "")
        with self.prevent(DataTable.RowHighlighted):
            if place is not None:
                self.move_cursor(row=place, scroll=scroll)
            self.show_cursor = place is not None or self._wanted is None

    def choose_first(self) -> None:
        """Go to the first trial that is shown, if the chosen one is not."""
        if self.chosen is None and self._names:
            self._take_up(0)

    def _take_up(self, row: int) -> None:
        """Show the cursor again, in a row, and say so."""
        with self.prevent(DataTable.RowHighlighted):
            self.move_cursor(row=row)
            self.show_cursor = True
        self._wanted = self._names[row]
        self.post_message(self.Chosen(self._names[row]))

    def action_cursor_down(self) -> None:
        """Go down; without a cursor, to the first row."""
        if self.show_cursor:
            super().action_cursor_down()
        else:
            self.choose_first()

    def action_cursor_up(self) -> None:
        """Go up; without a cursor, to the last row."""
        if self.show_cursor:
            super().action_cursor_up()
        elif self._names:
            self._take_up(len(self._names) - 1)

    def on_click(self, event: events.Click) -> None:
        """Bring the cursor back to where the click is: the table itself moves it only while it is shown."""
        row = event.style.meta.get("row", -1)
        if not self.show_cursor and 0 <= row < len(self._names):
            self._take_up(row)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say which trial is chosen."""
        event.stop()
        if event.row_key.value is not None and self.show_cursor:
            self._wanted = event.row_key.value
            self.post_message(self.Chosen(event.row_key.value))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Say which trial is chosen: a click or Enter on the row where the cursor is."""
        event.stop()
        if event.row_key.value is not None and event.row_key.value != self._wanted:
            self._wanted = event.row_key.value
            self.post_message(self.Chosen(event.row_key.value))

    # -- cells ---------------------------------------------------------------------------------------------------

    def _texts(self, entry: TrialProgress) -> tuple[str, ...]:
        texts = (text_of(self._link, key, entry) for key in self._keys)
        mark = MARK if entry.trial.name in self.marked else ""
        return (*texts, self._link.yardstick.verdict(entry), mark)

    def _heading(self, key: Key, look: _Look) -> Text:
        if FACTS[key] != self.order.fact:
            return Text(self._justified(HEADINGS[key], key), style=look.muted)
        arrow = _FALLING if self.order.falling else _RISING
        heading = HEADINGS[key]
        if key in LEFT and len(heading) < self._widths[key]:
            return Text(self._justified(f"{heading}{arrow}", key), style=look.mark)
        # The gap after the column has room for it.
        return Text(self._justified(heading, key)[:-1] + arrow, style=look.mark)

    def _justified(self, text: str, key: Key) -> str:
        width = self._widths[key]
        return (f"{text:<{width}}" if key in LEFT else f"{text:>{width}}") + " " * self._gap

    def _cell(self, key: Key, text: str, entry: TrialProgress, look: _Look) -> Text:
        style = look.plain
        if key in ("glyph", "state"):
            style = look.statuses[entry.status]
        elif text == figure.MISSING or (key == "trial" and entry.status in ("pending", "skipped")):
            style = look.muted
        elif key == "gain":
            verdict = self._link.yardstick.verdict(entry)
            style = {"better": look.better, "worse": look.worse}.get(verdict, look.muted)
        elif key in ("epoch", "done") and not entry.history:
            style = look.muted
        cell = Text(self._justified(text, key), style=style, no_wrap=True, end="")
        if key == self._keys[0] and entry.trial.name in self.marked:
            # In the gap before the name, so that it takes no room.
            cell.right_crop(1)
            cell.append(MARK, look.mark)
        return cell

    def _look(self) -> _Look:
        variables = self.app.theme_variables

        def style(name: str) -> Style:
            return Style(color=theme_color(variables, name).rich_color)

        return _Look(
            plain=style("foreground"),
            muted=style("foreground-muted"),
            mark=style("accent") + Style(bold=True),
            statuses={status: style(glyph.trial_style(status)) for status in glyph.TRIAL},
            better=style("primary"),
            worse=style("warning"),
        )
