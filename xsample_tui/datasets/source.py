"""Which loader a source is meant for."""

from __future__ import annotations

import stat
from pathlib import Path

from ..core.dataset import Dataset
from ..core.errors import InputError, XSampleError, printable
from .file import status
from .kind import sources, stored
from .validate import Split, validated


def load(source: str) -> Dataset:
    """Load the pictures and labels of a source.

    Args:
        source: ``demo``, ``mnist``, ``fashion_mnist``, ``cifar10``, a name that another package brings, with
            ``name:words`` where it takes some, or a path: a .npz file with Keras's keys, a folder of IDX files, or
            a folder with Kaggle's train.csv. A folder holding both is read as IDX. A name goes before a path of
            the same name; write ``./mnist`` for the path.

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


def origin(source: str) -> str | None:
    """Return which package brings a source, in words; None for those built in and for paths."""
    return sources().origin(_name(source))


def accepted() -> str:
    """Return what ``--data`` takes, in words."""
    *kinds, last = (kind.what for kind in stored())
    return f"{', '.join(sources().names())}, {', '.join(kinds)}, or {last}"


def _name(source: str) -> str:
    return source.partition(":")[0]


def _load(source: str) -> Dataset:
    if source in sources().builtin:
        return sources().find(source)(source)
    path = _path(source)
    if origin(source) is not None:
        return _brought(source)
    found = status(path)
    if found is None:
        raise InputError("--data", source, f"is neither a known name nor a path that exists; pass {accepted()}")
    folder = stat.S_ISDIR(found.st_mode)
    for kind in stored():
        if kind.folder == folder and kind.holds(path):
            return kind.load(source, path)
    if folder:
        raise InputError("--data", source, f"the folder holds no file of a known name; pass {accepted()}")
    raise InputError("--data", source, f"is a file of another kind; pass {accepted()}")


def _brought(source: str) -> Dataset:
    """Load what another package brings, and check it as if it came from a file."""
    where = f"the extension {origin(source)}"
    try:
        found = sources().find(_name(source))(source)
    except XSampleError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {printable(error, 200)}"
        raise InputError("--data", source, f"{where} failed ({why})") from error
    if not isinstance(found, Dataset):
        raise InputError("--data", source, f"{where} gave a {type(found).__name__}, where a Dataset is wanted")
    train = Split(found.pictures[: found.train], found.labels[: found.train], f"pictures of {source}", "its labels")
    if found.train == len(found.pictures):
        return validated(source, train)
    labels = found.labels[found.train :]
    known = labels if (labels >= 0).any() else None
    return validated(source, train, Split(found.pictures[found.train :], known, "its test pictures", "their labels"))


def _path(source: str) -> Path:
    if not source.strip():  # which would mean the current folder
        raise InputError("--data", "(empty)", f"pass {accepted()}")
    try:
        return Path(source).expanduser()
    except RuntimeError as error:  # no such user
        raise InputError("--data", source, "names a home folder that is not known; write the whole path") from error
