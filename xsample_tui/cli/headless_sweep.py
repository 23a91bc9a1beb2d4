"""Runs a sweep without the interface: progress on stderr, signals, exit codes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..core.duration_text import duration
from ..core.errors import InputError, XSampleError, printable
from ..core.exit_codes import INTERRUPTED, exit_code
from ..core.heeded_signals import heeded
from ..core.run_state.eta import estimate, fraction_done
from ..core.run_state.run_events import EpochDone, Event, Logged, RunChanged, TrialChanged
from ..core.run_state.run_progress import ENDED
from ..core.run_state.run_progress import Progress as RunProgress
from ..core.run_state.session_limits import SessionLimits, stopped_line
from ..core.training.early_stopping import stopped_early
from ..store.run.run_folder import RunFolder
from ..sweep.cluster.cluster_address import ClusterAddress
from ..sweep.controller import Controller
from ..sweep.run_setup import controller
from .console_output import error_line, narrate


def run_headless(
    run: RunFolder,
    *,
    allow_drift: bool,
    cluster: ClusterAddress | None = None,
    limits: SessionLimits | None = None,
    command: str | None = None,
) -> int:
    """Work on a run, here or on a cluster, until it ends; return the exit code.

    The first Ctrl-C, SIGTERM or SIGHUP that is not ignored stops after the current epochs, a second one immediately.
    0: finished; 1: finished with failed trials; 3: stopped before the end; 130: interrupted by Ctrl-C.

    Args:
        run: the run.
        allow_drift: train even if the machine or its software has changed.
        cluster: where to train; None for this machine.
        limits: when it is to stop, and with how many workers it begins.
        command: what to enter to go on after the deadline; by default ``resume`` with the run's name.
    """
    narrator = _Bars(run) if sys.stderr.isatty() else _Lines(run)
    work = controller(run, narrator, allow_drift=allow_drift, cluster=cluster, limits=limits)
    narrator.work = work
    caught: list[int] = []
    handle = _on_signal(work, caught)
    previous = {name: signal.signal(name, handle) for name in heeded(_SIGNALS)}
    try:
        with narrator:
            state = work.work()
        # What ends with this process, under a service manager, must not take the user's command with it.
        work.guard.wait()
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
    progress = work.progress or run.progress()
    counts = progress.counts()
    again = run.shell_command("resume", "--headless")
    if work.overdue and (deadline := work.limits.deadline) is not None and signal.SIGINT not in caught:
        narrate(stopped_line(run.name, progress, deadline, command or again))
        return exit_code(state, counts["failed"])
    narrate(f"{run.name}: {state}: {counts['done']} of {len(progress.trials)} trials done, {counts['failed']} failed")
    if signal.SIGINT in caught:
        return INTERRUPTED
    if state == "finished":
        _sum_up(run)
    else:
        narrate(f"resume it with: {again}")
    return exit_code(state, counts["failed"])


def _sum_up(run: RunFolder) -> None:
    """Print the summary of a finished run; a run of windows or of baselines alone has nothing to compare."""
    from ..stacking.findings.run_summary import kept_summary

    try:
        for line in kept_summary(run).lines:
            narrate(line)
    except InputError:
        return
    except XSampleError as error:
        narrate(f"no summary: {error_line(error)}")


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _on_signal(work: Controller, caught: list[int]) -> Callable[[int, FrameType | None], None]:
    # Asked now: a terminal that has gone does not say any more that it is one.
    terminals = [descriptor for descriptor in (0, 1, 2) if os.isatty(descriptor)]
    # Opened now: there may be no free descriptor when it is needed, and a handler that raises ends the sweep.
    nowhere = os.open(os.devnull, os.O_RDWR)

    def handle(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            # Writing to a terminal that is gone would raise.
            for descriptor in terminals:
                os.dup2(nowhere, descriptor)
        work.stop(now=bool(caught))
        if not caught:
            narrate("stopping after the current epochs; Ctrl-C again stops immediately")
        caught.append(number)

    return handle


class _Lines:
    """One plain line for each thing that happens: for logs and pipes."""

    def __init__(self, run: RunFolder) -> None:
        self.work: Controller | None = None
        self._epochs = run.spec.training.epochs

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        if line := _line(event, self._epochs):
            # The controller's own progress: it has taken in the event already.
            progress = self.work.progress if self.work is not None else None
            if progress is not None and isinstance(event, TrialChanged) and event.status in ENDED:
                left, counts = _time_left(progress, self.work), progress.counts()
                ended = f"{sum(counts[status] for status in ENDED)} of {len(progress.trials)}"
                line += f" ({ended}{f', about {left} left' if left else ''})"
            narrate(f"{time.strftime('%H:%M:%S', time.localtime(event.at))} {line}")


class _Bars:
    """A bar for the sweep, with the time left, above a line for what happens; a terminal that is gone is no error."""

    def __init__(self, run: RunFolder) -> None:
        self.work: Controller | None = None
        self._run = run
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>5.1f} %"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None

    def __enter__(self) -> _Bars:
        total = len(self._run.document.trials)
        with contextlib.suppress(OSError):
            self._bars.start()
            self._task = self._bars.add_task(printable(self._run.name), total=total, left="")
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self._bars.stop()

    def __call__(self, event: Event) -> None:
        if self._task is not None:
            with contextlib.suppress(OSError):
                self._draw(event, self._task)

    def _draw(self, event: Event, task: TaskID) -> None:
        if not isinstance(event, EpochDone) and (line := _line(event, self._run.spec.training.epochs)):
            self._bars.console.print(line, markup=False, highlight=False)
        if self.work is None or (progress := self.work.progress) is None:
            return
        left = _time_left(progress, self.work)
        # Windows may have joined.
        total = len(progress.trials)
        done, words = fraction_done(progress) * total, f"{left} left" if left else "measuring"
        self._bars.update(task, completed=round(done, 2), total=total, left=words)


def _time_left(progress: RunProgress, work: Controller | None) -> str:
    """Return the time left, in words; empty while nothing is measured, and at the end."""
    heartbeat = work.heartbeat if work is not None else None
    left = estimate(progress, len(heartbeat.workers) if heartbeat else None)
    return duration(left.middle) if left and left.middle else ""


def _line(event: Event, epochs: int) -> str:
    match event:
        case RunChanged():
            return f"sweep {event.state}"
        case TrialChanged():
            why = stopped_early(event.message)
            return f"{event.trial} {event.status}{': ' if why else ''}{printable(why, 300)}"
        case EpochDone():
            m = event.metrics
            return (
                f"{event.trial} epoch {m.epoch}/{epochs} loss {m.loss:.4f} accuracy {m.accuracy:.4f} "
                f"val_loss {m.val_loss:.4f} val_accuracy {m.val_accuracy:.4f} ({event.seconds:.1f} s)"
            )
        case Logged():
            return f"{'' if event.level == 'info' else event.level + ': '}{printable(event.text, 500)}"
        case _:
            return ""
