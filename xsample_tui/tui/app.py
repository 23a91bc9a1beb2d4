"""The application: which screen is shown, and whose controller works."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from ..core.errors import InputError, XSampleError, printable
from ..store.folder import RunFolder
from ..sweep import background, session
from ..sweep.cluster.address import ClusterAddress
from . import scopes
from .ascii import AsciiFilter
from .capabilities import color_system, wants_ascii, with_colors
from .commands import commands
from .ending import Ending
from .form import FormScreen
from .garbage import EVERY, FIRST, Garbage
from .heard import Heard
from .help import Help, PanelHelp, panels_of
from .link import ControllerMaker, HandOver, Link
from .listing import Listing
from .notice import Watcher, sequence
from .palette import DARK, LIGHT, RAMPS, Ramp
from .screenshot import save
from .signals import Signals
from .start import StartScreen
from .sweep import SweepScreen
from .terminal import TerminalDriver, let_go

_MESSAGES_A_SECOND = 5
_AGAIN = 1.0
_QUIT = "quit; asks first if a sweep is trained here"
_INTERRUPT = "as q; the second time, stop now and quit"


class XSampleApp(Ending):
    """The terminal interface.

    Args:
        runs: the runs folder.
        run: the run to open; None for the list of runs.
        work: whether to train it; otherwise it is only shown.
        allow_drift: whether to train although the machine or its software has changed.
        make_controller: makes the controller of a run.
        clock: gives Unix time in seconds.
        ascii_only: whether to draw in ASCII only; None asks the environment.
        replay: shows ``run`` as it went, at this many recorded seconds a second (0 for a speed that fits); None to
            show it as it is.
        hand_over: lets a sweep that is trained here go on in the background.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "xsample-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", tooltip="all keys, glyphs, colours and words", id="app.help"),
        Binding("q", "quit", "Quit", tooltip=_QUIT, id="app.quit"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, tooltip=_QUIT, id="app.quit"),
        Binding(
            "ctrl+c", "interrupt", "Interrupt", show=False, priority=True, tooltip=_INTERRUPT, id="app.interrupt"
        ),
        Binding(
            "f1",
            "panel_help",
            "Panel help",
            show=False,
            tooltip="what the panel in front shows, and its keys",
            id="app.panel-help",
        ),
        Binding(
            "f2",
            "screenshot",
            "Screenshot",
            show=False,
            tooltip="save the screen as an SVG picture",
            id="app.screenshot",
        ),
        Binding(
            "ctrl+p",
            "command_palette",
            "Commands",
            show=False,
            tooltip="every command by name, and the themes",
            id="app.commands",
        ),
    ]

    def __init__(
        self,
        runs: Path,
        run: RunFolder | None = None,
        *,
        work: bool = True,
        allow_drift: bool = False,
        make_controller: ControllerMaker = session.controller,
        clock: Callable[[], float] = time.time,
        ascii_only: bool | None = None,
        replay: float | None = None,
        hand_over: HandOver = background.hand_over,
    ) -> None:
        super().__init__(runs)
        # Textual draws on the stream for errors.
        encoding = getattr(sys.__stderr__, "encoding", None)
        self.ascii_only = wants_ascii(os.environ, encoding) if ascii_only is None else ascii_only
        if (colors := color_system(os.environ)) is not None:
            self.console = with_colors(self.console, colors)
        self.ramp = RAMPS[0]
        self._ascii_filter = AsciiFilter()
        self.keymap = {}
        self._replay = replay
        self._hand_over_to = hand_over
        self.clock = clock
        self._run = run
        self._train_when_opened = work
        self._allow_drift = allow_drift
        self._make_controller = make_controller
        self._listing = Listing(self, runs, clock)
        self._watcher = Watcher()
        self._garbage = Garbage()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_driver_class(self) -> type[Driver]:
        """Return the driver: one that outlives its terminal, unless the environment names another."""
        found = super().get_driver_class()
        return TerminalDriver if found is LinuxDriver else found

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what every line passes on its way to the terminal."""
        filters = super().get_line_filters()
        return [*filters, self._ascii_filter] if self.ascii_only else filters

    def toggle_ascii(self) -> None:
        """Draw in ASCII, or with every character again."""
        self.ascii_only = not self.ascii_only
        self._repaint()

    def use_ramp(self, ramp: Ramp) -> None:
        """Take other colours for metrics that are not compared with the baselines."""
        self.ramp = ramp
        self._repaint()

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
            self.keymap = scopes.user_keymap(XSampleApp)
        except InputError as error:
            self.notify(str(error), severity="warning", timeout=30, markup=False)
        self.set_keymap(self.keymap)
        self.set_interval(1 / _MESSAGES_A_SECOND, self._hand_over)
        self.set_interval(0.5, self._tell_terminal)
        self.set_timer(FIRST, self._garbage.settle)
        self.set_interval(EVERY, self._garbage.settle)
        if self._run is None:
            self.push_screen(StartScreen(self.runs, self._listing))
        elif self._replay is not None:
            self.push_screen(StartScreen(self.runs, self._listing))
            self.replay_named(self._run.name, self._replay)
        else:
            self._open(self._run, train=self._train_when_opened)

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Show a run, and train it if asked to and nobody else does."""
        self._open(run, train=train)

    def _open(self, run: RunFolder, *, train: bool) -> None:
        link = Link(run, self._make_controller, self.clock, self._hand_over_to)
        self._show_sweep(link, SweepScreen(link), train=train)

    def _show_sweep(self, link: Link, screen: SweepScreen, *, train: bool) -> None:
        self._close_link()
        self._train_when_opened = train
        self._link = link
        self._watcher = Watcher()
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self._attend(self._link)

    def show_runs(self) -> None:
        """Show the list of runs."""
        self._close_link()
        self.switch_screen(StartScreen(self.runs, self._listing))

    def show_form(self) -> None:
        """Show the form for a new sweep."""
        self.switch_screen(FormScreen(self.runs))

    @work(thread=True, exit_on_error=False, group="open")
    def open_named(self, name: str, *, train: bool = False) -> None:
        """Open a run of the runs folder; it is only shown unless ``train``."""
        try:
            run = RunFolder.open(self.runs, name)
        except XSampleError as error:
            self.call_from_thread(self.notify, printable(error, 400), severity="error", markup=False)
            return
        self.call_from_thread(self._open, run, train=train)

    @work(thread=True, exit_on_error=False, group="open")
    def replay_named(self, name: str, speed: float = 0) -> None:
        """Show a run of the runs folder as it went, at ``speed`` recorded seconds a second, 0 for one that fits."""
        from .replay import ReplayLink, ReplayScreen

        try:
            link = ReplayLink(RunFolder.open(self.runs, name), speed or None)
        except XSampleError as error:
            self.call_from_thread(self.notify, printable(error, 400), severity="error", markup=False)
            return
        self.call_from_thread(lambda: self._show_sweep(link, ReplayScreen(link), train=False))

    @work(thread=True, exit_on_error=False, group="open")
    def compare_named(self, a: str, b: str) -> None:
        """Compare two runs of the runs folder, B against A."""
        try:
            found = RunFolder.open(self.runs, a), RunFolder.open(self.runs, b)
        except XSampleError as error:
            self.call_from_thread(self.notify, printable(error, 400), severity="error", markup=False)
            return
        # Read only when asked for: the statistics take their time to import.
        from .contrast import ContrastScreen

        self.call_from_thread(self.push_screen, ContrastScreen(*found))

    def _close_link(self) -> None:
        if self._link is not None:
            self._note_outcome()
            self._link.close()
            self._link = None
            self._garbage.renew()

    # -- the link ------------------------------------------------------------------------------------------------

    def _attend(self, link: Link) -> None:
        try:
            self._threads.attend(link)
        except RuntimeError as error:
            self.notify(f"the run cannot be watched yet: {printable(error)}", severity="error", markup=False)
            self.set_timer(_AGAIN, lambda: self._attend(link) if link is self._link else None)

    def train(self) -> None:
        """Start this process's controller on the run that is shown."""
        link = self._link
        if link is None or link.working or link.alive:
            return
        link.begin()
        try:
            self._threads.train(link, allow_drift=self._allow_drift)
        except RuntimeError as error:
            link.fail(f"no controller can be started: {printable(error)}")
        if isinstance(self.screen, SweepScreen):
            self.screen.show_state()

    def _hand_over(self) -> None:
        """Pass on what came through the link: one message, however much it was."""
        screen = self._sweep
        if self._link is not None and screen is not None and screen.is_mounted:
            heard = self._link.collect()
            if heard is not None:
                screen.post_message(heard)

    def on_heard(self, heard: Heard) -> None:
        """Start training once the run is open, and leave once a stop that was to be the end is done."""
        link = self._link
        if link is None or not link.opened:
            return
        self._note_outcome()
        if self._train_when_opened:
            self._train_when_opened = False
            if not link.alive and not link.complete:
                self.train()
        self._leave_after(heard, link)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what went wrong in a thread."""
        if event.state is WorkerState.ERROR:
            self.notify(printable(f"{event.worker.error!r}", 400), severity="error", markup=False)

    def _tell_terminal(self) -> None:
        """Notify of a sweep that has ended or stalls."""
        link = self._link
        if link is None or not link.opened or link.banner or self._driver is None:
            return
        words = self._watcher.see(link.run.name, link.state, link.progress)
        if words is not None and (told := sequence(words, os.environ)):
            self._driver.write(told)

    def on_unmount(self) -> None:
        """Leave Python as it was; what is being trained is seen to by :class:`Ending`."""
        self._garbage.close()

    # -- help and commands ---------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Explain the keys, the glyphs, the colours and the words."""
        dialogs = {name: dialog.BINDINGS for name, (dialog, *_) in scopes.dialogs(stack=False).items()}
        self.push_screen(Help(self.screen, self.keymap, dialogs))

    def action_panel_help(self) -> None:
        """Explain the panel that has the keys; where it has nothing to say, the screen."""
        panels = panels_of(self.screen)
        above = self.focused.ancestors_with_self if self.focused is not None else []
        panel = next((node for node in above if node in panels and isinstance(node, Widget) and node.HELP), None)
        if panel is None:
            self.action_help()
        else:
            self.push_screen(PanelHelp(panel, self.keymap))

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Save the screen as an SVG picture, in the present folder unless another is named, and say where."""
        stem = filename or (self._link.run.name if self._link is not None else "xsample-tui")
        try:
            saved = save(self.export_screenshot(), Path(path or "."), stem, self.clock())
        except InputError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"Screenshot saved: {printable(saved.resolve(), 300)}", markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the palette's commands."""
        return commands(self, screen)


def run_app(
    runs: Path,
    run: RunFolder | None = None,
    *,
    work: bool = True,
    allow_drift: bool = False,
    ascii_only: bool | None = None,
    replay: float | None = None,
    cluster: ClusterAddress | None = None,
) -> int:
    """Run the interface to its end.

    Args:
        runs: the runs folder.
        run: the run to open; None for the list of runs.
        work: whether to train it; otherwise it is only shown.
        allow_drift: whether to train although the machine or its software has changed.
        ascii_only: whether to draw in ASCII only; None asks the environment.
        replay: as of :class:`XSampleApp`.
        cluster: where to train; None for this machine.

    Returns:
        0 where the sweep finished or was only looked at, 1 where the controller crashed or trials failed, 2 where
        it refused the run, 3 where a sweep that was trained here stopped before its end, 130 after Ctrl-C twice.
    """
    make: ControllerMaker = partial(session.controller, cluster=cluster)
    app = XSampleApp(
        runs,
        run,
        work=work,
        allow_drift=allow_drift,
        ascii_only=ascii_only,
        replay=replay,
        make_controller=make,
    )
    with Signals(app.on_signal):
        try:
            app.run()
        except Exception as error:
            app.fail(error)
        app.join()
    let_go()
    return app.exit_code
