"""Starts a sweep in a background process, without a terminal."""

from __future__ import annotations

import atexit
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..core.errors import XSampleError
from ..core.run_state.requests import Request
from ..core.run_state.session_limits import SessionLimits
from ..store.control.heartbeat import Heartbeat, read_heartbeat
from ..store.control.request_inbox import RequestInbox
from ..store.control.run_lock import RunLock, held
from ..store.run.run_folder import RunFolder

# A machine whose cores all train starts a process slowly.
_START_WITHIN, _LISTEN_WITHIN = 300.0, 60.0
_begun: list[subprocess.Popen[bytes]] = []


@atexit.register
def _let_go() -> None:
    """Keep Python from warning at its end of processes that are meant to outlive it."""
    for process in _begun:
        if process.poll() is None:
            process.returncode = 0


class BackgroundFailed(XSampleError):
    """The process in the background ended before it took the run up."""


def hand_over(
    run: RunFolder,
    *,
    paused: bool = False,
    allow_drift: bool = False,
    limits: SessionLimits | None = None,
    command: Sequence[str] | None = None,
) -> int:
    """Let a sweep that this process has just stopped go on in the background as it was here; return its pid.

    Every current epoch is committed by then, and training goes on from there with the same bits. The
    trials that were running come first, then those that waited, in their order; a pause is kept.

    Args:
        run: the run, which nobody holds.
        paused: whether it was paused.
        limits: the session's, whose deadline counts for the other process too.
        allow_drift, command: as in :func:`send_to_background`.

    Raises:
        RunBusy, BackgroundFailed: as in :func:`send_to_background`.
    """
    inbox, heartbeat = RequestInbox(run.path), read_heartbeat(run.path)
    if heartbeat is not None and not run.spec.leaks:
        order = (*heartbeat.running.values(), *heartbeat.queue)
        inbox.put(Request(action="front", trials=order, sender="the terminal it began in"))
    limits = replace(limits or SessionLimits(), jobs=_workers_changed(run, heartbeat))
    pid = send_to_background(run, allow_drift=allow_drift, limits=limits, command=command)
    if paused:
        # A controller that starts drops what was asked of the one before it, so this waits until it listens.
        _wait(lambda: (now := read_heartbeat(run.path)) is not None and now.pid == pid and now.state == "running")
        inbox.put(Request(action="pause", sender="the terminal it began in"))
    return pid


def _workers_changed(run: RunFolder, heartbeat: Heartbeat | None) -> int | None:
    """Return how many workers there were, where they were others than the run's spec says."""
    if heartbeat is None or not heartbeat.workers or heartbeat.dashboard or run.spec.leaks:
        return None
    count = len(heartbeat.workers)
    return None if count in (0, run.spec.machine.jobs) else count


def _wait(what: Callable[[], bool]) -> bool:
    """Wait until something is so; return whether it is."""
    deadline = time.monotonic() + _LISTEN_WITHIN
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def start_in_background(run: RunFolder, arguments: Sequence[str]) -> int:
    """Start ``xsample-tui`` with other arguments in a session of its own, and return its pid at once.

    What it prints goes to ``logs/background.log`` in the run's folder.

    Raises:
        OSError: the log cannot be written, or no process can be started.
    """
    return _start(run, _command(run, arguments)).pid


class BackgroundCommand:
    """A command in a session of its own, whose output goes to a log of the run.

    Args:
        process: the process.
        log: the file that it prints to.
        begin: bytes that the file held before.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path, begin: int) -> None:
        self._process, self._log, self._begin = process, log, begin

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def wait(self) -> tuple[int, tuple[str, ...]]:
        """Wait for its end; return its exit status and the lines that it printed."""
        code = self._process.wait()
        try:
            with open(self._log, "rb") as log:
                log.seek(self._begin)
                data = log.read()
        except OSError:
            data = b""
        return code, tuple(data.decode("utf-8", "replace").splitlines())


def start_command(run: RunFolder, arguments: Sequence[str]) -> BackgroundCommand:
    """Start ``xsample-tui`` with other arguments in a session of its own; it is asked later how it has ended.

    What it prints goes to ``logs/COMMAND-output.log`` in the run's folder, after the first of the arguments.

    Raises:
        OSError: the log cannot be written, or no process can be started.
    """
    log = run.path / "logs" / f"{arguments[0]}-output.log"
    begin = log.stat().st_size if log.exists() else 0
    return BackgroundCommand(_start(run, _command(run, arguments), log), log, begin)


def _command(run: RunFolder, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "xsample_tui", *arguments, "--runs-dir", str(run.path.parent.resolve())]


def _log(run: RunFolder) -> Path:
    return run.path / "logs" / "background.log"


def _start(run: RunFolder, command: Sequence[str], log: Path | None = None) -> subprocess.Popen[bytes]:
    # A copy of the run may have lost its empty folders.
    run.make_folders()
    with open(log or _log(run), "ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    # Where the kernel shares the cores out among sessions, niceness within one does not hold back for the others.
    with contextlib.suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text("10")
    _begun.append(process)
    return process


def send_to_background(
    run: RunFolder,
    *,
    allow_drift: bool = False,
    cluster: str | None = None,
    limits: SessionLimits | None = None,
    command: Sequence[str] | None = None,
    on_finish: str | None = None,
    log: str | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> int:
    """Start a process that resumes a run, and return its pid once it holds the run.

    It has a session of its own, so that it outlives this process and its terminal; what it prints goes to
    ``logs/background.log`` in the run's folder.

    Args:
        run: the run.
        allow_drift: whether to train although the machine or its software has changed.
        limits: when it is to stop, and with how many workers it begins; a deadline that is past does not count.
        command: what to start; by default ``xsample-tui resume NAME --headless``.
        on_finish, log: as of :func:`~xsample_tui.sweep.run_setup.controller`.
        say: takes a line that says what is waited for.

    Raises:
        RunBusy: another process holds the run.
        BackgroundFailed: it ended at once; the message gives its last line.
    """
    RunLock(run.path, say).release()  # says who, if somebody holds it
    more = ["--cluster", cluster] if cluster else []
    for option, given in (("--on-finish", on_finish), ("--log", log)):
        more += [] if given is None else [option, given]
    more += (limits or SessionLimits()).current().arguments()
    resume = _command(run, ["resume", run.name, "--headless", *["--allow-drift"] * allow_drift, *more])
    process = _start(run, command or resume)
    deadline = time.monotonic() + _START_WITHIN
    while not held(run.path):
        if (code := process.poll()) is not None:
            if code == 0:
                break
            lines = _log(run).read_text(errors="replace").splitlines()
            raise BackgroundFailed(f"run {run.name}: the background process ended: {lines[-1] if lines else code}")
        if time.monotonic() > deadline:
            raise BackgroundFailed(f"run {run.name}: the background process {process.pid} has not started training")
        time.sleep(0.05)
    return process.pid
