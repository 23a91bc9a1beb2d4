"""Which loader a source is meant for."""

from __future__ import annotations

import stat
from pathlib import Path

from xsample_tui.core.dataset import Dataset
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import demo, idx, kaggle, keras_set, npz
from xsample_tui.datasets.file import status

_ACCEPTED = f"pass demo, {', '.join(keras_set.NAMES)}, a .npz file, or a folder of IDX files or with train.csv"


def load(source: str) -> Dataset:
    """Load the pictures and labels of a source.

    Args:
        source: ``demo``, ``mnist``, ``fashion_mnist``, ``cifar10``, or a path: a .npz file with Keras's
            keys, a folder of IDX files, or a folder with Kaggle's train.csv. A folder holding both is read
            as IDX. A name goes before a path of the same name; write ``./mnist`` for the path.

    Returns:
        Pictures (n, height, width, channels) as uint8 in 0..255 or float32 in 0..1, training pictures
        first; integers of other widths become uint8, and floats within 0..255 are divided by 255.

    Raises:
        InputError: the source is not known, cannot be read, or does not hold what it should.
    """
    try:
        return _load(source)
    except MemoryError as error:
        raise InputError("--data", source, "does not fit into memory; pass fewer or smaller pictures") from error


def _load(source: str) -> Dataset:
    if source == "demo":
        return demo.load(source)
    if source in keras_set.NAMES:
        return keras_set.load(source)
    path = _path(source)
    found = status(path)
    if found is None:
        raise InputError("--data", source, f"is neither a known name nor a path that exists; {_ACCEPTED}")
    if stat.S_ISDIR(found.st_mode):
        if idx.holds(path):
            return idx.load(source, path)
        if kaggle.holds(path):
            return kaggle.load(source, path)
        raise InputError("--data", source, f"the folder holds no file of a known name; {_ACCEPTED}")
    if path.suffix.lower() == ".npz":
        return npz.load(source, path)
    raise InputError("--data", source, f"is a file of another kind; {_ACCEPTED}")


def _path(source: str) -> Path:
    if not source.strip():  # which would mean the current folder
        raise InputError("--data", "(empty)", _ACCEPTED)
    try:
        return Path(source).expanduser()
    except RuntimeError as error:  # no such user
        raise InputError("--data", source, "names a home folder that is not known; write the whole path") from error
