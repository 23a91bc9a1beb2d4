"""Loads new images without labels, for a trained model to predict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from ..core.data.reading_options import AS_THEY_ARE, ReadingOptions
from ..core.errors import ArgumentError
from . import class_folders, kaggle, npz
from .idx import transposed_note
from .image_files import read_images
from .labelled_images import LabelledImages, pixels
from .listed_images import listed_images
from .safe_open import shown

_ACCEPTED = "a .csv of pixels or of image files, an .npz, or a folder of images"


@dataclass(frozen=True)
class NewImages:
    """Images to be labelled.

    Attributes:
        images: (n, height, width, channels), uint8 in 0..255 or float32 in 0..1, in the source's order.
        ids: what each is called there; empty where nothing says it.
        id_name: what the column of ids is called; ``file`` where they are the files' names.
        notes: what was converted or not used; a line each.
    """

    images: NDArray[Any]
    ids: tuple[str, ...] = ()
    id_name: str = ""
    notes: tuple[str, ...] = ()


def load_unlabelled(path: Path, dataset: Dataset, reading: ReadingOptions = AS_THEY_ARE) -> NewImages:
    """Load images from a CSV file, an .npz file, or a folder of image files.

    Args:
        path: a .csv file with a row for each image, its pixels or the name of its file, and an id where there is one;
            an .npz file with ``x_test``, ``x`` or one array; or a folder, whose images are taken in natural order.
        dataset: the images that the model was trained on.
        reading: how these were read; files that cannot be read are refused all the same.

    Raises:
        InputError: the source cannot be read, or holds other images than the model's.
    """
    options = replace(reading, skip_bad=False)
    if path.is_dir():
        files = class_folders.images_in(path)
        if not files:
            raise ArgumentError("input", shown(path), f"holds no image; pass {_ACCEPTED}")
        read = read_images(shown(path), files, options)
        names = tuple(file.relative_to(path).as_posix() for file in files)
        return _checked(NewImages(read.images, names, "file", read.notes), path, dataset)
    if kaggle.is_table(path):
        return _checked(_of_table(path, dataset, options), path, dataset)
    if path.suffix.lower() == ".npz":
        return _checked(NewImages(npz.unlabelled(path)), path, dataset)
    raise ArgumentError("input", path, f"is a file of another kind; pass {_ACCEPTED}")


def _of_table(path: Path, dataset: Dataset, options: ReadingOptions) -> NewImages:
    table = kaggle.read_new(path, dataset.shape, options.label_column)
    ids, named = table.called
    if table.files is not None:
        (found,), _, notes = listed_images(shown(path), [table], options)
        images, notes = found.images, (*table.notes, *notes)
    else:
        turned = options.transposed(path.name)
        images = kaggle.framed(table, dataset.shape, transpose=turned)
        notes = table.notes + (transposed_note(options) if turned else ())
    return NewImages(images, () if ids is None else tuple(ids.tolist()), named, notes)


def _checked(found: NewImages, path: Path, dataset: Dataset) -> NewImages:
    shape = dataset.shape
    images: NDArray[Any] = pixels(
        LabelledImages(found.images, None, path.name, path.name), shape, dataset.value_range
    )
    if images.shape[1:3] == shape[:2] and images.shape[3] == 1 and shape[2] == 3:
        images = np.repeat(images, 3, axis=3)
        found = NewImages(images, found.ids, found.id_name, (*found.notes, "grey images became colour images"))
    if images.shape[1:] != shape:
        size = "x".join(map(str, images.shape[1:]))
        raise ArgumentError("input", f"images of {size}", f"the model was trained on {'x'.join(map(str, shape))}")
    return NewImages(images, found.ids, found.id_name, found.notes)
