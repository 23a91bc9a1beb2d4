"""Loads folders of IDX files, MNIST's original format."""

from __future__ import annotations

import gzip
import math
import os
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError, InputError
from .labelled_images import LabelledImages, validated
from .loader_registry import StoredSource
from .safe_open import opened, plausible, regular, shown

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08


def holds(folder: Path) -> bool:
    """Whether ``folder`` holds a file with the name of the training images or of their labels.

    Raises:
        InputError: the folder may not be entered.
    """
    return bool(_found(folder, "train-images", 3) or _found(folder, "train-labels", 1))


def load(source: str, folder: Path) -> Dataset:
    """Load ``train-images-idx3-ubyte`` with ``train-labels-idx1-ubyte`` and, if there, the ``t10k`` pair.

    Names with a dot (``train-images.idx3-ubyte``) and an ending ``.gz`` are found too, and the plain file
    is taken where a gzipped one stands beside it. Images are (n, height, width) unsigned bytes.

    Args:
        source: what the user named.
        folder: where the files are.

    Raises:
        InputError: a file of a pair is missing, cut short, longer than its header says or damaged; its
            magic number is wrong; or the arrays fail the checks of ``validated``.
    """
    train = _split(folder, "train")
    pair = _found(folder, "t10k-images", 3) or _found(folder, "t10k-labels", 1)
    return validated(source, train, _split(folder, "t10k") if pair else None)


def _found(folder: Path, stem: str, dimensions: int) -> Path | None:
    """Return the file of this stem under whichever of its names is there."""
    names = (f"{stem}{dot}idx{dimensions}-ubyte{end}" for end in ("", ".gz") for dot in "-.")
    return next((folder / name for name in names if regular(folder / name)), None)


def _split(folder: Path, name: str) -> LabelledImages:
    """Return the images and labels of the split ``name``, unchecked."""
    arrays, places = [], []
    for kind, dimensions in (("images", 3), ("labels", 1)):
        path = _found(folder, f"{name}-{kind}", dimensions)
        if path is None:
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


KIND = StoredSource("a folder of IDX files", True, holds, load)
