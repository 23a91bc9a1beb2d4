"""Checks the images and labels of every source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.class_labels import Classes, NoLabels, plain_labels
from ..core.data.dataset import Dataset, Images
from ..core.errors import InputError, printable
from ..core.old_names import renamed_fields


@renamed_fields({"pictures": "images", "pictures_at": "images_at"})
@dataclass(frozen=True)
class LabelledImages:
    """The images and labels of one split as a file holds them, not yet checked.

    Attributes:
        images: any array; ``validated`` wants (n, height, width) or (n, height, width, 1 or 3).
        labels: any array; ``validated`` wants (n,), (n, 1) or one-hot (n, classes). None: the labels are not known.
        images_at: where the images stand, for messages: ``x_train in mnist.npz``.
        labels_at: where the labels stand, for messages.
    """

    images: NDArray[Any]
    labels: NDArray[Any] | None
    images_at: str
    labels_at: str


def validated(
    source: str,
    train: LabelledImages,
    test: LabelledImages | None = None,
    select: LabelledImages | None = None,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Check all splits and join them into one dataset: training images, those for selection, test images.

    Integers must lie in 0..255 and become uint8. Floats become float32 in 0..1: values within 0..1 stay
    as they are, values within 0..255 are divided by 255, both splits alike; a highest value between 1 and
    1.01 is refused, as a slip of 0..1. Classes are numbered 0, 1, ... in natural order, and keep their names where
    they were called otherwise: by texts, by True and False, from 1, or with gaps. Unknown labels become -1.

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
    stacks = [_stack(split) for split in splits]
    for split, stack in zip(splits, stacks, strict=True):
        if stack.shape[1:] != stacks[0].shape[1:]:
            remedy = f"its images must have the shape {stacks[0].shape[1:]} of {train.images_at}"
            raise InputError(split.images_at, f"shape {stack.shape}", remedy)
    images = _pixels(splits, stacks)
    classes, first = _known(train)
    labels = np.concatenate([first, *(_within(split, classes, train.labels_at) for split in splits[1:])])
    if names := classes.names:
        last = len(names) - 1
        notes += (f"{len(names)} classes are numbered: {names[0]} is 0, ... {names[last]} is {last}",)
    apart = 0 if select is None else len(select.images)
    return Dataset(source, images, labels, len(classes.values), len(first) + apart, apart, names, notes)


def pixels(split: LabelledImages) -> Images:
    """Return one split's images alone, checked as :func:`validated` checks them.

    Raises:
        InputError: a wrong shape, dtype or range; NaN or infinity.
    """
    return _pixels([split], [_stack(split)])


def _stack(split: LabelledImages) -> NDArray[Any]:
    """Return the images as (n, height, width, channels), the counts of images and labels being equal."""
    images, labels = split.images, split.labels
    shape = f"shape {images.shape}"
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        remedy = "must be (n, height, width) or (n, height, width, channels) with 1 or 3 channels"
        raise InputError(split.images_at, shape, remedy)
    if images.size == 0:
        raise InputError(split.images_at, shape, "holds no pixels; at least one image of 1x1 is needed")
    if labels is None:
        return images
    labels = _plain(split, labels)
    if len(labels) != len(images):
        remedy = f"there must be one label an image, and {split.images_at} holds {len(images)} images"
        raise InputError(split.labels_at, f"{len(labels)} labels", remedy)
    return images


def _pixels(splits: list[LabelledImages], stacks: list[NDArray[Any]]) -> Images:
    """Return all images joined, uint8 in 0..255 or float32 in 0..1, by the rules of ``validated``."""
    top = 0.0
    for split, stack in zip(splits, stacks, strict=True):
        if stack.dtype.kind not in "uif":
            remedy = "pixels must be integers or floats"
            raise InputError(split.images_at, f"dtype {stack.dtype}", remedy)
        if (stack.dtype.kind == "f") != (stacks[0].dtype.kind == "f"):
            remedy = f"must be integers or floats like {splits[0].images_at}, which is {stacks[0].dtype}"
            raise InputError(split.images_at, f"dtype {stack.dtype}", remedy)
        with np.errstate(invalid="ignore"):
            low, high = stack.min(), stack.max()  # NaN comes through both
        if not (np.isfinite(low) and np.isfinite(high)):
            remedy = "pixels must be finite; replace NaN and infinity"
            raise InputError(split.images_at, "NaN or infinity", remedy)
        if low < 0 or high > 255:
            remedy = "pixels must lie within 0..255, or within 0..1 for floats"
            raise InputError(split.images_at, low if low < 0 else high, remedy)
        top = max(top, float(high))
    if stacks[0].dtype.kind != "f":
        return np.ascontiguousarray(np.concatenate([stack.astype(np.uint8, copy=False) for stack in stacks]))
    # Dividing these by 255 would follow the rule and leave every image black.
    if 1 < top < 1.01:
        remedy = "float pixels reach just above 1; clip them to 0..1"
        raise InputError(splits[0].images_at, top, remedy)
    floats = np.ascontiguousarray(np.concatenate([stack.astype(np.float32, copy=False) for stack in stacks]))
    if top > 1:
        floats /= np.float32(255)
    return floats


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
