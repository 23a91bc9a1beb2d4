"""Loads folders of class folders: ``CLASS/*.png``, with or without ``train``, ``val`` and ``test`` above them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.data.class_labels import natural
from ..core.data.dataset import Dataset
from ..core.data.reading_options import AS_THEY_ARE, ReadingOptions
from ..core.errors import ArgumentError, printable
from . import idx, kaggle
from .image_files import ENDINGS, read_images
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import entries_in, files_below, shown

# What people call the folders of each split.
_PARTS = {
    "train": ("train", "training"),
    "select": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


@dataclass(frozen=True)
class _Part:
    """The files of a split, and the class folder of each."""

    name: str
    files: tuple[Path, ...]
    classes: tuple[str, ...]


def holds(folder: Path) -> bool:
    """Whether ``folder`` holds class folders with images, and is not of a kind that was there before.

    Raises:
        InputError: the folder may not be entered.
    """
    if idx.holds(folder) or kaggle.holds(folder):
        return False
    top = _split_folder(folder, "train") or folder
    return any(_has_images(child) for child in _folders(top))


def load(source: str, folder: Path, options: ReadingOptions = AS_THEY_ARE) -> Dataset:
    """Load every image of every class folder.

    A folder's name is its class; folders are numbered in natural order (``2`` before ``10``), and keep their names
    where those are not 0, 1, ... Images may lie in folders of a class folder. Hidden files and folders, and files
    with other endings, are passed over. ``val`` becomes select, ``test`` the test set.

    Args:
        source: what the user named.
        folder: where the folders are.
        options: how the files are to be read.

    Raises:
        InputError: a file cannot be read, sizes differ, a class folder is empty, ``test`` or ``val`` holds a class
            that ``train`` lacks, or the arrays fail the checks of ``validated``.
    """
    top = _split_folder(folder, "train")
    parts = [_part("train", top or folder, skip=() if top else _every_split_name())]
    if top is not None:
        for name in ("select", "test"):
            if (found := _split_folder(folder, name)) is not None:
                parts.append(_part(name, found))
    files = [file for part in parts for file in part.files]
    read = read_images(source, files, options)
    paths = [files[at] for at in read.kept.tolist()]
    names = np.array([name for part in parts for name in part.classes])[read.kept]
    ends = np.searchsorted(read.kept, np.cumsum([len(part.files) for part in parts]))
    splits, begin = {}, 0
    for part, end in zip(parts, ends.tolist(), strict=True):
        where = f"{part.name} images of {shown(folder)}"
        if end > begin:
            labels = _numbers(names[begin:end])
            ids = np.array([path.relative_to(folder).as_posix() for path in paths[begin:end]])
            splits[part.name] = LabelledImages(
                read.images[begin:end], labels, where, f"class folders of {where}", ids, "file"
            )
        begin = end
    if "train" not in splits:
        raise ArgumentError("data", source, "no training image can be read; replace the files")
    return validated(source, splits["train"], splits.get("test"), splits.get("select"), read.notes)


def _numbers(names: np.ndarray[tuple[int], np.dtype[np.str_]]) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    """Return the names as numbers where all are, so that folders ``0`` to ``9`` are the labels 0 to 9."""
    plain = all(name.isascii() and name.isdecimal() and str(int(name)) == name for name in set(names.tolist()))
    return names.astype(np.int64) if plain else names


def _split_folder(folder: Path, split: str) -> Path | None:
    wanted = _PARTS[split]
    found = {child.name.lower(): child for child in _folders(folder)}
    return next((found[name] for name in wanted if name in found), None)


def _every_split_name() -> tuple[str, ...]:
    return tuple(name for names in _PARTS.values() for name in names)


def _part(name: str, folder: Path, skip: Sequence[str] = ()) -> _Part:
    files: list[Path] = []
    classes: list[str] = []
    empty: list[str] = []
    for child in _folders(folder):
        if child.name.lower() in skip:
            continue
        found = images_in(child)
        if not found:
            empty.append(child.name)
        files += found
        classes += [child.name] * len(found)
    if empty and (name == "train" or not files):
        kinds = ", ".join(sorted(ending.removeprefix(".") for ending in ENDINGS))
        remedy = f"holds no image ({kinds}); put images there, or remove the folder"
        raise ArgumentError("data", f"{shown(folder)}/{printable(empty[0])}", remedy)
    return _Part(name, tuple(files), tuple(classes))


def _folders(folder: Path) -> list[Path]:
    """Return the folders within, hidden ones left out, in natural order."""
    found = [Path(entry.path) for entry in entries_in(folder, os.DirEntry.is_dir)]
    return sorted(found, key=lambda path: natural(path.name))


def images_in(folder: Path) -> list[Path]:
    """Return the images in a folder and in folders within, hidden ones left out, in natural order."""
    found = filter(_is_image, files_below(folder))
    return sorted(found, key=lambda path: natural(path.relative_to(folder).as_posix()))


def _has_images(folder: Path) -> bool:
    return any(map(_is_image, files_below(folder)))


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS


KIND = StoredSource("a folder of class folders of images (PNG, JPEG, BMP, TIFF, WebP)", True, holds, load, load)
