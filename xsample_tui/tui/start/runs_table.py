"""The table of runs: one row per run, with as many columns as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from ...core.duration_text import MINUTE, duration
from ...core.errors import printable
from ...core.table_text import TextColumn, fitted, shortened
from ...core.training.sweep_spec import SweepSpec
from ...store.control.heartbeat import Heartbeat
from ...store.control_run_names import CONFIRM, parts_of
from ...store.run_catalog import Entry
from ..session.run_view import STALLED_AFTER
from ..theme import symbols
from ..theme.colors import theme_color
from ..theme.symbols import ViewState
from ..view_models import number_format

_COLUMNS = (
    TextColumn("run", least=16),
    TextColumn("state"),
    TextColumn("done", right=True),
    TextColumn("best window", rank=2),
    TextColumn("verdict", rank=1),
    TextColumn("age", right=True, rank=3),
    TextColumn("sweep", rank=4),
)
_GAP = 1
_WIDE_GAP = 2
_WIDE = 100
AT_WORK: tuple[ViewState, ...] = ("starting", "running", "pausing", "paused", "stopping")
_READING = "…"
# Columns of the screen outside the table.
_MARGIN = 3


@dataclass(frozen=True)
class RunRow:
    """A run as the table shows it.

    Attributes:
        name: the run's name, as its folder is called.
        state: its state; None until its trials are read.
        done: trials done of all, with an exclamation mark if there is a note.
        best: the best finished window and its gain in images, or its accuracy without baselines.
        verdict: whether blending windows helps, as the run's summary last said; empty where that is not known.
        answer: that sentence.
        failed: how many trials failed.
        shown: what its row calls it: for a control run, below its run, the kind of control.
        article: whether its scores are optimistic because of the article's protocol.
        age: the time since it was created.
        problem: why it cannot be read.
        about: its data, windows and training, in short.
        begun: whether a trial is fully trained.
        left: the number of unfinished trials.
        denied: whether this user has no permission to read it.
        note: which of its trials are damaged or cannot be read.
    """

    name: str
    state: ViewState | None
    done: str
    best: str
    article: bool
    age: str
    problem: str
    verdict: str = ""
    answer: str = ""
    failed: int = 0
    shown: str = ""
    about: str = ""
    begun: bool = False
    left: int = 0
    denied: bool = False
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether a controller is working on it."""
        return self.state in (*AT_WORK, "stalled")


def row_of(run: Entry, now: float, silence: float = 0.0) -> RunRow:
    """Return a run's row.

    Args:
        run: the run.
        now: Unix time in seconds.
        silence: seconds since its heartbeat changed, as far as it was checked.
    """
    if run.spec is None:
        missing = number_format.MISSING
        return RunRow(run.name, run.state, missing, missing, False, "", run.problem, denied=run.denied)
    read = run.state is not None
    note = "; ".join(filter(None, (run.unreadable, run.damaged)))
    return RunRow(
        name=run.name,
        state=_state(run.state, run.heartbeat, silence),
        done=f"{run.done if read else _READING}/{run.trials}{'!' if note else ''}",
        best=_best(run) if read else _READING,
        article=run.article,
        age=duration(now - run.created) if now - run.created >= MINUTE else "now",
        problem="",
        verdict=(run.answer.verdict if run.answer else None) or "",
        answer=run.answer.sentence if run.answer else "",
        failed=run.failed,
        about=about(run.spec),
        begun=run.done > 0,
        left=run.left,
        note=note,
    )


def _best(run: Entry) -> str:
    if run.window is None:
        return number_format.MISSING
    name, accuracy, gain = run.window
    figure = number_format.accuracy(accuracy) if gain is None else number_format.gain(gain)
    return f"{name} {figure}{'!' if run.article else ''}"


