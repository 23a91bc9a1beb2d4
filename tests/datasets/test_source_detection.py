from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.sample import agrees, quick, refusal, small, write_csv, write_idx, write_npz, write_sample
from xsample_tui.datasets import load, npz


@pytest.mark.parametrize("source", ["", " ", "nosuch", "Demo", "emnist", "nosuch/set.npz", "~nosuchuser/a.npz"])
def test_an_unknown_source_is_told_what_is_accepted(source: str) -> None:
    error = refusal(source)
    assert error.field == "data"
    assert error.exit_code == 2


def test_nothing_is_not_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_idx(tmp_path, small()))
    assert refusal("").value == "(empty)"


@pytest.mark.parametrize("word", ["demo", "mnist", "fashion_mnist", "cifar10", ".npz", "IDX", "train.csv"])
def test_the_remedy_lists_every_kind(word: str) -> None:
    assert word in refusal("nosuch").remedy


@pytest.mark.parametrize("source", ["a\0b", "\0.npz", "x" * 5000, "\ud800", "a\nb", "\x1b[31m", "/dev/null", "/"])
def test_an_impossible_path_is_refused(source: str) -> None:
    assert refusal(source).field == "data"


@quick
@given(source=st.text(max_size=30))
def test_random_words_are_refused(source: str) -> None:
    refusal(f"{source}?")


def test_a_folder_without_known_files_is_refused(tmp_path: Path) -> None:
    write_sample(tmp_path, small())
    assert "folder" in refusal(tmp_path).remedy


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = (write_csv(tmp_path, small()) / "train.csv").rename(tmp_path / "train.txt")
    assert "another kind" in refusal(path).remedy


def test_a_folder_of_both_kinds_is_read_as_idx(tmp_path: Path) -> None:
    write_csv(tmp_path, small())
    agrees(write_idx(tmp_path, small()), small())


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_sample(tmp_path, small())
    data = load("~/set.npz")
    assert (data.source, data.train) == ("~/set.npz", 6)


def test_a_relative_path_beside_a_known_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx(tmp_path / "mnist", small())
    monkeypatch.chdir(tmp_path)
    assert load("./mnist").train == 6


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    path = write_sample(tmp_path, small())
    assert "exists" in refusal(path / "set.npz").remedy


def test_a_folder_that_is_called_npz_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "set.npz").mkdir()
    assert "folder" in refusal(tmp_path / "set.npz").remedy


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "set.npz")
    assert "ordinary" in refusal(tmp_path / "set.npz").remedy


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.npz").symlink_to("set.npz")
    assert refusal(tmp_path / "set.npz").field == "data"


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no such permissions here")
@pytest.mark.parametrize("name", ["set.npz", "folder"])
def test_what_may_not_be_read_is_refused(shared: Path, name: str, forbid: Callable[[str], None]) -> None:
    write_sample(shared, small())
    write_idx(shared / "folder", small())
    forbid(name)
    assert "permission denied" in refusal(shared / name).remedy.lower()


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no such permissions here")
def test_a_file_of_a_folder_that_may_not_be_read_is_refused(shared: Path, forbid: Callable[[str], None]) -> None:
    write_idx(shared, small())
    forbid("train-images-idx3-ubyte")
    assert "permission denied" in refusal(shared).remedy.lower()


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    with path.open("wb") as handle:
        handle.truncate(5 * 2**30)  # takes no room: the file has holes
    assert "GiB" in refusal(path).remedy


def test_the_end_of_a_long_path_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 100)
    folder.mkdir()
    (folder / "set.npz").write_bytes(b"no zip")
    assert "a/set.npz: " in str(refusal(folder / "set.npz"))


def test_running_out_of_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(npz, "validated", fail)
    assert "memory" in refusal(write_sample(tmp_path, small())).remedy


def test_importing_and_loading_npz_takes_numpy_alone(tmp_path: Path) -> None:
    path = write_npz(tmp_path, x_train=np.ones((4, 1, 1), dtype=np.uint8), y_train=np.array([0, 1, 0, 1]))
    code = (
        "import sys; from xsample_tui.datasets import load; load(sys.argv[1]); "
        "print(*{'pandas', 'mlxtend', 'keras', 'tensorflow', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
