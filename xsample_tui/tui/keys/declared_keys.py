"""Declares the keys of the sweep screen, its grid and table, and the stack screen.

An ``id`` is the name of a key in a user's ``keys.toml``: it never changes, however the labels are worded.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

_NEXT = "sort by the next column; after the last, do not sort"
_QUIT = "quit (asks first while a sweep is training here)"
_INTERRUPT = "copy the text that is selected; without any same as q; pressed twice, stop now and quit"
_PREVIOUS = "sort by the previous column; before the first, do not sort"


def panel_keys(screen: str) -> tuple[Binding, Binding]:
    """Return the keys that go from panel to panel on a screen, which names their ids."""
    return (
        Binding(
            "tab",
            "app.focus_next",
            "Next panel",
            show=False,
            tooltip="go to the next panel",
            id=f"{screen}.next-panel",
        ),
        Binding(
            "shift+tab",
            "app.focus_previous",
            "Previous panel",
            show=False,
            tooltip="go to the previous panel",
            id=f"{screen}.panel-before",
        ),
    )


# The application, on every screen.
APP: Final[tuple[Binding, ...]] = (
    Binding("question_mark", "help", "Help", tooltip="explain all keys, symbols, colours and terms", id="app.help"),
    Binding("q", "quit", "Quit", tooltip=_QUIT, id="app.quit"),
    Binding("ctrl+q", "quit", "Quit", show=False, priority=True, tooltip=_QUIT, id="app.quit"),
    Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True, tooltip=_INTERRUPT, id="app.interrupt"),
    Binding(
        "f1",
        "panel_help",
        "Panel help",
        show=False,
        tooltip="explain the focused panel and its keys",
        id="app.panel-help",
    ),
    Binding(
        "f2",
        "screenshot",
        "Screenshot",
        show=False,
        tooltip="save an SVG screenshot in the current directory",
        id="app.screenshot",
    ),
    Binding(
        "ctrl+p",
        "command_palette",
        "Commands",
        show=False,
        tooltip="find a command or theme by name",
        id="app.commands",
    ),
    Binding(
        "ctrl+z",
        "suspend_process",
        "Suspend",
        show=False,
        tooltip="suspend the interface; fg in the shell brings it back",
        id="app.suspend",
    ),
)

# The sweep screen.
SWEEP: Final[tuple[Binding, ...]] = (
    Binding("u", "mark", "Mark", show=False, tooltip="mark or unmark the chosen trial", id="sweep.mark"),
    Binding(
        "U",
        "mark_shown",
        "Mark all",
        show=False,
        tooltip="mark or unmark all trials that the table shows",
        id="sweep.mark-all",
    ),
    Binding(
        "slash",
        "filter",
        "Filter",
        tooltip="filter the table of trials: acc>0.98 row<5 !failed",
        id="sweep.filter",
    ),
    Binding("g", "panel('grid')", "Grid", tooltip="go to the grid of windows", id="sweep.grid"),
    Binding("t", "panel('table')", "Table", tooltip="go to the table of trials", id="sweep.table"),
    Binding(
        "c",
        "panel('curve')",
        "Curve",
        tooltip="go to the learning curve (on small terminals it replaces the table)",
        id="sweep.curve",
    ),
    Binding(
        "L",
        "panel('log')",
        "Log",
        tooltip="go to the log (on small terminals it fills the screen)",
        id="sweep.log",
    ),
    # As before, wherever l is not the cell to the right.
    Binding("l", "panel('log')", "Log", show=False, id="sweep.log"),
    Binding(
        "Y",
        "copy",
        "Copy",
        show=False,
        tooltip="copy the run's name, the trial's row, a command or the summary",
        id="sweep.copy",
    ),
    Binding(
        "E",
        "logs",
        "Worker logs",
        show=False,
        tooltip="show why the chosen trial failed, with its traceback, and what the workers wrote",
        id="sweep.worker-logs",
    ),
    Binding(
        "Z",
        "full",
        "Full screen",
        show=False,
        tooltip="let the focused panel fill the screen; again, or esc: all panels",
        id="sweep.full-screen",
    ),
    Binding(
        "w",
        "workers",
        "Workers",
        tooltip="list the workers: host, state, trial, images per second",
        id="sweep.workers",
    ),
    Binding(
        "e",
        "summary",
        "Summary",
        tooltip="show the results of a finished run; opens when the sweep ends",
        id="sweep.summary",
    ),
    Binding(
        "C",
        "classes",
        "Classes",
        show=False,
        tooltip="show the chosen trial's accuracy by class and its confusion matrix",
        id="sweep.classes",
    ),
    Binding(
        "b",
        "stack",
        "Stack",
        tooltip="blend finished windows: the marked ones, or the best",
        id="sweep.stack",
    ),
)

# Its last key.
LEAVE: Final = Binding(
    "escape",
    "leave",
    "Runs",
    tooltip="clear the filter; then the marks; then go back to the list of runs",
    id="sweep.runs",
)

# What its panels show.
VIEW: Final[tuple[Binding, ...]] = (
    Binding("m", "metric(1)", "Metric", tooltip="colour the grid by the next metric", id="sweep.metric"),
    Binding(
        "M",
        "metric(-1)",
        "Previous metric",
        show=False,
        tooltip="colour the grid by the previous metric",
        id="sweep.metric-before",
    ),
    Binding(
        "left_curly_bracket",
        "class_map(-1)",
        "Previous class",
        key_display="{",
        show=False,
        tooltip="colour the grid by the gain on the previous class",
        id="sweep.class-before",
    ),
    Binding(
        "right_curly_bracket",
        "class_map(1)",
        "Next class",
        key_display="}",
        show=False,
        tooltip="colour the grid by the gain on one class; again: on the next class",
        id="sweep.next-class",
    ),
    Binding(
        "a",
        "scale",
        "Scale",
        show=False,
        tooltip="colour from the worst to the best window, or centred on the baselines",
        id="sweep.scale",
    ),
    Binding(
        "B",
        "best",
        "Best window",
        show=False,
        tooltip="go to the best window; pressed again, to the next best",
        id="sweep.best",
    ),
    Binding("i", "map", "Map", tooltip="switch between windows and pixel importance map", id="sweep.map"),
    Binding(
        "v",
        "preview",
        "Preview",
        tooltip="show or hide an image as the chosen network sees it",
        id="sweep.view",
    ),
    Binding(
        "left_square_bracket",
        "turn(-1)",
        "Previous image",
        show=False,
        tooltip="previous image",
        id="sweep.picture-before",
    ),
    Binding(
        "right_square_bracket",
        "turn(1)",
        "Next image",
        show=False,
        tooltip="next image",
        id="sweep.next-picture",
    ),
    Binding("p", "pin", "Pin", tooltip="pin or unpin the chosen trial's curve", id="sweep.pin"),
    Binding(
        "y",
        "log",
        "Log axis",
        show=False,
        tooltip="switch the curve between linear and logarithmic axis",
        id="sweep.log-axis",
    ),
    Binding(
        "o",
        "smooth",
        "Smooth",
        show=False,
        tooltip="smooth the curves over 5 epochs, 15 epochs or not at all",
        id="sweep.smooth",
    ),
    Binding(
        "F",
        "follow",
        "Follow",
        show=False,
        tooltip="select each trial when it is done, until another is chosen",
        id="sweep.follow",
    ),
    Binding(
        "W",
        "others",
        "Other windows",
        show=False,
        tooltip="draw or hide the curves of all other windows behind the chosen one",
        id="sweep.other-curves",
    ),
)

# The grid of windows.
GRID: Final[tuple[Binding, ...]] = (
    Binding("up,k", "move(-1, 0)", "Cell above", show=False, id="grid.cell-above"),
    Binding("down,j", "move(1, 0)", "Cell below", show=False, id="grid.cell-below"),
    Binding("left,h", "move(0, -1)", "Cell left", show=False, id="grid.cell-to-the-left"),
    Binding("right,l", "move(0, 1)", "Cell right", show=False, id="grid.cell-to-the-right"),
    Binding("home", "jump(0, -1)", "First column", show=False, id="grid.first-column"),
    Binding("end", "jump(0, 1)", "Last column", show=False, id="grid.last-column"),
    Binding("pageup", "jump(-1, 0)", "First row", show=False, id="grid.first-row"),
    Binding("pagedown", "jump(1, 0)", "Last row", show=False, id="grid.last-row"),
    Binding("plus,equals_sign", "zoom(1)", "Larger cells", show=False, id="grid.larger-cells"),
    Binding(
        "minus",
        "zoom(-1)",
        "Smaller cells",
        show=False,
        id="grid.smaller-cells-down-to-half-blocks",
    ),
    Binding("z", "zoom(0)", "Fit all cells", show=False, id="grid.cells-as-large-as-all-fit"),
)

# The table of trials.
TABLE: Final[tuple[Binding, ...]] = (
    Binding("j", "cursor_down", "Row below", show=False, id="table.row-below"),
    Binding("k", "cursor_up", "Row above", show=False, id="table.row-above"),
    Binding("home", "scroll_top", "First row", show=False, id="table.first-row"),
    Binding("end,G", "scroll_bottom", "Last row", show=False, id="table.last-row"),
    Binding("shift+right", "sort(1)", "Sort by next", show=False, tooltip=_NEXT, id="table.sort-by-next"),
    Binding("shift+left", "sort(-1)", "Sort by previous", show=False, tooltip=_PREVIOUS, id="table.sort-by-previous"),
    Binding(
        "R", "turn_order", "Reverse order", show=False, tooltip="reverse the sort order", id="table.reverse-order"
    ),
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
        tooltip="mark this trial and the previous one",
        id="table.mark-up",
    ),
)

# The stack screen, after the keys of its panels.
STACK: Final[tuple[Binding, ...]] = (
    Binding(
        "T",
        "train_arms",
        "Train arms",
        tooltip="train the controls of the arms in the background (asks first)",
        id="stack.train-arms",
    ),
    Binding(
        "e",
        "export",
        "Export",
        tooltip="write the predictions to a CSV file, with a JSON file that describes them",
        id="stack.export",
    ),
    Binding(
        "C",
        "classes",
        "Classes",
        show=False,
        tooltip="show the blend's accuracy by class and its confusion matrix",
        id="stack.classes",
    ),
    Binding(
        "Z",
        "full",
        "Full screen",
        show=False,
        tooltip="let the focused panel fill the screen; again, or esc: all panels",
        id="stack.full-screen",
    ),
    Binding("r", "reload", "Reload", show=False, tooltip="read the finished trials again", id="stack.reload"),
    *panel_keys("stack"),
    Binding("escape", "leave", "Sweep", tooltip="go back to the sweep", id="stack.sweep"),
)