def grouped(runs: Sequence[Entry], rows: Sequence[RunRow]) -> list[RunRow]:
    """Return the rows with each control run below the run that it is of, and without answers that are out of date.

    Args:
        runs: the runs, newest first.
        rows: their rows.
    """
    of = {run.name: row for run, row in zip(runs, rows, strict=True)}
    done = {run.name: run.done for run in runs}
    below: dict[str, list[str]] = {}
    confirming: set[str] = set()
    for name in of:
        parts = parts_of(name)
        if parts is not None and parts[0] in of:
            below.setdefault(parts[0], []).append(name)
            if parts[1] == CONFIRM:
                confirming.add(name)
    controls = {name for names in below.values() for name in names}
    found = []
    for run in runs:
        if run.name in controls:
            continue
        names = sorted(below.get(run.name, ()))
        known = done[run.name] + sum(done[name] for name in names if name not in confirming)
        row = of[run.name]
        if run.answer is not None and run.answer.done != known:
            row = replace(row, verdict="", answer="")
        found.append(row)
        for name in names:
            last = name == names[-1]
            found.append(replace(of[name], shown=f"{'└' if last else '├'} {name.removeprefix(run.name + '-')}"))
    return found


def about(spec: SweepSpec) -> str:
    """Return the data, windows and training of a sweep, in short."""
    lay = spec.windows
    return (
        f"{printable(spec.source, 30)}, {lay.mask} {lay.height}x{lay.width}, stride {lay.stride}, "
        f"{spec.training.epochs} epochs, seed {spec.seed}"
    )


def _state(state: ViewState | None, heartbeat: Heartbeat | None, silence: float) -> ViewState | None:
    return "stalled" if state in AT_WORK and heartbeat is not None and silence > STALLED_AFTER else state


class RunsTable(DataTable[Text]):
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

    def show(self, rows: list[RunRow], first: str | None, width: int) -> None:
        """Show the runs; the cursor stays on its run, or near it where that is gone.

        Args:
            rows: the runs.
            first: the run that is to be compared with another, marked.
            width: columns of the page.
        """
        cells = [self._cells(row, marked=row.name == first) for row in rows]
        gap = _WIDE_GAP if width >= _WIDE else _GAP
        texts = [[cell.plain for cell in line] for line in cells]
        widths = fitted(_COLUMNS, texts, width - _MARGIN, gap)
        columns = [(_COLUMNS[i].heading, wide + gap, _COLUMNS[i].right) for i, wide in widths.items()]
        names = [row.name for row in rows]
        cells = [[_fit(line[i], wide, _COLUMNS[i].right) for i, wide in widths.items()] for line in cells]
        # The theme's name changes before its colours do.
        variables = self.app.theme_variables
        shape = (names, columns, variables["foreground"], variables["primary"], variables["foreground-muted"])
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
                label = f"{heading:>{wide - gap}}" if right else heading
                self.add_column(Text(label, muted), width=wide, key=heading)
            for name, new in zip(names, cells, strict=True):
                self.add_row(*new, key=name)
            if names:
                self.move_cursor(row=names.index(chosen) if chosen in names else min(at, len(names) - 1))

    def _cells(self, row: RunRow, *, marked: bool) -> list[Text]:
        muted, plain = self._style("foreground-muted"), self._style("foreground")
        name = Text(("→ " if marked else "") + printable(row.shown or row.name, 200))
        name.stylize(self._style("secondary" if row.shown else "primary"))
        verdict = self._style({"helps": "primary", "hurts": "warning"}.get(row.verdict, "foreground"))
        return [
            name,
            self._state(row),
            Text(row.done, self._style("error") if row.note or row.failed else plain),
            Text(row.best, self._style("error") if row.article else plain),
            Text(row.verdict or number_format.MISSING, verdict if row.verdict else muted),
            Text(row.age, muted),
            Text(row.about, muted),
        ]

    def _state(self, row: RunRow) -> Text:
        if row.problem:
            return Text("✗ no access" if row.denied else "✗ damaged", self._style("error"))
        if row.state is None:
            return Text(_READING, self._style("foreground-muted"))
        if row.state == "finished" and row.failed:
            # A run that ended without all of its trials is no success.
            return Text(f"✗ {row.failed:,} failed", self._style("error"))
        return Text(f"{symbols.RUN[row.state]} {row.state}", self._style(symbols.run_style(row.state)))

    def _style(self, name: str) -> Style:
        return Style(color=theme_color(self.app.theme_variables, name).rich_color)


def _fit(cell: Text, width: int, right: bool) -> Text:
    """Return a cell in a column: shortened in its middle where it is too long."""
    style = cell.spans[0].style if cell.spans else cell.style
    text = shortened(cell.plain, width)
    return Text(f"{text:>{width}}" if right else text, style, no_wrap=True)
