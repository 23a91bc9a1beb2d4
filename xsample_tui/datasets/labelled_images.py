"""Checks the images and labels of every source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.class_labels import Classes, NoLabels, plain_labels
from ..core.data.dataset import Dataset, Images
from ..core.data.pixel_values import Layout, NoPixels, ValueRange, layout_of, over_black, standard_values
from ..core.errors import InputError, printable
from ..core.old_names import renamed_fields


@renamed_fields({"pictures": "images", "pictures_at": "images_at"})
@dataclass(frozen=True)
class LabelledImages:
    """The images and labels of one split as a file holds them, not yet checked.

    Attributes:
        images: any array; ``validated`` wants (n, height, width), with 1 or 3 channels first or last, or (n, values).
        labels: any array; ``validated`` wants (n,), (n, 1) or one-hot (n, classes). None: the labels are not known.
        images_at: where the images stand, for messages: ``x_train in mnist.npz``.
        labels_at: where the labels stand, for messages.
        ids: (n,), what the images are called; None where nothing says it.
        id_name: what a column of ids is called.
    """

    images: NDArray[Any]
    labels: NDArray[Any] | None
    images_at: str
    labels_at: str
    ids: NDArray[np.str_] | None = None
    id_name: str = ""


def validated(
    source: str,
    train: LabelledImages,
    test: LabelledImages | None = None,
    select: LabelledImages | None = None,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Check all splits and join them into one dataset: training images, those for selection, test images.

    Images become (n, height, width, channels), uint8 in 0..255 or float32 in 0..1, by the rules of
    :mod:`~xsample_tui.core.data.pixel_values`, all splits alike. Classes are numbered 0, 1, ... in natural order, and
    keep their names where they were called otherwise: by texts, by True and False, from 1, or with gaps. Unknown
    labels become -1. What was converted is in the dataset's notes.

    Args:
        source: what the user named.
        train: the training split; its labels must be known.
        test: the source's own test split, if it has one.
        select: what the source sets apart for selection, if it does.
        notes: what was converted before.

    Raises:
        InputError: a wrong shape, dtype or range; NaN or infinity; unequal counts; fewer than 2 classes;
            a class with fewer than 2 training images; another label that training lacks.
    """
    splits = [split for split in (train, select, test) if split is not None]
    layout = _layout(train)
    stacks = [_stack(split, train, layout) for split in splits]
    images, value_range, converted = _pixels(splits, stacks)
    classes, first = _known(train)
    labels = np.concatenate([first, *(_within(split, classes, train.labels_at) for split in splits[1:])])
    clear = f"transparency ({layout.shape[2]} channels) laid over black" if layout.shape[2] in (2, 4) else None
    notes += tuple(note for note in (layout.note, clear, converted) if note is not None)
    if train.labels is not None and train.labels.ndim == 2 and train.labels.shape[1] > 1:
        notes += (f"one-hot labels: {train.labels.shape[1]} columns became classes",)
    if names := classes.names:
        last = len(names) - 1
        notes += (f"{len(names)} classes are numbered: {names[0]} is 0, ... {names[last]} is {last}",)
    ids = [split.ids for split in splits if split.ids is not None]
    known = ids if len(ids) == len(splits) else []
    apart = 0 if select is None else len(select.images)
    return Dataset(
        source,
        images,
        labels,
        len(classes.values),
        len(first) + apart,
        apart,
        names,
        notes,
        value_range,
        tuple(name for each in known for name in each.tolist()),
        train.id_name if known else "",
    )


def pixels(
    split: LabelledImages, shape: tuple[int, int, int] | None = None, value_range: ValueRange | None = None
) -> Images:
    """Return one split's images alone, checked and converted as :func:`validated` does it.

    Args:
        split: the images.
        shape: height, width and channels that they are to have, where an array leaves it open.
        value_range: black and white of the images of the run that they are for (``Dataset.value_range``).

    Raises:
        InputError: a wrong shape, dtype or range; NaN or infinity.
    """
    return _pixels([split], [_stack(split, split, _layout(split, shape))], value_range)[0]


