"""Loads IDX files, MNIST's original format: a folder of them, or one of them with those that belong to it."""

from __future__ import annotations

import gzip
import math
import os
import re
import struct
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.data.reading_options import AS_THEY_ARE, ReadingOptions
from ..core.errors import ArgumentError, InputError, printable
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import entries_in, is_folder, opened, plausible, shown

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08
_DEPTH = 2
"""Folders down to which files are looked for: archives unpack to ``MNIST/raw``, or to a folder for each file."""
_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test|val)[-_.](?P<kind>images|labels)"
    r"[-_.]idx(?P<dimensions>[13])[-_.]ubyte(\.gz)?",
    re.IGNORECASE,
)
_DIMENSIONS = {"images": 3, "labels": 1}
# The files of a set by part and kind: ("train", "images").
_Files = dict[tuple[str, str], Path]


def holds(folder: Path) -> bool:
    """Whether ``folder``, or a folder up to two further down, holds the training images or their labels.

    Raises:
        InputError: the folder may not be entered.
    """
    return any(part == "train" for files in _sets(folder).values() for part, _ in files)


def is_idx(path: Path) -> bool:
    """Whether a file is called as an IDX file is."""
    return _NAME.fullmatch(path.name) is not None


def load(source: str, path: Path, options: ReadingOptions = AS_THEY_ARE) -> Dataset:
    """Load ``train-images-idx3-ubyte`` with ``train-labels-idx1-ubyte`` and, if there, ``t10k`` and ``val``.

    Names may have a prefix (``emnist-digits-train-images-idx3-ubyte``), a dot (``train-images.idx3-ubyte``), ``test``
    for ``t10k``, and an ending ``.gz``; the plain file is taken where a gzipped one stands beside it. Images are
    (n, height, width) unsigned bytes; EMNIST's, found by its name, are stored by columns, and transposed.

    Args:
        source: what the user named.
        path: the folder, which may hold them one or two folders down; or one of the files, whose prefix is that of
            all, where a folder holds several sets.
        options: whether images are transposed.

    Raises:
        InputError: there are several sets, a file of a pair is missing, cut short, longer than its header says or
            damaged; its magic number is wrong; or the arrays fail the checks of ``validated``.
    """
    files = _set_of(source, path)
    folder = path if path.is_dir() else path.parent
    splits = {part: _split(folder, files, part) for part in {part for part, _ in files} | {"train"}}
    notes: tuple[str, ...] = ()
    if options.transposed(files["train", "images"].name):
        splits = {part: replace(one, images=one.images.swapaxes(1, 2)) for part, one in splits.items()}
        notes = transposed_note(options)
    return validated(source, splits["train"], splits.get("test"), splits.get("val"), notes)


def transposed_note(options: ReadingOptions) -> tuple[str, ...]:
    """Say that images were transposed, and how that is undone where nobody asked for it."""
    undo = "; pass --no-transpose to leave them" if options.transpose is None else ""
    found = "EMNIST, by the files' names: images" if options.transpose is None else "images"
    return (f"{found} were transposed: rows became columns{undo}",)


def _set_of(source: str, path: Path) -> _Files:
    """Return the files of the one set that a folder holds, or that a file belongs to."""
    if not path.is_dir():
        named = _NAME.fullmatch(path.name)
        if named is None:
            raise ArgumentError("data", source, "is no IDX file; pass train-images-idx3-ubyte or its folder")
        return _sets(path.parent)[path.parent, named["prefix"].lower()]
    # A set without training images is a left-over beside one that has them.
    found = {key: files for key, files in _sets(path).items() if any(part == "train" for part, _ in files)}
    if len(found) > 1:
        first = next(iter(found.values()))
        example = next(file for (part, _), file in first.items() if part == "train")
        names = ", ".join(printable(prefix.strip("-_. ") or shown(folder), 40) for folder, prefix in list(found)[:4])
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        remedy = f"holds several data sets ({names}{more}); pass a file of the one you want, as {shown(example)}"
        raise ArgumentError("data", source, remedy)
    return next(iter(found.values()), {})


