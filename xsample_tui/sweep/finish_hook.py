"""Runs the ``--on-finish`` command from a small process beside the controller, when the sweep ends, fails or stalls.

It is a process of its own, so that it also reports a controller that was killed or suspended. It detects the
controller's end by a pipe that closes however the controller ends, and a stall by the heartbeat file. It imports only
the standard library until there is something to report.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any

ON_FINISH = "XSAMPLE_ON_FINISH"
LIMIT = 60.0
# A heartbeat that does not change for so long, and no epoch for so long, or for so many of the longest before it.
SILENCE, NO_EPOCH, LONGEST = 60.0, 900.0, 10.0
_OUTPUT = 64 << 10
_LOG = 1 << 20
_TICK = 1.0
# Seconds that no epoch takes: what says so is no heartbeat of ours.
_LONGEST_EPOCH = 1e7
_GRACE = 2.0


class FinishHook:
    """Starts the guard for as long as a controller works.

    Args:
        folder: the run's folder.
        command: what ``/bin/sh`` is to run; empty for no guard. What happened is in its environment alone:
            ``XSAMPLE_NAME``, ``XSAMPLE_STATE`` (finished, failed, stalled), ``XSAMPLE_REASON``, and counts.
        limit: seconds after which the command is ended.
        silence: seconds without a heartbeat that count as a stall.

    Attributes:
        notes: what the log is to say of it.
    """

    def __init__(self, folder: Path, command: str, *, limit: float = LIMIT, silence: float = SILENCE) -> None:
        self._folder = folder
        self._order = {"command": command, "limit": limit, "silence": silence}
        self._limit = limit
        self._process: subprocess.Popen[bytes] | None = None
        self.notes: list[str] = []

    def __enter__(self) -> FinishHook:
        if self._order["command"]:
            try:
                self._start()
            except OSError as error:
                # A sweep is worth more than the command at its end.
                self.notes.append(f"the --on-finish command will not run: its process cannot start: {error}")
        return self

    def _start(self) -> None:
        with _opened_log(self._folder) as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "xsample_tui.sweep.finish_hook", str(self._folder.resolve())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Neither the terminal's end nor its Ctrl-C is meant for it.
                start_new_session=True,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._order).encode() + b"\n")
        self._process.stdin.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self) -> None:
        """Wait until the command has run, or its time is over."""
        if self._process is not None:
            try:
                self._process.wait(self._limit + 10 * _GRACE)
            except subprocess.TimeoutExpired:
                return


def watch(folder: Path, pipe: IO[bytes]) -> None:
    """Watch until the pipe closes; run the command for each event, once.

    Args:
        folder: the run's folder.
        pipe: gives the order as a line of JSON, and its end is the controller's.
    """
    order = json.loads(pipe.readline())
    # Only changes seen are timed, by a clock that nobody sets: the times in the heartbeat are the controller's own.
    update = progressed = time.monotonic()
    last, epoch, notified = None, None, False
    while not select.select([pipe], [], [], _TICK)[0]:
        heartbeat, now = _heartbeat(folder), time.monotonic()
        if heartbeat.get("at") != last:
            last, update = heartbeat.get("at"), now
        if heartbeat.get("epoch_at") != epoch:
            epoch, progressed = heartbeat.get("epoch_at"), now
        why = _stalled(heartbeat, now - update, now - progressed, order["silence"])
        if why and not notified:
            _run(folder, order, "stalled", why)
        notified = bool(why)
    state = _heartbeat(folder).get("state")
    if state == "finished":
        failed = _facts(folder)["XSAMPLE_FAILED"]
        if failed == "0":
            _run(folder, order, "finished", "every trial has ended")
        else:
            _run(folder, order, "failed", f"the sweep has ended, but trials failed: {failed}")
    elif state != "stopped":
        _run(folder, order, "failed", "the controller died unexpectedly")


def _heartbeat(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "pulse.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _stalled(heartbeat: dict[str, Any], silence: float, idle: float, allowed: float) -> str:
    """Return why the sweep stalls; empty while it does not. Times are of a clock that a suspended machine stops."""
    if silence > allowed:
        return f"no heartbeat for {silence:.0f} s"
    longest = heartbeat.get("longest")
    most = max(NO_EPOCH, LONGEST * longest if isinstance(longest, int | float) and longest < _LONGEST_EPOCH else 0.0)
    if heartbeat.get("state") == "running" and idle > most:
        return f"no epoch has ended for {idle:.0f} s"
    return ""


def _facts(folder: Path) -> dict[str, str]:
    from ..store.run.run_folder import RunFolder
    from ..store.run_catalog import entry_of, summary

    found = {"XSAMPLE_NAME": folder.name, "XSAMPLE_FOLDER": str(folder), "XSAMPLE_FAILED": "?"}
    try:
        run = summary(RunFolder(folder))
    except Exception:
        # Whatever is damaged, the command is to run.
        return found
    assert run.progress is not None
    counts, best = run.progress.counts(), entry_of(run).best
    found |= {f"XSAMPLE_{status.upper()}": str(count) for status, count in counts.items()}
    found["XSAMPLE_TRIALS"] = str(len(run.progress.trials))
    found["XSAMPLE_SECONDS"] = f"{run.heartbeat.active:.0f}" if run.heartbeat else ""
    found["XSAMPLE_PROTOCOL"] = "article" if run.progress.spec.article_protocol else "honest"
    found["XSAMPLE_BEST"] = best[1] if best else ""
    found["XSAMPLE_BEST_VAL_ACCURACY"] = f"{best[0]:.6f}" if best else ""
    return found


def _run(folder: Path, order: dict[str, Any], state: str, reason: str) -> None:
    facts = _facts(folder) | {"XSAMPLE_STATE": state, "XSAMPLE_REASON": reason}
    with _opened_log(folder) as log:
        _write(log, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {state}: {reason}\n".encode())
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", order["command"]],
                # A sweep that the command itself begins is not meant.
                env={name: value for name, value in os.environ.items() if name != ON_FINISH} | facts,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            _write(log, f"the command cannot be started: {error}\n".encode())
            return
        ended = _take_output(process, log, time.monotonic() + float(order["limit"]))
        words = f"exit code {process.returncode}" if ended else f"ended after {order['limit']:g} s, its time limit"
        _write(log, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {state}: {words}\n".encode())


def _opened_log(folder: Path) -> IO[bytes]:
    """Return the log, rotated where it has become large; nowhere where it cannot be opened: the command matters more.

    Args:
        folder: the run's folder.
    """
    path = folder / "logs" / "hook.log"
    try:
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG:
            os.replace(path, path.with_name("hook.1.log"))
        return open(path, "ab", buffering=0)
    except OSError:
        return open(os.devnull, "ab", buffering=0)


def _write(log: IO[bytes], data: bytes) -> None:
    """Write to the log; what a full disk does not take is lost."""
    try:
        log.write(data)
    except OSError:
        return


def _take_output(process: subprocess.Popen[bytes], log: IO[bytes], deadline: float) -> bool:
    """Write the first 64 KiB of output to the log until the command ends; return whether it did in its time."""
    assert process.stdout is not None
    room, open_ = _OUTPUT, True
    while process.poll() is None and time.monotonic() < deadline:
        if not open_:
            time.sleep(0.05)
        elif select.select([process.stdout], [], [], 0.1)[0]:
            room, open_ = _pass_on(process.stdout, log, room)
    ended = process.poll() is not None
    if not ended:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(_GRACE)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
    # What is in the pipe still; somebody whom the command left behind may hold its other end for ever.
    while open_ and room and select.select([process.stdout], [], [], 0)[0]:
        room, open_ = _pass_on(process.stdout, log, room)
    return ended


def _pass_on(source: IO[bytes], log: IO[bytes], room: int) -> tuple[int, bool]:
    data = os.read(source.fileno(), 1 << 14)
    _write(log, data[:room])
    if 0 < room <= len(data):
        _write(log, b"\n... the rest is left out\n")
    return max(room - len(data), 0), bool(data)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), sys.stdin.buffer)
