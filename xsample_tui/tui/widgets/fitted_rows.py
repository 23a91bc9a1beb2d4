"""Fills a table with rows of text that fit a width: what matters least is left out, and no row is cut."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual.widgets import DataTable

from ...core.table_text import GAP, TextColumn, cells_of, fitted

# Columns of a page outside its table.
_EDGES = 3


def fill_table(
    table: DataTable[Text],
    columns: Sequence[TextColumn],
    rows: Sequence[Sequence[Text]],
    room: int,
    heading: Style,
    keys: Sequence[str] | None = None,
) -> None:
    """Show rows in a table, in place of those it has.

    Args:
        table: the table.
        columns: of every row.
        rows: the cells of each row, with their styles, one for each column.
        room: columns of the screen.
        heading: the style of the headings.
        keys: the rows' keys; None for none.
    """
    texts = [[cell.plain for cell in row] for row in rows]
    widths = fitted(columns, texts, max(room - _EDGES, 1))
    with table.app.batch_update():
        table.clear(columns=True)
        for index, width in widths.items():
            column = columns[index]
            words = f"{column.heading:>{width}}" if column.right else column.heading
            table.add_column(Text(words, heading), width=width + GAP)
        for number, row in enumerate(rows):
            shown = cells_of(columns, texts[number], widths)
            cells = [Text(text, row[index].style) for index, text in zip(widths, shown, strict=True)]
            table.add_row(*cells, key=None if keys is None else keys[number])
