"""Ends the interface: by a key, a signal or a lost terminal, and stops or hands over the sweep that trains here."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

from rich.text import Text
from textual.widgets import Input

from ..core.count_text import counted
from ..core.exit_codes import FAILED, INTERRUPTED
from ..core.run_state.session_limits import stopped_line
from ..sweep.machine.logout_rules import ended_by_logout
from .open_runs import OpenRuns
from .session.local_session import LocalSession
from .session.messages import Change
from .session.run_session import RunSession
from .session.run_threads import RunThreads
from .sweep.run_header import RunHeader
from .terminal.crash_report import report
from .terminal.driver import TerminalDriver
from .textual_private import PrivateApp
from .widgets.quit_dialogs import QuitDialog

_PATIENCE = 60.0


class Shutdown:
    """The end of an application that trains at most one sweep: by a key, by a signal or by closing its terminal.

    Args:
        app: the application.
        open_runs: the runs that are open.
        threads: those of their sessions.
        bring_back: shows the sweep again that trains here, where another screen is over it.
    """

    def __init__(
        self, app: PrivateApp, open_runs: OpenRuns, threads: RunThreads, bring_back: Callable[[], None]
    ) -> None:
        self._application, self._open, self._threads, self._bring_back = app, open_runs, threads, bring_back
        self._code = 0
        # What follows the current stop, in words; empty if nothing does.
        self._leaving = ""
        self._interrupted = False
        self._failure: BaseException | None = None
        self._signals = 0
        self._events: asyncio.AbstractEventLoop | None = None

    @property
    def _local(self) -> LocalSession | None:
        return self._open.local

    def begin(self) -> None:
        """Handle signals from now on, and watch the terminal; call it on the event loop."""
        self._events = asyncio.get_running_loop()
        self._application.set_interval(0.5, self._watch_terminal)

    def fail(self, error: BaseException) -> None:
        """Remember what ended the interface; the first error counts."""
        self._failure = self._failure or error

    @property
    def failed(self) -> bool:
        """Whether :meth:`join` says in a line how the program failed."""
        return self._failure is not None

    def join(self) -> None:
        """Wait, after the interface has ended, until all epochs and requests are on disk; print how it failed."""
        local = self._local
        run_session = local or self._open.shown
        if local is not None:
            local.stop()
        for one in self._open.every:
            one.close()
        if self._failure is not None:
            say(report(self._failure, [run_session.run.path / "logs"] if run_session is not None else []))
        self._threads.join(say)
        if self._failure is not None and run_session is not None:
            outcome = local.outcome if local is not None else None
            if outcome is None and run_session.alive:
                run = run_session.run
                say(f"run {run.name} is still training; watch it with: {run.shell_command('attach')}")
            elif outcome is not None and outcome.state == "stopped":
                again = run_session.run.shell_command("resume")
                say(f"run {run_session.run.name} is stopped and its epochs are saved; resume with: {again}")
        elif local is not None and local.outcome is not None and (until := local.outcome.overdue):
            again = local.run.shell_command("resume")
            say(stopped_line(local.run.name, local.progress, until, again))

    @property
    def exit_code(self) -> int:
        """The exit code: 0 ok, 1 failed, 3 stopped before the end, 130 interrupted.

        If the interface failed, the code is 1, whatever happened to the sweep.
        """
        self.note_outcome()
        if self._failure is not None:
            return FAILED
        if self._interrupted:
            return INTERRUPTED
        return self._code or self._application.return_code or 0

    def note_outcome(self) -> None:
        """Take the exit code of the sweep that trained here, once it has one."""
        if self._local is not None and self._local.outcome is not None:
            self._code = self._local.outcome.code

    def quit(self) -> None:
        """Quit; ask first while a sweep is training here."""
        run_session = self._local
        if run_session is None or not run_session.working:
            self._exit_from(self._open.shown)
        elif not any(isinstance(screen, QuitDialog) for screen in self._application.screen_stack):
            self._application.push_screen(
                QuitDialog(
                    stopping=run_session.state == "stopping",
                    paused=run_session.state in ("pausing", "paused"),
                    startup=run_session.startup,
                ),
                self._quit_answered,
            )

    def interrupt(self) -> None:
        """Handle Ctrl-C: copy text that is selected, else ask as ``q`` does; the second time, quit."""
        focused = self._application.focused
        if isinstance(focused, Input) and not focused.selection.is_empty:
            focused.action_copy()
            return
        if selected := self._application.screen.get_selected_text():
            self._application.copy_to_clipboard(selected)
            self._application.screen.clear_selection()
            self._application.notify(f"Copied: {counted(len(selected), 'character')}.", markup=False)
            return
        run_session = self._local
        asked = self._leaving or any(isinstance(screen, QuitDialog) for screen in self._application.screen_stack)
        if run_session is not None and run_session.working and asked:
            self._interrupted = True
            run_session.stop(now=True)
            self._application.exit()
        else:
            self._application.call_later(self.quit)

    def _quit_answered(self, answer: str | None) -> None:
        run_session = self._local
        if run_session is None or not run_session.working:
            if answer is not None:
                self._application.exit()
            return
        if answer is not None:
            # Once this dialog is gone.
            self._application.call_later(self._bring_back)
        self._leaving = {None: "", "keep": "then continues in the background"}.get(answer, "then quits")
        if answer == "keep":
            run_session.send_away()
        elif answer == "stop":
            run_session.send("stop")
        elif answer == "now":
            run_session.send("stop-now")
        self._show_leaving()

    def leave_after(self, change: Change, run_session: RunSession) -> None:
        """Quit once a stop that was asked for by quitting is done."""
        ended = change.ended
        if ended is not None and ended.refusal and self._leaving:
            # The sweep should have continued, so the interface stays open and shows why it does not.
            self._leaving = ""
            self._show_leaving()
            self._application.notify(
                f"{ended.refusal}. The sweep is stopped.", severity="error", timeout=60, markup=False
            )
        elif self._leaving and not run_session.working:
            self._exit_from(run_session, ended.background if ended is not None else 0)

    def _exit_from(self, run_session: RunSession | None, pid: int = 0) -> None:
        """Quit; if the sweep continues in another process, print how to watch it."""
        if run_session is None or not (run_session.alive or pid):
            self._application.exit()
            return
        warning = f"\nwarning: {why}" if pid and (why := ended_by_logout()) else ""
        self._application.exit(
            message=Text(
                f"run {run_session.run.name} {f'trains in process {pid}' if pid else 'is still training'}; "
                f"watch it with: {run_session.run.shell_command('attach')}{warning}"
            )
        )

    def _show_leaving(self) -> None:
        local = self._local
        if local is not None and (screen := self._open.sweep_of(local)) is not None:
            header = screen.query_one(RunHeader)
            header.leaving = self._leaving
            header.update()

    def on_signal(self, number: int) -> None:
        """Handle a signal, in the main thread: stop the training here, then quit; the second time, at once."""
        run_session, driver = self._local, self._application.terminal_driver
        ended = not self._application.interface_running
        if number != signal.SIGINT:
            # A closed terminal sends more than one SIGHUP: one from the kernel, one from the shell.
            self._signals += number != signal.SIGHUP or not self._signals
        if number != signal.SIGINT and run_session is not None and run_session.working:
            run_session.stop(now=self._signals > 1)
            self._bound(run_session)
        if number == signal.SIGINT and run_session is not None and run_session.working and ended:
            # The interface has ended and waits for the current epochs.
            self._interrupted = True
            run_session.stop(now=True)
        if number == signal.SIGHUP and isinstance(driver, TerminalDriver) and driver.gone:
            # A terminal that is still there, as after kill -HUP, is restored.
            driver.abandon()
        if self._events is not None and not self._events.is_closed():
            self._events.call_soon_threadsafe(self._obey, number)

    def _obey(self, number: int) -> None:
        if number == signal.SIGINT:
            self.interrupt()
        elif number == signal.SIGHUP or self._signals > 1 or self._local is None or not self._local.working:
            self._application.exit()
        else:
            self._leaving = self._leaving or "then quits"
            self._bring_back()
            self._show_leaving()

    def _watch_terminal(self) -> None:
        driver = self._application.terminal_driver
        if not isinstance(driver, TerminalDriver):
            return
        if driver.gone:
            # Also without a SIGHUP: a program can be started in its own session.
            self.on_signal(signal.SIGHUP)
        elif driver.caught_up():
            self._application.screen.refresh(layout=True)

    def end(self) -> None:
        """Stop a controller that is still training after its epochs, in bounded time."""
        if (local := self._local) is not None and local.working:
            local.stop()
            self._bound(local)
        for one in self._open.every:
            one.close()

    def _bound(self, run_session: LocalSession) -> None:
        """Stop at once if the current epochs take far longer than any did so far."""
        longest = max((s for entry in run_session.progress.trials.values() for s in entry.seconds), default=0.0)
        self._threads.bound(run_session, max(_PATIENCE, 3 * longest))


def say(line: str) -> None:
    """Print a line if the terminal still exists."""
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)
