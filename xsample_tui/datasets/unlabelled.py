"""New pictures without labels, for a trained model to name."""

from __future__ import annotations

from pathlib import Path

from ..core.dataset import Pictures
from ..core.errors import InputError
from . import kaggle, npz
from .validate import Split, pixels


def load_unlabelled(path: Path, shape: tuple[int, int, int]) -> Pictures:
    """Load pictures from a CSV file like Kaggle's test.csv, or an .npz file.

    Args:
        path: a .csv file with the columns pixel0, pixel1, ..., or a .npz file with ``x_test``, ``x`` or one array.
        shape: height, width and channels that the model was trained on.

    Returns:
        (n, height, width, channels), uint8 in 0..255 or float32 in 0..1, in the file's order.

    Raises:
        InputError: the file cannot be read, or holds other pictures than the model's.
    """
    if path.suffix.lower() == ".csv":
        found = kaggle.unlabelled(path)
    elif path.suffix.lower() == ".npz":
        found = npz.unlabelled(path)
    else:
        raise InputError("--input", path, "is a file of another kind; pass a .csv with pixel0, pixel1, ... or a .npz")
    pictures = pixels(Split(found, None, path.name, path.name))
    if pictures.shape[1:] != shape:
        size = "x".join(map(str, pictures.shape[1:]))
        raise InputError("--input", f"pictures of {size}", f"the model was trained on {'x'.join(map(str, shape))}")
    return pictures
