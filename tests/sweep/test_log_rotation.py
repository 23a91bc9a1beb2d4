"""What workers and the process in the background print does not fill the disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.runs import LEASE, digests, make_run, undisturbed
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.log_rotation import RotatedLogs
from xsample_tui.sweep.workers.worker_slot import ProcessSlot


def test_who_writes_goes_on_in_the_same_file_and_the_end_before_is_kept(tmp_path: Path) -> None:
    kept = RotatedLogs(tmp_path, most=100)
    log = tmp_path / "worker-0.log"
    program = "import sys\nfor line in sys.stdin: print(line, end='', flush=True); print('done', file=sys.stderr)"
    with open(log, "ab") as out:
        writer = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE, text=True
        )
    assert writer.stdin is not None
    assert writer.stderr is not None

    def write(text: str) -> None:
        assert writer.stdin is not None
        assert writer.stderr is not None
        writer.stdin.write(f"{text}\n")
        writer.stdin.flush()
        writer.stderr.readline()

    try:
        write("a" * 90)
        kept.bound(now=True)
        assert log.read_text() == "a" * 90 + "\n", "small enough"
        write("b" * 150)
        kept.bound(now=True)
        assert log.read_text() == ""
        write("c")
        assert log.read_text() == "c\n"
        assert (tmp_path / "worker-0.log.1").read_text() == "b" * 99 + "\n"
        write("d" * 150)
        kept.bound(now=True)
        assert (tmp_path / "worker-0.log.1").read_text() == "d" * 99 + "\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["worker-0.log", "worker-0.log.1"]
    finally:
        writer.stdin.close()
        writer.wait()
        writer.stderr.close()


def test_a_log_that_cannot_be_copied_is_cut_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "background.log"
    log.write_text("x" * 200)
    (tmp_path / "background.log.1").mkdir()
    RotatedLogs(tmp_path, most=100).bound()
    assert log.read_text() == ""


def test_a_sweep_whose_workers_print_without_end_has_small_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undisturbed(tmp_path, make_run)
    monkeypatch.setenv("FAKE_PRINT", "20000")
    run = make_run(tmp_path / "talkative")
    folder = run.path / "logs"
    (folder / "background.log").write_bytes(b"x" * 30_001)

    def slot(number: int) -> ProcessSlot:
        return ProcessSlot(folder / f"worker-{number}.log", run.spec.machine)

    logs = RotatedLogs(folder, most=30_000, every=0.0)
    assert Controller(run, slot, lease=LEASE, logs=logs).work() == "finished"
    assert digests(run) == expected
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert sizes["background.log"] == 0
    assert sizes["worker-0.log.1"] == 30_000
    assert sizes["worker-0.log"] < 3 * 30_000 < 18 * 20_000, "18 epochs were printed"
