"""Asks for a file and writes a blend's predictions to it."""

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

from ...core.errors import XSampleError, printable
from ...stacking.blending.blender_registry import BLENDERS
from ...stacking.blending.prediction_export import written
from ...store.files.result_files import FileThere
from ...store.files.user_settings import expanded
from ...store.run.run_folder import RunFolder
from ..keys.keymap_file import key_of
from ..theme.drawing_app import drawing_app
from ..widgets.base_screen import BaseScreen
from .member_controls import MemberControls

# Writes to a path: (path, with probabilities, overwrite); returns the number of rows.
Export = Callable[[Path, bool, bool], int]


class ExportDialog(ModalScreen[str | None]):
    """Asks for a path and writes there; after an error it shows one line and stays open.

    Args:
        title: the title of the dialog.
        default: the initial path.
        export: writes the file; called in a thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Cancel", priority=True, tooltip="close without writing", id="export.cancel"),
        Binding(
            "ctrl+t",
            "probabilities",
            "Probabilities",
            priority=True,
            tooltip="include the probability of every class",
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
        """Show the path and explain the keys."""
        with Vertical(classes="dialog path"):
            yield Static(self._title, classes="dialog-title", markup=False)
            yield Input(self._default, id="path", compact=True)
            yield Static(f"in {printable(str(Path.cwd()), 200)}", classes="path-note", markup=False)
            yield Static(id="path-columns", markup=False)
            yield Static("selection images only; the test set stays locked", classes="path-note", markup=False)
            more, close = (key_of(self.BINDINGS, action, self._keymap) for action in ("probabilities", "close"))
            yield Static(f"enter writes · {more} probabilities · {close} cancels", classes="path-note", markup=False)
            yield Static(id="path-error", markup=False)

    @property
    def _keymap(self) -> dict[str, str]:
        return drawing_app(self).keymap

    def on_mount(self) -> None:
        """Focus the path, with the cursor at its end."""
        field = self.query_one(Input)
        field.focus()
        field.cursor_position = len(field.value)
        self._show_columns()

    def _show_columns(self) -> None:
        columns = ", ".join(("picture", "predicted", "true", "fold")) + (", p0, p1, …" if self._probabilities else "")
        box = "[x]" if self._probabilities else "[ ]"
        self.query_one("#path-columns", Static).update(f"{box} probability of every class\nCSV columns: {columns}")

    def action_close(self) -> None:
        """Close without writing."""
        self.dismiss(None)

    def action_probabilities(self) -> None:
        """Include or exclude the probability of every class."""
        self._probabilities = not self._probabilities
        self._show_columns()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Clear the message about another path."""
        if event.value != self._overwrite:
            self._overwrite = None
            self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write; overwrite an existing file only if the same path is confirmed."""
        event.stop()
        text = event.value.strip()
        if not text or "\0" in text:
            self._say("Enter a file name.")
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


class ExportControls:
    """Writes the predictions of the chosen blender, to a file that is asked for.

    Args:
        screen: the screen that it is a part of.
        run: the run.
        members: knows the members and the blender that are chosen.
    """

    def __init__(self, screen: BaseScreen, run: RunFolder, members: MemberControls) -> None:
        self._screen, self._run, self._members = screen, run, members

    def close(self) -> None:
        """Nothing is left to end."""

    def action_export(self) -> None:
        """Ask for a path, and write the predictions of the chosen blender there."""
        study, choice, name = self._members.study, self._members.choice, self._members.blender
        if study is None:
            return
        standing = self._members.standings.get(name)
        if standing is not None and standing.blend is None:
            self._screen.notify(f"{name}: {standing.refusal}", severity="warning", markup=False)
            return

        def export(path: Path, probabilities: bool, force: bool) -> int:
            made = standing or study.blend(choice, BLENDERS[name])
            if made.blend is None:
                raise XSampleError(f"{name}: {made.refusal}")
            return study.export(choice, made.blend, path, probabilities=probabilities, force=force)

        heading = f"Export: {BLENDERS[name].title} of {study.words(choice)}"
        self._screen.app.push_screen(ExportDialog(heading, f"{self._run.name}-stack.csv", export), self._exported)

    def _exported(self, words: str | None) -> None:
        if words is not None:
            self._screen.notify(printable(words, 400), markup=False)
