"""What killed processes leave is removed when the run is resumed, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.runs import make_run, work
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.files import atomic_write, leftover_files
from xsample_tui.store.files.leftover_files import unfinished
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_removal import remove


def ended() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def killed(what: str) -> None:
    """Run Python in a process that is killed, as ``what`` ends it."""
    done = subprocess.run([sys.executable, "-c", what], cwd=os.getcwd(), check=False)
    assert done.returncode == -signal.SIGKILL


KILL = """
import os, signal
from pathlib import Path
from xsample_tui.store.files import atomic_write
def die(point):
    if point == {point!r}:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".*"))


def clear(run: RunFolder) -> None:
    owner = RunLock(run.path)
    leftover_files.clear(run.path)
    owner.release()


def test_the_next_controller_removes_what_a_killed_one_left_half_written(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    for name in ("trials/keep-r00-c00/000001.ckpt", "pulse.json", "requests/1.json"):
        path = run.path / name
        path.parent.mkdir(exist_ok=True)
        killed(
            KILL.format(point="written")
            + f"atomic_write.failpoint = die\natomic_write.write(Path({str(path)!r}), b'half')"
        )
    assert len(hidden(run.path)) == 3
    assert work(run) == "finished"
    assert hidden(run.path) == []


def test_the_next_controller_removes_runs_that_were_laid_out_or_deleted_by_halves(tmp_path: Path) -> None:
    make_run(tmp_path, "goes")
    killed(
        KILL.format(point="synced")
        + f"""
from tests.harness.runs import make_run
atomic_write.failpoint = die
make_run(Path({str(tmp_path)!r}), "half")
"""
    )
    killed(
        f"""
import os, shutil, signal
from pathlib import Path
from xsample_tui.store.run_removal import remove
rmtree = shutil.rmtree
def die(path, **options):
    if Path(path).exists():
        os.kill(os.getpid(), signal.SIGKILL)
shutil.rmtree = die
remove(Path({str(tmp_path)!r}), "goes")
"""
    )
    assert [name.rpartition(".")[2] for name in sorted(os.listdir(tmp_path))] == ["deleted", "partial"]
    assert work(make_run(tmp_path)) == "finished"
    assert os.listdir(tmp_path) == ["r"]


def test_what_may_still_be_written_is_left(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    pid, place = ended(), leftover_files._place()
    old = time.time() - 2 * 86400
    living, other = os.getppid(), "0" * 8
    # Of this process; the clock of the file server may be far off.
    mine = leftover_files.unfinished("b", "tmp")
    kept = {f".a.{living}-{place}.tmp", mine, f".c.{pid}-{other}.tmp", f".d.{pid}.tmp"}
    kept |= {f".e.{living}-{place}.tmp", ".f.tmp", f"g.{pid}-{place}.tmp", f".h.{pid}-{place}.swp"}
    gone = {f".i.{pid}-{place}.tmp", f".j.{pid}-{other}.tmp", f".k.{pid}.tmp", f".l.{os.getpid()}-{place}.tmp"}
    for name in kept | gone:
        (run.path / name).write_bytes(b"half")
    for name in {f".e.{living}-{place}.tmp", mine, f".j.{pid}-{other}.tmp", f".k.{pid}.tmp"}:
        os.utime(run.path / name, (old, old))
    before = set(os.listdir(run.path)) - gone
    clear(run)
    assert set(os.listdir(run.path)) - {"owner.lock"} == before
    assert kept < before


def test_nothing_below_the_trials_is_anybodys_but_the_owners(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    folder = run.path / "trials" / "keep-r00-c00"
    folder.mkdir()
    # A container that is started again has another name, and its processes have the numbers of those before.
    gone = {f".000001.ckpt.{os.getppid()}-{'0' * 8}.tmp", f".mark.json.{os.getpid()}-{leftover_files._place()}.tmp"}
    kept = {"000001.ckpt", "000002.ckpt.damaged-7", ".notes.tmp"}
    for name in gone | kept:
        (folder / name).write_bytes(b"half")
    clear(run)
    assert set(os.listdir(folder)) == kept


def test_a_folder_that_holds_anything_else_is_left(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    pid, place = ended(), leftover_files._place()
    (tmp_path / f".mine.{pid}-{place}.partial").mkdir()
    (tmp_path / f".mine.{pid}-{place}.partial" / "thesis.tex").write_text("...")
    (tmp_path / f".half.{pid}-{place}.partial" / "trials").mkdir(parents=True)
    (tmp_path / f".run_session.{pid}-{place}.deleted").symlink_to(run.path)
    clear(run)
    assert set(os.listdir(tmp_path)) == {"r", f".mine.{pid}-{place}.partial", f".run_session.{pid}-{place}.deleted"}
    assert run.path.exists()


def test_what_cannot_be_removed_stays_and_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    litter = run.path / f".a.{ended()}-{leftover_files._place()}.tmp"
    litter.write_bytes(b"half")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        clear(run)
    assert litter.exists()
    clear(run)
    assert not litter.exists()


def test_what_a_process_of_the_same_number_left_is_in_nobodys_way(tmp_path: Path) -> None:
    for kind in ("partial", "deleted"):
        litter = tmp_path / unfinished("r", kind)
        (litter / "trials").mkdir(parents=True)
        (litter / "spec.json").write_text("{}")
    make_run(tmp_path, "r")
    remove(tmp_path, "r")
    assert os.listdir(tmp_path) == []


def test_temporary_files_of_two_hosts_have_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = atomic_write.temporary(tmp_path / "file")
    leftover_files._place.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr("socket.gethostname", lambda: "another")
        there = atomic_write.temporary(tmp_path / "file")
    leftover_files._place.cache_clear()
    assert here != there
    assert here == atomic_write.temporary(tmp_path / "file")
