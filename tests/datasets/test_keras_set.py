"""Keras's sets: the child process with a stand-in for Keras, and twice with the real one, offline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.sample import Sample, agrees, refusal, small, write_idx, write_sample
from xsample_tui.datasets import keras_set

STAND_IN = """
import sys, time, types, numpy

def load_data():
    {body}
    held = numpy.load({path!r})
    return (held["x_train"], held["y_train"]), (held["x_test"], held["y_test"])

config = types.SimpleNamespace(set_image_data_format=lambda order: None)
one = types.SimpleNamespace(load_data=load_data)
datasets = types.SimpleNamespace(mnist=one, fashion_mnist=one, cifar10=one)
"""


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str = "pass", channels: int = 0) -> Sample:
    """Have children import a keras.py that returns the sample which this returns."""
    sample = small(channels)
    path = write_sample(folder, sample)
    (folder / "keras.py").write_text(STAND_IN.format(body=body, path=str(path)))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return sample


@pytest.mark.parametrize(("name", "channels"), [("mnist", 0), ("fashion_mnist", 0), ("cifar10", 3)])
def test_a_set_comes_through_the_child_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, channels: int
) -> None:
    sample = stand_in(tmp_path, monkeypatch, channels=channels)
    agrees(Path(name), sample)


def test_the_process_that_asks_imports_neither_keras_nor_tensorflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch)
    program = (
        "import sys; from xsample_tui.datasets import load; load('mnist'); "
        "print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise OSError('URL fetch failure\\non \\x1b[2J')", "OSError: URL fetch failure on"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(7)", "ended with 7"),
        ("print('noise'); raise KeyError('x_train')", "KeyError"),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], body: str, told: str
) -> None:
    stand_in(tmp_path, monkeypatch, body)
    error = refusal("mnist")
    assert (error.field, error.value) == ("data", "mnist")
    assert told in error.remedy
    assert "pass a path to mnist.npz" in error.remedy
    assert capfd.readouterr() == ("", "")


def test_a_child_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(keras_set, "_PATIENCE", 1.0)
    assert "no result" in refusal("cifar10").remedy


def test_a_keras_py_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = stand_in(tmp_path, monkeypatch)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "keras.py").write_text("raise SystemError")
    monkeypatch.chdir(tmp_path / "here")
    agrees(Path("mnist"), sample)


def test_a_child_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nosuch/python")
    assert "could not load" in refusal("mnist").remedy


def test_the_real_keras_reads_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Keras expects 28x28 of fashion_mnist, whose cached files it takes without a check sum.
    labels = np.array([0, 1, 0, 1], dtype=np.uint8)
    images = (np.arange(4 * 28 * 28) % 251).astype(np.uint8).reshape(4, 28, 28)
    both = Sample(images, labels, images[1:], labels[1:])
    (tmp_path / "datasets").mkdir()
    write_idx(tmp_path / "datasets" / "fashion-mnist", both, packed=True)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    agrees(Path("fashion_mnist"), both)


def test_the_real_keras_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    error = refusal("mnist")
    assert "URL fetch failure" in error.remedy
    assert "pass a path to mnist.npz" in error.remedy
