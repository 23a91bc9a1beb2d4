"""Runs a command about a run from the interface, with options that can be changed, and shows what it prints."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ...core.errors import printable
from ...core.shell_command import shell_command
from ...store.run.run_folder import RunFolder
from ..keys.keymap_file import key_of
from ..latest_only import unwaited
from ..theme.drawing_app import drawing_app
from .background_command import Asked, CommandEnd, begin

# Lines of output that are kept: their end.
_MOST_LINES = 2_000
_LONGEST = 1_000
_MUTED = "$foreground-muted"


@dataclass(frozen=True)
class RunCommand:
    """A command of the command line that the palette offers.

    Attributes:
        title: in the palette.
        words: what it does.
        name: of the command.
        options: what is filled in; ``{run}`` stands for the run's name.
        about_run: whether it takes the run's name.
        long: whether it trains or predicts: what that costs is said first, and it goes on in the background.
        training: whether it trains, so that it needs ``--headless``.
        files: whether it writes files, whose folder is said at its end.
        where: where its result is, in words; ``{command}`` stands for the command. Empty for its last line.
    """

    title: str
    words: str
    name: str
    options: str = ""
    about_run: bool = True
    long: bool = False
    training: bool = False
    files: bool = False
    where: str = ""


COMMANDS = (
    RunCommand("Judge", "test every window against the baselines", "judge"),
    RunCommand("Report", "write the report: a page and its figures", "report", "--out {run}-report", files=True),
    RunCommand(
        "Confirm",
        "train the best windows again, in the background",
        "confirm",
        "--top 3",
        long=True,
        training=True,
        where="see 'Confirm: results' in the palette, or {command} --no-train",
    ),
    RunCommand("Confirm: results", "judge what was trained to confirm the best windows", "confirm", "--no-train"),
    RunCommand(
        "Predict",
        "label new images with a blend, in the background",
        "predict",
        "--input images.csv --csv {run}-labels.csv --top 5",
        long=True,
        files=True,
    ),
    RunCommand("Export table", "write the trials as a table", "export", "--csv {run}-trials.csv", files=True),
    RunCommand("Export epochs", "write all epochs as a table", "export", "--history {run}-history.csv", files=True),
    RunCommand("Export map", "write the map of windows as an image", "export", "--map {run}-map.png", files=True),
    RunCommand(
        "Export importance",
        "write the importance of each pixel, as .csv, .png or .svg",
        "export",
        "--importance {run}-importance.csv",
        files=True,
    ),
    RunCommand("Tune", "measure which settings train fastest on this machine", "tune", about_run=False),
)


def palette_commands(app: App[Any], run: RunFolder) -> Iterator[SystemCommand]:
    """Yield the commands about a run for the palette."""
    for command in COMMANDS:
        opened = partial(_open, app, run, command)
        yield SystemCommand(command.title, f"{command.words} ({command.name})", opened)


def _open(app: App[Any], run: RunFolder, command: RunCommand) -> None:
    app.push_screen(RunCommandDialog(run, command))


def program(arguments: Sequence[str]) -> list[str]:
    """Return the program that runs a command."""
    return [sys.executable, "-m", "xsample_tui", *arguments]


class RunCommandDialog(ModalScreen[None]):
    """Shows a command as it could be pasted into a shell; Enter runs it, and what it prints is shown below.

    Of one that takes long, Enter first shows what it costs; Enter again starts it in the background, where it goes on
    when the dialog or the interface is closed.

    Args:
        run: the run.
        command: the command.

    Attributes:
        code: its exit status; None before it has ended, and while only its cost is known.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", tooltip="close; a command that runs here is ended", id="command.close"),
        Binding("ctrl+y", "copy", "Copy", tooltip="copy the command and its output", id="command.copy"),
    ]

    class Printed(Message):
        """The command printed a line."""

        def __init__(self, line: str) -> None:
            self.line = line
            super().__init__()

    class Ended(Message):
        """The command has ended, or could not be started."""

        def __init__(self, code: int | None, fault: str = "") -> None:
            self.code = code
            self.fault = fault
            super().__init__()

    def __init__(self, run: RunFolder, command: RunCommand) -> None:
        super().__init__()
        self._run_folder = run
        self._command = command
        self._lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._busy = self._left = False
        # The options whose cost was asked for, and those whose cost was shown last.
        self._asked: str | None = None
        self._cost_shown: str | None = None
        self.code: int | None = None

    @property
    def shown(self) -> str:
        """The command without its options, as it can be pasted into a shell."""
        name = self._command.name
        return self._run_folder.shell_command(name) if self._command.about_run else shell_command(name)

    def compose(self) -> ComposeResult:
        """Show the command, its options and room for its output."""
        with Vertical(classes="dialog command"):
            yield Static(self._command.title, classes="dialog-title", markup=False)
            yield Static(self.shown, id="command-shown", markup=False)
            options = self._command.options.format(run=self._run_folder.name)
            yield Input(options, placeholder="options", id="command-options", compact=True)
            keys = drawing_app(self).keymap
            copy, close = (key_of(self.BINDINGS, action, keys) for action in ("copy", "close"))
            enter = "enter says what it costs" if self._command.long else "enter runs it"
            note = f"{enter} · {copy} copies · {close} closes"
            yield Static(Content.styled(note, _MUTED), id="command-note")
            with VerticalScroll(id="command-output"):
                yield Static(id="command-lines", markup=False)

    def on_mount(self) -> None:
        """Go to the options."""
        field = self.query_one(Input)
        field.focus()
        field.cursor_position = len(field.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the command, unless it runs already."""
        event.stop()
        if self._busy:
            return
        try:
            options = shlex.split(event.value)
        except ValueError as error:
            self._say(f"✗ options: {error}", "$error")
            return
        self._asked = event.value if self._command.long else None
        if self._command.long and self._cost_shown == event.value:
            self._begin(options)
            return
        run = self._run_folder
        about = [run.name, "--runs-dir", str(run.path.parent)] if self._command.about_run else []
        self._busy, self.code, self._lines = True, None, []
        self._show_lines()
        self._say("… computing what it costs" if self._command.long else "… running", _MUTED)
        dry = ["--dry-run"] if self._command.long else []
        self._run(program([self._command.name, *about, *options, *dry]))

    def _begin(self, options: list[str]) -> None:
        """Start the command in the background."""
        run, command = self._run_folder, self._command
        self._cost_shown = None
        more = ["--headless"] if command.training or "--refit" in options else []
        where = command.where.format(command=run.shell_command(command.name))
        try:
            question = Asked(command.title, printable(run.name, 64), where, _folder() if command.files else "")
            arguments = [command.name, run.name, *options, *more]
            pid = begin(self.app, run, arguments, question, self._background)
        except OSError as error:
            self._say(f"✗ cannot start: {printable(error, 300)}", "$error")
            return
        self._busy, self._lines = True, []
        self._show_lines()
        words = f"… in process {pid}, also when this is closed; its end will be said · {command.name}-output.log (L)"
        self._say(words, "$success")

    def _background(self, end: CommandEnd) -> bool:
        """Show what the command in the background printed; return whether this dialog is still there for it."""
        if not self.is_attached:
            return False
        self._busy, self.code = False, end.code
        self._lines = [printable(line, _LONGEST) for line in end.lines][-_MOST_LINES:]
        self._show_lines()
        self._say(f"{'✗' if end.code else '✓'} {end.words}", "$error" if end.code else "$success")
        return True

    @unwaited
    def _run(self, command: list[str]) -> None:
        """Run a command in a thread, and post what it prints."""
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            self.post_message(self.Ended(None, printable(error, 300)))
            return
        self._process = process
        if self._left:
            process.terminate()
        with process:
            for line in process.stdout or ():
                self.post_message(self.Printed(line.rstrip("\n")))
        self.post_message(self.Ended(process.returncode))

    @on(Printed)
    def _printed(self, event: Printed) -> None:
        event.stop()
        self._lines = [*self._lines, printable(event.line, _LONGEST)][-_MOST_LINES:]
        self.call_after_refresh(self._show_lines)

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        event.stop()
        self._busy, self._process = False, None
        priced = self._command.long and event.code == 0
        self.code = None if priced else event.code
        if priced:
            self._cost_shown = self._asked
            *self._lines, cost = self._lines or ["nothing to do"]
            self._say(f"{cost}. Enter again starts it in the background.", "$warning")
        elif event.code == 0:
            last = f": {self._lines[-1]} ({_folder()})" if self._command.files and self._lines else ""
            self._say(f"✓ done{last}", "$success")
        else:
            self._say(f"✗ {event.fault or f'ended with exit code {event.code}'}", "$error")
        self._show_lines()
        # The arrows scroll what it printed; tab goes back to the options.
        if self._lines and self.code == 0:
            self.query_one("#command-output").focus()

    def _show_lines(self) -> None:
        box = self.query_one("#command-output")
        box.display = bool(self._lines)
        self.query_one("#command-lines", Static).update("\n".join(self._lines))

    def _say(self, words: str, style: str) -> None:
        self.query_one("#command-note", Static).update(Content.styled(words, style))

    def action_copy(self) -> None:
        """Copy the command and its output."""
        command = f"{self.shown} {self.query_one(Input).value}".rstrip()
        self.app.copy_to_clipboard("\n".join([command, *self._lines]))
        self.notify("The command and its output are copied.", markup=False)

    def action_close(self) -> None:
        """End the command, and close."""
        self._left = True
        if self._process is not None:
            self._process.terminate()
        self.dismiss(None)


def _folder() -> str:
    """Return the folder that relative paths of a command begin at, in words."""
    return f"in {printable(Path.cwd(), 300)}"
