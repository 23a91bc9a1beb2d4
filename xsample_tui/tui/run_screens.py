"""Opens the screens of runs, keeps the one that trains here under the others, and starts controllers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from textual import work

from ..core.errors import XSampleError, printable
from ..core.training.sweep_spec import SweepSpec
from ..store.files.interface_state import InterfaceState
from ..store.run.run_folder import RunFolder
from .delayed_call import call_after
from .new_sweep.new_sweep_screen import NewSweepScreen
from .session.desktop_notification import Watcher
from .session.local_session import ControllerMaker, HandOver, LocalSession
from .session.messages import Change
from .session.run_session import RunSession
from .shutdown import Shutdown
from .start.idle_answers import IdleAnswers
from .start.runs_listing import RunsListing
from .start.start_screen import StartScreen
from .sweep.run_controls import RunControls
from .sweep.sweep_screen import SweepScreen
from .terminal.gc_tuning import GcTuning
from .view_memory import ViewMemory

_AGAIN = 1.0


class BackgroundStart(Protocol):
    """Starts a sweep in a process of its own; :func:`xsample_tui.sweep.detached_sweep.send_to_background` is one."""

    def __call__(self, run: RunFolder, *, allow_drift: bool = False) -> int:
        """Return the pid of the process that trains it."""


class RunScreens(Shutdown):
    """An application that shows runs, and trains at most one of them in this process.

    Args:
        runs: the runs folder.
        kept: what was kept before.
        keeps: whether what changes is also kept while it runs, and answers that finished runs lack are computed.
        clock: gives Unix time in seconds.
        work: whether to train the run that is opened first; otherwise it is only shown.
        allow_drift: whether to train even if packages or hardware changed.
        make_controller: makes the controller of a run.
        hand_over: moves a sweep that is trained here to a background process.
        start_beside: starts a sweep in the background while another trains here.
    """

    def __init__(
        self,
        runs: Path,
        kept: InterfaceState,
        *,
        keeps: bool,
        clock: Callable[[], float],
        work: bool,
        allow_drift: bool,
        make_controller: ControllerMaker,
        hand_over: HandOver,
        start_beside: BackgroundStart,
    ) -> None:
        super().__init__(runs)
        self.memory = ViewMemory(self, kept)
        self._keeps = keeps
        self.clock = clock
        self._train_when_opened = work
        self._allow_drift = allow_drift
        self._make_controller = make_controller
        self._hand_over_to = hand_over
        self._start_beside = start_beside
        # Those that are being started in the background.
        self._starting: set[Path] = set()
        self._listing = RunsListing(self, runs, clock, IdleAnswers(self, runs) if keeps else None)
        self._watchers: dict[RunSession, Watcher] = {}
        self._garbage = GcTuning()

    def on_mount(self) -> None:
        """Keep what changes from now on, if that is wanted."""
        if self._keeps:
            self.memory.watch()

    def exit(self, *arguments: Any, **options: Any) -> None:
        """End, and take down how the runs are looked at."""
        self.memory.remember()
        super().exit(*arguments, **options)

    # -- screens -------------------------------------------------------------------------------------------------

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Show a run; with ``train``, train it unless another process does."""
        if self._open.is_beneath(run.path):
            self.bring_back()
            if train:
                self.train()
            return
        self._show_sweep(self.sweep_screen(run), train=train)

    def sweep_screen(self, run: RunFolder) -> SweepScreen:
        """Return a screen for a run that can be trained and asked."""
        run_session = LocalSession(run, self._make_controller, self.clock, self._hand_over_to)
        return SweepScreen(run_session, RunControls(run_session, self.train))

    def _show_sweep(self, screen: SweepScreen, *, train: bool) -> None:
        if self._open.beneath is not None and not self._open.beneath.working:
            # Its sweep has ended, so that its place is free.
            self.bring_back()
        self._close_session()
        self._train_when_opened = train
        self._open.shown = screen.run_session
        self._watchers[screen.run_session] = Watcher()
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self._watch(screen.run_session)
        self.memory.restore(screen)

    def show_runs(self) -> None:
        """Show the list of runs; over the screen of a sweep that trains here, which stays."""
        screen = StartScreen(self.runs, self._listing)
        self.memory.remember()
        if self._open.leave():
            self.push_screen(screen)
        else:
            self._close_session()
            self.switch_screen(screen)

    @property
    def training_beneath(self) -> str | None:
        """The name of the run that trains here while something else is shown; None without one."""
        return self._open.beneath.run.name if self._open.beneath is not None else None

    def bring_back(self) -> None:
        """Show the sweep again that trains here, or has ended meanwhile."""
        beneath = self._open.beneath
        screen = None if beneath is None else self.sweep_of(beneath)
        if screen is None:
            return
        self._close_session()
        self._open.come_back()
        while self.screen is not screen:
            self.pop_screen()

    def show_form(self, like: SweepSpec | None = None) -> None:
        """Show the form for a new sweep, with the settings of another where one is given."""
        self.switch_screen(NewSweepScreen(self.runs, like))

    @work(thread=True, exit_on_error=False, group="open")
    def open_named(self, name: str, *, train: bool = False) -> None:
        """Open a run of the runs folder; it is only shown unless ``train``."""
        if found := self._opened([name]):
            self.call_later(self.open_run, found[0], train=train)

    @work(thread=True, exit_on_error=False, group="open")
    def replay_named(self, name: str, speed: float = 0) -> None:
        """Replay a run of the runs folder at ``speed`` recorded seconds per second; 0 chooses a speed."""
        from .replay.replay_screen import ReplayScreen
        from .session.replay_session import ReplaySession

        try:
            recorded = ReplaySession(RunFolder.open(self.runs, name), speed or None)
        except XSampleError as error:
            self.call_later(self.notify, printable(error, 400), severity="error", markup=False)
            return
        self.call_later(lambda: self._show_sweep(ReplayScreen(recorded), train=False))

    @work(thread=True, exit_on_error=False, group="open")
    def compare_named(self, a: str, b: str) -> None:
        """Compare two runs of the runs folder, B against A."""
        if found := self._opened((a, b)):
            from .compare.compare_screen import CompareScreen

            self.call_later(self.push_screen, CompareScreen(*found))

    @work(thread=True, exit_on_error=False, group="open")
    def compare_many(self, names: Sequence[str]) -> None:
        """Show runs of the runs folder side by side; the first is what the others are compared with."""
        if found := self._opened(names):
            from .compare.side_by_side_screen import SideBySideScreen

            self.call_later(self.push_screen, SideBySideScreen(found, self.compare_named))

    def _opened(self, names: Sequence[str]) -> list[RunFolder]:
        """Open runs of the runs folder; where one cannot be, say why and return none."""
        try:
            return [RunFolder.open(self.runs, name) for name in names]
        except XSampleError as error:
            self.call_later(self.notify, printable(error, 400), severity="error", markup=False)
            return []

    def _close_session(self) -> None:
        """Close the run that is shown."""
        if (shown := self._open.shown) is not None:
            self.memory.remember()
            self._note_outcome()
            shown.close()
            self._watchers.pop(shown, None)
            self._open.shown = None
            self._garbage.renew()

    # -- the session ---------------------------------------------------------------------------------------------

    def _watch(self, run_session: RunSession) -> None:
        try:
            self._threads.watch(run_session)
        except RuntimeError as error:
            self.notify(f"Cannot watch the run yet: {printable(error)}", severity="error", markup=False)
            call_after(self, _AGAIN, lambda: self._watch(run_session) if run_session in self._open.every else None)

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
            self._threads.train(run_session, allow_drift=self._allow_drift)
        except RuntimeError as error:
            run_session.fail(f"cannot start a controller: {printable(error)}")
        if isinstance(self.screen, SweepScreen):
            self.screen.show_state()

    def _train_beside(self, run: RunFolder, other: str) -> None:
        """Train a run in a process of its own, which shares the machine with the one that trains here."""
        if run.path not in self._starting:
            self._starting.add(run.path)
            words = f"{run.name} starts in the background, as {other} trains here; both share the machine."
            self.notify(printable(words, 300), markup=False)
            self._begin_beside(run)

    @work(thread=True, exit_on_error=False, group="beside")
    def _begin_beside(self, run: RunFolder) -> None:
        fault = ""
        try:
            self._start_beside(run, allow_drift=self._allow_drift)
        except (XSampleError, OSError) as error:
            fault = printable(error, 400)
        self.call_later(self._begun_beside, run, fault)

    def _begun_beside(self, run: RunFolder, fault: str) -> None:
        self._starting.discard(run.path)
        if fault:
            self.notify(fault, severity="error", timeout=30, markup=False)

    def run_changed(self, run_session: RunSession, change: Change) -> None:
        """Start training once the run is open; quit once a stop that was asked for by quitting is done."""
        if run_session not in self._open.every or not run_session.opened:
            return
        self._note_outcome()
        if self._train_when_opened and run_session is self._open.shown:
            self._train_when_opened = False
            if not run_session.alive and not run_session.complete:
                self.train()
        if run_session is self._open.local or self._open.local is None:
            self._leave_after(change, run_session)
