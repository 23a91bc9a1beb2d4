"""Loads npz files with Keras's key names."""

from __future__ import annotations

import math
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError, InputError
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import opened, plausible, shown, words

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def load(source: str, path: Path) -> Dataset:
    """Load ``x_train`` and ``y_train`` and, where both are there, ``x_test`` and ``y_test``.

    Images are (n, height, width) or (n, height, width, 1 or 3), labels (n,) or (n, 1); dtypes and ranges
    as in ``validate.validated``. Nothing is ever unpickled.

    Args:
        source: what the user named.
        path: the .npz file.

    Raises:
        InputError: the file is missing, damaged or no npz; a key is missing, holds objects, is too large
            or claims another size than it has; or the arrays fail the checks of ``validated``.
    """
    with opened(path) as handle, warnings.catch_warnings():
        # Numpy warns of headers that Python 2 wrote, and would print that over the interface.
        warnings.simplefilter("ignore")
        try:
            with zipfile.ZipFile(handle) as archive:
                members = {info.filename: info for info in archive.infolist()}
                train = _split(path, archive, members, "train")
                own = [key for key in ("x_test", "y_test") if f"{key}.npy" in members]
                test = _split(path, archive, members, "test") if own else None
        except InputError:
            raise
        # What zipfile says to an encrypted member, an unknown method, a name or a date that cannot be.
        except (RuntimeError, NotImplementedError, ValueError, OverflowError) as error:
            remedy = f"is not a readable npz file ({words(error)}); write it with numpy.savez"
            raise ArgumentError("data", shown(path), remedy) from error
    return validated(source, train, test)


def unlabelled(path: Path) -> NDArray[Any]:
    """Return the images of a file with ``x_test``, ``x`` or one array only, unchecked.

    Args:
        path: the .npz file.

    Raises:
        InputError: as :func:`load`; or the file holds none of these.
    """
    with opened(path) as handle, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with zipfile.ZipFile(handle) as archive:
                members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
                named: list[str] = [key for key in ("x_test", "x") if key in members]
                found = named or list(members)
                if not found or (not named and len(found) > 1):
                    there = ", ".join(members) or "nothing"
                    raise InputError(f"keys in {path.name}", there, "name the images x_test or x")
                return _array(f"{found[0]} in {path.name}", archive, members[found[0]])
        except InputError:
            raise
        except (RuntimeError, NotImplementedError, ValueError, OverflowError) as error:
            remedy = f"is not a readable npz file ({words(error)}); write it with numpy.savez"
            raise ArgumentError("data", shown(path), remedy) from error


def _split(path: Path, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> LabelledImages:
    """Return the images and labels of the split ``name``, unchecked."""
    arrays = []
    for key in (f"x_{name}", f"y_{name}"):
        if f"{key}.npy" not in members:
            there = ", ".join(member.removesuffix(".npy") for member in members) or "nothing"
            remedy = f"the file lacks this key; it holds {there}"
            raise InputError(f"key {key} in {path.name}", "missing", remedy)
        arrays.append(_array(f"{key} in {path.name}", archive, members[f"{key}.npy"]))
    return LabelledImages(arrays[0], arrays[1], f"x_{name} in {path.name}", f"y_{name} in {path.name}")


def _array(field: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """Return the array of one member, read only once its header agrees with the bytes that are there."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        remedy = "write the file with numpy.savez or numpy.savez_compressed"
        raise InputError(field, f"zip method {member.compress_type}", remedy)
    plausible(field, member.file_size, member.compress_size)
    with archive.open(member) as stream:
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
    if min(shape, default=0) < 0 or claimed != member.file_size:
        remedy = f"its header does not fit the {member.file_size} bytes held; write the file again"
        raise InputError(field, f"shape {shape} of {dtype}", remedy)
    with archive.open(member) as stream:
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


KIND = StoredSource("an .npz file", False, lambda path: path.suffix.lower() == ".npz", load)
