"""Opens the screens of runs, keeps the one that trains here under the others, and starts controllers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from ..core.errors import XSampleError, printable
from ..core.training.sweep_spec import SweepSpec
from ..store.files.interface_state import InterfaceState
from ..store.run.run_folder import RunFolder
from .app_interface import AppInterface
from .delayed_call import call_after
from .latest_only import in_thread
from .new_sweep.new_sweep_screen import NewSweepScreen
from .open_runs import OpenRuns
from .session.desktop_notification import Watcher, sequence
from .session.local_session import ControllerMaker, HandOver, LocalSession
from .session.messages import Change
from .session.run_session import RunSession
from .session.run_threads import RunThreads
from .shutdown import Shutdown
from .start.idle_answers import IdleAnswers
from .start.runs_reader import RunsListing
from .start.start_screen import StartScreen
from .sweep.run_controls import RunControls
from .sweep.sweep_screen import SweepScreen
from .terminal.gc_tuning import EVERY, FIRST, GcTuning
from .textual_private import PrivateApp
from .view_memory import ViewMemory

_AGAIN = 1.0


class BackgroundStart(Protocol):
    """Starts a sweep in a process of its own; :func:`xsample_tui.sweep.detached_sweep.send_to_background` is one."""

    def __call__(self, run: RunFolder, *, allow_drift: bool = False) -> int:
        """Return the pid of the process that trains it."""


@dataclass(frozen=True)
class Starts:
    """How controllers are started.

    Attributes:
        make_controller: makes the controller of a run that is trained here.
        hand_over: moves a sweep that is trained here to a background process.
        beside: starts a sweep in the background while another trains here.
        allow_drift: whether to train even if packages or hardware changed.
    """

    make_controller: ControllerMaker
    hand_over: HandOver
    beside: BackgroundStart
    allow_drift: bool


class RunProgram(AppInterface, Protocol):
    """An application that also says which screen a run gets."""

    def sweep_screen(self, run: RunFolder) -> SweepScreen:
        """Return a screen for a run."""


class RunScreens:
    """The screens of an application that shows runs, and trains at most one of them in this process.

    Args:
        app: the application.
        program: the same, for what its screens ask of it.
        runs: the runs folder.
        open_runs: the runs that are open.
        kept: what was kept before.
        keeps: whether what changes is also kept while it runs, and answers that finished runs lack are computed.
        work: whether to train the run that is opened first; otherwise it is only shown.
        start: starts controllers.
        list_every: seconds from one reading of the list of runs to the next.
    """

    def __init__(
        self,
        app: PrivateApp,
        program: RunProgram,
        runs: Path,
        open_runs: OpenRuns,
        kept: InterfaceState,
        *,
        keeps: bool,
        work: bool,
        start: Starts,
        list_every: float,
    ) -> None:
        self._application, self._program, self._runs, self._open, self._start = app, program, runs, open_runs, start
        self._threads = RunThreads()
        self.ending = Shutdown(app, open_runs, self._threads, program.bring_back)
        self.memory = ViewMemory(app, open_runs, kept)
        self._keeps = keeps
        self._train_when_opened = work
        # Those that are being started in the background.
        self._starting: set[Path] = set()
        self._listing = RunsListing(app, runs, program.clock, IdleAnswers(app, runs) if keeps else None, list_every)
        self._watchers: dict[RunSession, Watcher] = {}
        self._garbage = GcTuning()

    def begin(self, run: RunFolder | None, replay: float | None) -> None:
        """Show the first screen: a run, its replay at a speed, or the list of runs."""
        self.ending.begin()
        if self._keeps:
            self.memory.watch()
        self._application.set_interval(0.5, self._look_after)
        call_after(self._application, FIRST, self._garbage.settle)
        self._application.set_interval(EVERY, self._garbage.settle)
        if run is not None and replay is None:
            self._show_sweep(self._program.sweep_screen(run), train=self._train_when_opened)
            return
        self._application.push_screen(StartScreen(self._runs, self._listing))
        if run is not None and replay is not None:
            self.replay_named(run.name, replay)

    def end(self) -> None:
        """Stop the training in bounded time, and read no more."""
        self.ending.end()
        self._garbage.close()
        self._listing.close()

    def _look_after(self) -> None:
        """Say what has waited for long; notify of a sweep that has ended or stalls."""
        for run_session in self._open.every:
            run_session.look_after()
            if not run_session.opened or run_session.banner or self._application.terminal_driver is None:
                continue
            watcher = self._watchers[run_session]
            words = watcher.check(run_session.run.name, run_session.state, run_session.progress)
            if words is not None and (escapes := sequence(words, os.environ)):
                self._application.terminal_driver.write(escapes)

    # -- screens -------------------------------------------------------------------------------------------------

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Show a run; with ``train``, train it unless another process does."""
        if self._open.is_beneath(run.path):
            self.bring_back()
            if train:
                self.train()
            return
        self._show_sweep(self._program.sweep_screen(run), train=train)

    def local_screen(self, run: RunFolder) -> SweepScreen:
        """Return a screen for a run that can be trained and asked."""
        run_session = LocalSession(run, self._start.make_controller, self._program.clock, self._start.hand_over)
        return SweepScreen(run_session, RunControls(run_session, self.train))

    def _show_sweep(self, screen: SweepScreen, *, train: bool) -> None:
        if self._open.beneath is not None and not self._open.beneath.working:
            # Its sweep has ended, so that its place is free.
            self.bring_back()
        self._close_session()
        self._train_when_opened = train
        self._open.shown = screen.run_session
        self._watchers[screen.run_session] = Watcher()
        if len(self._application.screen_stack) > 1:
            self._application.switch_screen(screen)
        else:
            self._application.push_screen(screen)
        self._watch(screen.run_session)
        self.memory.restore(screen)

    def show_runs(self) -> None:
        """Show the list of runs; over the screen of a sweep that trains here, which stays."""
        screen = StartScreen(self._runs, self._listing)
        self.memory.remember()
        if self._open.leave():
            self._application.push_screen(screen)
        else:
            self._close_session()
            self._application.switch_screen(screen)

    @property
    def training_beneath(self) -> str | None:
        """The name of the run that trains here while something else is shown; None without one."""
        return self._open.beneath.run.name if self._open.beneath is not None else None

    def bring_back(self) -> None:
        """Show the sweep again that trains here, or has ended meanwhile."""
        beneath = self._open.beneath
        screen = None if beneath is None else self._open.sweep_of(beneath)
        if screen is None:
            return
        self._close_session()
        self._open.come_back()
        while self._application.screen is not screen:
            self._application.pop_screen()

    def show_form(self, like: SweepSpec | None = None) -> None:
        """Show the form for a new sweep, with the settings of another where one is given."""
        self._application.switch_screen(NewSweepScreen(self._runs, like))

    def open_named(self, name: str, *, train: bool = False) -> None:
        """Open a run of the runs folder; it is only shown unless ``train``."""

        def read() -> None:
            if found := self._opened([name]):
                self._application.call_later(self._program.open_run, found[0], train=train)

        in_thread(self._application, "open", read)

    def replay_named(self, name: str, speed: float = 0) -> None:
        """Replay a run of the runs folder at ``speed`` recorded seconds per second; 0 chooses a speed."""
        in_thread(self._application, "open", partial(self._read_replay, name, speed))

    def _read_replay(self, name: str, speed: float) -> None:
        from .replay.replay_screen import ReplayScreen
        from .session.replay_session import ReplaySession

        try:
            recorded = ReplaySession(RunFolder.open(self._runs, name), speed or None)
        except XSampleError as error:
            self._application.call_later(
                self._application.notify, printable(error, 400), severity="error", markup=False
            )
            return
        self._application.call_later(lambda: self._show_sweep(ReplayScreen(recorded), train=False))

    def compare_named(self, a: str, b: str) -> None:
        """Compare two runs of the runs folder, B against A."""

        def read() -> None:
            if found := self._opened((a, b)):
                from .compare.compare_screen import CompareScreen

                self._application.call_later(self._application.push_screen, CompareScreen(*found))

        in_thread(self._application, "open", read)

    def compare_many(self, names: Sequence[str]) -> None:
        """Show runs of the runs folder side by side; the first is what the others are compared with."""

        def read() -> None:
            if found := self._opened(names):
                from .compare.side_by_side_screen import SideBySideScreen

                self._application.call_later(
                    self._application.push_screen, SideBySideScreen(found, self.compare_named)
                )

        in_thread(self._application, "open", read)

    def _opened(self, names: Sequence[str]) -> list[RunFolder]:
        """Open runs of the runs folder; where one cannot be, say why and return none."""
        try:
            return [RunFolder.open(self._runs, name) for name in names]
        except XSampleError as error:
            self._application.call_later(
                self._application.notify, printable(error, 400), severity="error", markup=False
            )
            return []

    def _close_session(self) -> None:
        """Close the run that is shown."""
        if (shown := self._open.shown) is not None:
            self.memory.remember()
            self.ending.note_outcome()
            shown.close()
            self._watchers.pop(shown, None)
            self._open.shown = None
            self._garbage.renew()

    # -- the session ---------------------------------------------------------------------------------------------

    def _watch(self, run_session: RunSession) -> None:
        try:
            self._threads.watch(run_session)
        except RuntimeError as error:
            self._application.notify(f"Cannot watch the run yet: {printable(error)}", severity="error", markup=False)
            call_after(self._application, _AGAIN, partial(self._watch_again, run_session))

    def _watch_again(self, run_session: RunSession) -> None:
        if run_session in self._open.every:
            self._watch(run_session)

    def train(self) -> None:
        """Start a controller on the run that is shown: in this process, unless another run trains here."""
        run_session = self._open.shown
        if not isinstance(run_session, LocalSession) or run_session.working or run_session.alive:
            return
        if self._open.beneath is not None:
            self._train_beside(run_session.run, self._open.beneath.run.name)
            return
        run_session.begin()
        try:
            self._threads.train(run_session, allow_drift=self._start.allow_drift)
        except RuntimeError as error:
            run_session.fail(f"cannot start a controller: {printable(error)}")
        if isinstance(self._application.screen, SweepScreen):
            self._application.screen.show_state()

    def _train_beside(self, run: RunFolder, other: str) -> None:
        """Train a run in a process of its own, which shares the machine with the one that trains here."""
        if run.path not in self._starting:
            self._starting.add(run.path)
            words = f"{run.name} starts in the background, as {other} trains here; both share the machine."
            self._application.notify(printable(words, 300), markup=False)
            in_thread(self._application, "beside", partial(self._begin_beside, run))

    def _begin_beside(self, run: RunFolder) -> None:
        fault = ""
        try:
            self._start.beside(run, allow_drift=self._start.allow_drift)
        except (XSampleError, OSError) as error:
            fault = printable(error, 400)
        self._application.call_later(self._begun_beside, run, fault)

    def _begun_beside(self, run: RunFolder, fault: str) -> None:
        self._starting.discard(run.path)
        if fault:
            self._application.notify(fault, severity="error", timeout=30, markup=False)

    def run_changed(self, run_session: RunSession, change: Change) -> None:
        """Start training once the run is open; quit once a stop that was asked for by quitting is done."""
        if run_session not in self._open.every or not run_session.opened:
            return
        self.ending.note_outcome()
        if self._train_when_opened and run_session is self._open.shown:
            self._train_when_opened = False
            if not run_session.alive and not run_session.complete:
                self.train()
        if run_session is self._open.local or self._open.local is None:
            self.ending.leave_after(change, run_session)
