"""Loads tables of images, one a row: CSV files of pixels or of names of files, alone or in a folder, as Kaggle's."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.data.reading_options import AS_THEY_ARE, ReadingOptions
from ..core.data.table_columns import part_of
from ..core.errors import ArgumentError, InputError
from .csv_table import CsvTable, columns_of, read_csv
from .idx import transposed_note
from .labelled_images import LabelledImages, validated
from .listed_images import listed_images
from .loader_registry import StoredSource, refuse_options
from .safe_open import entries_in, regular, shown

_PARTS = {
    "train": ("train", "training"),
    "select": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


def holds(folder: Path) -> bool:
    """Whether ``folder`` holds a train.csv, or one table that is called after training or labels.

    Raises:
        InputError: the folder may not be entered.
    """
    return _train_table(folder) is not None


def is_table(path: Path) -> bool:
    """Whether ``path`` is called as a table is."""
    return path.name.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


def load(source: str, path: Path, options: ReadingOptions = AS_THEY_ARE) -> Dataset:
    """Load a table, or the tables of a folder: ``train.csv`` and, if there, ``val.csv`` and ``test.csv``.

    A row holds the label and the pixels of an image, which is square unless the columns' names say more (``1x1`` to
    ``28x20``), or the label and the name of the image's file. A column ``split`` or ``Usage`` names the part.
    A test table without labels gives images with the label -1.

    Args:
        source: what the user named.
        path: the folder or the file.
        options: how files of images are to be read.

    Raises:
        InputError: the columns cannot be understood, a cell is empty or no number, the columns make no image, a file
            is missing or damaged, or the arrays fail the checks of ``validated``.
    """
    tables = _tables(path, options.label_column)
    train = tables["train"]
    if train.files is None:
        refuse_options(source, options, frozenset({"label_column", "transpose"}))
        turned = options.transposed(train.path.name)
        splits = {part: _of_pixels(table, transpose=turned) for part, table in tables.items()}
        notes = tuple(note for table in tables.values() for note in table.notes)
        notes += transposed_note(options) if turned else ()
    else:
        refuse_options(source, options, frozenset({"size", "skip_bad", "label_column"}))
        # Images without labels would be read for nothing.
        tables = {part: table for part, table in tables.items() if table.labels is not None}
        if odd := next((table for table in tables.values() if table.files is None), None):
            raise InputError(odd.path.name, "pixels", f"must name the images' files, as {train.path.name} does")
        read, rows, converted = listed_images(source, list(tables.values()), options)
        splits = dict(zip(tables, read, strict=True))
        notes = (*(note for table in tables.values() for note in table.notes), *converted)
        tables = {part: _only(table, kept) for (part, table), kept in zip(tables.items(), rows, strict=True)}
    if train.parts is not None:
        splits = _parted(splits["train"], tables["train"]) | {p: s for p, s in splits.items() if p != "train"}
    if "train" not in splits or not len(splits["train"].images):
        raise ArgumentError("data", source, f"no row of {train.path.name} is a training image that can be read")
    return validated(source, splits["train"], splits.get("test"), splits.get("select"), notes)


def _tables(path: Path, label: str | None) -> dict[str, CsvTable]:
    """Return the tables of each part; ``label`` is the column that was asked for."""
    if not path.is_dir():
        return {"train": read_csv(path, label=label)}
    first = _train_table(path)
    if first is None:
        raise ArgumentError("data", shown(path), "holds no train.csv; pass a table")
    found = {"train": read_csv(first, label=label)}
    for part in ("select", "test"):
        beside = _beside(first, part)
        if beside is not None:
            labelled = columns_of(beside, labelled=False, label=label).label is not None
            # Without a header the label is where the train table has it, if there is one.
            if not found["train"].columns.header:
                labelled = len(columns_of(beside, labelled=False).names) == len(found["train"].columns.names)
            if part == "select" and not labelled:
                continue
            found[part] = read_csv(beside, labelled=labelled, label=label)
    return found


def _of_pixels(table: CsvTable, *, transpose: bool) -> LabelledImages:
    if table.pixels is None:
        raise InputError(table.path.name, "names of files", "must hold pixels, as the train images do")
    return LabelledImages(
        framed(table, transpose=transpose), table.labels, table.path.name, table.labels_at, *table.called
    )


def read_new(path: Path, shape: tuple[int, int, int], label: str | None = None) -> CsvTable:
    """Read a table of images to be labelled; a column of labels is not used.

    Args:
        path: the file.
        shape: height, width and channels that the images are to have: what is left over beside their pixels is the id
            where no header says it.
        label: the column of the labels, where the run was asked to take one.

    Raises:
        InputError: as :func:`load`.
    """
    columns = columns_of(path, labelled=False, label=label)
    surplus = len(columns.pixels) - int(np.prod(shape))
    table = read_csv(path, labelled=False, label=label)
    if columns.header or surplus != 1 or table.pixels is None:
        return table
    if len(set(table.pixels[:, 0].tolist())) < len(table.pixels):
        raise InputError(
            f"columns of {path.name}", "one more than pixels", "without a header, the first must be an id"
        )
    ids = table.pixels[:, 0].astype(np.str_)
    return replace(table, pixels=table.pixels[:, 1:], ids=ids)


def framed(table: CsvTable, shape: Sequence[int] | None = None, *, transpose: bool = False) -> NDArray[Any]:
    """Return a table's pixels as images, (n, height, width), or (n, pixels) where they have three channels.

    Args:
        table: a table with pixels.
        shape: height, width and channels, where they are known.
        transpose: whether the rows of a grey image's pixels are its columns.

    Raises:
        InputError: the pixels make no image, or those that are to be transposed have three channels.
    """
    if transpose:
        turned = framed(table, None if shape is None else (shape[1], shape[0], shape[2]))
        if turned.ndim == 2:
            raise ArgumentError("transpose", True, "is for grey images in tables only; leave it out")
        return turned.swapaxes(1, 2)
    cells = np.empty((0, 0)) if table.pixels is None else table.pixels
    count, pixels = cells.shape
    frame = table.columns.frame
    if shape is not None and pixels == int(np.prod(shape)) and shape[2] == 1:
        return cells.reshape(count, *shape)
    if frame is not None:
        return cells.reshape(count, *frame)
    side = int(np.sqrt(pixels))
    if pixels and side * side == pixels:
        return cells.reshape(count, side, side)
    if pixels and 3 * int(np.sqrt(pixels // 3)) ** 2 == pixels:
        return cells
    remedy = "their number must be a square, as 784 for images of 28x28, or three times one for colours"
    raise InputError(f"pixel columns of {table.path.name}", pixels, remedy)


def _parted(images: LabelledImages, table: CsvTable) -> dict[str, LabelledImages]:
    """Return the images of each part that a column names."""
    parts = np.array([part_of(cell) or "" for cell in ([] if table.parts is None else table.parts.tolist())])
    if (parts == "").any():
        column = table.columns.names[table.columns.part or 0]
        bad = "" if table.parts is None else table.parts[parts == ""][0]
        raise InputError(f"column {column} of {table.path.name}", bad, "must be train, val or test; fix the line")
    found = {}
    for part in ("train", "select", "test"):
        if (inside := parts == part).any():
            labels = None if images.labels is None else images.labels[inside]
            words_of_part = f"{part} images of {table.path.name}"
            ids = None if images.ids is None else images.ids[inside]
            found[part] = LabelledImages(
                images.images[inside], labels, words_of_part, images.labels_at, ids, images.id_name
            )
    return found


def _only(table: CsvTable, rows: NDArray[np.intp]) -> CsvTable:
    return replace(table, parts=None if table.parts is None else table.parts[rows])


def _train_table(folder: Path) -> Path | None:
    """Return the table of the training images: ``train.csv``, else the only one that is called after them."""
    for name in ("train.csv", "train.csv.gz"):
        if regular(folder / name):
            return folder / name
    tables = _all_tables(folder)
    for words_in_name in (_PARTS["train"], ("labels", "label")):
        found = [path for path in tables if set(_name_words(path)) & set(words_in_name)]
        if len(found) == 1:
            return found[0]
    return None


def _beside(train: Path, part: str) -> Path | None:
    """Return the table of another part, called as that of the training images but for the part's name."""
    wanted = _name_words(train)
    for path in _all_tables(train.parent):
        for name in _PARTS[part]:
            if _name_words(path) == [name if word in _PARTS["train"] else word for word in wanted] and path != train:
                return path
    return None


def _name_words(path: Path) -> list[str]:
    """Return the words of a file's name: ``fashion-mnist_train`` and ``trainLabels`` have train among them."""
    stem = Path(path.name[:-3] if path.name.lower().endswith(".gz") else path.name).stem
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", stem)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", parted) if word]


def _all_tables(folder: Path) -> list[Path]:
    found = [Path(entry.path) for entry in entries_in(folder, os.DirEntry.is_file)]
    return sorted(path for path in found if is_table(path))


_TAKES = frozenset({"size", "skip_bad", "label_column", "transpose"})
KIND = (
    StoredSource("a folder with train.csv", True, holds, load, load, _TAKES),
    StoredSource("a .csv file of pixels or of image files", False, is_table, load, load, _TAKES),
)
