"""The ending: how the interface is left, and what then becomes of the sweep that is trained here."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text
from textual.widgets import Input

from ..core.errors import printable
from ..core.exit import FAILED, INTERRUPTED
from ..sweep.logout import ended_by_logout
from .failure import report
from .header import Header
from .heard import Ended, Heard
from .link import Link
from .program import Program
from .quit import QuitQuestion
from .run_threads import RunThreads
from .sweep import SweepScreen
from .terminal import TerminalDriver

_PATIENCE = 60.0


class Ending(Program):
    """An application that trains at most one sweep, and is left by a key, by a signal, or with its terminal.

    Args:
        runs: the runs folder.
    """

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self.runs = runs
        self._link: Link | None = None
        self._threads = RunThreads()
        self._code = 0
        # What follows the stop under way, in words; empty while nothing does.
        self._leaving = ""
        self._interrupted = False
        self._failure: BaseException | None = None
        self._signals = 0
        self._events: asyncio.AbstractEventLoop | None = None

    @property
    def _sweep(self) -> SweepScreen | None:
        return next((s for s in self.screen_stack if isinstance(s, SweepScreen) and s.link is self._link), None)

    def on_mount(self) -> None:
        """Take signals from now on, and look after the terminal."""
        self._events = asyncio.get_running_loop()
        self.set_interval(0.5, self._watch_terminal)

    def fail(self, error: BaseException) -> None:
        """Take note of what ended the interface; the first error counts."""
        self._failure = self._failure or error

    def _handle_exception(self, error: Exception) -> None:
        self.fail(error)
        super()._handle_exception(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End at once; whatever asks for it, the program has failed."""
        self.fail(RuntimeError("Textual has given up"))
        super().panic(*renderables)

    def _print_error_renderables(self) -> None:
        # Textual would print pages of source and variables; join() says it in a line.
        if self._failure is not None and not self.is_headless:
            self._exit_renderables.clear()
        super()._print_error_renderables()

    def join(self) -> None:
        """Wait, after the interface has ended, until what it trained and asked for is on disk; say how it failed."""
        link = self._link
        if link is not None:
            link.stop()
            link.close()
        if self._failure is not None:
            _say(report(self._failure, [link.run.path / "logs"] if link is not None else []))
        self._threads.join(_say)
        if self._failure is not None and link is not None:
            if link.outcome is None and link.alive:
                _say(f"run {link.run.name} trains on; watch it with: xsample-tui attach {link.run.name}{self._where}")
            elif link.outcome is not None and link.outcome.state == "stopped":
                again = f"xsample-tui resume {link.run.name}{self._where}"
                _say(f"run {link.run.name} is stopped, its epochs are kept; go on with: {again}")

    @property
    def exit_code(self) -> int:
        """What the program should end with: 0 ok, 1 failed, 3 stopped before the end, 130 interrupted.

        An interface that failed is a failure whatever became of the sweep.
        """
        self._note_outcome()
        if self._failure is not None:
            return FAILED
        if self._interrupted:
            return INTERRUPTED
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

    def _leave_after(self, heard: Heard, link: Link) -> None:
        """Leave once a stop that was to be the end is done."""
        ended = next((item for item in heard.items if isinstance(item, Ended)), None)
        if ended is not None and ended.refusal and self._leaving:
            # It was to go on, so the interface stays and says why it does not.
            self._leaving = ""
            self._show_leaving()
            self.notify(f"{ended.refusal}. The sweep is stopped.", severity="error", timeout=60, markup=False)
        elif self._leaving and not link.working:
            self._exit_from(link, ended.background if ended is not None else 0)

    def _exit_from(self, link: Link | None, pid: int = 0) -> None:
        """Leave; where the sweep goes on without this process, say how to get back to it."""
        if link is None or not (link.alive or pid):
            self.exit()
            return
        warning = f"\nwarning: {why}" if pid and (why := ended_by_logout()) else ""
        self.exit(
            message=Text(
                f"run {link.run.name} trains on{f' as process {pid}' if pid else ''}; "
                f"watch it with: xsample-tui attach {link.run.name}{self._where}{warning}"
            )
        )

    @property
    def _where(self) -> str:
        """The option that names the runs folder, where it is not the usual one."""
        return "" if self.runs == Path("runs") else f" --runs-dir {printable(self.runs, 300)}"

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
        if number == signal.SIGINT and link is not None and link.working and not self._running:
            # The interface has ended, and what is under way is waited for.
            self._interrupted = True
            link.stop(now=True)
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


def _say(line: str) -> None:
    """Print a line where the terminal is still there."""
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)
