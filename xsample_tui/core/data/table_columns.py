"""Finds which columns of a table are the label, the id, the pixels or the image's file, whatever they are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .not_understood import NotUnderstood

IMAGE_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
# Letters and digits alone, in lower case; the first name that is there counts.
_LABELS = (
    "label", "labels", "target", "class", "classid", "classname", "labelid", "y", "category", "categoryid", "digit",
    "emotion", "species", "breed", "diagnosis", "letter", "character",
)  # fmt: skip
_IDS = ("id", "imageid", "imgid", "index", "idx", "rowid", "key", "uuid", "unnamed0", "")
_FILES = (
    "path", "filepath", "imagepath", "imgpath", "file", "filename", "imagefile", "image", "img", "imagename", "name",
)  # fmt: skip
_PARTS = ("split", "usage", "subset", "partition", "set")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_FEWEST_PIXELS = 4
"""Columns whose names differ in their numbers alone are pixels if there are this many."""


class NoColumns(NotUnderstood):
    """A table whose columns cannot be understood."""


class NoSuchLabel(NoColumns):
    """A table without the column that was asked for."""


@dataclass(frozen=True)
class TableColumns:
    """What the columns of a table are, by their places from 0.

    Attributes:
        names: what they are called; ``column 1``, ... where there is no header.
        header: whether the first line is one.
        label: the label; None where there is none, or where it is the first or the last column of a table of numbers
            alone (``nameless``).
        one_hot: columns of 0 and 1, one for each class, in place of a label.
        id: what the row is called.
        part: which part of the data set it belongs to.
        file: the file of its image.
        packed: all pixels of an image as numbers in one cell.
        pixels: a column for each pixel, in the images' order.
        frame: height and width, where the columns' names say them: ``1x1`` to ``28x28``.
        nameless: whether the label is either the first or the last of ``pixels``, which only their values show.
    """

    names: tuple[str, ...]
    header: bool
    label: int | None = None
    one_hot: tuple[int, ...] = ()
    id: int | None = None
    part: int | None = None
    file: int | None = None
    packed: int | None = None
    pixels: tuple[int, ...] = ()
    frame: tuple[int, int] | None = None
    nameless: bool = False

    @property
    def ignored(self) -> tuple[str, ...]:
        """The names of the columns that are none of these."""
        used = {self.label, self.id, self.part, self.file, self.packed, *self.one_hot, *self.pixels}
        return tuple(name for at, name in enumerate(self.names) if at not in used)

    def texts(self) -> tuple[int, ...]:
        """Return the columns whose cells are texts, whatever they look like."""
        found = (self.label, self.id, self.part, self.file, self.packed)
        return tuple(at for at in found if at is not None)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of some lines is a header.

    It is one if it has words where the next line has numbers, names that headers have, no name over the first
    column, or numbers that count (0, 1, 2, ...).

    Args:
        rows: the cells of the first lines, at least one.
    """
    first = rows[0]
    words = {at for at, cell in enumerate(first) if not _NUMBER.fullmatch(cell)}
    known = {*_LABELS, *_IDS, *_FILES, *_PARTS} - {"", "y"}
    if any(_plain(first[at]) in known for at in words):
        return True
    numbers = [first[at].strip() for at in range(len(first)) if at not in words]
    if len(numbers) >= _FEWEST_PIXELS and numbers in (
        [str(at + begin) for at in range(len(numbers))] for begin in (0, 1)
    ):
        return True
    if len(rows) == 1:
        return bool(words) and not numbers and not any(map(_image_name, first))
    later = {at for at, cell in enumerate(rows[1]) if not _NUMBER.fullmatch(cell)}
    return bool(words - later)


