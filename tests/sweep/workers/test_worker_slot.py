"""Worker processes: their errors come back as they are, and where none can be started the trial waits."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.harness.processes import workers_of
from tests.harness.until import SECONDS, until
from xsample_tui.core.errors import ArgumentError
from xsample_tui.core.training.lease import TrainingFailed
from xsample_tui.core.training.lease_stage import LeaseStage
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.sweep.workers.worker_process import trace_of
from xsample_tui.sweep.workers.worker_slot import ProcessSlot, WorkerDied


@pytest.fixture(autouse=True)
def _workers_find_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())


@pytest.mark.parametrize(
    ("entry", "kind", "text"),
    [
        ("raise_input_error", ArgumentError, "micro_batch: 7: choose a divisor of 125"),
        ("raise_stubborn", TrainingFailed, "Stubborn: network is \\x1b[31m7"),
        ("raise_unpicklable", TrainingFailed, "ValueError: a lock is in it"),
        ("raise_system_error", FileNotFoundError, "[Errno 2] No such file or directory: 'dataset.npz'"),
        ("raise_odd_system_error", OSError, "[Errno 116] OddSystemError: [Errno 116] Stale file handle"),
    ],
)
def test_an_error_raised_in_a_worker_is_not_taken_for_its_death(
    tmp_path: Path, entry: str, kind: type[Exception], text: str
) -> None:
    slot = ProcessSlot(tmp_path / "worker.log", Machine())
    try:
        error = slot.submit(f"tests.harness.fake_lease:{entry}").exception(60)
        assert (type(error), str(error)) == (kind, text)
        # What fails a trial brings its traceback along.
        if not isinstance(error, OSError):
            assert error is not None
            assert trace_of(error).startswith("Traceback (most recent call last):")
            assert f"in {entry}" in trace_of(error)
        assert slot.submit("os:getpid").result(60) in workers_of(os.getpid()), "the same worker goes on"
    finally:
        slot.close()


def test_a_worker_that_its_executor_has_forgotten_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without free descriptors the executor's thread ends between the two."""
    slot = ProcessSlot(tmp_path / "worker.log", Machine())
    pid = slot.submit("os:getpid").result(60)
    executor: Any = slot._executor
    executor._processes.clear()
    monkeypatch.setattr(executor, "shutdown", lambda **options: None)
    slot.close()
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_worker_says_how_far_its_epoch_is(tmp_path: Path) -> None:
    slot, gate = ProcessSlot(tmp_path / "worker.log", Machine()), tmp_path / "gate"
    try:
        lease = slot.submit("tests.harness.fake_lease:in_an_epoch", 0.43, str(gate))
        assert slot.stage == LeaseStage()

        def stage() -> LeaseStage:
            slot.sign()
            return slot.stage

        until(lambda: stage() == LeaseStage("training", 0.43))
        gate.touch()
        lease.result(60)
        until(lambda: stage() == LeaseStage())
    finally:
        slot.close()


@contextlib.contextmanager
def no_thread_left() -> Iterator[None]:
    """Wait at the end for every thread that has begun meanwhile: a process does not end before them."""
    before = set(threading.enumerate())
    yield
    until(lambda: set(threading.enumerate()) <= before)


def test_a_worker_that_ends_while_it_is_handed_a_state_leaves_no_thread(tmp_path: Path) -> None:
    with no_thread_left():
        slot = ProcessSlot(tmp_path / "worker.log", Machine())
        worker = slot.submit("os:getpid").result(SECONDS)
        os.kill(worker, signal.SIGSTOP)
        # More than a pipe holds, so that whoever hands it over waits for the worker.
        given = slot.submit("tests.harness.fake_lease:raise_stubborn", bytes(1 << 22))
        os.kill(worker, signal.SIGKILL)
        wait([given], SECONDS)
        with pytest.raises(WorkerDied, match=r"^the worker ended: SIGKILL$"):
            slot.result(given)
        slot.kill()


def test_a_worker_that_ends_while_it_hands_a_state_back_leaves_no_thread(tmp_path: Path) -> None:
    with no_thread_left():
        slot = ProcessSlot(tmp_path / "worker.log", Machine())
        worker = slot.submit("os:getpid").result(SECONDS)
        taken = slot.submit("tests.harness.fake_lease:die_half_way")
        until(lambda: psutil.Process(worker).status() == psutil.STATUS_ZOMBIE)
        assert not taken.done()
        # It gives no sign of life any more.
        slot.kill()


def test_a_descriptor_that_another_file_has_by_now_is_not_closed_with_the_workers_pipe(tmp_path: Path) -> None:
    """Two threads close the pipe's ends: this one and the executor's."""
    with no_thread_left():
        slot = ProcessSlot(tmp_path / "worker.log", Machine())
        slot.submit("os:getpid").result(SECONDS)
        executor: Any = slot._executor
        numbers = []
        for end in (executor._call_queue._reader, executor._result_queue._writer):
            number = end.fileno()
            # As far as one of them has come when the other begins: the descriptor is closed, and not yet forgotten.
            end._close()
            other = os.open(os.devnull, os.O_RDONLY)
            if other != number:
                os.dup2(other, number)
                os.close(other)
            numbers.append(number)
        slot.kill()
    for number in numbers:
        os.fstat(number)
        os.close(number)


ON_SHARED_MEMORY = """
import subprocess, sys
from pathlib import Path
from tests.harness.runs import LEASE, digests, make_run, undisturbed
from tests.harness.processes import process_slot
from xsample_tui.core.run_state.run_events import Logged
from xsample_tui.sweep.controller import Controller

def shared_memory(*options):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", "/dev/shm"]).returncode

folder = Path(sys.argv[1])
if shared_memory(sys.argv[2]):
    sys.exit(9)
expected = undisturbed(folder, make_run)
run = make_run(folder / "held")
said = []

def on_event(event):
    if isinstance(event, Logged):
        said.append(event.text)
        if len(said) == 1 and "no worker can be started" in event.text:
            shared_memory("remount", "rw", "size=10m", "nr_inodes=1000")

assert Controller(run, process_slot(run), on_event, lease=LEASE).work() == "finished"
assert digests(run) == expected
print(*said, sep="\\n")
"""


def on_other_shared_memory(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where it may mount another /dev/shm."""
    alone = ["unshare", "--user", "--map-root-user", "--mount", *command]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode == 9 or done.stderr.startswith("unshare"):
        pytest.skip("this user may not mount a file system in a namespace")
    return done


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("nr_inodes=2", "No space left on device"),
        ("size=4k", "No space left on device"),
        ("ro", "Read-only file system"),
    ],
)
def test_without_shared_memory_the_trial_waits(tmp_path: Path, option: str, why: str) -> None:
    done = on_other_shared_memory(sys.executable, "-c", ON_SHARED_MEMORY, str(tmp_path), option)
    assert done.returncode == 0, done.stderr
    assert f"no worker can be started: {why}; is /dev/shm full" in done.stdout
    assert done.stdout.count("/dev/shm") == 1, "it is said once"
    assert "times in a row" not in done.stdout


@pytest.mark.parametrize("words", ["tune", "run --estimate --stride 19 --limit 200"])
def test_without_shared_memory_what_measures_says_so_in_a_line(tmp_path: Path, words: str) -> None:
    measure = f"mount -t tmpfs -o ro tmpfs /dev/shm || exit 9; cd {tmp_path}; {sys.executable} -m xsample_tui {words}"
    done = on_other_shared_memory("sh", "-c", measure)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "no worker can be started: Read-only file system; is /dev/shm full, or not writable?" in last
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
