"""A controller as a process: how it is started, what was done to it, and whether it ended as promised."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

from .place import Place
from .program import CLOCK, SILENCE

SILENCE_ALLOWED = 20.0
PACE = "pace"
_LAST_WORDS = 0.5
BYTES = "100000"
_MARK = "TEST_PROCESSES_OF"
# Root may write everywhere; without these rights it may what the owner of a file may.
_RIGHTS = "-dac_override,-dac_read_search,-sys_resource"
_PYTHON_ENDED = "Traceback (most recent call last)"


def owner_alone() -> list[str] | None:
    """Return what starts a command so that permissions hold for it; None where they cannot be made to hold."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    return [setpriv, f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}"] if setpriv else None


class ControllerProcess:
    """A controller that works on the run ``r`` of a place, in a session of its own.

    Args:
        place: where the run is.
        number: of the process, in the order in which they are started.

    Attributes:
        pid: of the process.
        sent: signals it was sent, and whether it was at work then.
        asked: whether it may have been asked to stop.
        disturbed: whether something was in its way before it had begun.
        beside: whether another controller lived while it did.
        unlocked: whether the run's lock was removed while it lived.
        deaths: how many of its workers were killed.
        suspended: whether it was sent SIGSTOP.
    """

    def __init__(self, place: Place, number: int) -> None:
        self.sent: list[tuple[signal.Signals, bool]] = []
        self.asked = self.disturbed = self.beside = self.unlocked = self.suspended = False
        self.deaths = 0
        self._mark = uuid.uuid4().hex
        self._clock = place.beside / f"clock-{number}"
        environment = os.environ | {
            "PYTHONPATH": os.getcwd(),
            "FAKE_PACE": str(place.beside / PACE),
            "FAKE_BYTES": BYTES,
            "PYTHONFAULTHANDLER": "1",
            CLOCK: str(self._clock),
            SILENCE: str(SILENCE_ALLOWED),
            _MARK: self._mark,
        }
        self.set_clock(0)
        command = [sys.executable, "-m", "tests.processes.program", str(place.runs), "r"]
        self._process = subprocess.Popen(
            [*(owner_alone() or []), *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._heard = bytearray()
        # By a pipe, which is no file of the process's: neither a full disk nor a limit is in its way.
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            while data := os.read(pipe.fileno(), 1 << 16):
                self._heard += data

    # -- what it does --------------------------------------------------------------------------------------------

    def ended(self) -> bool:
        """Return whether it has ended, and all that it printed is known."""
        if self._process.poll() is None:
            return False
        # Its workers may hold the pipe for a moment longer.
        self._listener.join(_LAST_WORDS)
        return True

    @property
    def code(self) -> int:
        """How it ended: its exit code, or minus the signal's number."""
        return int(self._process.returncode)

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._heard.decode(errors="replace")

    @property
    def begun(self) -> bool:
        """Whether it has taken the run up."""
        return " sweep running\n" in self.said

    @property
    def works(self) -> bool:
        """Whether it has taken the run up and not let go of it."""
        said = self.said
        return " sweep running\n" in said and " sweep finished\n" not in said and " sweep stopped\n" not in said

    def workers(self) -> list[int]:
        """Return its worker processes."""
        return [pid for pid in _children(self.pid) if b"popen_loky" in _content(f"/proc/{pid}/cmdline")]

    def family(self) -> list[int]:
        """Return the processes that it, its workers and their helpers are, as far as they live."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            if f"{_MARK}={self._mark}".encode() in _content(path / "environ"):
                found.append(int(path.name))
        return found

    # -- what is done to it --------------------------------------------------------------------------------------

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send it a signal, or its whole process group."""
        begun = self.begun
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)
        self.sent.append((number, begun and self.works))

    def set_limit(self, which: int, soft: int) -> None:
        """Set a limit of the process."""
        _, hard = resource.prlimit(self.pid, which)
        resource.prlimit(self.pid, which, (soft, hard))

    def limit(self, which: int) -> int:
        """Return a limit of the process."""
        return resource.prlimit(self.pid, which)[0]

    def set_clock(self, seconds: float) -> None:
        """Let its wall clock be off by some seconds."""
        new = self._clock.with_suffix(".new")
        new.write_text(f"{seconds:+.0f}")
        new.replace(self._clock)

    def where(self) -> str:
        """End it and return what it was doing, each of its threads; it is not to be used any more."""
        before = len(self._heard)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._listener.join(_LAST_WORDS)
        return self._heard[before:].decode(errors="replace")

    def end(self) -> None:
        """End it and all that belongs to it, whatever state they are in."""
        for pid in {self.pid, *self.family()}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    # -- what must hold ------------------------------------------------------------------------------------------

    def wrongs(self) -> list[str]:
        """Return what is wrong with how it ended and with what it said."""
        said, code = self.said, self.code
        found = []
        if _PYTHON_ENDED in said and not self._interrupted_at_start() and not self._left_a_worker_that_started():
            found.append(f"a traceback:\n{said[said.index(_PYTHON_ENDED) :][-3000:]}")
        if "no trial can be trained" in said:
            found.append(f"the sweep stopped itself: {_line(said, 'no trial can be trained')}")
        if " failed: " in said:
            found.append(f"a trial failed: {_line(said, ' failed: ')}")
        if code not in self._promised(said):
            sent = ", ".join(
                f"{number.name}{'' if at_work else ' before or after its work'}" for number, at_work in self.sent
            )
            found.append(f"exit code {code} after {sent or 'no signal'}; it said last: {said[-600:]}")
        return found

    def _interrupted_at_start(self) -> bool:
        """Return whether Python itself was interrupted, while it read the program."""
        return (signal.SIGINT, False) in self.sent and not self.begun

    def _left_a_worker_that_started(self) -> bool:
        """Return whether a worker found its controller gone while the worker's own Python started."""
        return self.code < 0 and "popen_loky_posix" in self.said and "FileNotFoundError" in self.said

    def _promised(self, said: str) -> set[int]:
        codes = set()
        numbers = {number for number, _ in self.sent}
        if " sweep finished\n" in said:
            codes |= {130} if signal.SIGINT in numbers else {0}
        if " sweep stopped\n" in said and (self.asked or numbers & {signal.SIGTERM, signal.SIGHUP}):
            codes |= {3}
        if signal.SIGINT in numbers:
            codes |= {130}
        if signal.SIGKILL in numbers:
            codes |= {-signal.SIGKILL}
        # Before and after its work the system ends it.
        over = " sweep finished\n" in said or " sweep stopped\n" in said
        codes |= {-number for number, at_work in self.sent if over or not at_work}
        if not self.begun and "error: " in said:
            if self.beside and "is already being trained by" in said:
                codes |= {1}
            if self.disturbed:
                codes |= {1, 2}
        return codes


def _line(text: str, what: str) -> str:
    return next(line for line in text.splitlines() if what in line)


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _content(stat).rpartition(b")")[2].split()
        if fields and int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def _content(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def wait_for_end(controllers: list[ControllerProcess], seconds: float) -> bool:
    """Wait until all that belongs to some controllers has ended; return whether it has."""
    end = time.monotonic() + seconds
    while any(controller.family() for controller in controllers):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
