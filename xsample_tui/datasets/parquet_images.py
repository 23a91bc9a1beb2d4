"""Loads Parquet files of images as hubs of data sets have them: a column of encoded images, a column of labels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.class_labels import natural
from ..core.data.dataset import Dataset
from ..core.data.reading_options import AS_THEY_ARE, ReadingOptions
from ..core.data.table_columns import named_label, part_of
from ..core.errors import ArgumentError, InputError, printable
from .image_files import EncodedImage, read_images
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import LIMIT, entries_in, opened, shown, words

if TYPE_CHECKING:
    import pyarrow as pa

_ENDING = ".parquet"
_ROWS = 256
"""Rows read at a time."""
_SHARD = re.compile(r"(.*?)-?(\d{5})-of-(\d{5})(?:-[0-9a-f]+)?")
_ORDER = ("train", "select", "test")


@dataclass(frozen=True)
class _Rows:
    """The rows of a part's files.

    Attributes:
        images: the encoded images.
        labels: (n,), integers, texts or bool.
        columns: what the two columns are called.
        ignored: the columns that were not used.
    """

    images: list[EncodedImage]
    labels: NDArray[Any]
    columns: tuple[str, str]
    ignored: tuple[str, ...]


def is_parquet(path: Path) -> bool:
    """Whether a file is called as a Parquet file is."""
    return path.suffix.lower() == _ENDING


def holds(folder: Path) -> bool:
    """Whether ``folder``, or a folder in it, holds Parquet files.

    Raises:
        InputError: the folder may not be entered.
    """
    return any(True for _ in _folders(folder))


def load(source: str, path: Path, options: ReadingOptions = AS_THEY_ARE) -> Dataset:
    """Load a Parquet file, or the files of a folder: ``train-00000-of-00002.parquet``, ``validation``, ``test``.

    An image is a struct of ``bytes`` and ``path``, or its bytes alone; a label a number, with the classes' names in
    the file's own description where it has one, or a text. Nothing is downloaded: an image that is only a path is
    refused.

    Args:
        source: what the user named.
        path: the folder or the file. A file alone is split.
        options: how the images are to be read.

    Raises:
        InputError: pyarrow is not installed; a file is damaged, one of its shards is missing, or it would unpack to
            more than 4 GiB; there is no column of images or of labels; an image cannot be read; or the arrays fail
            the checks of ``validated``.
    """
    if find_spec("pyarrow") is None:
        raise ArgumentError("data", source, "pyarrow is not installed; pip install 'xsample-tui[parquet]'")
    parts = _parts(source, path) if path.is_dir() else {"train": [path]}
    rows = {part: _rows(files, options.label_column) for part, files in parts.items()}
    read = read_images(source, [image for part in rows.values() for image in part.images], options)
    splits: dict[str, LabelledImages] = {}
    begin = 0
    for part, found in rows.items():
        end = begin + len(found.images)
        inside = (read.kept >= begin) & (read.kept < end)
        where = f"{part} images of {shown(path)}"
        labels = found.labels[read.kept[inside] - begin]
        if inside.any():
            labels_at = f"column {found.columns[1]} of {shown(path)}"
            splits[part] = LabelledImages(read.images[inside], labels, where, labels_at)
        begin = end
    if "train" not in splits:
        raise ArgumentError("data", source, "no training image can be read; replace the files")
    return validated(
        source, splits["train"], splits.get("test"), splits.get("select"), _notes(rows["train"]) + read.notes
    )


def _notes(rows: _Rows) -> tuple[str, ...]:
    said = f"image is {rows.columns[0]}; label is {rows.columns[1]}"
    return (f"{said}; not used: {', '.join(map(printable, rows.ignored[:4]))}" if rows.ignored else said,)


def _folders(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Yield the folder, and those in it, that hold Parquet files, with these."""
    there = sorted((Path(entry.path) for entry in entries_in(folder)), key=_key)
    for place in (folder, *(path for path in there if path.is_dir())):
        try:
            files = there if place is folder else sorted(place.iterdir(), key=_key)
        except OSError:
            continue
        if found := [path for path in files if is_parquet(path) and path.is_file()]:
            yield place, found


def _key(path: Path) -> Any:
    return natural(path.name)


def _parts(source: str, folder: Path) -> dict[str, list[Path]]:
    """Return the files of each part."""
    found = list(_folders(folder))
    if len(found) > 1:
        names = ", ".join(printable(place.name, 40) for place, _ in found[:4])
        raise ArgumentError("data", source, f"holds Parquet files in several folders ({names}); pass one of them")
    parts: dict[str, list[Path]] = {}
    for path in found[0][1]:
        first = re.split(r"[^A-Za-z]+", path.stem)[0]
        parts.setdefault(part_of(first) or "", []).append(path)
    if "train" not in parts:
        if set(parts) != {""}:
            raise ArgumentError("data", source, "holds no train-*.parquet; put it there, or pass one file")
        parts = {"train": parts[""]}
    for files in parts.values():
        _refuse_missing_shards(files)
    return {part: parts[part] for part in _ORDER if part in parts}


def _refuse_missing_shards(files: Sequence[Path]) -> None:
    matches = [match for path in files if (match := _SHARD.fullmatch(path.stem))]
    for stem in {match[1] for match in matches}:
        numbers = {int(match[2]) for match in matches if match[1] == stem}
        wanted = max(int(match[3]) for match in matches if match[1] == stem)
        if wanted <= len(matches) + 10_000 and (missing := set(range(wanted)) - numbers):
            name = f"{stem}-{min(missing):05d}-of-{wanted:05d}{_ENDING}"
            raise ArgumentError("data", name, "this shard is missing; download it too, or rename the others")


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    """Open a Parquet file; whatever goes wrong while it is read becomes an InputError."""
    import pyarrow.parquet as parquet

    with opened(path) as handle:
        try:
            with parquet.ParquetFile(handle) as file:
                yield file
        except (OSError, MemoryError, InputError):
            raise
        # Any kind of error: whatever the parser trips over is no Parquet file.
        except Exception as error:
            remedy = f"is not a readable Parquet file ({printable(words(error), 120)}); download it again"
            raise ArgumentError("data", shown(path), remedy) from error


