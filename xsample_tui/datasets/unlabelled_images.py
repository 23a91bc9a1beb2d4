"""Loads new images without labels, for a trained model to predict."""

from __future__ import annotations

from pathlib import Path

from ..core.data.dataset import Images
from ..core.errors import ArgumentError
from . import kaggle, npz
from .labelled_images import LabelledImages, pixels


def load_unlabelled(path: Path, shape: tuple[int, int, int]) -> Images:
    """Load images from a CSV file like Kaggle's test.csv, or an .npz file.

    Args:
        path: a .csv file with the columns pixel0, pixel1, ..., or an .npz file with ``x_test``, ``x`` or one array.
        shape: height, width and channels that the model was trained on.

    Returns:
        (n, height, width, channels), uint8 in 0..255 or float32 in 0..1, in the file's order.

    Raises:
        InputError: the file cannot be read, or holds other images than the model's.
    """
    if path.suffix.lower() == ".csv":
        found = kaggle.unlabelled(path)
    elif path.suffix.lower() == ".npz":
        found = npz.unlabelled(path)
    else:
        raise ArgumentError(
            "input", path, "is a file of another kind; pass a .csv with pixel0, pixel1, ... or an .npz"
        )
    images = pixels(LabelledImages(found, None, path.name, path.name))
    if images.shape[1:] != shape:
        size = "x".join(map(str, images.shape[1:]))
        raise ArgumentError("input", f"images of {size}", f"the model was trained on {'x'.join(map(str, shape))}")
    return images