def _layout(split: LabelledImages, shape: tuple[int, int, int] | None = None) -> Layout:
    if split.images.size == 0 and split.images.ndim in (2, 3, 4):
        remedy = "holds no pixels; at least one image of 1x1 is needed"
        raise InputError(split.images_at, f"shape {split.images.shape}", remedy)
    if split.images.dtype.kind not in "uifb":
        raise InputError(split.images_at, f"dtype {split.images.dtype}", "pixels must be integers or floats")
    try:
        return layout_of(split.images, shape)
    except NoPixels as error:
        raise InputError(split.images_at, error.value, error.remedy) from error


def _stack(split: LabelledImages, train: LabelledImages, layout: Layout) -> NDArray[Any]:
    """Return the images as (n, height, width, channels), the counts of images and labels being equal."""
    images, labels = split.images, split.labels
    if images.ndim == train.images.ndim and images.shape[1:] == train.images.shape[1:]:
        images = layout.apply(images)
    else:
        found = _layout(split, layout.shape)
        if found.shape != layout.shape:
            remedy = f"its images must have the shape {layout.shape} of {train.images_at}"
            raise InputError(split.images_at, f"shape {found.shape}", remedy)
        images = found.apply(images)
    if images.size == 0:
        remedy = "holds no pixels; at least one image of 1x1 is needed"
        raise InputError(split.images_at, f"shape {split.images.shape}", remedy)
    if layout.shape[2] in (2, 4):
        try:
            images = over_black(images)
        except NoPixels as error:
            raise InputError(split.images_at, error.value, error.remedy) from error
    if labels is None:
        return images
    labels = _plain(split, labels)
    if len(labels) != len(images):
        remedy = f"there must be one label an image, and {split.images_at} holds {len(images)} images"
        raise InputError(split.labels_at, f"{len(labels)} labels", remedy)
    return images


def _pixels(
    splits: list[LabelledImages], stacks: list[NDArray[Any]], known: ValueRange | None = None
) -> tuple[Images, ValueRange, str | None]:
    try:
        return standard_values(stacks, known)
    except NoPixels as error:
        raise InputError(splits[error.part].images_at, error.value, error.remedy) from error


def _known(train: LabelledImages) -> tuple[Classes, NDArray[np.int64]]:
    """Return the classes, none of them too small, and the training labels as (n,) int64."""
    if train.labels is None:
        raise InputError(train.labels_at, "no labels", "training images need labels")
    labels = _plain(train, train.labels)
    classes = Classes.of(labels)
    numbered = classes.number(labels)
    counts = np.bincount(numbered)
    if len(counts) < 2:
        raise InputError(train.labels_at, "1 class", "at least 2 classes are needed")
    scarce = int(np.argmin(counts))
    if counts[scarce] == 1:
        remedy = "has one training image; at least 2 a class are needed"
        raise InputError(train.labels_at, f"label {printable(classes.values[scarce])}", remedy)
    return classes, numbered


def _within(split: LabelledImages, classes: Classes, known_at: str) -> NDArray[np.int64]:
    """Return further labels as (n,) int64, all of them within the training classes, or -1 if unknown."""
    if split.labels is None:
        return np.full(len(split.images), -1, dtype=np.int64)
    labels = _plain(split, split.labels)
    numbered = classes.number(labels)
    if (numbered < 0).any():
        first, last = classes.values[0], classes.values[-1]
        remedy = f"must be a class of {known_at}, which has {printable(first)} to {printable(last)}"
        raise InputError(split.labels_at, f"label {printable(labels[numbered < 0][0])}", remedy)
    return numbered


def _plain(split: LabelledImages, labels: NDArray[Any]) -> NDArray[Any]:
    try:
        return plain_labels(labels)
    except NoLabels as error:
        raise InputError(split.labels_at, error.value, error.remedy) from error
