"""Shows the accuracy of each class, and which classes are confused, for one model or blend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ...core.errors import XSampleError, printable
from ...core.table_text import cells_of, fitted
from ...store.run.run_folder import RunFolder
from ..help.help_screen import Sheet
from ..keys.keymap_file import key_of
from ..theme.colors import theme_color
from ..theme.drawing_app import drawing_app
from ..widgets.aligned_row import AlignedRow
from .confusion_drawing import matrix_lines

if TYPE_CHECKING:
    from ...stacking.findings.class_scores import ClassScores

_GAP = 2


def trial_classes(run: RunFolder, trial: str) -> ClassScoresDialog:
    """Return the dialog about a finished trial of a run."""

    def read() -> ClassScores:
        # Imported when needed, and in the thread: the statistics are slow to import.
        from ...stacking.findings.class_scores import trial_class_scores

        return trial_class_scores(run, trial)

    return ClassScoresDialog(trial, read)


class ClassScoresDialog(Sheet):
    """The classes of one model or blend on the selection images; a thread reads the stored outputs.

    Args:
        title: what is judged.
        read: reads it; called in a thread.

    Attributes:
        found: the scores; None until they are read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "dismiss", "Close", tooltip="close the dialog", id="classes.close"),
        Binding(
            "s",
            "sort",
            "Sort",
            show=False,
            tooltip="the weakest class first, or by label",
            id="classes.weakest-first",
        ),
        Binding("y", "copy", "Copy", show=False, tooltip="copy classes and matrix as text", id="classes.copy"),
    ]

    class Read(Message):
        """The scores were read, or an error that prevents it."""

        def __init__(self, found: ClassScores | str) -> None:
            self.found = found
            super().__init__()

    def __init__(self, title: str, read: Callable[[], ClassScores]) -> None:
        super().__init__()
        self.TITLE_TEXT = f"Classes: {printable(title, 60)}"
        self._read = read
        self.found: ClassScores | None = None
        self._weakest_first = False
        # The rows as text.
        self._lines: list[str] = []

    def sections(self) -> ComposeResult:
        """Return where the answer, the classes and the matrix are shown."""
        yield Static(Content.styled("… reading the stored outputs", "$foreground-muted"), id="classes-answer")
        with Vertical(classes="help-section"):
            yield Static("classes", classes="help-title", markup=False)
            yield Static(id="classes-head", markup=False)
            yield Vertical(id="classes-rows")
        with Vertical(id="classes-matrix"):
            yield Static("confusion: rows are true classes, columns predicted ones", classes="help-title")
            yield Static(id="classes-counts", markup=False)

    def on_mount(self) -> None:
        """Read the outputs, and follow the theme."""
        self._look()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._show())

    @work(thread=True, exit_on_error=False, group="classes")
    def _look(self) -> None:
        try:
            found: ClassScores | str = self._read()
        except (XSampleError, OSError) as error:
            found = printable(error, 300)
        self.post_message(self.Read(found))

    @on(Read)
    def _take(self, event: Read) -> None:
        event.stop()
        if isinstance(event.found, str):
            self.query_one("#classes-answer", Static).update(Content(f"Cannot read the outputs: {event.found}"))
            return
        self.found = event.found
        self.add_class("-read")
        self.call_after_refresh(self._show)

    def on_resize(self, event: events.Resize) -> None:
        """Let the tables fit."""
        super().on_resize(event)
        self.call_after_refresh(self._show)

    def action_sort(self) -> None:
        """Show the weakest class first, or the classes in the order of their labels."""
        self._weakest_first = not self._weakest_first
        self._show()

    def action_copy(self) -> None:
        """Copy what the dialog shows as text."""
        if self.found is None:
            return
        answer, head, counts = (
            str(self.query_one(f"#classes-{part}", Static).content) for part in ("answer", "head", "counts")
        )
        self.app.copy_to_clipboard("\n".join([answer, head, *self._lines, "", counts]))
        self.notify("Classes and matrix are copied.", markup=False)

    def _show(self) -> None:
        found = self.found
        box = self.query_one("#classes-rows", Vertical)
        width = box.size.width
        if found is None or not width:
            return
        # The statistics are slow to import; they are there by now.
        from ...stacking.findings.class_scores import COLUMNS

        n = int(found.confusion.images.sum())
        baselines = f"baselines: the mean of {found.baseline_count}" if found.baseline_count else "no baselines"
        keys = drawing_app(self).keymap
        sort, copy = (key_of(self.BINDINGS, action, keys) for action in ("sort", "copy"))
        order = "by label" if self._weakest_first else "weakest first"
        note = f"{n:,} selection images; {baselines}; {sort} {order}, {copy} copies"
        self.query_one("#classes-answer", Static).update(
            Content.assemble((found.answer(), "bold"), "\n", (note, "$foreground-muted"))
        )
        rows = [row.cells() for row in found.rows(weakest_first=self._weakest_first)]
        widths = fitted(COLUMNS, rows, width, _GAP)
        names = widths[0]

        def line(cells: tuple[str, ...]) -> str:
            return (" " * _GAP).join(cells_of(COLUMNS, cells, widths)[1:]).rstrip()

        head = line(tuple(column.heading for column in COLUMNS))
        self.query_one("#classes-head", Static).update(
            Content.styled(f"{COLUMNS[0].heading:<{names}}{' ' * _GAP}{head}", "$foreground-muted")
        )
        # An aligned row has one blank after its name.
        lines = [(cells_of(COLUMNS, cells, widths)[0], f"{' ' * (_GAP - 1)}{line(cells)}") for cells in rows]
        self._lines = [f"{name} {text}" for name, text in lines]
        box.remove_children()
        box.mount(*(AlignedRow(name, "$accent", text, names) for name, text in lines))
        variables = self.app.theme_variables
        page, right, wrong = (theme_color(variables, name) for name in ("surface", "primary", "warning"))
        matrix = matrix_lines(found, width, page=page, right=right, wrong=wrong)
        self.query_one("#classes-counts", Static).update(Content("\n").join(matrix))
