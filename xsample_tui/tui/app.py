"""The application: which screen is shown, whose controller works, and how it all ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from ..core.errors import InputError, XSampleError, printable
from ..store.folder import RunFolder
from ..sweep import background, session
from ..sweep.cluster.address import ClusterAddress
from . import keymap, scopes
from .ascii import AsciiFilter, wanted
from .commands import commands
from .form import FormScreen
from .header import Header
from .heard import Ended, Heard
from .help import Help, PanelHelp, panels_of
from .link import ControllerMaker, HandOver, Link
from .notice import Watcher, sequence
from .palette import DARK, LIGHT, RAMPS, Ramp
from .quit import QuitQuestion
from .screenshot import save
from .signals import Signals
from .start import StartScreen
from .sweep import SweepScreen
from .terminal import TerminalDriver, let_go

INTERRUPTED = 130
_MESSAGES_A_SECOND = 8
_PATIENCE = 60.0
_QUIT = "quit; asks first if a sweep is trained here"
_INTERRUPT = "as q; the second time, stop now and quit"


class XSampleApp(App[None]):
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

    Attributes:
        ramp: the colours of metrics that are not compared with the baselines.
    """

    # Whether it must not steer, start or write anything.
    VIEWS_ONLY: ClassVar[bool] = False
    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "xsample-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", tooltip="all keys, glyphs, colours and words"),
        Binding("q", "quit", "Quit", tooltip=_QUIT),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, tooltip=_QUIT),
        Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True, tooltip=_INTERRUPT),
        Binding("f1", "panel_help", "Panel help", show=False, tooltip="what the panel in front shows, and its keys"),
        Binding("f2", "screenshot", "Screenshot", show=False, tooltip="save the screen as an SVG picture"),
        Binding("ctrl+p", "command_palette", "Commands", show=False, tooltip="every command by name, and the themes"),
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
        # Before anything of the interface is made: that is when keys are bound.
        scopes.name_all(stack=False)
        super().__init__()
        self.ascii_only = wanted() if ascii_only is None else ascii_only
        self.ramp: Ramp = RAMPS[0]
        self._ascii_filter = AsciiFilter()
        self.keymap: keymap.Keymap = {}
        self.runs = runs
        self._replay = replay
        self._hand_over_to = hand_over
        self.clock = clock
        self._run = run
        self._train_when_opened = work
        self._allow_drift = allow_drift
        self._make_controller = make_controller
        self._link: Link | None = None
        self._watcher = Watcher()
        self._code = 0
        # What follows the stop under way, in words; empty while nothing does.
        self._leaving = ""
        self._interrupted = False
        self._signals = 0
        self._events: asyncio.AbstractEventLoop | None = None
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
        self._events = asyncio.get_running_loop()
        try:
            self.keymap = scopes.user_keymap()
        except InputError as error:
            self.notify(str(error), severity="warning", timeout=30, markup=False)
        self.set_keymap(self.keymap)
        self.set_interval(1 / _MESSAGES_A_SECOND, self._hand_over)
        self.set_interval(0.5, self._watch_terminal)
        self.set_interval(0.5, self._tell_terminal)
        if self._run is None:
            self.push_screen(StartScreen(self.runs, self.clock))
        elif self._replay is not None:
            self.push_screen(StartScreen(self.runs, self.clock))
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
        self.switch_screen(StartScreen(self.runs, self.clock))

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

    # -- the link ------------------------------------------------------------------------------------------------

    @work(thread=True, exit_on_error=False, group="attend")
    def _attend(self, link: Link) -> None:
        link.attend()

    @work(thread=True, exclusive=True, exit_on_error=False, group="controller")
    def _train(self, link: Link) -> None:
        link.train(allow_drift=self._allow_drift)

    def train(self) -> None:
        """Start this process's controller on the run that is shown."""
        link = self._link
        if link is None or link.working or link.alive:
            return
        link.begin()
        self._train(link)
        if isinstance(self.screen, SweepScreen):
            self.screen.show_state()

    @property
    def _sweep(self) -> SweepScreen | None:
        return next((s for s in self.screen_stack if isinstance(s, SweepScreen) and s.link is self._link), None)

    def _hand_over(self) -> None:
        """Pass on what came through the link: one message, however much it was."""
        screen = self._sweep
        if self._link is not None and screen is not None and screen.is_mounted:
            heard = self._link.collect()
            if heard is not None:
                screen.post_message(heard)

    def on_heard(self, heard: Heard) -> None:
        """Start training once the run is open, and leave once a wanted stop is done."""
        link = self._link
        if link is None or not link.opened:
            return
        self._note_outcome()
        if self._train_when_opened:
            self._train_when_opened = False
            if not link.alive and not link.complete:
                self.train()
        ended = next((item for item in heard.items if isinstance(item, Ended)), None)
        if ended is not None and ended.refusal and self._leaving:
            # It was to go on, so the interface stays and says why it does not.
            self._leaving = ""
            self._show_leaving()
            self.notify(f"{ended.refusal}. The sweep is stopped.", severity="error", timeout=60, markup=False)
        elif self._leaving and not link.working:
            self._exit_from(link, ended.background if ended is not None else 0)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say what went wrong in a thread."""
        if event.state is WorkerState.ERROR:
            self.notify(printable(f"{event.worker.error!r}", 400), severity="error", markup=False)

    # -- the end -------------------------------------------------------------------------------------------------

    @property
    def exit_code(self) -> int:
        """What the program should end with: 0 ok, 1 failed, 3 stopped before the end, 130 interrupted."""
        self._note_outcome()
        if self._interrupted:
            return INTERRUPTED
        # Textual's own code says whether the interface itself failed.
        return self._code or self.return_code or 0

    def _note_outcome(self) -> None:
        if self._link is not None and self._link.outcome is not None:
            self._code = self._link.outcome.code

    async def action_quit(self) -> None:
        """Quit; ask first where a sweep is being trained here."""
        link = self._link
        if link is None or not link.working:
            self._exit_from(link)
        elif not any(isinstance(screen, QuitQuestion) for screen in self.screen_stack):
            self.push_screen(
                QuitQuestion(stopping=link.state == "stopping", paused=link.state in ("pausing", "paused")),
                self._quit_answered,
            )

    def action_interrupt(self) -> None:
        """Answer Ctrl-C: copy where text is selected in a field, else ask as ``q`` does; the second time, end."""
        focused = self.focused
        if isinstance(focused, Input) and not focused.selection.is_empty:
            focused.action_copy()
            return
        link = self._link
        asked = self._leaving or any(isinstance(screen, QuitQuestion) for screen in self.screen_stack)
        if link is not None and link.working and asked:
            self._interrupted = True
            link.stop(now=True)
            self.exit()
        else:
            self.call_later(self.action_quit)

    def _quit_answered(self, answer: str | None) -> None:
        link = self._link
        if link is None or not link.working:
            if answer is not None:
                self.exit()
            return
        self._leaving = {None: "", "keep": "then in the background"}.get(answer, "then quits")
        if answer == "keep":
            link.send_away()
        elif answer == "stop":
            link.ask("stop")
        elif answer == "now":
            link.ask("stop-now")
        self._show_leaving()

    def _exit_from(self, link: Link | None, pid: int = 0) -> None:
        """Leave; where the sweep goes on without this process, say how to get back to it."""
        if link is None or not (link.alive or pid):
            self.exit()
            return
        where = "" if self.runs == Path("runs") else f" --runs-dir {self.runs}"
        self.exit(
            message=Text(
                f"run {link.run.name} trains on{f' as process {pid}' if pid else ''}; "
                f"watch it with: xsample-tui attach {link.run.name}{where}"
            )
        )

    def _show_leaving(self) -> None:
        if (screen := self._sweep) is not None:
            header = screen.query_one(Header)
            header.leaving = self._leaving
            header.update()

    def on_signal(self, number: int) -> None:
        """Answer a signal, in the main thread: stop what trains here, then leave; the second time, at once."""
        link = self._link
        if number != signal.SIGINT:
            # A closed terminal sends more than one SIGHUP: the kernel's, and the shell's.
            self._signals += number != signal.SIGHUP or not self._signals
        if number != signal.SIGINT and link is not None and link.working:
            link.stop(now=self._signals > 1)
            self._bound(link)
        if number == signal.SIGHUP and isinstance(self._driver, TerminalDriver):
            self._driver.abandon()
        if self._events is not None and not self._events.is_closed():
            self._events.call_soon_threadsafe(self._obey, number)

    def _obey(self, number: int) -> None:
        if number == signal.SIGINT:
            self.action_interrupt()
        elif number == signal.SIGHUP or self._signals > 1 or self._link is None or not self._link.working:
            self.exit()
        else:
            self._leaving = self._leaving or "then quits"
            self._show_leaving()

    def _watch_terminal(self) -> None:
        driver = self._driver
        if not isinstance(driver, TerminalDriver):
            return
        if driver.gone:
            # Also where no SIGHUP came: a program can be started in a session of its own.
            self.on_signal(signal.SIGHUP)
        elif driver.caught_up():
            self.screen.refresh(layout=True)

    def _tell_terminal(self) -> None:
        """Notify of a sweep that has ended or stalls."""
        link = self._link
        if link is None or not link.opened or link.banner or self._driver is None:
            return
        words = self._watcher.see(link.run.name, link.state, link.progress)
        if words is not None and (told := sequence(words, os.environ)):
            self._driver.write(told)

    def on_unmount(self) -> None:
        """Leave nothing behind: a controller that still works stops after its epochs, in bounded time."""
        if self._link is not None:
            if self._link.working:
                self._link.stop()
                self._bound(self._link)
            self._link.close()

    def _bound(self, link: Link) -> None:
        """Stop at once if the epochs under way take far longer than any did so far."""
        longest = max((s for entry in link.progress.trials.values() for s in entry.seconds), default=0.0)
        timer = threading.Timer(max(_PATIENCE, 3 * longest), link.stop, kwargs={"now": True})
        timer.daemon = True
        timer.start()

    # -- help and commands ---------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Explain the keys, the glyphs, the colours and the words."""
        self.push_screen(Help(self.screen, self.keymap))

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
        # Returns once the controller's thread has ended too: asyncio waits for its threads.
        app.run()
    let_go()
    return app.exit_code
