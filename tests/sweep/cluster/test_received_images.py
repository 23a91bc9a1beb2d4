"""Images that a machine was sent: checked, mapped by all its workers, removed when nobody uses them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.runs import make_run
from tests.harness.until import SECONDS
from xsample_tui.core.data.mapped_images import is_mapped
from xsample_tui.core.errors import XSampleError
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.worker_images import WorkerImages
from xsample_tui.sweep.cluster import received_images
from xsample_tui.sweep.cluster.received_images import FILES, begin, discard, finish, received, write

KEY = "key"


@pytest.fixture
def scratch(tmp_path: Path) -> str:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return str(folder)


def send(run: RunFolder, scratch: str, key: str) -> None:
    begin(scratch, key)
    for name in FILES:
        data = (run.path / name).read_bytes()
        # Not in order, and in parts.
        for at in reversed(range(0, len(data), 10_000)):
            write(scratch, key, name, at, data[at : at + 10_000])


def test_what_was_sent_is_mapped_from_one_file(tmp_path: Path, scratch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    key = WorkerImages.of(run).key
    monkeypatch.setattr("xsample_tui.store.run.npz_arrays.MAPPED_FROM", 1000)
    assert received(scratch, key) is None
    send(run, scratch, key)
    found = finish(scratch, key)
    assert is_mapped(found.dataset.images)
    assert found.dataset.digest() == run.dataset.digest()
    assert found.plan.split.digest() == run.plan.split.digest()
    # As another worker of the machine finds them.
    again = received(scratch, key)
    assert again is not None
    assert (again.path / "dataset.npz").samefile(found.path / "dataset.npz")
    assert discard(scratch, key)
    assert os.listdir(scratch) == []
    assert found.dataset.images[3].tobytes() == run.dataset.images[3].tobytes(), "who has mapped them keeps them"
    assert not discard(scratch, key)


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_what_its_hash_says_is_removed(tmp_path: Path, scratch: str, name: str) -> None:
    run = make_run(tmp_path)
    key = WorkerImages.of(run).key
    send(run, scratch, key)
    write(scratch, key, name, 300, b"another")
    with pytest.raises(XSampleError, match="the images received are not the run's"):
        finish(scratch, key)
    assert os.listdir(scratch) == []
    # Of another run altogether.
    send(run, scratch, KEY)
    with pytest.raises(XSampleError, match="the images received are not the run's"):
        finish(scratch, KEY)
    assert os.listdir(scratch) == []


def test_images_that_are_damaged_later_are_sent_again(tmp_path: Path, scratch: str) -> None:
    run = make_run(tmp_path)
    key = WorkerImages.of(run).key
    send(run, scratch, key)
    file = finish(scratch, key).path / "dataset.npz"
    file.write_bytes(file.read_bytes()[:-1000])
    assert received(scratch, key) is None
    assert os.listdir(scratch) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, scratch: str) -> None:
    begin(scratch, KEY)
    (partial,) = Path(scratch).iterdir()
    (partial / "dataset.npz").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write(scratch, KEY, "dataset.npz", 0, b"x" * 100_000)
    assert os.listdir(scratch) == []


def test_folders_of_processes_that_ended_are_removed_and_others_stay(scratch: str) -> None:
    program = (
        "import sys\nfrom xsample_tui.sweep.cluster.received_images import begin\n"
        "begin(sys.argv[1], 'theirs')\nprint('begun', flush=True)\nsys.stdin.read()"
    )
    command = [sys.executable, "-c", program, scratch]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"begun\n"
            begin(scratch, KEY)
            assert len(os.listdir(scratch)) == 2
        finally:
            other.kill()
            other.wait(SECONDS)
    begin(scratch, "a third")
    kept = {path.name for path in received_images._locks if path.parent == Path(scratch)}
    assert set(os.listdir(scratch)) == kept
    assert len(kept) == 2
    assert discard(scratch, KEY)
    assert discard(scratch, "a third")
    assert os.listdir(scratch) == []
