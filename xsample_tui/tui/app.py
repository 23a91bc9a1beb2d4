"""Runs the terminal interface: opens its screens and starts the controller of the run that is shown."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from ..core.errors import InputError, printable
from ..core.run_state.session_limits import SessionLimits
from ..store.files.interface_state import InterfaceState, load_state
from ..store.run.run_folder import RunFolder
from ..sweep import detached_sweep, run_setup
from ..sweep.cluster.cluster_address import ClusterAddress
from . import key_scopes
from .command_palette import commands
from .delayed_call import call_after
from .help.help_screen import Help, PanelHelp, panels_of
from .keys.declared_keys import APP
from .run_screens import BackgroundStart, RunScreens
from .session.desktop_notification import NOTIFY, WAYS, Way, sequence
from .session.local_session import ControllerMaker, HandOver
from .shutdown import say
from .start.start_screen import StartScreen
from .terminal.capabilities import color_system, wants_ascii, with_colors
from .terminal.clipboard import passed_on
from .terminal.driver import TerminalDriver, let_go
from .terminal.gc_tuning import EVERY, FIRST
from .terminal.image_protocol import image_protocol
from .terminal.signal_handlers import Signals
from .terminal.svg_screenshot import save
from .theme.ascii_filter import AsciiFilter
from .theme.drawing_app import depth_of
from .theme.ramps import RAMPS, Ramp
from .theme.themes import DARK_NAME, themes
from .widgets.pixel_image import pixel_widget


class XSampleApp(RunScreens):
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
        kept: what the user has set before, and how runs were looked at.
        keeps: whether what changes of it is also kept while it runs, not only at the end.
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
    ) -> None:
        super().__init__(
            runs,
            kept or InterfaceState(),
            keeps=keeps,
            clock=clock,
            work=work,
            allow_drift=allow_drift,
            make_controller=make_controller,
            hand_over=hand_over,
            start_beside=start_beside,
        )
        # Textual draws on the stream for errors.
        encoding = getattr(sys.__stderr__, "encoding", None)
        known = self.memory.kept
        self.ascii_only = wants_ascii(os.environ, encoding, known.ascii) if ascii_only is None else ascii_only
        if (colors := color_system(os.environ)) is not None:
            self.console = with_colors(self.console, colors)
        self.image_protocol = image_protocol(os.environ)
        if self.image_protocol is not None:
            # The terminal is asked for the size of a character, which it can be until the interface reads it.
            pixel_widget(self.image_protocol)
        self._ascii_filter = AsciiFilter()
        self._replay = replay
        self._run = run
        for theme in themes(depth_of(self.console)):
            self.register_theme(theme)
        self.theme = known.theme if known.theme in self.available_themes else DARK_NAME
        self.ramp = next((ramp for ramp in RAMPS if ramp == known.ramp), self.ramp)

    def get_driver_class(self) -> type[Driver]:
        """Return the driver: one that survives the end of its terminal, unless the environment names another."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that every line passes on its way to the terminal."""
        filters = super().get_line_filters()
        return [*filters, self._ascii_filter] if self.ascii_only else filters

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
        self.set_interval(0.5, self._look_after)
        call_after(self, FIRST, self._garbage.settle)
        self.set_interval(EVERY, self._garbage.settle)
        if self._run is None:
            self.push_screen(StartScreen(self.runs, self._listing))
        elif self._replay is not None:
            self.push_screen(StartScreen(self.runs, self._listing))
            self.replay_named(self._run.name, self._replay)
        else:
            self._show_sweep(self.sweep_screen(self._run), train=self._train_when_opened)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an error from a thread."""
        if event.state is WorkerState.ERROR:
            self.notify(printable(f"{event.worker.error!r}", 400), severity="error", markup=False)

    def _look_after(self) -> None:
        """Say what has waited for long; notify of a sweep that has ended or stalls."""
        for run_session in self._open.every:
            run_session.look_after()
            if not run_session.opened or run_session.banner or self.terminal_driver is None:
                continue
            watcher = self._watchers[run_session]
            words = watcher.check(run_session.run.name, run_session.state, run_session.progress)
            if words is not None and (escapes := sequence(words, os.environ)):
                self.terminal_driver.write(escapes)

    def on_unmount(self) -> None:
        """Restore Python's garbage collection; :class:`Shutdown` stops the training."""
        self._garbage.close()
        self._listing.close()

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
        hand_over=partial(detached_sweep.hand_over, until=limits.until if limits else None),
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