def _rows(files: Sequence[Path], label: str | None) -> _Rows:
    """Read the images and labels of some files with the same columns."""
    images: list[EncodedImage] = []
    labels: list[Any] = []
    held = 0
    columns: tuple[str, str] | None = None
    ignored: tuple[str, ...] = ()
    names: list[str] | None = None
    for path in files:
        with _parquet(path) as file:
            schema = file.schema_arrow
            columns, ignored = _columns(path, schema, label)
            names = _class_names(schema, columns[1]) or names
            _refuse_large(path, file.metadata)
            for batch in file.iter_batches(batch_size=_ROWS, columns=list(columns)):
                for cell in batch.column(columns[0]).to_pylist():
                    content, name = _content(path, cell, len(images))
                    held += len(content)
                    if held > LIMIT:
                        raise ArgumentError(
                            "data", shown(path), f"unpacks to more than {LIMIT >> 30} GiB; pass fewer images"
                        )
                    images.append(EncodedImage(name, content))
                labels += batch.column(columns[1]).to_pylist()
    if columns is None or not images:
        raise ArgumentError("data", shown(files[0]), "holds no rows; download it again")
    return _Rows(images, _labels(files[0], columns[1], labels, names), columns, ignored)


def _columns(path: Path, schema: pa.Schema, label: str | None) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Return the columns of images and labels, and the others."""
    import pyarrow as pa

    def encoded(kind: pa.DataType) -> bool:
        if pa.types.is_struct(kind):
            return any(kind.field(at).name == "bytes" for at in range(kind.num_fields))
        return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))

    def plain(kind: pa.DataType) -> bool:
        inner = kind.value_type if pa.types.is_dictionary(kind) else kind
        kinds = (
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_boolean,
            pa.types.is_string,
            pa.types.is_large_string,
        )
        return any(test(inner) for test in kinds)

    images = [field.name for field in schema if encoded(field.type)]
    if not images:
        there = ", ".join(printable(name, 30) for name in schema.names[:5]) or "nothing"
        remedy = "holds no column of encoded images (bytes, or a struct of bytes and path); pass another file"
        raise InputError(f"columns of {path.name}", there, remedy)
    others = [field.name for field in schema if plain(field.type)]
    if label is not None and label not in others:
        there = ", ".join(printable(name, 30) for name in others[:5]) or "none"
        remedy = f"{path.name} has no such column of labels; choose one of {there}"
        raise ArgumentError("label_column", label, remedy)
    at = named_label(others) if label is None else others.index(label)
    if at is None and len(others) != 1:
        there = ", ".join(printable(name, 30) for name in others[:5]) or "no other column"
        remedy = "which is the label cannot be seen; name it in label_column, or call it label"
        raise InputError(f"columns of {path.name}", there, remedy, named=["label_column"])
    found = others[at or 0]
    return (images[0], found), tuple(name for name in schema.names if name not in (images[0], found))


def _class_names(schema: pa.Schema, label: str) -> list[str] | None:
    """Return the classes' names that the file describes; None where it does not."""
    try:
        described = json.loads((schema.metadata or {})[b"huggingface"])
        names = described["info"]["features"][label]["names"]
    # A description of any other form is none.
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    fine = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    return names if fine and len(set(names)) == len(names) else None


def _refuse_large(path: Path, metadata: Any) -> None:
    """Refuse a file that by its own account unpacks to more than fits."""
    groups = (metadata.row_group(at) for at in range(metadata.num_row_groups))
    size = sum(group.total_byte_size for group in groups)
    if size > LIMIT:
        remedy = f"unpacks to {size / 2**30:.1f} GiB, more than {LIMIT >> 30}; pass fewer images"
        raise ArgumentError("data", shown(path), remedy)


def _content(path: Path, cell: Any, row: int) -> tuple[bytes, str]:
    """Return an image's bytes and what it is called."""
    name = f"image {row + 1} of {path.name}"
    content = cell.get("bytes") if isinstance(cell, dict) else cell
    if content is None and isinstance(cell, dict) and cell.get("path"):
        raise InputError(name, cell["path"], "is only a path; write the file with the images in it")
    # What is empty is listed with the other images that cannot be read.
    return content or b"", name


def _labels(path: Path, column: str, labels: list[Any], names: list[str] | None) -> NDArray[Any]:
    """Return labels as an array, by their names where the file has some."""
    missing = next((row for row, label in enumerate(labels) if label is None), None)
    if missing is not None:
        field = f"image {missing + 1} of {path.name}, column {column}"
        raise InputError(field, "empty", "every image needs a label; remove the row")
    values = np.array(labels)
    if names is None or values.dtype.kind not in "iu" or names == [str(at) for at in range(len(names))]:
        return values
    if (bad := (values < 0) | (values >= len(names))).any():
        field = f"column {column} of {path.name}"
        raise InputError(field, int(values[bad][0]), f"the file names the classes 0 to {len(names) - 1}; fix the row")
    named: NDArray[Any] = np.array(names)[values]
    return named


_TAKES = frozenset({"size", "skip_bad", "label_column"})
KIND = (
    StoredSource("a folder of Parquet files", True, holds, load, load, _TAKES),
    StoredSource("a .parquet file", False, is_parquet, load, load, _TAKES),
)
