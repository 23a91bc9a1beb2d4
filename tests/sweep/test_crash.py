"""Nothing is lost: sweeps killed at every point of a write, and at random instants with real workers."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.processes import workers_of
from tests.harness.runs import digests, make_run, undisturbed
from tests.harness.until import SECONDS
from xsample_tui.store.run.run_folder import RunFolder


def test_a_kill_at_any_point_of_any_write_changes_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sweep.crash_driver", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    print(f"failpoints driven: {report['points']}, sessions killed: {report['killed']}")
    assert report["wrong"] == []
    assert report["points"] > 60
    assert report["killed"] == report["points"]


def start(run: RunFolder) -> subprocess.Popen[bytes]:
    """Work on a run in a process of its own with real worker processes and the fake lease."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from xsample_tui.store.run.run_folder import RunFolder\n"
        "from xsample_tui.sweep.workers.worker_slot import ProcessSlot\n"
        "from tests.harness.runs import work\n"
        "if __name__ == '__main__':\n"
        "    run = RunFolder(Path(sys.argv[1]))\n"
        "    slot = lambda n: ProcessSlot(run.path / 'logs' / f'worker-{n}.log', run.spec.machine)\n"
        "    sys.exit(0 if work(run, slot) == 'finished' else 1)\n"
    )
    script = run.path / "work.py"
    script.write_text(program)
    return subprocess.Popen(
        [sys.executable, str(script), str(run.path)],
        env=os.environ | {"PYTHONPATH": os.getcwd(), "FAKE_SECONDS": "0.1", "FAKE_BYTES": "100000"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def drive(tmp_path: Path, kills: int, epochs: int, seed: int) -> dict[str, int]:
    """Kill controller, one worker or all together at random instants until ``kills`` are done; then finish."""

    def make(folder: Path) -> RunFolder:
        return make_run(folder, jobs=2, training={"epochs": epochs}, checkpoint_seconds=0.1)

    os.environ["FAKE_BYTES"] = "100000"
    try:
        expected = undisturbed(tmp_path, make)
    finally:
        del os.environ["FAKE_BYTES"]
    run = make(tmp_path / "killed")
    lot = random.Random(seed)
    counts = {"controller": 0, "worker": 0, "all": 0}
    while sum(counts.values()) < kills:
        process = start(run)
        # Up to a few workers die under the same controller before it goes too.
        for _ in range(4):
            time.sleep(lot.uniform(0.5, 1.6))
            assert process.poll() is None, "the sweep ended before all kills were done: give it more epochs"
            what = lot.choice(("controller", "worker", "all"))
            workers = workers_of(process.pid)
            counts[what] += 1
            if what == "worker":
                for pid in workers[:1]:
                    os.kill(pid, signal.SIGKILL)
                continue
            if what == "all":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            break
        process.kill()
        process.wait()
    last = start(run)
    assert last.wait(timeout=SECONDS) == 0
    assert digests(run) == expected
    return counts


def test_thirty_random_kills_of_controller_and_workers(tmp_path: Path) -> None:
    counts = drive(tmp_path, kills=30, epochs=100, seed=1)
    print(f"kills survived: {counts}")
    assert all(counts.values())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_random_kills(tmp_path: Path) -> None:
    counts = drive(tmp_path, kills=200, epochs=700, seed=2)
    print(f"kills survived: {counts}")
    assert all(counts.values())
