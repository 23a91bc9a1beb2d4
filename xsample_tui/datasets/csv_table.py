"""Reads CSV files of images: their pixels, or the names of their files, with labels and ids."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.table_columns import NoColumns, NoSuchLabel, TableColumns, find_columns, label_place
from ..core.errors import ArgumentError, InputError, printable
from .safe_open import LIMIT, shown, unpacked, words

if TYPE_CHECKING:
    import pandas as pd

_LINES = 2048
_CELLS = 2**22
"""Lines, and cells, read at a time: 64-bit cells of a whole file would need several times its size."""
_MOST_COLUMNS = 2**20
"""An image of 512x512 in three colours takes fewer."""
_FIRST_LINES = 20
_LONGEST = 2**24
"""Bytes of a line that are read to find the columns: an image of 1024x1024 in three colours takes fewer."""


@dataclass(frozen=True)
class CsvTable:
    """What a CSV file holds.

    Attributes:
        path: the file.
        columns: what its columns are.
        labels: (n,), texts or numbers, or (n, classes) one-hot; None where there are none.
        ids: (n,), texts; None where there are none.
        parts: (n,), texts; None where there is no such column.
        files: (n,), the names of the images' files; None where the pixels are here.
        pixels: (n, pixels), integers or floats; None where there are files.
        notes: how the columns were understood; a line each.
    """

    path: Path
    columns: TableColumns
    labels: NDArray[Any] | None
    ids: NDArray[np.str_] | None
    parts: NDArray[np.str_] | None
    files: NDArray[np.str_] | None
    pixels: NDArray[Any] | None
    notes: tuple[str, ...]

    @property
    def called(self) -> tuple[NDArray[np.str_] | None, str]:
        """What the images are called, by their ids, else by their files, and the name of that column."""
        at = self.columns.file if self.ids is None else self.columns.id
        ids = self.files if self.ids is None else self.ids
        return ids, "" if at is None else self.columns.names[at] or "id"

    @property
    def labels_at(self) -> str:
        """Where the labels stand, for messages."""
        return f"column {_label_name(self.columns)} of {self.path.name}"


def columns_of(path: Path, *, labelled: bool, label: str | None = None) -> TableColumns:
    """Return what the columns of a CSV file are, by its first lines.

    Raises:
        InputError: the file cannot be read, or its columns cannot be understood.
    """
    return _columns(path, labelled=labelled, label=label)[0]


def read_csv(path: Path, *, labelled: bool = True, label: str | None = None) -> CsvTable:
    """Read a CSV file.

    Args:
        path: the file, gzipped or not; commas, semicolons or tabs between cells, with or without a header.
        labelled: whether there must be a label.
        label: the column of the labels; None for the one whose name says so.

    Raises:
        InputError: the file cannot be read, its columns cannot be understood, or a cell is empty or no number.
    """
    columns, mark = _columns(path, labelled=labelled, label=label)
    texts: dict[int, list[NDArray[Any]]] = {at: [] for at in columns.texts()}
    inner = columns.pixels[1:-1] if columns.nameless else columns.pixels
    ends = (columns.pixels[0], columns.pixels[-1]) if columns.nameless else ()
    texts |= {at: [] for at in ends}
    numbers: dict[str, list[NDArray[Any]]] = {"pixels": [], "one_hot": []}
    held = 0
    for chunk in _chunks(path, columns, mark, list(texts)):
        _refuse_empty(path, columns, chunk, [at for at in texts if at != columns.id])
        for at, found in texts.items():
            found.append(chunk[at].to_numpy(dtype=np.str_))
        # Apart, since one array of all would make floats of all where one is.
        for kind, wanted in (("pixels", inner), ("one_hot", columns.one_hot)):
            if wanted:
                part = chunk[list(wanted)]
                _refuse_words(path, columns, part)
                numbers[kind].append(_narrow(part.to_numpy()))
                held += numbers[kind][-1].nbytes
        if held > LIMIT:
            raise ArgumentError("data", shown(path), f"needs more than {LIMIT >> 30} GiB; pass fewer images")
    joined = {at: np.concatenate(found) if found else np.empty(0, np.str_) for at, found in texts.items()}
    pixels = np.concatenate(numbers["pixels"]) if numbers["pixels"] else None
    if not any(map(len, joined.values())) and not (pixels is not None and len(pixels)):
        remedy = "has a header but no images; download it again" if columns.header else "holds no images"
        raise ArgumentError("data", shown(path), remedy)
    if columns.nameless:
        columns, pixels = _placed(path, columns, pixels, joined)
    if columns.packed is not None:
        pixels = _unpacked(path, columns, joined[columns.packed])
    labels = _labels(joined[columns.label]) if columns.label is not None else None
    if columns.one_hot:
        names = np.array([columns.names[at] for at in columns.one_hot])
        labels = _one_hot(path, np.concatenate(numbers["one_hot"]), names)
    return CsvTable(
        path,
        columns,
        labels,
        None if columns.id is None else joined[columns.id],
        None if columns.part is None else joined[columns.part],
        None if columns.file is None else joined[columns.file],
        pixels,
        _notes(path, columns, labelled=labelled),
    )


def _columns(path: Path, *, labelled: bool, label: str | None) -> tuple[TableColumns, str]:
    """Return what the columns are, and what stands between cells."""
    with unpacked(path) as handle:
        lines = [handle.readline(_LONGEST) for _ in range(_FIRST_LINES)]
    if any(len(line) == _LONGEST for line in lines):
        remedy = f"a line is longer than {_LONGEST >> 20} MiB; write the images as files, a row for each"
        raise ArgumentError("data", shown(path), remedy)
    text = [line.decode("utf-8", "replace").strip("\r\n") for line in lines]
    text = [line.removeprefix("\ufeff") for line in text if line.strip("\ufeff \t")]
    if not text:
        raise ArgumentError("data", shown(path), "holds no lines; download it again")
    mark = max(",;\t", key=text[0].count)
    csv.field_size_limit(_LONGEST)
    try:
        rows = list(csv.reader(text, delimiter=mark, skipinitialspace=True))
    except csv.Error as error:
        raise _unreadable(path, error) from error
    if max(map(len, rows)) > _MOST_COLUMNS:
        remedy = f"more than {_MOST_COLUMNS:,} cannot be read; write the images as files, a row for each"
        raise InputError(f"columns of {path.name}", f"{max(map(len, rows)):,}", remedy)
    try:
        return find_columns([row for row in rows if row], labelled=labelled, label=label), mark
    except NoSuchLabel as error:
        raise ArgumentError("label_column", error.value, f"{path.name} {error.remedy}") from error
    except NoColumns as error:
        raise InputError(f"columns of {path.name}", error.value, error.remedy, named=["label_column"]) from error


def _chunks(path: Path, columns: TableColumns, mark: str, texts: list[int]) -> Iterator[pd.DataFrame]:
    """Yield the lines of a file as the parser understands them, some at a time; a column is called by its place."""
    import pandas as pd

    with unpacked(path) as handle:
        try:
            with pd.read_csv(
                handle,
                sep=mark,
                header=0 if columns.header else None,
                names=list(range(len(columns.names))),
                dtype=dict.fromkeys(texts, str),
                na_filter=False,
                skipinitialspace=True,
                chunksize=max(1, min(_LINES, _CELLS // len(columns.names))),
                low_memory=False,
            ) as reader:
                for chunk in reader:
                    # Pandas takes a surplus cell at the end of lines for a sign that the first one is their name.
                    if not isinstance(chunk.index, pd.RangeIndex):
                        remedy = "lines have more cells than the first; remove the surplus"
                        raise InputError(path.name, "surplus cells", remedy)
                    yield chunk
        except (OSError, EOFError, zlib.error, MemoryError, InputError):
            raise
        # Any kind of error: whatever the parser trips over is a file that is no CSV.
        except Exception as error:
            raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    remedy = "save it as UTF-8" if isinstance(error, UnicodeDecodeError) else "download it again"
    return ArgumentError("data", shown(path), f"is not a readable CSV file ({words(error)}); {remedy}")


def _refuse_empty(path: Path, columns: TableColumns, chunk: pd.DataFrame, wanted: list[int]) -> None:
    first = int(chunk.index[0]) if len(chunk) else 0
    for at in wanted:
        empty = (chunk[at].str.strip() == "").to_numpy()
        if empty.any():
            row = first + int(np.argmax(empty)) + 1
            field = f"{path.name} image {row} column {columns.names[at]}"
            raise InputError(field, "empty", "every image needs one; fill it in or remove the line")


def _refuse_words(path: Path, columns: TableColumns, cells: pd.DataFrame) -> None:
    """Refuse a cell that is no number."""
    import pandas as pd

    for at, dtype in cells.dtypes.items():
        if dtype.kind in "ui":
            continue
        # As text: pandas would count True as a number.
        texts = cells[at] if dtype.kind == "f" else cells[at].astype(str)
        bad = pd.to_numeric(texts, errors="coerce").isna().to_numpy()
        if bad.any():
            row = int(np.argmax(bad))
            cell = cells[at].iloc[row]
            field = f"{path.name} image {int(cells.index[row]) + 1} column {columns.names[int(str(at))]}"
            empty = pd.isna(cell) or not str(cell).strip()
            raise InputError(
                field, "empty" if empty else cell, "every pixel must be a number; fix or remove the line"
            )


def _narrow(cells: NDArray[Any]) -> NDArray[Any]:
    """Return the cells as bytes if they fit, else as integers or floats."""
    if cells.dtype.kind == "O":  # whole numbers beyond 64 bits
        cells = cells.astype(str).astype(np.float64)  # by way of text, which overflows to infinity
    if cells.dtype.kind in "ui" and cells.size and cells.min() >= 0 and cells.max() <= 255:
        return cells.astype(np.uint8)
    return cells


def _placed(
    path: Path, columns: TableColumns, inner: NDArray[Any] | None, joined: dict[int, NDArray[Any]]
) -> tuple[TableColumns, NDArray[Any]]:
    """Find the label of a table of numbers alone at its first or last column; the other one is a pixel."""
    first, last = columns.pixels[0], columns.pixels[-1]
    place = label_place(joined[first], joined[last])
    label, pixel = (first, last) if place == 0 else (last, first)
    try:
        column = _narrow(_labels(joined[pixel]).reshape(-1, 1))
        if column.dtype.kind == "U":
            column = column.astype(np.float64)
    except ValueError as error:
        bad = next(cell for cell in joined[pixel].tolist() if not _is_number(cell))
        remedy = "every pixel must be a number; fix or remove the line"
        raise InputError(f"{path.name} column {columns.names[pixel]}", bad, remedy) from error
    body = [column] if inner is None else [inner, column]
    pixels = tuple(at for at in columns.pixels if at != label)
    ordered = body if place == 0 else body[::-1]
    return TableColumns(**(vars(columns) | {"label": label, "pixels": pixels})), np.concatenate(ordered, axis=1)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _labels(cells: NDArray[np.str_]) -> NDArray[Any]:
    """Return labels as whole numbers or floats where all are, else as texts."""
    values = np.array([cell.strip() for cell in cells.tolist()])
    for dtype in (np.int64, np.float64):
        try:
            return values.astype(dtype)
        except (ValueError, OverflowError):
            continue
    return values


def _unpacked(path: Path, columns: TableColumns, cells: NDArray[np.str_]) -> NDArray[Any]:
    """Return the pixels of images that are numbers in one cell each."""
    name = columns.names[columns.packed or 0]
    count = len(str(cells[0]).split())
    if len(cells) * count > LIMIT:
        raise ArgumentError("data", shown(path), f"needs more than {LIMIT >> 30} GiB; pass fewer images")
    found = np.empty((len(cells), count), np.uint8)
    for row, cell in enumerate(cells.tolist()):
        field = f"{path.name} image {row + 1} column {name}"
        try:
            values = np.array(cell.split(), np.int64)
        except (ValueError, OverflowError) as error:
            remedy = "must hold whole numbers of 0 to 255 with spaces between; fix or remove the line"
            raise InputError(field, printable(cell, 20), remedy) from error
        if len(values) != count:
            raise InputError(field, f"{len(values)} pixels", f"image 1 has {count}; fix or remove the line")
        if values.min() < 0 or values.max() > 255:
            bad = values.min() if values.min() < 0 else values.max()
            raise InputError(field, bad, "must be 0 to 255; fix or remove the line")
        found[row] = values
    return found


def _one_hot(path: Path, values: NDArray[Any], names: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the names of the columns that are 1."""
    bad = ~(np.isin(values, (0, 1)).all(axis=1) & (values.astype(np.float64).sum(axis=1) == 1))
    if bad.any():
        row = int(np.argmax(bad))
        value = "several classes" if (values[row] == 1).sum() > 1 else "no class"
        remedy = "exactly one of these columns must be 1; images of several classes cannot be trained on"
        raise InputError(f"{path.name} image {row + 1} columns {names[0]} to {names[-1]}", value, remedy)
    found: NDArray[np.str_] = names[values.argmax(axis=1)]
    return found


def _label_name(columns: TableColumns) -> str:
    if columns.one_hot:
        return f"{columns.names[columns.one_hot[0]]} to {columns.names[columns.one_hot[-1]]}"
    return "(none)" if columns.label is None else columns.names[columns.label]


def _notes(path: Path, columns: TableColumns, *, labelled: bool) -> tuple[str, ...]:
    """Say how the columns were understood, unless their names say it themselves."""
    said = [f"label is {_label_name(columns)}"] if labelled else []
    for what, at in (("id", columns.id), ("part", columns.part), ("file", columns.file), ("pixels", columns.packed)):
        if at is not None:
            said.append(f"{what} is {columns.names[at]}")
    if columns.pixels:
        first, last = columns.names[columns.pixels[0]], columns.names[columns.pixels[-1]]
        said.append(f"pixels are {first} to {last}")
    if columns.ignored:
        shown_names = ", ".join(columns.ignored[:3])
        more = f" and {len(columns.ignored) - 3} more" if len(columns.ignored) > 3 else ""
        said.append(f"not used: {shown_names}{more}")
    head = "with a header" if columns.header else "without a header"
    return (f"{path.name}, {head}: {'; '.join(said)}",)
