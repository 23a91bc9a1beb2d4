"""The table of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from ..core.errors import printable
from ..core.spec import SweepSpec
from ..store.catalog import Entry
from ..store.pulse import Pulse
from . import figure, glyph
from .glyph import ViewState
from .palette import theme_color
from .seen import STALLED_AFTER

AT_WORK: tuple[ViewState, ...] = ("starting", "running", "pausing", "paused", "stopping")
_ABOUT_LEAST = 24
_READING = "…"
# Columns of the page that are not the table's.
_MARGIN = 3


@dataclass(frozen=True)
class Row:
    """A run as the table shows it.

    Attributes:
        name: the run's name, as its folder is called.
        state: its state; None until its trials are read.
        done: trials done of all.
        best: the best validation accuracy of a finished trial.
        trial: that trial's name.
        article: whether the article's protocol makes its scores too good.
        age: how long ago it was made.
        problem: why it cannot be read.
        about: what is swept, in short.
        begun: whether a trial has been trained to its end.
        left: trials still to be trained.
        denied: whether this user may not read it.
    """

    name: str
    state: ViewState | None
    done: str
    best: str
    trial: str
    article: bool
    age: str
    problem: str
    about: str = ""
    begun: bool = False
    left: int = 0
    denied: bool = False

    @property
    def held(self) -> bool:
        """Whether a controller works on it."""
        return self.state in (*AT_WORK, "stalled")


def row_of(run: Entry, now: float, silence: float = 0.0) -> Row:
    """Return a run's row.

    Args:
        run: the run.
        now: Unix time in seconds.
        silence: seconds for which its heartbeat has not changed, as far as somebody looked.
    """
    if run.spec is None:
        missing = figure.MISSING
        return Row(run.name, run.state, missing, missing, missing, False, "", run.problem, denied=run.denied)
    read = run.state is not None
    return Row(
        name=run.name,
        state=_state(run.state, run.pulse, silence),
        done=f"{run.done if read else _READING}/{run.trials}",
        best=figure.accuracy(run.best[0]) if run.best else figure.MISSING if read else _READING,
        trial=run.best[1] if run.best else figure.MISSING if read else _READING,
        article=run.article,
        age=figure.age(now - run.created),
        problem="",
        about=about(run.spec),
        begun=run.done > 0,
        left=run.left,
    )


def about(spec: SweepSpec) -> str:
    """Return in short what is swept."""
    lay = spec.windows
    return (
        f"{printable(spec.source, 30)}, {lay.mask} {lay.height}x{lay.width}, stride {lay.stride}, "
        f"{spec.training.epochs} epochs, seed {spec.seed}"
    )


def _state(state: ViewState | None, pulse: Pulse | None, silence: float) -> ViewState | None:
    return "stalled" if state in AT_WORK and pulse is not None and silence > STALLED_AFTER else state


class RunTable(DataTable[Text]):
    """The runs; Enter opens one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "Open",
            tooltip="open the run under the cursor; nothing is trained yet",
            id="runs.open",
        ),
    ]

    def __init__(self) -> None:
        super().__init__(id="runs", cursor_type="row", cell_padding=0)
        self._shown: tuple[object, ...] = ()

    @property
    def chosen(self) -> str | None:
        """The name of the run under the cursor."""
        if not self.row_count or not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def show(self, rows: list[Row], first: str | None, width: int) -> None:
        """Show the runs; the cursor stays on its run, or near it where that is gone.

        Args:
            rows: the runs.
            first: the run that is to be compared with another, marked.
            width: columns of the page.
        """
        columns = _columns(rows, width)
        names = [row.name for row in rows]
        widths = {heading: width for heading, width, _ in columns}
        cells = [self._cells(row, widths, marked=row.name == first) for row in rows]
        shape = (names, columns, self.app.theme)
        with self.app.batch_update(), self.prevent(DataTable.RowHighlighted):
            if shape == self._shown:
                for name, new in zip(names, cells, strict=True):
                    for (heading, _, _), old, cell in zip(columns, self.get_row(name), new, strict=True):
                        if cell != old:
                            self.update_cell(name, heading, cell)
                return
            self._shown = shape
            chosen, at = self.chosen, self.cursor_row
            muted = self._style("foreground-muted")
            self.clear(columns=True)
            for heading, wide, right in columns:
                self.add_column(Text(f"{heading:>{wide}}" if right else heading, muted), width=wide, key=heading)
            for name, new in zip(names, cells, strict=True):
                self.add_row(*new, key=name)
            if names:
                self.move_cursor(row=names.index(chosen) if chosen in names else min(at, len(names) - 1))

    def _cells(self, row: Row, widths: dict[str, int], *, marked: bool) -> list[Text]:
        muted, plain = self._style("foreground-muted"), self._style("foreground")
        best = row.best + ("!" if row.article else " ")
        state = Text(_READING, muted)
        if row.problem:
            state = Text("✗ no access" if row.denied else "✗ damaged", self._style("error"))
        elif row.state is not None:
            state = Text(f"{glyph.RUN[row.state]} {row.state}", self._style(glyph.run_style(row.state)))
        mark = "→ " if marked else ""
        cells = [
            Text(mark + printable(row.name, widths["run"] - 1 - len(mark)), self._style("primary"), no_wrap=True),
            state,
            Text(f"{row.done:>{widths['done']}}", plain),
            Text(f"{best:>10}", self._style("error") if row.article else plain),
            Text(f"  {row.trial}", muted),
            Text(f"{row.age:>12}", muted),
        ]
        if (width := widths.get("  sweep")) is not None:
            cells.append(Text(f"  {printable(row.about, width - 2)}", muted, no_wrap=True))
        return cells

    def _style(self, name: str) -> Style:
        return Style(color=theme_color(self.app.theme_variables, name).rich_color)


def _columns(rows: list[Row], width: int) -> tuple[tuple[str, int, bool], ...]:
    """Return (heading, width, whether to the right) of each column that there is room for."""
    trial = max([5, *(len(row.trial) for row in rows)]) + 2
    done = max([5, *(len(row.done) for row in rows)])
    room = width - _MARGIN - (11 + done + 10 + trial + 12)
    name = max(12, min(max([20, *(len(row.name) for row in rows)]) + 2, room))
    columns = [("run", name, False), ("state", 11, False), ("done", done, True), ("best val", 10, True)]
    columns += [("  trial", trial, False), ("age", 12, True)]
    longest = max([0, *(len(row.about) for row in rows)]) + 2
    if longest > 2 and room - name >= _ABOUT_LEAST:
        columns.append(("  sweep", min(longest, room - name), False))
    return tuple(columns)
