"""Loads the data sets that Keras downloads, in a child process, because Keras imports TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError, InputError
from . import npz
from .loader_registry import NamedSource

NAMES = ("mnist", "fashion_mnist", "cifar10")

_SILENCE = 30.0
"""Seconds a server may say nothing before the download counts as failed."""

_PATIENCE = 3600.0
"""Seconds the whole download may take."""

# The reason of a failure goes to a file: the output is full of TensorFlow's own messages.
_CHILD = """
import importlib, pathlib, socket, sys
name, folder, silence = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
try:
    socket.setdefaulttimeout(silence)
    import numpy
    keras = importlib.import_module("keras")
    keras.config.set_image_data_format("channels_last")
    (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    numpy.savez(folder / "set.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
except BaseException as error:
    (folder / "reason").write_text(f"{type(error).__name__}: {error}", encoding="utf-8", errors="replace")
    sys.exit(1)
"""


def load(source: str) -> Dataset:
    """Load a set of ``keras.datasets`` with its own test split, from Keras's cache or the network.

    Args:
        source: one of NAMES. The images are uint8, (n, 28, 28, 1) or for cifar10 (n, 32, 32, 3).

    Raises:
        InputError: the download or the child process failed, or took more than an hour.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="xsample-") as folder:
            _fetch(source, Path(folder))
            return npz.load(source, Path(folder, "set.npz"))
    except OSError as error:
        raise _failed(source, f"{type(error).__name__}: {error}") from error


def _fetch(name: str, folder: Path) -> None:
    """Have a child process write the set ``name`` to set.npz in ``folder``."""
    # -P: a keras.py in the current folder must not be what is imported.
    command = [sys.executable, "-P", "-c", _CHILD, name, str(folder), str(_SILENCE)]
    # TensorFlow, since it is installed with this project; without GPUs, whose memory workers may be using.
    settings = {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if "KERAS_HOME" not in os.environ and os.path.expanduser("~") == "~":
        # Without a home folder Keras would keep its sets in one named `~`, wherever it is.
        settings["KERAS_HOME"] = str(folder / "keras")
    try:
        done = subprocess.run(
            command,
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(name, f"no result after {_PATIENCE:.0f} s") from error
    if done.returncode == 0:
        return
    reason = folder / "reason"
    words = (
        reason.read_text(encoding="utf-8") if reason.exists() else f"the child process ended with {done.returncode}"
    )
    raise _failed(name, words)


def _failed(name: str, words: str) -> InputError:
    file = f"a path to {name}.npz with x_train, y_train, x_test, y_test"
    remedy = f"Keras could not load it; pass {file} instead ({' '.join(words.split())})"
    return ArgumentError("data", name, remedy)


KIND = NamedSource(NAMES, load)
