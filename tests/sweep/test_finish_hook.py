"""The command at a sweep's end: when it runs, what it receives, and what it cannot do."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, make_run
from tests.harness.until import until
from xsample_tui.core.run_state.requests import Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep import finish_hook
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.finish_hook import FinishHook

START = 1_790_000_000.0

TELL = 'echo "$XSAMPLE_NAME $XSAMPLE_STATE $XSAMPLE_DONE/$XSAMPLE_TRIALS $XSAMPLE_FAILED" >> told'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def work(run: RunFolder, command: str) -> Controller:
    controller = Controller(run, lambda number: InlineSlot(), lease=LEASE, on_finish=command)
    controller.work()
    controller.guard.wait()
    return controller


def log(run: RunFolder) -> str:
    return (run.path / "logs" / "hook.log").read_text()


def test_it_runs_once_at_the_end_and_its_output_is_in_the_log(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine")
    work(run, f'{TELL}; echo "best $XSAMPLE_BEST"; echo oops >&2; exit 3')
    assert Path("told").read_text() == "mine finished 6/6 0\n"
    assert "best " in log(run)
    assert "oops" in log(run)
    assert "finished: exit code 3" in log(run)


def test_failed_trials_are_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_FAIL", "baseline-s01")
    work(make_run(tmp_path, "mine"), TELL)
    assert Path("told").read_text() == "mine failed 5/6 1\n"


def test_a_stop_that_was_asked_for_is_no_event(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine")
    controller = Controller(run, lambda number: InlineSlot(), lease=LEASE, on_finish=TELL)
    controller.stop()
    assert controller.work() == "stopped"
    controller.guard.wait()
    assert not Path("told").exists()


def test_nothing_that_a_run_says_reaches_the_shell_as_code(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine", source="$(touch hacked); `touch hacked`; x")
    run.mark("baseline-s01", "failed", "$(touch hacked)")
    work(run, 'echo "$XSAMPLE_REASON" >> told')
    assert Path("told").read_text() == "the sweep has ended, but trials failed: 1\n"
    assert not Path("hacked").exists()


def test_a_command_that_does_not_end_is_ended_and_its_output_is_bounded(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine")
    (run.path / "pulse.json").write_text('{"state": "finished"}')
    # Waiting for a day is waiting in vain.
    guard = FinishHook(run.path, "yes & sleep 86400", limit=1)
    with guard:
        pass
    guard.wait()
    assert "its time limit" in log(run)
    assert len(log(run)) < 80_000


def test_a_killed_controller_is_a_failure_and_a_stopped_one_a_stall(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine")
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom xsample_tui.sweep.finish_hook import FinishHook\n"
        "folder = Path(sys.argv[1])\n"
        "with FinishHook(folder, sys.argv[2], silence=10):\n"
        "    while True:\n"
        '        (folder / \'pulse.json\').write_text(\'{"state": "running", "at": %r}\' % time.time())\n'
        "        time.sleep(0.3)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(run.path), TELL])
    told = Path("told")
    try:
        until(lambda: (run.path / "pulse.json").exists())
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: told.exists() and "stalled" in told.read_text())
        os.kill(process.pid, signal.SIGCONT)
    finally:
        process.kill()
        process.wait()
    until(lambda: "failed" in told.read_text())
    assert told.read_text() == "mine stalled 0/6 0\nmine failed 0/6 0\n"
    assert not [r for r in RequestInbox(run.path).take() if isinstance(r, Request)]


def _without_folder(logs: Path) -> None:
    logs.rmdir()


def _without_a_place_for_it(logs: Path) -> None:
    logs.rmdir()
    logs.write_text("no folder")


def _full(logs: Path) -> None:
    (logs / "hook.log").symlink_to("/dev/full")


@pytest.mark.parametrize("spoil", [_without_folder, _without_a_place_for_it, _full])
def test_it_runs_where_its_log_cannot_be_written(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    run = make_run(tmp_path, "mine")
    run.make_folders()
    spoil(run.path / "logs")
    (run.path / "pulse.json").write_text('{"state": "finished"}')
    order = {"command": f"{TELL}; echo said", "limit": 60, "silence": 60}
    command = [sys.executable, "-m", "xsample_tui.sweep.finish_hook", str(run.path)]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = guard.communicate(json.dumps(order) + "\n")[1]
    assert Path("told").read_text() == "mine finished 0/6 0\n", said


def test_it_starts_where_its_log_cannot_be_written(tmp_path: Path) -> None:
    run = make_run(tmp_path, "mine")
    run.make_folders()
    _without_a_place_for_it(run.path / "logs")
    (run.path / "pulse.json").write_text('{"state": "finished"}')
    with FinishHook(run.path, TELL) as guard:
        pass
    guard.wait()
    assert not guard.notes
    assert Path("told").exists()


@pytest.mark.parametrize("longest", [None, [], {}, "x", float("inf"), float("nan")])
def test_no_heartbeat_ends_the_guard(longest: object) -> None:
    heartbeat = {"state": "running", "longest": longest}
    assert finish_hook._stalled(heartbeat, 0.0, 1e9, 60.0)


@pytest.mark.parametrize("skew", [-86400.0, 0.0, 86400.0])
def test_epochs_that_are_seen_to_end_are_no_stall_whatever_the_clocks_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    now, told = [1000.0], []

    def look(*anything: object) -> tuple[list[object], list[object], list[object]]:
        """Let a minute pass, in which an epoch ends, until the hour is over; in the next hour none does."""
        now[0] += 60
        epoch = min(now[0], 1000 + 3600)
        heartbeat = {"state": "running", "at": now[0], "epoch_at": START + skew + epoch, "longest": 60}
        (tmp_path / "pulse.json").write_text(json.dumps(heartbeat))
        return ([pipe] if now[0] > 1000 + 7200 else [], [], [])

    def run(folder: Path, order: object, state: str, reason: str) -> None:
        told.append((state, now[0] - 1000, reason))

    pipe = io.BytesIO(json.dumps({"silence": 900}).encode() + b"\n")
    monkeypatch.setattr(finish_hook, "select", SimpleNamespace(select=look))
    clocks = SimpleNamespace(monotonic=lambda: now[0], time=lambda: START + now[0])
    monkeypatch.setattr(finish_hook, "time", clocks)
    monkeypatch.setattr(finish_hook, "_run", run)
    finish_hook.watch(tmp_path, pipe)
    assert told[0] == ("stalled", 3600 + 960, "no epoch has ended for 960 s")
    assert [state for state, _, _ in told] == ["stalled", "failed"]
