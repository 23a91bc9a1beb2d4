"""Finds the loader for a source."""

from __future__ import annotations

import stat
from pathlib import Path

from ..core.data.dataset import Dataset
from ..core.data.reading_options import AS_THEY_ARE, ReadingOptions
from ..core.errors import ArgumentError, XSampleError, printable
from ..core.near_words import did_you_mean
from .labelled_images import LabelledImages, validated
from .loader_registry import refuse_options, sources, stored
from .safe_open import status

ARRAYS = "arrays"
"""What stands for the source of a program's own arrays in a spec."""


def load(source: str, options: ReadingOptions = AS_THEY_ARE) -> Dataset:
    """Load the images and labels of a source.

    Args:
        source: ``demo``, ``mnist``, ``fashion_mnist``, ``cifar10``, a name that another package brings, with
            ``name:words`` where it takes some, or a path: an .npz file, a folder of IDX files, a .csv file or a
            folder with train.csv, or a folder of class folders of images. A folder holding several is read as the
            first of these. A name goes before a path of the same name; write ``./mnist`` for the path.
        options: how files of images are to be read.

    Returns:
        Images (n, height, width, channels) as uint8 in 0..255 or float32 in 0..1, training images
        first; integers of other widths become uint8, and floats within 0..255 are divided by 255.

    Raises:
        InputError: the source is not known, cannot be read, or does not hold what it should.
    """
    try:
        return _load(source, options)
    except MemoryError as error:
        raise ArgumentError("data", source, "does not fit into memory; pass fewer or smaller images") from error


def origin(source: str) -> str | None:
    """Return which package brings a source, in words; None for those built in and for paths."""
    return sources().origin(_name(source))


def accepted() -> str:
    """Return what ``--data`` takes, in words."""
    *kinds, last = (kind.what for kind in stored())
    return f"{', '.join(sources().names())}, {', '.join(kinds)}, or {last}"


def _name(source: str) -> str:
    return source.partition(":")[0]


def _load(source: str, options: ReadingOptions) -> Dataset:
    if source in sources().builtin:
        refuse_options(source, options)
        return sources().find(source)(source)
    path = _path(source)
    if origin(source) is not None:
        refuse_options(source, options)
        return _brought(source)
    found = status(path)
    if found is None and source == ARRAYS:
        remedy = "these images came from a program and lie in its run alone; pass images and labels, or a source"
        raise ArgumentError("data", source, remedy)
    if found is None:
        remedy = f"is neither a known name nor a path that exists; pass {accepted()}"
        raise ArgumentError("data", source, "; ".join([remedy, *did_you_mean(source, sources().names())]))
    folder = stat.S_ISDIR(found.st_mode)
    for kind in stored():
        if kind.folder == folder and kind.holds(path):
            if kind.load_with is None:
                refuse_options(source, options)
                return kind.load(source, path)
            refuse_options(source, options, kind.takes)
            return kind.load_with(source, path, options)
    if folder:
        raise ArgumentError("data", source, f"the folder holds no file of a known name; pass {accepted()}")
    raise ArgumentError("data", source, f"is a file of another kind; pass {accepted()}")


def _brought(source: str) -> Dataset:
    """Load what another package brings, and check it as if it came from a file."""
    where = f"the extension {origin(source)}"
    try:
        found = sources().find(_name(source))(source)
    except XSampleError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {printable(error, 200)}"
        raise ArgumentError("data", source, f"{where} failed ({why})") from error
    if not isinstance(found, Dataset):
        raise ArgumentError("data", source, f"{where} gave a {type(found).__name__}, where a Dataset is wanted")
    train = LabelledImages(
        found.images[: found.train], found.labels[: found.train], f"images of {source}", "its labels"
    )
    if found.train == len(found.images):
        return validated(source, train)
    labels = found.labels[found.train :]
    known = labels if (labels >= 0).any() else None
    return validated(
        source, train, LabelledImages(found.images[found.train :], known, "its test images", "their labels")
    )


def _path(source: str) -> Path:
    if not source.strip():  # which would mean the current folder
        raise ArgumentError("data", "(empty)", f"pass {accepted()}")
    try:
        return Path(source).expanduser()
    except RuntimeError as error:  # no such user
        raise ArgumentError("data", source, "names a home folder that is not known; write the whole path") from error
