"""Keys of the largest panels and screens: each with the name by which a user's file moves it."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

_NEXT = "sort by the next column; after the last, the plan's order"
_PREVIOUS = "sort by the column before; before the first, the plan's order"

# The sweep screen.
SWEEP: Final[tuple[Binding, ...]] = (
    Binding("u", "mark", "Mark", show=False, tooltip="mark the chosen trial, or take its mark away", id="sweep.mark"),
    Binding(
        "U",
        "mark_shown",
        "Mark all",
        show=False,
        tooltip="mark all trials the table shows, or none of them",
        id="sweep.mark-all",
    ),
    Binding(
        "slash",
        "filter",
        "Filter",
        tooltip="type which trials the table shows: acc>0.98 row<5 !failed",
        id="sweep.filter",
    ),
    Binding("g", "panel('grid')", "Grid", tooltip="go to the grid of windows", id="sweep.grid"),
    Binding("t", "panel('table')", "Table", tooltip="go to the table of trials", id="sweep.table"),
    Binding(
        "c",
        "panel('curve')",
        "Curve",
        tooltip="go to the learning curve; on small terminals in the table's place",
        id="sweep.curve",
    ),
    Binding(
        "l",
        "panel('log')",
        "Log",
        tooltip="go to the log; on small terminals it takes the whole room",
        id="sweep.log",
    ),
    Binding(
        "w",
        "workers",
        "Workers",
        tooltip="who trains what, where and how fast; the cluster's dashboard",
        id="sweep.workers",
    ),
    Binding(
        "e",
        "summary",
        "Summary",
        tooltip="what a finished run amounts to; shown by itself at the end",
        id="sweep.summary",
    ),
    Binding(
        "b",
        "stack",
        "Stack",
        tooltip="blend finished windows: the marked, else the best; see what it amounts to",
        id="sweep.stack",
    ),
)

# The grid of windows.
GRID: Final[tuple[Binding, ...]] = (
    Binding("up", "move(-1, 0)", "Cell above", show=False, id="grid.cell-above"),
    Binding("down", "move(1, 0)", "Cell below", show=False, id="grid.cell-below"),
    Binding("left", "move(0, -1)", "Cell to the left", show=False, id="grid.cell-to-the-left"),
    Binding("right", "move(0, 1)", "Cell to the right", show=False, id="grid.cell-to-the-right"),
    Binding("home", "jump(0, -1)", "First column", show=False, id="grid.first-column"),
    Binding("end", "jump(0, 1)", "Last column", show=False, id="grid.last-column"),
    Binding("pageup", "jump(-1, 0)", "First row", show=False, id="grid.first-row"),
    Binding("pagedown", "jump(1, 0)", "Last row", show=False, id="grid.last-row"),
    Binding("plus,equals_sign", "zoom(1)", "Larger cells", show=False, id="grid.larger-cells"),
    Binding(
        "minus",
        "zoom(-1)",
        "Smaller cells, down to half blocks",
        show=False,
        id="grid.smaller-cells-down-to-half-blocks",
    ),
    Binding("z", "zoom(0)", "Cells as large as all fit", show=False, id="grid.cells-as-large-as-all-fit"),
)

# The table of trials.
TABLE: Final[tuple[Binding, ...]] = (
    Binding("shift+right", "sort(1)", "Sort by next", show=False, tooltip=_NEXT, id="table.sort-by-next"),
    Binding("shift+left", "sort(-1)", "Sort by previous", show=False, tooltip=_PREVIOUS, id="table.sort-by-previous"),
    Binding("R", "turn_order", "Reverse order", show=False, tooltip="turn the order round", id="table.reverse-order"),
    Binding(
        "shift+down",
        "mark_on(1)",
        "Mark down",
        show=False,
        tooltip="mark this trial and the next",
        id="table.mark-down",
    ),
    Binding(
        "shift+up",
        "mark_on(-1)",
        "Mark up",
        show=False,
        tooltip="mark this trial and the one before",
        id="table.mark-up",
    ),
)

# The stack screen, after those of its panels.
STACK: Final[tuple[Binding, ...]] = (
    Binding(
        "T",
        "train_arms",
        "Train arms",
        show=False,
        tooltip="train the arms' controls in the background; asks first",
        id="stack.train-arms",
    ),
    Binding(
        "e",
        "export",
        "Export",
        tooltip="write the predictions to a CSV, how they came about beside it",
        id="stack.export",
    ),
    Binding("r", "reload", "Reload", show=False, tooltip="read again what is finished", id="stack.reload"),
    Binding("tab", "app.focus_next", "Next panel", show=False, tooltip="go to the next panel", id="stack.next-panel"),
    Binding(
        "shift+tab",
        "app.focus_previous",
        "Panel before",
        show=False,
        tooltip="go to the panel before",
        id="stack.panel-before",
    ),
    Binding("escape", "leave", "Sweep", tooltip="back to the sweep", id="stack.sweep"),
)