def _sets(top: Path) -> Mapping[tuple[Path, str], _Files]:
    """Return the sets in a folder and in those within, by their folder and prefix.

    Files that lie alone in folders of their own, ``train-images-idx3-ubyte/train-images-idx3-ubyte``, are a set of
    the folder above.
    """
    found: dict[tuple[Path, str], _Files] = defaultdict(dict)
    folders = [(top, 0)]
    for folder, depth in folders:
        try:
            there = sorted(entries_in(folder), key=lambda entry: entry.name)
        except ArgumentError:
            if depth == 0:
                raise
            continue
        matches = ((entry, _NAME.fullmatch(entry.name)) for entry in there if "ubyte" in entry.name.lower())
        named = [(entry, match) for entry, match in matches if match is not None and os.path.isfile(entry.path)]
        alone = len(named) == 1 and depth > 0
        for entry, match in named:
            part, kind = match["part"].lower(), match["kind"].lower()
            if int(match["dimensions"]) != _DIMENSIONS[kind]:
                continue
            files = found[folder.parent if alone else folder, match["prefix"].lower()]
            key = ("test" if part == "t10k" else part, kind)
            if key not in files or files[key].suffix.lower() == ".gz":
                files[key] = Path(entry.path)
        if depth < _DEPTH:
            folders += [(Path(entry.path), depth + 1) for entry in there if is_folder(entry)]
    return found


def _split(folder: Path, files: _Files, part: str) -> LabelledImages:
    """Return the images and labels of a part, unchecked."""
    arrays, places = [], []
    for kind, dimensions in _DIMENSIONS.items():
        path = files.get((part, kind))
        if path is None:
            name = "t10k" if part == "test" else part
            remedy = f"the folder lacks {name}-{kind}-idx{dimensions}-ubyte(.gz); put it beside the others"
            raise ArgumentError("data", shown(folder), remedy)
        arrays.append(_array(path, dimensions))
        places.append(path.name)
    return LabelledImages(arrays[0], arrays[1], places[0], places[1])


def _array(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the array of an IDX file, gzipped or not, read only once its header is plausible."""
    with opened(path) as handle:
        held = os.fstat(handle.fileno()).st_size
        # By content: browsers unpack a .gz they fetch and leave the name as it was.
        packed = handle.read(2) == _GZIP
        handle.seek(0)
        if not packed:
            return _content(path, handle, dimensions, held)
        with gzip.open(handle, "rb") as stream:
            return _content(path, stream, dimensions, held)


def _content(path: Path, stream: BinaryIO | gzip.GzipFile, dimensions: int, held: int) -> NDArray[np.uint8]:
    """Return the array of an unpacked stream, from a file of ``held`` bytes."""
    length = 4 + 4 * dimensions
    head = stream.read(length)
    if len(head) < length:
        raise InputError(path.name, f"{len(head)} bytes", f"cut short within its header of {length}")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", head)
    wanted = _UNSIGNED_BYTE << 8 | dimensions
    if magic != wanted:
        remedy = f"an IDX file of {dimensions} dimensions of unsigned bytes begins with 0x{wanted:08x}"
        raise InputError(path.name, f"magic number 0x{magic:08x}", remedy)
    size = math.prod(shape)
    claim = f"{'x'.join(map(str, shape))} bytes by its header"
    plausible(f"{path.name} of {claim}", size, held)
    # One byte more than claimed: it finds a surplus, and makes gzip check its sum at the end.
    body = stream.read(size + 1)
    if len(body) != size:
        found = "more" if len(body) > size else f"only {len(body)}"
        raise InputError(path.name, claim, f"the file holds {found}; download it again")
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


KIND = (
    StoredSource("a folder of IDX files", True, holds, load, load, frozenset({"transpose"})),
    StoredSource("an IDX file", False, is_idx, load, load, frozenset({"transpose"})),
)
