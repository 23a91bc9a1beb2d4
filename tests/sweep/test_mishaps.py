"""What befalls a sweep from outside, with real processes: copies that lost folders, moves, suspensions, kills."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.harness.runs import digests, make_run, undisturbed
from tests.harness.until import SECONDS, until
from tests.sweep.program import Program, command
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.detached_sweep import send_to_background

Start = Callable[..., Program]

# Real processes, which take minutes together.
pytestmark = pytest.mark.slow


@pytest.fixture
def start() -> Iterator[Start]:
    """Start programs on runs; they do not outlive the test."""
    started: list[Program] = []

    def begin(folder: Path, **environment: object) -> Program:
        started.append(Program(folder, **environment))
        return started[-1]

    yield begin
    for program in started:
        program.kill()


def epochs(run: RunFolder) -> int:
    """Return how many epochs of a run are on disk."""
    records = (run.record(trial.name) for trial in run.document.trials)
    return sum(record.epoch for record in records if record is not None)


def small(folder: Path) -> RunFolder:
    return make_run(folder, windows={"only": ("keep-r00-c00",)}, baselines=1, training={"epochs": 12})


def lose_empty(folder: Path) -> None:
    for path, _, _ in os.walk(folder, topdown=False):
        if not os.listdir(path):
            os.rmdir(path)


def lose_all_for_the_eye(folder: Path) -> None:
    for name in ("logs", "requests", "events.jsonl", "pulse.json", "owner.lock"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).unlink(missing_ok=True)


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("lose", [lose_empty, lose_all_for_the_eye])
def test_a_copy_without_what_was_empty_or_is_for_the_eye_goes_on_with_the_same_bits(
    tmp_path: Path, start: Start, lose: Callable[[Path], None], begun: bool
) -> None:
    expected = undisturbed(tmp_path, small)
    run = small(tmp_path / "first")
    if begun:
        program = start(run.path, FAKE_SECONDS=0.1)
        until(lambda: epochs(run) >= 2)
        program.process.send_signal(signal.SIGTERM)
        assert program.wait() == 3
    copy = tmp_path / "copy" / "r"
    shutil.copytree(run.path, copy)
    lose(copy)
    assert not (copy / "requests").exists()
    before = epochs(RunFolder(copy))
    assert before == epochs(run)
    program = start(copy)
    assert program.wait() == 0
    assert "failed" not in program.said
    assert digests(RunFolder(copy)) == expected


def test_a_copy_without_its_empty_folders_goes_on_in_the_background(tmp_path: Path) -> None:
    expected = undisturbed(tmp_path, small)
    run = small(tmp_path / "copy")
    lose_empty(run.path)
    pid = send_to_background(run, command=command(run.path))
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(SECONDS)
    assert digests(run) == expected


@pytest.mark.parametrize("instead", ["nothing", "another"])
def test_a_run_that_is_moved_away_is_held_and_goes_on_when_it_is_put_back(
    tmp_path: Path, start: Start, instead: str
) -> None:
    expected = undisturbed(tmp_path, small)
    a, b = tmp_path / "runs" / "a", tmp_path / "runs" / "b"
    run = make_run(tmp_path / "runs", "a", windows={"only": ("keep-r00-c00",)}, baselines=1, training={"epochs": 12})
    program = start(a, FAKE_SECONDS=0.2)
    until(lambda: epochs(run) >= 2)
    a.rename(b)
    if instead == "another":
        shutil.copytree(b, a)
    program.wait_for("the run's folder: ")
    before = {path: path.stat().st_mtime_ns for path in a.rglob("*")} if a.exists() else None
    # The current epoch ends, and what comes of it is tried again every few seconds.
    program.wait_for("cannot be written")
    for _ in range(20):
        assert a.exists() == (instead == "another")
        time.sleep(0.1)
    if instead == "another":
        assert {path: path.stat().st_mtime_ns for path in a.rglob("*")} == before
        shutil.rmtree(a)
    b.rename(a)
    assert program.wait() == 0
    assert program.said.count("error: the run's folder: ") == 1
    assert digests(run) == expected


def test_a_run_that_is_removed_ends_by_a_stop_and_nothing_comes_back(tmp_path: Path, start: Start) -> None:
    run = small(tmp_path / "runs")
    program = start(run.path, FAKE_SECONDS=0.2)
    until(lambda: epochs(run) >= 2)
    # A write that has begun may put its file into a folder that is being emptied.
    while run.path.exists():
        shutil.rmtree(run.path, ignore_errors=True)
    program.wait_for("the run's folder: ")
    program.process.send_signal(signal.SIGTERM)
    assert program.wait() == 3
    assert not run.path.exists()


def test_a_machine_that_was_suspended_costs_no_trial_anything(tmp_path: Path, start: Start) -> None:
    expected = undisturbed(tmp_path, small)
    run = small(tmp_path / "asleep")
    program = start(run.path, FAKE_SECONDS=0.3, FAKE_SILENCE=6)
    until(lambda: epochs(run) >= 2)
    (worker,) = program.workers()
    os.kill(worker.pid, signal.SIGSTOP)
    os.kill(program.process.pid, signal.SIGSTOP)
    # What is waited for is the time itself.
    time.sleep(7)
    asleep = read_heartbeat(run.path)
    os.kill(program.process.pid, signal.SIGCONT)
    # The controller looks around before the worker gives its next sign of life.
    until(lambda: read_heartbeat(run.path) != asleep)
    woken = read_heartbeat(run.path)
    until(lambda: read_heartbeat(run.path) != woken)
    os.kill(worker.pid, signal.SIGCONT)
    assert program.wait() == 0
    assert "sign of life" not in program.said
    assert "retrying from" not in program.said
    assert digests(run) == expected


@pytest.mark.parametrize("what", ["session", "worker"])
def test_what_is_killed_after_an_epoch_keeps_it_though_commits_are_rare(
    tmp_path: Path, start: Start, what: str
) -> None:
    def rarely(folder: Path) -> RunFolder:
        only = {"only": ("keep-r00-c00",)}
        return make_run(folder, windows=only, baselines=1, training={"epochs": 30}, checkpoint_seconds=86_400)

    expected = undisturbed(tmp_path, rarely)
    run, pace = rarely(tmp_path / "killed"), tmp_path / "pace"
    pace.write_text("0.5")
    program = start(run.path, FAKE_PACE=pace)
    for kept in range(1, 5):
        until(lambda kept=kept: epochs(run) >= kept)  # type: ignore[misc]
        # No more than the first epoch: else a trial that ends by and by would do.
        assert epochs(run) == kept
        if what == "session":
            program.kill()
            program = start(run.path, FAKE_PACE=pace)
        else:
            for worker in program.workers():
                worker.kill()
    pace.write_text("0")
    assert program.wait() == 0
    assert "failed" not in program.said
    assert digests(run) == expected
