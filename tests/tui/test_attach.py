"""Attached terminals: real processes, real pseudo-terminals, the real ``attach``; only the lease is a fake."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.fake_lease import GATE, PACE
from tests.harness.interface import make_shown_run
from tests.harness.pty_terminal import Terminal
from tests.harness.runs import digests
from tests.harness.until import SECONDS
from tests.tui import background
from xsample_tui.core.run_state.run_events import TrialChanged
from xsample_tui.store.control.event_log_file import EventLogReader
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.control.run_lock import held
from xsample_tui.store.run.run_folder import RunFolder

ROOT = Path(__file__).parents[2]
RIGHT, END, PAGE_DOWN = "\x1b[C", "\x1b[F", "\x1b[6~"


class Attached:
    """Starts sweeps in the background, and terminals on them; ends whatever is left of them."""

    def __init__(self) -> None:
        self._ends: list[Callable[[], object]] = []

    def sweep(self, run: RunFolder, pace: float, **environment: str) -> subprocess.Popen[bytes]:
        environment = {PACE: str(pace)} | environment
        process = subprocess.Popen(background.command(run), cwd=ROOT, env=os.environ | environment)
        self._ends += [process.kill, process.wait]
        return process

    def terminal(self, run: RunFolder, size: tuple[int, int] = (80, 24)) -> Terminal:
        command = [sys.executable, "-m", "xsample_tui", "attach", run.name]
        return self._open([*command, "--runs-dir", str(run.path.parent.resolve())], size)

    def begun(self, run: RunFolder, pace: float) -> Terminal:
        """A terminal that trains the sweep itself."""
        command = [sys.executable, "-m", "tests.tui.program", str(run.path.parent.resolve()), run.name]
        return self._open(command, (80, 24), {PACE: str(pace)})

    def _open(self, command: list[str], size: tuple[int, int], environment: dict[str, str] | None = None) -> Terminal:
        terminal = Terminal(command, ROOT, size=size, environment=environment)
        self._ends.append(terminal.close)
        return terminal

    def close(self) -> None:
        for end in self._ends:
            end()


@pytest.fixture
def attached() -> Iterator[Attached]:
    opened = Attached()
    yield opened
    opened.close()


def state(terminal: Terminal) -> str:
    """The state in the header: ``▸ running`` stands before the time elapsed."""
    words = terminal.lines[0].partition("   elapsed")[0].split()
    return words[-1] if words else ""


def epochs(run: RunFolder) -> int:
    return (run.path / "events.jsonl").read_text().count('"type":"epoch"')


def begun(run: RunFolder) -> list[str]:
    """The first trials that were begun."""
    changes = (event for event in EventLogReader(run.path, 0).read() if isinstance(event, TrialChanged))
    return list(dict.fromkeys(change.trial for change in changes if change.status == "running"))[:3]


def test_two_terminals_watch_and_steer_one_sweep(attached: Attached, tmp_path: Path) -> None:
    run = make_shown_run(tmp_path, epochs=1000)
    sweep = attached.sweep(run, 0.2)
    one, other = attached.terminal(run), attached.terminal(run, (120, 40))
    both = (one, other)
    for terminal in both:
        terminal.wait_for(lambda terminal=terminal: state(terminal) == "running")  # type: ignore[misc]

    # Paused from one, it is paused in both, and no epoch completes.
    one.press(" ")
    for terminal in both:
        terminal.wait_for(lambda terminal=terminal: state(terminal) == "paused")  # type: ignore[misc]
    before = epochs(run)
    heartbeat = read_heartbeat(run.path)
    assert heartbeat is not None
    assert heartbeat.state == "paused"
    # Going on from the other.
    other.press(" ")
    one.wait_for(lambda: state(one) == "running")
    one.wait_for(lambda: epochs(run) > before)

    # The order of the queue, from one: the last window goes to the front.
    last = run.document.trials[-1].name
    one.press(END, PAGE_DOWN, "f")
    one.wait_for(lambda: (now := read_heartbeat(run.path)) is not None and now.queue[:1] == (last,))
    # Skipped from the other, retried from the first.
    other.press(END, PAGE_DOWN, "x")
    one.wait_for(lambda: run.marked(last).status == "skipped")
    one.wait_for("r Retry")
    one.press("r")
    one.wait_for(lambda: run.marked(last).status != "skipped")

    # One leaves, and the sweep goes on; the other stops it.
    one.press("q")
    assert one.wait() == 0
    assert "xsample-tui attach" in one.text
    assert sweep.poll() is None
    other.press("s")
    other.wait_for("Stop the sweep?")
    other.press("s")
    other.wait_for(lambda: state(other) in ("stopping", "stopped"))
    other.wait_for(lambda: state(other) == "stopped")
    assert sweep.wait(SECONDS) == 3
    assert not held(run.path)


def test_a_sweep_that_ends_says_finished_in_every_terminal(attached: Attached, tmp_path: Path) -> None:
    run = make_shown_run(tmp_path, epochs=4, baselines=2)
    gate = tmp_path / "gate"
    attached.sweep(run, 0, **{GATE: str(gate)})
    terminals = (attached.terminal(run), attached.terminal(run))
    # The summary comes by itself only where the sweep was seen at work.
    for terminal in terminals:
        terminal.wait_for(lambda terminal=terminal: state(terminal) == "running")  # type: ignore[misc]
    gate.touch()
    for terminal in terminals:
        # The summary covers a terminal of this size; the first key closes it.
        terminal.wait_for("11 of 11 done")
        terminal.press("q")
        terminal.wait_for(lambda terminal=terminal: state(terminal) == "finished")  # type: ignore[misc]
        terminal.wait_for("11/11 100 %")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.slow
def test_a_controller_that_hangs_is_stalled_until_it_goes_on(attached: Attached, tmp_path: Path) -> None:
    run = make_shown_run(tmp_path, epochs=400)
    sweep = attached.sweep(run, 0.2)
    terminal = attached.terminal(run)
    terminal.wait_for(lambda: state(terminal) == "running")
    sweep.send_signal(signal.SIGSTOP)
    terminal.wait_for(lambda: state(terminal) == "stalled")
    sweep.send_signal(signal.SIGCONT)
    terminal.wait_for(lambda: state(terminal) == "running")
    sweep.kill()
    sweep.wait()
    terminal.wait_for(lambda: state(terminal) == "crashed")


@pytest.mark.slow
@pytest.mark.parametrize("paused", [False, True], ids=["running", "paused"])
def test_handed_over_it_goes_on_as_it_was_and_ends_with_the_same_bits(
    attached: Attached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paused: bool
) -> None:
    whole = make_shown_run(tmp_path / "whole", epochs=12)
    undisturbed = attached.sweep(whole, 0.0)
    run = make_shown_run(tmp_path, epochs=12)
    # The first trial still trains when the sweep is handed over, however slow the machine.
    first = attached.begun(run, 2.0)
    first.wait_for(lambda: state(first) == "running")
    first.wait_for(lambda: epochs(run) >= 2)
    last = run.document.trials[-1].name
    first.press(END, PAGE_DOWN, "f")
    first.wait_for(lambda: (now := read_heartbeat(run.path)) is not None and now.queue[:1] == (last,))
    if paused:
        first.press(" ")
        first.wait_for(lambda: state(first) == "paused")
    first.press("q")
    first.wait_for("Quit?")
    first.press("k")
    assert first.wait() == 0, first.text
    pid = int(first.text.partition("in process ")[2].split(";")[0])
    try:
        assert pid != first.process.pid
        assert held(run.path)
        # It has a session of its own, so that nothing that happens to the terminal reaches it.
        assert os.getsid(pid) == pid
        second = attached.terminal(run)
        if paused:
            second.wait_for(lambda: state(second) == "paused")
            second.press(" ")
        second.wait_for(lambda: state(second) == "finished")
        second.wait_for(lambda: not held(run.path))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # What had begun came first, then the order that was asked for.
    assert begun(run) == ["baseline-s00", last, "baseline-s01"]
    assert undisturbed.wait(SECONDS) == 0
    assert digests(run) == digests(whole)
    # Not an epoch was trained twice.
    assert epochs(run) == epochs(whole) == 11 * 12


@pytest.mark.slow
def test_what_closes_the_terminal_does_not_undo_the_handing_over(attached: Attached, tmp_path: Path) -> None:
    run = make_shown_run(tmp_path, epochs=400)
    first = attached.begun(run, 1.5)
    first.wait_for(lambda: state(first) == "running")
    first.press("q")
    first.wait_for("Quit?")
    first.press("k")
    first.wait_for("then continues in the background")
    first.hang_up()
    first.process.wait(SECONDS)
    heartbeat = read_heartbeat(run.path)
    assert heartbeat is not None
    try:
        assert held(run.path)
        first.wait_for(lambda: (now := read_heartbeat(run.path)) is not None and now.pid != first.process.pid)
        assert epochs(run) >= 1
    finally:
        now = read_heartbeat(run.path)
        assert now is not None
        os.kill(now.pid, signal.SIGKILL)
