"""The table of runs: one row per run, with as many columns as fit."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from ...core.errors import printable
from ...core.table_text import TextColumn, fitted, shortened
from ..theme import symbols
from ..theme.colors import theme_color
from ..view_models import number_format
from .run_row import READING, RunRow
from .runs_order import RUNS_FIELDS, RunsField, RunsOrder

_COLUMNS: Final[dict[RunsField, TextColumn]] = {
    "run": TextColumn("run", least=16),
    "state": TextColumn("state"),
    "done": TextColumn("done", right=True),
    "best window": TextColumn("best window", rank=2),
    "verdict": TextColumn("verdict", rank=1),
    "tags": TextColumn("tags", rank=3, least=6),
    "age": TextColumn("age", right=True, rank=4),
    "sweep": TextColumn("sweep", rank=5),
}
assert tuple(_COLUMNS) == RUNS_FIELDS
_GAP = 1
_WIDE_GAP = 2
_WIDE = 100
# Columns of the screen outside the table.
_MARGIN = 3
_MOST_TAGS = 30


class RunsTable(DataTable[Text]):
    """The runs; Enter opens one.

    Attributes:
        order: how they are sorted.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "Open",
            tooltip="open the run under the cursor; nothing is trained yet",
            id="runs.open",
        ),
        Binding(
            "shift+right",
            "sort(1)",
            "Sort by next",
            show=False,
            tooltip="sort by the next column that is shown",
            id="runs.sort-by-next",
        ),
        Binding(
            "shift+left",
            "sort(-1)",
            "Sort by previous",
            show=False,
            tooltip="sort by the previous column that is shown",
            id="runs.sort-by-previous",
        ),
        Binding("home,g", "scroll_top", "First run", show=False, id="runs.first-run"),
        Binding("end,G", "scroll_bottom", "Last run", show=False, id="runs.last-run"),
        Binding("j", "cursor_down", "Run below", show=False, id="runs.run-below"),
        Binding("k", "cursor_up", "Run above", show=False, id="runs.run-above"),
        Binding(
            "R", "turn_order", "Reverse order", show=False, tooltip="reverse the sort order", id="runs.reverse-order"
        ),
    ]

    class Sorted(Message):
        """Another order is wanted."""

        def __init__(self, order: RunsOrder) -> None:
            self.order = order
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="runs", cursor_type="row", cell_padding=0)
        self._shown: tuple[object, ...] = ()
        self._fields: list[RunsField] = list(RUNS_FIELDS)
        self.order = RunsOrder()

    @property
    def chosen(self) -> str | None:
        """The name of the run under the cursor."""
        if not self.row_count or not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value

    def show(self, rows: list[RunRow], marked: dict[str, str], width: int) -> None:
        """Show the runs; the cursor stays on its run, or near it where that is gone.

        Args:
            rows: the runs, in their order.
            marked: the signs before the names of some.
            width: columns of the page.
        """
        cells = [self._cells(row, marked.get(row.name, "")) for row in rows]
        gap = _WIDE_GAP if width >= _WIDE else _GAP
        used = [column for field, column in _COLUMNS.items() if field != "tags" or any(r.notes.tags for r in rows)]
        at = [RUNS_FIELDS.index(column.heading) for column in used]
        headed = [TextColumn(self._heading(c), c.right, c.rank, c.least) for c in used]
        texts = [[line[i].plain for i in at] for line in cells]
        widths = fitted(headed, texts, width - _MARGIN, gap)
        self._fields = [RUNS_FIELDS[at[i]] for i in widths]
        columns = [(headed[i].heading, wide + gap, headed[i].right) for i, wide in widths.items()]
        names = [row.name for row in rows]
        cells = [[_fit(line[at[i]], wide, headed[i].right) for i, wide in widths.items()] for line in cells]
        # The theme's name changes before its colours do.
        variables = self.app.theme_variables
        shape = (names, columns, variables["foreground"], variables["primary"], variables["foreground-muted"])
        with self.app.batch_update(), self.prevent(DataTable.RowHighlighted):
            if shape == self._shown:
                for name, new in zip(names, cells, strict=True):
                    for field, old, cell in zip(self._fields, self.get_row(name), new, strict=True):
                        if cell != old:
                            self.update_cell(name, field, cell)
                return
            self._shown = shape
            chosen, here = self.chosen, self.cursor_row
            muted = self._style("foreground-muted")
            self.clear(columns=True)
            for field, (heading, wide, right) in zip(self._fields, columns, strict=True):
                label = f"{heading:>{wide - gap}}" if right else heading
                self.add_column(Text(label, muted), width=wide, key=field)
            for name, new in zip(names, cells, strict=True):
                self.add_row(*new, key=name)
            if names:
                self.move_cursor(row=names.index(chosen) if chosen in names else min(here, len(names) - 1))

    def _heading(self, column: TextColumn) -> str:
        """Return a heading, with an arrow before that of the column that sorts unless that is the usual one."""
        if self.order == RunsOrder() or column.heading != self.order.field:
            return column.heading
        return ("▼" if self.order.falling else "▲") + column.heading

    def _cells(self, row: RunRow, mark: str) -> list[Text]:
        muted, plain = self._style("foreground-muted"), self._style("foreground")
        name = Text(mark + printable(row.shown or row.name, 200))
        name.stylize(self._style("secondary" if row.shown else "primary"))
        verdict = self._style({"helps": "primary", "hurts": "warning"}.get(row.verdict, "foreground"))
        tags = shortened(" ".join(row.notes.tags), _MOST_TAGS)
        return [
            name,
            self._state(row),
            Text(row.done, self._style("error") if row.note or row.failed else plain),
            Text(row.best, self._style("error") if row.article else plain),
            Text(row.verdict or number_format.MISSING, verdict if row.verdict else muted),
            Text(tags, self._style("accent")),
            Text(row.age, muted),
            Text(row.about, muted),
        ]

    def _state(self, row: RunRow) -> Text:
        if row.problem:
            return Text("✗ no access" if row.denied else "✗ damaged", self._style("error"))
        if row.state is None:
            return Text(READING, self._style("foreground-muted"))
        if row.state == "finished" and row.failed:
            # A run that ended without all of its trials is no success.
            return Text(f"✗ {row.failed:,} failed", self._style("error"))
        return Text(f"{symbols.RUN[row.state]} {row.state}", self._style(symbols.run_style(row.state)))

    def _style(self, name: str) -> Style:
        return Style(color=theme_color(self.app.theme_variables, name).rich_color)

    # -- order ---------------------------------------------------------------------------------------------------

    def sort_by(self, order: RunsOrder) -> None:
        """Ask for the runs in another order."""
        self.order = order
        self.post_message(self.Sorted(order))

    def action_sort(self, step: int) -> None:
        """Sort by the next column that is shown, or by an earlier one."""
        self.sort_by(self.order.moved(step, self._fields))

    def action_turn_order(self) -> None:
        """Reverse the order."""
        self.sort_by(RunsOrder(self.order.field, not self.order.turned))

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column whose heading was clicked."""
        event.stop()
        self.sort_by(self.order.after_click(event.column_key.value))  # type: ignore[arg-type]


def _fit(cell: Text, width: int, right: bool) -> Text:
    """Return a cell in a column: shortened in its middle where it is too long."""
    style = cell.spans[0].style if cell.spans else cell.style
    text = shortened(cell.plain, width)
    return Text(f"{text:>{width}}" if right else text, style, no_wrap=True)