def find_columns(rows: Sequence[Sequence[str]], *, labelled: bool, label: str | None = None) -> TableColumns:
    """Return what the columns of a table are.

    Args:
        rows: the cells of the first lines, at least one; lines of another length than the first do not count.
        labelled: whether there must be a label.
        label: the name of the column of labels, ``column 1`` for the first where there is no header; None for the
            one whose name says so.

    Raises:
        NoSuchLabel: there must be a label, and none of that name is there.
        NoColumns: two columns have one name, or it cannot be seen which column is the label or the image.
    """
    header = has_header(rows)
    count = len(rows[0])
    names = tuple(name.strip() for name in rows[0]) if header else tuple(f"column {at + 1}" for at in range(count))
    sample = [row for row in rows[header:] if len(row) == count]
    cells = [[row[at] for row in sample] for at in range(count)]
    if header and (twice := [name for name, many in Counter(names).items() if many > 1 and name]):
        raise NoColumns(f"two columns {twice[0]}", "each column needs a name of its own; rename one")
    plain = [_plain(name) if header else " " for name in names]
    # Only a nameless first column is the rows' number, as pandas writes it.
    plain = [name if name or not at else " " for at, name in enumerate(plain)]
    file = next((at for at in range(count) if sample and all(map(_image_name, cells[at]))), None)
    packed = next((at for at in range(count) if sample and all(map(_packed, cells[at]))), None)
    taken = {file, packed}
    found_label: int | None
    asked = names.index(label) if label is not None and label in names else None
    if label is not None and asked is None and labelled:
        some = ", ".join(names[:6]) + (", ..." if count > 6 else "")
        raise NoSuchLabel(label, f"has no such column; choose one of {some}")
    if asked is not None:
        # Also where its cells look like files or pixels.
        file, packed = (None if at == asked else at for at in (file, packed))
        found_label, taken = asked, {file, packed, asked}
    else:
        found_label, taken = _named(plain, _LABELS, taken)
    part, taken = _named(plain, _PARTS, taken)
    if part is not None and any(part_of(cell) is None for cell in cells[part]):
        part = None
    row_id, taken = _named(plain, _IDS, taken)
    rest = [at for at in range(count) if at not in (file, packed, found_label, part, row_id)]
    series = _series(names, rest) if header else []
    if file is None and packed is None and not series:
        named = next((at for at in rest if plain[at] in _FILES and not _numeric(cells[at])), None)
        if named is None and row_id is not None and (not _any_numeric(cells, rest) or not _numeric(cells[row_id])):
            named, row_id = row_id, None
        file = named
        rest = [at for at in rest if at != file]
    found = TableColumns(names, header, found_label, (), row_id, part, file, packed)
    if file is not None or packed is not None:
        return _of_files(found, rest, cells, labelled=labelled)
    return _of_pixels(found, rest, series, cells, labelled=labelled)


def named_label(names: Sequence[str]) -> int | None:
    """Return which of some columns is called as labels are; None for none."""
    return _named([_plain(name) for name in names], _LABELS, set())[0]


def part_of(cell: str) -> str | None:
    """Return ``train``, ``select`` or ``test`` for what tables call them; None for anything else."""
    name = _plain(cell)
    if name in ("train", "training"):
        return "train"
    if name in ("val", "valid", "validation", "dev", "publictest"):
        return "select"
    return "test" if name in ("test", "testing", "privatetest") else None


def label_place(first: NDArray[np.str_], last: NDArray[np.str_]) -> int:
    """Return which of two columns is the label: 0, the first, where the last is not far more like one; else -1.

    A label has at least two values, each of them twice, and none of them nearly always; pixels at an image's corner
    are nearly always one value, or have many.

    Args:
        first, last: (n,), the cells.
    """
    counts = [np.array(list(Counter(column.tolist()).values())) for column in (first, last)]
    like = [len(count) > 1 and count.min() > 1 and count.max() < 0.9 * count.sum() for count in counts]
    if like[0] != like[1]:
        return 0 if like[0] else -1
    return -1 if like[0] and 2 * len(counts[1]) <= len(counts[0]) else 0


