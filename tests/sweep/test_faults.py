"""Workers that die or hang, and disks that are full: the sweep goes on, with the same results."""

import os
import resource
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.processes import process_slot, workers_of
from tests.harness.runs import LEASE, digests, make_run, undisturbed, work
from tests.harness.until import SECONDS, until
from xsample_tui.core.run_state.run_events import Event, Logged
from xsample_tui.store.run.run_document import DamagedRun
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers import worker_supervision


def log_of(events: list[Event]) -> str:
    return "\n".join(e.text for e in events if isinstance(e, Logged))


@pytest.fixture(autouse=True)
def _workers_find_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())


def test_a_worker_that_is_killed_each_time_costs_only_its_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIE", "keep-r00-c04")
    run = make_run(tmp_path, jobs=2, windows={"only": ("keep-r00-c00", "keep-r00-c04")})
    assert work(run, process_slot(run)) == "finished"
    trials = run.progress().trials
    assert trials["keep-r00-c04"].status == "failed"
    assert "SIGKILL" in trials["keep-r00-c04"].message
    assert "6 times in a row" in trials["keep-r00-c04"].message
    assert sum(e.status == "done" for e in trials.values()) == 3


def test_a_worker_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(folder: Path) -> RunFolder:
        return make_run(folder, windows={"only": ("keep-r00-c00",)}, training={"epochs": 8})

    expected = undisturbed(tmp_path, make)
    monkeypatch.setattr(worker_supervision, "SILENCE_ALLOWED", 4.0)
    monkeypatch.setenv("FAKE_SECONDS", "0.1")
    run = make(tmp_path / "hung")
    events: list[Event] = []
    controller = Controller(run, process_slot(run), events.append, lease=LEASE)
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.append(controller.work()))
    before = set(workers_of(os.getpid()))
    thread.start()
    until(lambda: (record := run.record("baseline-s00")) is not None and record.epoch >= 2)
    (worker,) = [
        pid
        for pid in set(workers_of(os.getpid())) - before
        if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(worker, signal.SIGSTOP)
    thread.join(SECONDS)
    assert ended == ["finished"]
    assert "no sign of life" in log_of(events)
    assert digests(run) == expected


def test_an_epoch_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_supervision, "STUCK_SECONDS", 1.0)
    monkeypatch.setattr(worker_supervision, "STUCK_FACTOR", 2.0)
    monkeypatch.setenv("FAKE_STUCK", "keep-r00-c00")
    run = make_run(tmp_path, windows={"only": ("keep-r00-c00",)}, baselines=1)
    assert work(run, process_slot(run)) == "finished"
    trials = run.progress().trials
    assert trials["baseline-s00"].status == "done"
    assert "stuck" in trials["keep-r00-c00"].message


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 2 MiB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("this user may not mount a small file system")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_full_disk_holds_the_sweep_until_there_is_room(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_BYTES", "200000")
    expected = undisturbed(tmp_path, make_run)
    run = make_run(small_disk)
    ballast = small_disk / "ballast"
    with open(ballast, "wb") as file:
        free = os.statvfs(small_disk)
        file.write(b"x" * (free.f_bavail * free.f_frsize - 500_000))
    events: list[Event] = []
    controller = Controller(run, process_slot(run), events.append, lease=LEASE)
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.append(controller.work()))
    thread.start()
    tries: list[str] = []
    commit = RunFolder.commit

    def counted(self: RunFolder, name: str, *rest: Any, **options: Any) -> Any:
        tries.append(name)
        return commit(self, name, *rest, **options)

    monkeypatch.setattr(RunFolder, "commit", counted)
    until(lambda: "No space left on device" in log_of(events))
    until(lambda: len(tries) >= 2)
    assert thread.is_alive()
    assert not ended
    for trial in run.document.trials:
        assert run.latest(trial.name)[1] == [], "what was committed is whole"
    ballast.unlink()
    thread.join(SECONDS)
    assert ended == ["finished"]
    assert "is written; training continues" in log_of(events)
    assert digests(run) == expected


def test_without_file_descriptors_the_trial_waits(tmp_path: Path) -> None:
    expected = undisturbed(tmp_path, make_run)
    run = make_run(tmp_path / "few")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if event.type == "epoch" and sum(e.type == "epoch" for e in events) == 2:
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        elif isinstance(event, Logged) and "Too many open files" in event.text:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    try:
        assert work(run, on_event=on_event) == "finished"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "Too many open files" in log_of(events)
    assert digests(run) == expected


def test_a_folder_that_may_not_be_written_any_more_holds_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undisturbed(tmp_path, make_run)
    run = make_run(tmp_path / "locked")
    folder = run.path / "trials" / "baseline-s01"
    folder.mkdir()
    away = folder.with_name("away")
    # Root may write everywhere; a file where the folder was stops it as well as a permission stops others.
    folder.rename(away)
    folder.write_text("")
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if isinstance(event, Logged) and "cannot be written" in event.text and folder.is_file():
            folder.unlink()
            away.rename(folder)

    assert work(run, on_event=on_event) == "finished"
    assert "baseline-s01: epoch 1 cannot be written" in log_of(events)
    assert digests(run) == expected


def test_a_checkpoint_that_was_written_into_another_folder_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undisturbed(tmp_path, make_run)
    run = make_run(tmp_path / "runs")
    away, commit = tmp_path / "runs" / "elsewhere", RunFolder.commit
    events: list[Event] = []

    def replaced(self: RunFolder, trial: str, epoch: int, data: bytes, *, finished: bool) -> None:
        # After the controller has looked, and before it writes.
        if (trial, epoch) == ("baseline-s01", 3) and not log_of(events):
            run.path.rename(away)
            shutil.copytree(away, run.path)
        commit(self, trial, epoch, data, finished=finished)

    def on_event(event: Event) -> None:
        events.append(event)
        if isinstance(event, Logged) and away.exists():
            shutil.rmtree(run.path)
            away.rename(run.path)

    monkeypatch.setattr(RunFolder, "commit", replaced)
    assert work(run, on_event=on_event) == "finished"
    assert "another folder is in the run's place" in log_of(events)
    assert digests(run) == expected


class DoubtfulSlot(InlineSlot):
    """A slot whose first leases find the run damaged.

    Args:
        times: so many.
    """

    def __init__(self, times: int) -> None:
        self.times = times

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        if self.times == 0:
            return super().submit(entry, *arguments)
        self.times -= 1
        future: Future[Any] = Future()
        future.set_exception(DamagedRun("run r: spec.json cannot be read; restore it from a copy"))
        return future


def test_what_was_in_the_runs_place_when_a_worker_read_it_does_not_end_the_sweep(tmp_path: Path) -> None:
    """A copy that was being made there, say; found by the adversary of real processes, seed 0."""
    expected = undisturbed(tmp_path, make_run)
    run, events = make_run(tmp_path / "runs"), list[Event]()
    assert work(run, lambda number: DoubtfulSlot(2), events.append) == "finished"
    assert digests(run) == expected
    assert log_of(events).count("spec.json cannot be read; restore it from a copy; retrying in 1 s") == 1


def test_a_run_that_stays_damaged_ends_the_sweep_and_says_why(tmp_path: Path) -> None:
    run, events = make_run(tmp_path), list[Event]()
    assert work(run, lambda number: DoubtfulSlot(-1), events.append) == "stopped"
    assert "stopped: no trial can be trained: run r: spec.json cannot be read" in log_of(events)
    assert run.progress().counts()["failed"] == 0
