"""Loads the image files that the rows of a table name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ..core.count_text import counted
from ..core.data.reading_options import ReadingOptions
from ..core.errors import ArgumentError, InputError, printable
from .csv_table import CsvTable
from .image_files import ENDINGS, read_images
from .labelled_images import LabelledImages
from .safe_open import files_below, shown


def listed_images(
    source: str, tables: Sequence[CsvTable], options: ReadingOptions
) -> tuple[list[LabelledImages], list[NDArray[np.intp]], tuple[str, ...]]:
    """Return the images of each table's rows, which rows they are, and what was converted.

    A name is looked for beside the table, as it stands; else among all images in the table's folder, by its end; the
    ending may be missing from it.

    Args:
        source: what the user named.
        tables: tables with ``files``.
        options: how the files are to be read; ``skip_bad`` leaves out rows whose files are missing, too.

    Raises:
        InputError: a file is missing, its name stands for several, a file is of two classes, or cannot be read.
    """
    files: list[Path] = []
    rows: list[NDArray[np.intp]] = []
    notes: list[str] = []
    for table in tables:
        found = _files(table)
        missing = [at for at, path in enumerate(found) if path is None]
        if missing and not (options.skip_bad and len(missing) < len(found)):
            _refuse_missing(source, table, missing)
        if missing:
            notes.append(f"{counted(len(missing), 'row')} of {table.path.name} without a file left out")
        there = [(at, path) for at, path in enumerate(found) if path is not None]
        _refuse_two_classes(table, there)
        files += [path for _, path in there]
        rows.append(np.array([at for at, _ in there], np.intp))
    read = read_images(source, files, options)
    splits, begin = [], 0
    for place, table in enumerate(tables):
        end = begin + len(rows[place])
        inside = (read.kept >= begin) & (read.kept < end)
        rows[place] = rows[place][read.kept[inside] - begin]
        labels = None if table.labels is None else table.labels[rows[place]]
        where = f"images of {table.path.name}"
        ids, named = table.called
        ids = None if ids is None else ids[rows[place]]
        splits.append(LabelledImages(read.images[inside], labels, where, table.labels_at, ids, named))
        begin = end
    return splits, rows, (*notes, *read.notes)


def _files(table: CsvTable) -> list[Path | None]:
    """Return the file of each row; None where there is none."""
    folder = table.path.parent
    names = [] if table.files is None else [name.strip().replace("\\", "/") for name in table.files.tolist()]
    index: dict[str, list[Path]] | None = None
    found: list[Path | None] = []
    for name in names:
        direct = folder / name
        if PurePosixPath(name).suffix.lower() in ENDINGS and _is_file(direct):
            found.append(direct)
            continue
        index = _index(folder) if index is None else index
        found.append(_by_end(table, name, index))
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _index(folder: Path) -> dict[str, list[Path]]:
    """Return the images in a folder and in folders within, by their names with and without ending."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(files_below(folder)):
        if path.suffix.lower() in ENDINGS:
            found[path.name].append(path)
            found[path.stem].append(path)
    return found


def _by_end(table: CsvTable, name: str, index: dict[str, list[Path]]) -> Path | None:
    """Return the one image whose path ends as ``name`` does, as far as they agree; None where there is none."""
    parts = [part for part in PurePosixPath(name).parts if part not in (".", "/")]
    if not parts:
        return None
    found = index.get(parts[-1], [])
    for depth in range(2, len(parts) + 1):
        closer = [path for path in found if path.parts[-depth:-1] == tuple(parts[-depth:-1])]
        if len(found) < 2 or not closer:
            break
        found = closer
    if len(found) > 1 and (part := _of_part(table, found)):
        found = part
    if len(found) > 1:
        field = f"column {table.columns.names[table.columns.file or 0]} of {table.path.name}"
        two = f"{found[0].relative_to(table.path.parent)} and {found[1].relative_to(table.path.parent)}"
        raise InputError(field, name, f"may be {printable(two, 200)}; write the path from the table's folder")
    return found[0] if found else None


def _of_part(table: CsvTable, found: Sequence[Path]) -> list[Path]:
    """Return those in a folder named after the table's part: Kaggle's parts share names such as ``1.png``."""
    stem = table.path.stem.lower()
    for part in ("train", "test", "val"):
        if part in stem:
            return [
                path
                for path in found
                if any(part in name.lower() for name in path.parts[len(table.path.parts) - 1 :])
            ]
    return []


def _refuse_missing(source: str, table: CsvTable, missing: Sequence[int]) -> None:
    names = [] if table.files is None else table.files.tolist()
    some = ", ".join(printable(names[at], 60) for at in missing[:3])
    more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
    remedy = (
        f"{len(missing):,} of the {len(names):,} files that {table.path.name} names are not in "
        f"{shown(table.path.parent)}: {some}{more}; put them there, or pass --skip-bad to leave them out"
    )
    raise ArgumentError("data", source, remedy)


def _refuse_two_classes(table: CsvTable, there: Sequence[tuple[int, Path]]) -> None:
    if table.labels is None:
        return
    seen: dict[Path, object] = {}
    labels = table.labels.tolist()
    for at, path in there:
        if seen.setdefault(path, labels[at]) != labels[at]:
            value = f"{printable(seen[path], 30)} and {printable(labels[at], 30)}"
            remedy = f"are both classes of {shown(path)}; leave it one row and one class"
            raise InputError(table.labels_at, value, remedy)
