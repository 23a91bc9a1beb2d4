"""Loads npz files, with keys as Keras, MedMNIST and others have them, and folders of npz or npy files."""

from __future__ import annotations

import math
import os
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError, InputError, printable
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import LIMIT, entries_in, opened, plausible, shown, words

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_IMAGES = frozenset({"x", "image", "images", "img", "imgs", "data", "pixels", "features", "inputs"})
_LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes", "lbl", "lbls"})
_PARTS = {
    "train": frozenset({"train", "training"}),
    "select": frozenset({"val", "valid", "validation", "dev"}),
    "test": frozenset({"test", "testing", "t10k"}),
}
_ORDER = ("train", "select", "test")
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def load(source: str, path: Path) -> Dataset:
    """Load the images and labels of an npz file.

    Keys are understood by their words: ``x_train`` and ``y_train`` as Keras has them, ``train_images``,
    ``val_labels`` as MedMNIST, ``X`` and ``y``; ``arr_0`` to ``arr_3`` are images and labels in turn. Images and
    labels of any form that ``labelled_images.validated`` takes. Nothing is ever unpickled.

    Args:
        source: what the user named.
        path: the .npz file.

    Raises:
        InputError: the file is missing, damaged or no npz; a key is missing, holds objects, is too large
            or claims another size than it has; or the arrays fail the checks of ``validated``.
    """
    with _archive(path) as (archive, members):
        keys, notes = _keys(path, members)
        for key in keys.values():
            member = members[f"{key}.npy"]
            plausible(f"{key} in {path.name}", member.file_size, member.compress_size)
        total = sum(members[f"{key}.npy"].file_size for key in keys.values())
        if total > LIMIT:
            remedy = f"its arrays need {total / 2**30:.1f} GiB, more than {LIMIT >> 30}; pass fewer images"
            raise ArgumentError("data", shown(path), remedy)
        places = {name: f"{key} in {path.name}" for name, key in keys.items()}
        arrays = {name: _array(places[name], archive, members[f"{key}.npy"]) for name, key in keys.items()}
    return validated(source, *_splits(arrays, places), notes)


def load_folder(source: str, folder: Path) -> Dataset:
    """Load a folder of npz or npy files that hold one array each, as KMNIST's: ``kmnist-train-imgs.npz``.

    Args:
        source: what the user named.
        folder: where the files are; their names say what they hold, as keys do in :func:`load`.

    Raises:
        InputError: a file is missing or damaged, or there are several sets; or as :func:`load`.
    """
    files = _files(folder)
    sets = sorted({name for name, _ in files})
    if len(sets) > 1:
        some = ", ".join(printable(name or "(no name)", 30) for name in sets[:4])
        raise ArgumentError("data", source, f"holds several data sets ({some}); put each into a folder of its own")
    found = {kind: path for (_, kind), path in files.items()}
    _refuse_halves({kind: path.name for kind, path in found.items()}, f"file in {shown(folder)}", "the folder")
    arrays = {kind: _only_array(path) for kind, path in found.items()}
    return validated(source, *_splits(arrays, {kind: path.name for kind, path in found.items()}))


def holds(folder: Path) -> bool:
    """Whether ``folder`` holds a file of one array that is called after training images or their labels.

    Raises:
        InputError: the folder may not be entered.
    """
    return any(kind.endswith("train") for _, kind in _files(folder))


def unlabelled(path: Path) -> NDArray[Any]:
    """Return the images of a file with ``x_test``, ``x`` or one array only, unchecked.

    Args:
        path: the .npz file.

    Raises:
        InputError: as :func:`load`; or the file holds none of these.
    """
    with _archive(path) as (archive, members):
        keys = [name.removesuffix(".npy") for name in members]
        images = {what: key for key in keys if (what := _meaning(key)) is not None and what.startswith("x")}
        found = next((images[what] for what in ("x_test", "x_train") if what in images and len(images) == 1), None)
        found = images.get("x_test", found) or (keys[0] if len(keys) == 1 else None)
        if found is None:
            there = ", ".join(members) or "nothing"
            raise InputError(f"keys in {path.name}", there, "name the images x_test or x")
        return _array(
            f"{found} in {path.name}", archive, members[f"{found}.npy" if f"{found}.npy" in members else found]
        )


@contextmanager
def _archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """Open an npz file; whatever goes wrong while it is read becomes an InputError."""
    with opened(path) as handle, warnings.catch_warnings():
        # Numpy warns of headers that Python 2 wrote, and would print that over the interface.
        warnings.simplefilter("ignore")
        try:
            with zipfile.ZipFile(handle) as archive:
                yield archive, {info.filename: info for info in archive.infolist()}
        except InputError:
            raise
        # What zipfile says to an encrypted member, an unknown method, a name or a date that cannot be.
        except (RuntimeError, NotImplementedError, ValueError, OverflowError) as error:
            remedy = f"is not a readable npz file ({words(error)}); write it with numpy.savez"
            raise ArgumentError("data", shown(path), remedy) from error


