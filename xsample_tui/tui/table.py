"""The table of trials: a row a trial, kept up to date epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.style import Style
from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from ..core.progress import TrialProgress
from . import figure, glyph
from .link import Link
from .palette import theme_color

Key = Literal[
    "glyph", "state", "trial", "epoch", "done", "loss", "accuracy", "val_loss", "val_accuracy", "gain", "ink"
]
_LEFT: frozenset[Key] = frozenset({"glyph", "state", "trial"})
HEADINGS: dict[Key, str] = {
    "glyph": "",
    "state": "state",
    "trial": "trial",
    "epoch": "epoch",
    "done": "epoch",
    "loss": "loss",
    "accuracy": "accuracy",
    "val_loss": "val loss",
    "val_accuracy": "val acc",
    "gain": "gain",
    "ink": "ink removed",
}
_WIDTHS: dict[Key, int] = {
    "glyph": 1,
    "state": 9,
    "done": 5,
    "loss": 6,
    "accuracy": 8,
    "val_loss": 8,
    "val_accuracy": 7,
    "gain": 6,
    "ink": 11,
}
# From all columns down to what is always shown; the first set that fits is taken.
_SETS: tuple[tuple[Key, ...], ...] = (
    ("state", "trial", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "loss", "val_loss", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "val_loss", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "val_accuracy", "gain"),
    ("glyph", "trial", "epoch", "val_accuracy", "gain"),
    ("glyph", "trial", "done", "val_accuracy", "gain"),
)
_SCROLLBAR = 1


@dataclass(frozen=True)
class _Look:
    """The styles of the present theme."""

    plain: Style
    muted: Style
    statuses: dict[str, Style]
    better: Style
    worse: Style


class TrialTable(DataTable[Text]):
    """The trials in the plan's order; the cursor stays on its trial.

    Args:
        link: the run's link.
    """

    class Chosen(Message):
        """The cursor went to another trial."""

        def __init__(self, trial: str) -> None:
            self.trial = trial
            super().__init__()

    BORDER_TITLE = "trials"

    def __init__(self, link: Link) -> None:
        super().__init__(cursor_type="row", cell_padding=0, zebra_stripes=False, id="table")
        self._link = link
        self._keys: tuple[Key, ...] = ()
        self._shown: dict[str, tuple[str, ...]] = {}
        self._names = list(link.progress.trials)
        self._place = {name: row for row, name in enumerate(self._names)}
        self._widths: dict[Key, int] = _WIDTHS | {
            "trial": max((len(name) for name in self._names), default=5),
            "epoch": max(5, 2 * len(str(link.run.spec.training.epochs)) + 1),
        }
        self._gap = 1
        self._wanted: str | None = None
        self.updated_cells = 0

    @property
    def least_width(self) -> int:
        """The width with which no column of the least set is cut."""
        return sum(self._widths[key] + 1 for key in _SETS[-1]) - 1 + _SCROLLBAR

    def on_mount(self) -> None:
        """Follow the theme."""
        self.watch(self.app, "theme", self._rebuild, init=False)

    def on_resize(self) -> None:
        """Show the columns there is room for."""
        fitting = self._fitting(self.content_region.width - _SCROLLBAR)
        if fitting != (self._keys, self._gap):
            self._keys, self._gap = fitting
            self._rebuild()

    def _fitting(self, width: int) -> tuple[tuple[Key, ...], int]:
        """Return the most columns that fit, and the widest gap between them that leaves them all."""
        for keys in _SETS:
            for gap in (3, 2, 1):
                if sum(self._widths[key] + gap for key in keys) - gap <= width:
                    return keys, gap
        return _SETS[-1], 1

    def _rebuild(self) -> None:
        if not self._keys:
            return
        chosen = self._wanted
        look = self._look()
        with self.app.batch_update(), self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            for key in self._keys:
                # The gap after a column belongs to it, so that the cursor's bar has no holes.
                heading = self._justified(HEADINGS[key], key)
                self.add_column(Text(heading, style=look.muted), width=self._widths[key] + self._gap, key=key)
            self._shown.clear()
            for name in self._names:
                entry = self._link.progress.trials[name]
                texts = self._texts(entry)
                self._shown[name] = texts
                # The verdict, which is the last text, has no column: it is the gain's colour.
                cells = (self._cell(key, text, entry, look) for key, text in zip(self._keys, texts, strict=False))
                self.add_row(*cells, key=name)
            if chosen is not None:
                self.move_cursor(row=self._place[chosen])

    def refresh_trials(self, names: Iterable[str] | None = None) -> None:
        """Bring rows up to date: those named, or all.

        Only cells whose text changed are written, without touching any column's width.
        """
        if not self._keys:
            return
        look = self._look()
        with self.app.batch_update():
            for name in self._names if names is None else names:
                entry = self._link.progress.trials.get(name)
                if entry is None:
                    continue
                before, texts = self._shown[name], self._texts(entry)
                if texts == before:
                    continue
                self._shown[name] = texts
                recoloured = {"trial", "gain"} if before[-1] != texts[-1] else {"trial"}
                for key, old, new in zip(self._keys, before, texts, strict=False):
                    # The trial's name is dimmed while it waits, so it follows its state.
                    if old != new or key in recoloured:
                        self.update_cell(name, key, self._cell(key, new, entry, look))
                        self.updated_cells += 1

    @property
    def chosen(self) -> str | None:
        """The trial under the cursor."""
        return self._names[self.cursor_row] if self.row_count and self.cursor_row < len(self._names) else None

    def choose(self, trial: str) -> None:
        """Move the cursor to a trial without saying so."""
        self._wanted = trial
        if self.row_count and self.chosen != trial:
            with self.prevent(DataTable.RowHighlighted):
                self.move_cursor(row=self._place[trial])

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Say which trial is chosen."""
        event.stop()
        if event.row_key.value is not None:
            self._wanted = event.row_key.value
            self.post_message(self.Chosen(event.row_key.value))

    def _texts(self, entry: TrialProgress) -> tuple[str, ...]:
        return (*(self._text(key, entry) for key in self._keys), self._link.yardstick.verdict(entry))

    def _text(self, key: Key, entry: TrialProgress) -> str:
        kept = entry.kept
        match key:
            case "glyph":
                return glyph.TRIAL[entry.status]
            case "state":
                return f"{glyph.TRIAL[entry.status]} {entry.status}"
            case "trial":
                return entry.trial.name
            case "epoch":
                return figure.epochs(len(entry.history), self._link.run.spec.training.epochs)
            case "done":
                return str(len(entry.history))
            case "gain":
                return figure.gain(self._link.yardstick.gain(entry))
            case "ink":
                return figure.MISSING if entry.trial.is_baseline else figure.percent(entry.trial.ink_removed)
            case _:
                return figure.accuracy(getattr(kept, key) if kept else None)

    def _justified(self, text: str, key: Key) -> str:
        width = self._widths[key]
        return (f"{text:<{width}}" if key in _LEFT else f"{text:>{width}}") + " " * self._gap

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
        return Text(self._justified(text, key), style=style, no_wrap=True, end="")

    def _look(self) -> _Look:
        variables = self.app.theme_variables

        def style(name: str) -> Style:
            return Style(color=theme_color(variables, name).rich_color)

        return _Look(
            plain=style("foreground"),
            muted=style("foreground-muted"),
            statuses={status: style(glyph.trial_style(status)) for status in glyph.TRIAL},
            better=style("primary"),
            worse=style("warning"),
        )