def _of_files(found: TableColumns, rest: list[int], cells: list[list[str]], *, labelled: bool) -> TableColumns:
    """Complete the columns of a table whose images are in files, or each in one cell."""
    label, one_hot = found.label, found.one_hot
    if label is None and labelled:
        if len(rest) == 1:
            label = rest[0]
        elif len(rest) > 1 and _one_hot([cells[at] for at in rest]):
            one_hot = tuple(rest)
        else:
            shown = ", ".join(found.names[at] for at in rest[:4])
            value = f"no column that must be the label ({shown or 'no further column'})"
            raise NoColumns(value, "call the column of the classes label, or name it in label_column")
    return _with(found, label=label, one_hot=one_hot)


def _of_pixels(
    found: TableColumns, rest: list[int], series: list[int], cells: list[list[str]], *, labelled: bool
) -> TableColumns:
    """Complete the columns of a table with a column for each pixel."""
    pixels = series or rest
    others = [at for at in rest if at not in pixels]
    label = found.label
    if label is None and labelled:
        words = [at for at in rest if not _numeric(cells[at])] if not series else others
        if len(words) == 1:
            label = words[0]
            pixels = [at for at in pixels if at != label]
        elif len(words) > 1 and found.header:
            shown = ", ".join(found.names[at] for at in words[:4])
            raise NoColumns(
                f"no column that must be the label ({shown})",
                "call the column of the classes label, or name it in label_column",
            )
        elif not words and len(rest) < 2:
            raise NoColumns(
                "no columns of pixels", "a line holds a label and the pixels of an image, or an image's file"
            )
    if not pixels:
        raise NoColumns("no columns of pixels", "a line holds a label and the pixels of an image, or an image's file")
    return _with(
        found,
        label=label,
        pixels=tuple(pixels),
        frame=_frame([found.names[at] for at in pixels]) if found.header else None,
        nameless=label is None and labelled,
    )


def _with(found: TableColumns, **changes: Any) -> TableColumns:
    return TableColumns(**(vars(found) | changes))


def _named(plain: Sequence[str], wanted: Sequence[str], taken: set[int | None]) -> tuple[int | None, set[int | None]]:
    """Return the first of the wanted names that is there and free, and what is taken then."""
    for name in wanted:
        for at, there in enumerate(plain):
            if there == name and at not in taken:
                return at, taken | {at}
    return None, taken


def _series(names: Sequence[str], rest: Sequence[int]) -> list[int]:
    """Return the columns whose names differ in their numbers alone, in the order of these; empty if there are few."""
    stems = {at: re.sub(r"\d+", "#", names[at]) for at in rest}
    most = Counter(stem for stem in stems.values() if "#" in stem).most_common(1)
    if not most or most[0][1] < _FEWEST_PIXELS:
        return []
    found = [at for at in rest if stems[at] == most[0][0]]
    return sorted(found, key=lambda at: [int(number) for number in re.findall(r"\d+", names[at])])


def _frame(names: Sequence[str]) -> tuple[int, int] | None:
    """Return height and width, where the last pixel's name is its row and column: ``28x28``."""
    pairs = [re.fullmatch(r"\D*(\d+)\D+(\d+)\D*", name) for name in (names[0], names[-1])]
    if pairs[0] is None or pairs[1] is None:
        return None
    (top, left), (bottom, right) = ((int(pair[1]), int(pair[2])) for pair in pairs if pair)
    size = bottom - top + 1, right - left + 1
    return size if size[0] * size[1] == len(names) else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _image_name(cell: str) -> bool:
    return cell.strip().lower().endswith(IMAGE_ENDINGS)


def _packed(cell: str) -> bool:
    parts = cell.split(None, 8)
    return len(parts) > 1 and all(_NUMBER.fullmatch(part) for part in parts[:8])


def _numeric(cells: Sequence[str]) -> bool:
    return all(_NUMBER.fullmatch(cell) for cell in cells)


def _any_numeric(cells: Sequence[Sequence[str]], columns: Sequence[int]) -> bool:
    return any(_numeric(cells[at]) for at in columns)


def _one_hot(columns: Sequence[Sequence[str]]) -> bool:
    values = [
        [float(cell) if _NUMBER.fullmatch(cell) else -1.0 for cell in row] for row in zip(*columns, strict=True)
    ]
    return bool(values) and all(set(row) <= {0.0, 1.0} and sum(row) == 1 for row in values)
