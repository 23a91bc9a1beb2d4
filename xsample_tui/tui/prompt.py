"""The export prompt: where a blend's predictions are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ..core.errors import XSampleError, printable
from ..stacking.export import written
from ..store.result_files import FileThere
from ..store.settings import expanded
from .keymap import key_of

# Writes to a path, with every class's probability or without, over what exists or not; returns the rows.
Export = Callable[[Path, bool, bool], int]


class PathPrompt(ModalScreen[str | None]):
    """Asks for a path and writes there; what goes wrong is said in one line, and the prompt stays.

    Args:
        title: what is written.
        default: the path at first.
        export: writes; called in a thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Cancel", priority=True, tooltip="close without writing", id="export.cancel"),
        Binding(
            "ctrl+t",
            "probabilities",
            "Probabilities",
            priority=True,
            tooltip="write every class's probability",
            id="export.probabilities",
        ),
    ]

    class Done(Message):
        """Writing ended."""

        def __init__(self, words: str, error: XSampleError | None) -> None:
            self.words = words
            self.error = error
            super().__init__()

    def __init__(self, title: str, default: str, export: Export) -> None:
        super().__init__()
        self._title = title
        self._default = default
        self._export = export
        self._probabilities = False
        self._overwrite: str | None = None
        self._writing = False

    def compose(self) -> ComposeResult:
        """Show the path and what the keys do."""
        with Vertical(classes="dialog path"):
            yield Static(self._title, classes="dialog-title", markup=False)
            yield Input(self._default, id="path", compact=True)
            yield Static(id="path-columns", markup=False)
            yield Static("select pictures only: the test set stays locked", classes="path-note", markup=False)
            more, close = (key_of(self.BINDINGS, action, self._keymap) for action in ("probabilities", "close"))
            yield Static(f"enter writes · {more} probabilities · {close} cancels", classes="path-note", markup=False)
            yield Static(id="path-error", markup=False)

    @property
    def _keymap(self) -> dict[str, str]:
        return getattr(self.app, "keymap", {})

    def on_mount(self) -> None:
        """Begin in the path, without its default selected."""
        field = self.query_one(Input)
        field.focus()
        field.cursor_position = len(field.value)
        self._show_columns()

    def _show_columns(self) -> None:
        columns = "picture, predicted, true, fold" + (", p0, p1, …" if self._probabilities else "")
        box = "[x]" if self._probabilities else "[ ]"
        self.query_one("#path-columns", Static).update(f"{box} every class's probability\ncolumns: {columns}")

    def action_close(self) -> None:
        """Close without writing."""
        self.dismiss(None)

    def action_probabilities(self) -> None:
        """Write every class's probability, or not."""
        self._probabilities = not self._probabilities
        self._show_columns()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Forget what was said of another path."""
        if event.value != self._overwrite:
            self._overwrite = None
            self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write; over an existing file only when the same path is confirmed."""
        event.stop()
        text = event.value.strip()
        if not text or "\0" in text:
            self._say("name a file")
        elif not self._writing:
            self._writing = True
            self._write(text, self._probabilities, self._overwrite == event.value)

    @work(thread=True, exit_on_error=False, group="export")
    def _write(self, text: str, probabilities: bool, force: bool) -> None:
        try:
            path = expanded("file", text)
            rows = self._export(path, probabilities, force)
        except XSampleError as error:
            self.post_message(self.Done(str(error), error))
        except OSError as error:
            self.post_message(self.Done(f"{text}: {error}", XSampleError(str(error))))
        else:
            self.post_message(self.Done(written(rows, path), None))

    @on(Done)
    def _done(self, event: Done) -> None:
        self._writing = False
        if event.error is None:
            self.dismiss(event.words)
            return
        if isinstance(event.error, FileThere):
            self._overwrite = self.query_one(Input).value
        self._say(printable(event.words, 400))

    def _say(self, words: str) -> None:
        self.query_one("#path-error", Static).update(words)
