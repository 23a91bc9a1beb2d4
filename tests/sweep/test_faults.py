"""Workers that die or hang, and disks that are full: the sweep goes on, with the same results."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runs import LEASE, digests, make_run, undisturbed, work
from tests.sweep.test_crash import workers_of
from tests.until import SECONDS, until
from xsample_tui.core.errors import InputError
from xsample_tui.core.event import Event, Logged
from xsample_tui.core.lease import TrainingFailed
from xsample_tui.core.spec import Machine
from xsample_tui.store.folder import RunFolder
from xsample_tui.sweep import supervision
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.slot import ProcessSlot


def process_slot(run: RunFolder) -> Callable[[int], ProcessSlot]:
    return lambda number: ProcessSlot(run.path / "logs" / f"worker-{number}.log", run.spec.machine)


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
    monkeypatch.setattr(supervision, "SILENCE_ALLOWED", 4.0)
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
    monkeypatch.setattr(supervision, "STUCK_SECONDS", 1.0)
    monkeypatch.setattr(supervision, "STUCK_FACTOR", 2.0)
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
    assert "is written; going on" in log_of(events)
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


@pytest.mark.parametrize(
    ("entry", "kind", "text"),
    [
        ("raise_input_error", InputError, "--micro-batch: 7: choose a divisor of 125"),
        ("raise_stubborn", TrainingFailed, "Stubborn: network is \\x1b[31m7"),
        ("raise_unpicklable", TrainingFailed, "ValueError: a lock is in it"),
    ],
)
def test_an_error_raised_in_a_worker_is_not_taken_for_its_death(
    tmp_path: Path, entry: str, kind: type[Exception], text: str
) -> None:
    slot = ProcessSlot(tmp_path / "worker.log", Machine())
    try:
        error = slot.submit(f"tests.sweep.fake_lease:{entry}").exception(60)
        assert (type(error), str(error)) == (kind, text)
        assert slot.submit("os:getpid").result(60) in workers_of(os.getpid()), "the same worker goes on"
    finally:
        slot.close()


ON_SHARED_MEMORY = """
import subprocess, sys
from pathlib import Path
from tests.runs import LEASE, digests, make_run, undisturbed
from tests.sweep.test_faults import process_slot
from xsample_tui.core.event import Logged
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