def _keys(path: Path, members: Mapping[str, zipfile.ZipInfo]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the keys of the images and labels of each part, under Keras's names, and what was not used."""
    there = [name.removesuffix(".npy") for name in members]
    exact = {key: key for key in _ARRAYS if f"{key}.npy" in members}
    found: dict[str, str] = {}
    for key in there:
        what = _meaning(key) if f"{key}.npy" in members and not any(map(_free, _words(key))) else None
        if what is None or what in exact:
            continue
        if what in found:
            raise InputError(f"keys in {path.name}", f"{found[what]} and {key}", f"both may be {what}; rename one")
        found[what] = key
    found = exact | found
    unnamed = [f"arr_{at}" for at in range(len(there))]
    if not found and len(there) in (2, 4) and sorted(there) == unnamed:
        found = dict(zip(_ARRAYS, unnamed, strict=False))
        return found, (f"{', '.join(unnamed)} were taken for {', '.join(found)}",)
    if not found and len(there) == 1:
        remedy = "holds one array; pass a file with images and labels, or the folder in which their files are"
        raise InputError(f"keys in {path.name}", there[0], remedy)
    _refuse_halves(found, f"key NAME in {path.name}", f"the file holds {', '.join(there) or 'nothing'}")
    spare = [key for key in there if key not in found.values()]
    return found, (f"not used: {', '.join(map(printable, spare[:4]))}",) if spare else ()


def _refuse_halves(found: Mapping[str, str], field: str, there: str) -> None:
    """Refuse images without labels, labels without images, and a set without a train part."""
    for part in _ORDER:
        for kind, other in (("x", "y"), ("y", "x")):
            wanted = f"{kind}_{part}"
            if wanted not in found and (part == "train" or f"{other}_{part}" in found):
                remedy = f"the {'images' if kind == 'x' else 'labels'} lack; {there}"
                raise InputError(field.replace("NAME", wanted.replace("select", "val")), "missing", remedy)


def _meaning(name: str) -> str | None:
    """Return which of ``x_train``, ``y_train``, ``x_select``, ... a name stands for; None for none."""
    found = _words(name)
    kinds = {kind for kind, names in (("x", _IMAGES), ("y", _LABELS)) if names & set(found)}
    parts = {part for part, names in _PARTS.items() if names & set(found)}
    if len(kinds) != 1 or len(parts) > 1:
        return None
    return f"{kinds.pop()}_{parts.pop() if parts else 'train'}"


def _words(name: str) -> list[str]:
    """Return the words of a name, in lower case: ``TrainImages`` and ``train-images`` have the same."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [word for one in re.split(r"[^A-Za-z0-9]+", parted.lower()) if one for word in _parted(one)]


def _free(word: str) -> bool:
    """Return whether a word says neither what an array holds nor of which part."""
    return word not in _IMAGES | _LABELS | _PARTS["train"] | _PARTS["select"] | _PARTS["test"]


def _parted(word: str) -> Sequence[str]:
    """Return ``xtrain`` as ``x`` and ``train``, any other word as it is."""
    if word[:1] in ("x", "y") and any(word[1:] in names for names in _PARTS.values()):
        return word[:1], word[1:]
    return (word,)


def _splits(
    arrays: Mapping[str, NDArray[Any]], places: Mapping[str, str]
) -> tuple[LabelledImages, LabelledImages | None, LabelledImages | None]:
    """Return train, test and select, unchecked."""
    found = [
        LabelledImages(arrays[f"x_{part}"], arrays[f"y_{part}"], places[f"x_{part}"], places[f"y_{part}"])
        if f"x_{part}" in arrays
        else None
        for part in ("train", "test", "select")
    ]
    train, test, select = found
    if train is None:
        raise ValueError("no train part")
    return train, test, select


def _files(folder: Path) -> dict[tuple[str, str], Path]:
    """Return the files of one array each, by the name of their set and what they hold."""
    found: dict[tuple[str, str], Path] = {}
    for path in sorted(Path(entry.path) for entry in entries_in(folder, os.DirEntry.is_file)):
        if path.suffix.lower() in (".npz", ".npy") and (what := _meaning(path.stem)) is not None:
            found.setdefault(("-".join(filter(_free, _words(path.stem))), what), path)
    return found


def _only_array(path: Path) -> NDArray[Any]:
    """Return the one array of an npz or npy file."""
    if path.suffix.lower() == ".npy":
        with opened(path) as handle, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            size = os.fstat(handle.fileno()).st_size
            _checked_header(path.name, handle, size)
            handle.seek(0)
            array: NDArray[Any] = np.lib.format.read_array(handle, allow_pickle=False)
            return array
    with _archive(path) as (archive, members):
        if len(members) != 1:
            there = ", ".join(members) or "nothing"
            raise InputError(f"keys in {path.name}", there, "one array is wanted; pass the file itself, or remove it")
        ((_, member),) = members.items()
        return _array(path.name, archive, member)


def _array(field: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """Return the array of one member, read only once its header agrees with the bytes that are there."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        remedy = "write the file with numpy.savez or numpy.savez_compressed"
        raise InputError(field, f"zip method {member.compress_type}", remedy)
    plausible(field, member.file_size, member.compress_size)
    with archive.open(member) as stream:
        _checked_header(field, stream, member.file_size)
    with archive.open(member) as stream:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _checked_header(field: str, stream: BinaryIO | Any, size: int) -> None:
    """Refuse an array whose header does not fit the bytes that are there, or whose values are no numbers or texts."""
    try:
        read_header = _HEADERS[np.lib.format.read_magic(stream)]
        shape, _, dtype = read_header(stream)
    except (OSError, EOFError, zipfile.BadZipFile):
        raise
    # Any kind of error: the header is text that numpy hands to Python's parser (which runs nothing).
    except Exception as error:
        raise InputError(field, "no array header", "write the file with numpy.savez") from error
    # Text and bool are labels; images are checked further on. Objects would have to be unpickled.
    if dtype.kind not in "uifbUS":
        raise InputError(field, f"dtype {dtype}", "must be an array of integers or floats, or labels as text")
    claimed = stream.tell() + math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or claimed != size:
        remedy = f"its header does not fit the {size} bytes held; write the file again"
        raise InputError(field, f"shape {shape} of {dtype}", remedy)


KIND = (
    StoredSource("an .npz file", False, lambda path: path.suffix.lower() == ".npz", load),
    StoredSource("a folder of .npz or .npy files", True, holds, load_folder),
)
