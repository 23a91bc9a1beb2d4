"""Loads folders of Kaggle's Digit Recognizer: one image per line of a CSV file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError, InputError
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import opened, regular, shown, words

if TYPE_CHECKING:
    import pandas as pd

_LINES = 2048
"""Lines read at a time: 64-bit cells of a whole file would need several times its size."""


def holds(folder: Path) -> bool:
    """Whether ``folder`` holds a train.csv.

    Raises:
        InputError: the folder may not be entered.
    """
    return regular(folder / "train.csv")


def load(source: str, folder: Path) -> Dataset:
    """Load ``train.csv`` (label, pixel0, pixel1, ...) and, if there, ``test.csv`` (pixel0, pixel1, ...).

    Images are square and grey, their side following from the number of columns. The images of test.csv
    come with the label -1, as theirs are not known.

    Args:
        source: what the user named.
        folder: where the files are.

    Raises:
        InputError: a column has another name than expected, a cell is empty or no number, the columns make
            no square, a file is empty or damaged, or the arrays fail the checks of ``validated``.
    """
    path = folder / "train.csv"
    labels, pixels = _cells(path, ["label"])
    train = LabelledImages(_images(path, pixels), labels, path.name, f"column label of {path.name}")
    path = folder / "test.csv"
    if not regular(path):
        return validated(source, train)
    _, pixels = _cells(path, [])
    return validated(source, train, LabelledImages(_images(path, pixels), None, path.name, path.name))


def unlabelled(path: Path) -> NDArray[Any]:
    """Return the images of a file like the competition's ``test.csv``, (n, side, side), unchecked but for numbers.

    Args:
        path: the file, with the columns pixel0, pixel1, ...

    Raises:
        InputError: as :func:`load`.
    """
    return _images(path, _cells(path, [])[1])


def _images(path: Path, cells: NDArray[Any]) -> NDArray[Any]:
    """Return cells (n, side * side) as images (n, side, side)."""
    count, pixels = cells.shape
    side = math.isqrt(pixels)
    if pixels == 0 or side * side != pixels:
        remedy = "their number must be a square, as 784 for images of 28x28"
        raise InputError(f"pixel columns of {path.name}", pixels, remedy)
    return cells.reshape(count, side, side)


def _cells(path: Path, leading: list[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the cells of a file, those of its ``leading`` columns apart from those of its pixels."""
    heads, pixels = [], []
    for chunk in _chunks(path):
        _check(path, chunk, leading)
        # Apart, since one array of both would make floats of all where one is.
        heads.append(_narrow(chunk.iloc[:, : len(leading)].to_numpy()))
        pixels.append(_narrow(chunk.iloc[:, len(leading) :].to_numpy()))
    if not sum(map(len, pixels)):
        raise ArgumentError("data", shown(path), "has a header but no images; download it again")
    return np.concatenate(heads), np.concatenate(pixels)


def _chunks(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the lines of a file as the parser understands them, some at a time."""
    import pandas as pd

    with opened(path) as handle:
        try:
            with pd.read_csv(handle, chunksize=_LINES, low_memory=False) as reader:
                yield from reader
        except (OSError, MemoryError):
            raise
        # Any kind of error: whatever the parser trips over is a file that is no CSV.
        except Exception as error:
            remedy = f"is not a readable CSV file ({words(error)}); download it again"
            raise ArgumentError("data", shown(path), remedy) from error


def _check(path: Path, chunk: pd.DataFrame, leading: list[str]) -> None:
    """Refuse lines under another header than ``leading``, pixel0, ..., or with a cell that is no number."""
    import pandas as pd

    _named(path, [str(column) for column in chunk.columns], leading)
    # Pandas takes a surplus cell at the end of lines for a sign that the first one is their name.
    if not isinstance(chunk.index, pd.RangeIndex):
        remedy = "lines have more cells than the header has columns; remove the surplus"
        raise InputError(path.name, "surplus cells", remedy)
    for column, dtype in chunk.dtypes.items():
        if dtype.kind in "ui":
            continue
        # As text: pandas would count True as a number.
        texts = chunk[column] if dtype.kind == "f" else chunk[column].astype(str)
        bad = pd.to_numeric(texts, errors="coerce").isna().to_numpy()
        if bad.any():
            row = int(np.argmax(bad))
            cell = chunk[column].iloc[row]
            remedy = "every cell must be a number from 0 up; fix or remove the line"
            field = f"{path.name} image {chunk.index.start + row + 1} column {column}"
            raise InputError(field, "empty" if pd.isna(cell) else cell, remedy)


def _narrow(cells: NDArray[Any]) -> NDArray[Any]:
    """Return the cells as bytes if they fit, else as integers or floats."""
    if cells.dtype.kind == "O":  # whole numbers beyond 64 bits
        cells = cells.astype(str).astype(np.float64)  # by way of text, which overflows to infinity
    if cells.dtype.kind in "ui" and cells.size and cells.min() >= 0 and cells.max() <= 255:
        return cells.astype(np.uint8)
    return cells


def _named(path: Path, columns: list[str], leading: list[str]) -> None:
    """Refuse a header that is not ``leading``, pixel0, pixel1, ..."""
    wanted = leading + [f"pixel{index}" for index in range(max(1, len(columns) - len(leading)))]
    for index, name in enumerate(wanted):
        found = columns[index] if index < len(columns) else "missing"
        if found != name:
            remedy = f"the header must be {', '.join([*leading, 'pixel0', 'pixel1'])}, ... and have {name} here"
            raise InputError(f"{path.name} column {index + 1}", found, remedy)


KIND = StoredSource("a folder with train.csv", True, holds, load)
