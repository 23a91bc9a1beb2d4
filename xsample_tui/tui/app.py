"""Runs the terminal interface: opens its screens and starts the controller of the run that is shown."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from ..core.errors import InputError, printable
from ..core.interface_settings import NOTIFY, WAYS, Way
from ..core.run_state.session_limits import SessionLimits
from ..core.training.sweep_spec import SweepSpec
from ..store.files.interface_state import InterfaceState, load_state
from ..store.run.run_folder import RunFolder
from ..sweep import detached_sweep, run_setup
from ..sweep.cluster.cluster_address import ClusterAddress
from . import key_scopes
from .command_palette import commands
from .help.help_screen import Help, PanelHelp, panels_of
from .keys.declared_keys import APP
from .open_runs import OpenRuns
from .run_screens import BackgroundStart, RunScreens, Starts
from .session.local_session import ControllerMaker, HandOver
from .session.messages import Change
from .session.run_session import RunSession
from .shutdown import say
from .start.runs_reader import LIST_EVERY
from .sweep.sweep_screen import SweepScreen
from .terminal.capabilities import color_system, wants_ascii, with_colors
from .terminal.clipboard import passed_on
from .terminal.driver import TerminalDriver, let_go
from .terminal.image_protocol import image_protocol
from .terminal.signal_handlers import Signals
from .terminal.svg_screenshot import save
from .textual_private import PrivateApp
from .theme.ascii_filter import AsciiFilter
from .theme.drawing_app import depth_of
from .theme.ramps import RAMPS, Ramp
from .theme.themes import DARK_NAME, themes
from .view_memory import ViewMemory
from .widgets.pixel_image import pixel_widget


class XSampleApp(PrivateApp):
    """The terminal interface.

    Args:
        runs: the runs folder.
        run: the run to open; None for the list of runs.
        work: whether to train it; otherwise it is only shown.
        allow_drift: whether to train even if packages or hardware changed.
        make_controller: makes the controller of a run.
        clock: gives Unix time in seconds.
        ascii_only: whether to draw in ASCII only; None for what the environment says.
        replay: replays ``run`` at this many recorded seconds per second (0 chooses a speed); None shows its state.
        hand_over: moves a sweep that is trained here to a background process.
        start_beside: starts a sweep in the background while another trains here.
        kept: what the user has set before, and how runs were shown.
        keeps: whether what changes of it is also kept while it runs, not only at the end.
        list_every: seconds from one reading of the list of runs to the next.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "xsample-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*APP]

    def __init__(
        self,
        runs: Path,
        run: RunFolder | None = None,
        *,
        work: bool = True,
        allow_drift: bool = False,
        make_controller: ControllerMaker = run_setup.controller,
        clock: Callable[[], float] = time.time,
        ascii_only: bool | None = None,
        replay: float | None = None,
        hand_over: HandOver = detached_sweep.hand_over,
        start_beside: BackgroundStart = detached_sweep.send_to_background,
        kept: InterfaceState | None = None,
        keeps: bool = False,
        list_every: float = LIST_EVERY,
    ) -> None:
        super().__init__()
        self.runs, self.clock = runs, clock
        known = kept or InterfaceState()
        self.keymap: dict[str, str] = {}
        self.ramp: Ramp = next((ramp for ramp in RAMPS if ramp == known.ramp), RAMPS[0])
        self._run, self._replay = run, replay
        self._open = OpenRuns(self)
        start = Starts(make_controller, hand_over, start_beside, allow_drift)
        self._screens = RunScreens(
            self, self, runs, self._open, known, keeps=keeps, work=work, start=start, list_every=list_every
        )
        self._ending = self._screens.ending
        # Textual draws on the stream for errors.
        encoding = getattr(sys.__stderr__, "encoding", None)
        self.ascii_only = wants_ascii(os.environ, encoding, known.ascii) if ascii_only is None else ascii_only
        if (colors := color_system(os.environ)) is not None:
            self.console = with_colors(self.console, colors)
        self.image_protocol = image_protocol(os.environ)
        if self.image_protocol is not None:
            # The terminal is asked for the size of a character, which it can be until the interface reads it.
            pixel_widget(self.image_protocol)
        self._ascii_filter = AsciiFilter()
        for theme in themes(depth_of(self.console)):
            self.register_theme(theme)
        self.theme = known.theme if known.theme in self.available_themes else DARK_NAME

    def get_driver_class(self) -> type[Driver]:
        """Return the driver: one that survives the end of its terminal, unless the environment names another."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that every line passes on its way to the terminal."""
        filters = super().get_line_filters()
        return [*filters, self._ascii_filter] if self.ascii_only else filters

    @property
    def memory(self) -> ViewMemory:
        """What the user sets, and how runs are shown."""
        return self._screens.memory

    def toggle_ascii(self) -> None:
        """Switch between ASCII and all characters."""
        self.ascii_only = not self.ascii_only
        # What a terminal cannot show is found out at every start.
        self.memory.changes["ascii"] = self.ascii_only or None
        self._repaint()

    def use_ramp(self, ramp: Ramp) -> None:
        """Choose the colours of metrics that are not compared with the baselines."""
        self.ramp = ramp
        self.memory.changes["ramp"] = ramp
        self._repaint()

    def use_notification(self, way: Way) -> None:
        """Choose how the terminal notifies."""
        os.environ[NOTIFY] = way
        self.memory.changes["notify"] = way

    def _repaint(self) -> None:
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                repaint = getattr(widget, "repaint", None)
                if callable(repaint):
                    repaint()
                widget.refresh(layout=True)

    # -- screens -------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the first screen."""
        try:
            self.keymap = key_scopes.user_keymap(XSampleApp)
        except InputError as error:
            self.notify(str(error), severity="warning", timeout=30, markup=False)
        self.set_keymap(self.keymap)
        self._screens.begin(self._run, self._replay)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an error from a thread."""
        if event.state is WorkerState.ERROR:
            self.notify(printable(f"{event.worker.error!r}", 400), severity="error", markup=False)

    def on_unmount(self) -> None:
        """Restore what was changed for the interface, and stop the training in bounded time."""
        self._screens.end()

    def sweep_screen(self, run: RunFolder) -> SweepScreen:
        """Return a screen for a run that can be trained and asked."""
        return self._screens.local_screen(run)

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Show a run; with ``train``, train it unless another process does."""
        self._screens.open_run(run, train=train)

    def open_named(self, name: str, *, train: bool = False) -> None:
        """Open a run of the runs folder; it is only shown unless ``train``."""
        self._screens.open_named(name, train=train)

    def replay_named(self, name: str, speed: float = 0) -> None:
        """Replay a run of the runs folder at ``speed`` recorded seconds per second; 0 chooses a speed."""
        self._screens.replay_named(name, speed)

    def compare_named(self, a: str, b: str) -> None:
        """Compare two runs of the runs folder, B against A."""
        self._screens.compare_named(a, b)

    def compare_many(self, names: Sequence[str]) -> None:
        """Show runs of the runs folder side by side; the first is what the others are compared with."""
        self._screens.compare_many(names)

    def show_runs(self) -> None:
        """Show the list of runs; over the screen of a sweep that trains here, which stays."""
        self._screens.show_runs()

    @property
    def training_beneath(self) -> str | None:
        """The name of the run that trains here while something else is shown; None without one."""
        return self._screens.training_beneath

    def bring_back(self) -> None:
        """Show the sweep again that trains here, or has ended meanwhile."""
        self._screens.bring_back()

    def show_form(self, like: SweepSpec | None = None) -> None:
        """Show the form for a new sweep, with the settings of another where one is given."""
        self._screens.show_form(like)

    def run_changed(self, run_session: RunSession, change: Change) -> None:
        """Start training once the run is open; quit once a stop that was asked for by quitting is done."""
        self._screens.run_changed(run_session, change)

    def train(self) -> None:
        """Start a controller on the run that is shown: in this process, unless another run trains here."""
        self._screens.train()

    # -- the end -------------------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Quit; ask first while a sweep is training here."""
        self._ending.quit()

    def action_interrupt(self) -> None:
        """Handle Ctrl-C: copy text that is selected, else ask as ``q`` does; the second time, quit."""
        self._ending.interrupt()

    def exit(self, *arguments: Any, **options: Any) -> None:
        """End, and take down how the runs are shown."""
        self.memory.remember()
        super().exit(*arguments, **options)

    def fail(self, error: BaseException) -> None:
        """Remember what ended the interface; the first error counts."""
        self._ending.fail(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End at once; the program counts as failed."""
        self.fail(RuntimeError("Textual has given up"))
        super().panic(*renderables)

    @property
    def failed_already(self) -> bool:
        """Whether :meth:`join` says in a line how the program failed."""
        return self._ending.failed

    def on_signal(self, number: int) -> None:
        """Handle a signal, in the main thread: stop the training here, then quit; the second time, at once."""
        self._ending.on_signal(number)

    def join(self) -> None:
        """Wait, after the interface has ended, until all epochs and requests are on disk; print how it failed."""
        self._ending.join()

    @property
    def exit_code(self) -> int:
        """The exit code: 0 ok, 1 failed, 3 stopped before the end, 130 interrupted."""
        return self._ending.exit_code

    # -- help and commands ---------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Explain the keys, symbols, colours and terms."""
        dialogs = {name: dialog.BINDINGS for name, (dialog, *_) in key_scopes.dialogs(stack=False).items()}
        self.push_screen(Help(self.screen, self.keymap, dialogs))

    def action_panel_help(self) -> None:
        """Explain the focused panel; if it has no help, the screen."""
        panels = panels_of(self.screen)
        above = self.focused.ancestors_with_self if self.focused is not None else []
        panel = next((node for node in above if node in panels and isinstance(node, Widget) and node.HELP), None)
        if panel is None:
            self.action_help()
        else:
            self.push_screen(PanelHelp(panel, self.keymap))

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Save an SVG screenshot, in the current directory unless ``path`` names another, and show its path."""
        shown = self._open.shown
        stem = filename or (shown.run.name if shown is not None else "xsample-tui")
        try:
            saved = save(self.export_screenshot(), Path(path or "."), stem, self.clock())
        except InputError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"Screenshot saved: {printable(saved.resolve(), 300)}", markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy text to the terminal's clipboard, also through tmux and GNU screen."""
        super().copy_to_clipboard(text)
        if self.terminal_driver is not None and (sequence := passed_on(text, os.environ)):
            self.terminal_driver.write(sequence)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the palette's commands."""
        return commands(self, self, screen)


def run_app(
    runs: Path,
    run: RunFolder | None = None,
    *,
    work: bool = True,
    allow_drift: bool = False,
    ascii_only: bool | None = None,
    replay: float | None = None,
    cluster: ClusterAddress | None = None,
    limits: SessionLimits | None = None,
) -> int:
    """Run the interface to its end.

    Args:
        runs: the runs folder.
        run: the run to open; None for the list of runs.
        work: whether to train it; otherwise it is only shown.
        allow_drift: whether to train even if packages or hardware changed.
        ascii_only: whether to draw in ASCII only; None for what the environment says.
        replay: as of :class:`XSampleApp`.
        cluster: where to train; None for this machine.
        limits: when what is trained here is to stop, and with how many workers ``run`` begins.

    Returns:
        0 if the sweep finished or was only watched, 1 if the controller crashed or trials failed, 2 if it refused the
        run, 3 if a sweep that was trained here stopped before its end, 130 after Ctrl-C twice.
    """
    kept = load_state()
    if kept.notify in WAYS:
        os.environ.setdefault(NOTIFY, kept.notify)
    app = XSampleApp(
        runs,
        run,
        work=work,
        allow_drift=allow_drift,
        ascii_only=ascii_only,
        replay=replay,
        make_controller=run_setup.controller_maker(run, cluster, limits),
        hand_over=partial(detached_sweep.hand_over, limits=limits),
        kept=kept,
        keeps=True,
    )
    with Signals(app.on_signal):
        try:
            app.run()
        except Exception as error:
            app.fail(error)
        app.join()
        try:
            app.memory.keep()
        except OSError as error:
            say(f"warning: settings and views are not kept: {printable(error, 300)}")
    let_go()
    return app.exit_code
