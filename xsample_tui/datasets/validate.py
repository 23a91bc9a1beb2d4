"""The checks that every source's pictures and labels pass before anything else sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.dataset import Dataset, Pictures
from ..core.errors import InputError


@dataclass(frozen=True)
class Split:
    """The pictures and labels of one split as a file holds them, not yet checked.

    Attributes:
        pictures: any array; ``validated`` wants (n, height, width) or (n, height, width, 1 or 3).
        labels: any array; ``validated`` wants (n,) or (n, 1). None: the labels are not known.
        pictures_at: where the pictures stand, for messages: ``x_train in mnist.npz``.
        labels_at: where the labels stand, for messages.
    """

    pictures: NDArray[Any]
    labels: NDArray[Any] | None
    pictures_at: str
    labels_at: str


def validated(source: str, train: Split, test: Split | None = None) -> Dataset:
    """Check both splits and join them into one dataset, training pictures first.

    Integers must lie in 0..255 and become uint8. Floats become float32 in 0..1: values within 0..1 stay
    as they are, values within 0..255 are divided by 255, both splits alike; a highest value between 1 and
    1.01 is refused, as a slip of 0..1. Unknown labels become -1.

    Args:
        source: what the user named.
        train: the training split; its labels must be known.
        test: the source's own test split, if it has one.

    Raises:
        InputError: a wrong shape, dtype or range; NaN or infinity; unequal counts; fewer than 2 classes;
            a class with fewer than 2 training pictures; a test label that training lacks.
    """
    splits = [train] if test is None else [train, test]
    stacks = [_stack(split) for split in splits]
    if stacks[0].shape[1:] != stacks[-1].shape[1:]:
        raise InputError(
            splits[-1].pictures_at,
            f"shape {stacks[-1].shape}",
            f"its pictures must have the shape {stacks[0].shape[1:]} of {train.pictures_at}",
        )
    pictures = _pixels(splits, stacks)
    labels, classes = _known(train)
    if test is not None:
        labels = np.concatenate([labels, _within(test, classes, train.labels_at)])
    return Dataset(source, pictures, labels, classes, train=len(stacks[0]))


def pixels(split: Split) -> Pictures:
    """Return one split's pictures alone, checked as :func:`validated` checks them.

    Raises:
        InputError: a wrong shape, dtype or range; NaN or infinity.
    """
    return _pixels([split], [_stack(split)])


def _stack(split: Split) -> NDArray[Any]:
    """Return the pictures as (n, height, width, channels), the counts of pictures and labels being equal."""
    pictures, labels = split.pictures, split.labels
    shape = f"shape {pictures.shape}"
    if pictures.ndim == 3:
        pictures = pictures[..., np.newaxis]
    if pictures.ndim != 4 or pictures.shape[3] not in (1, 3):
        remedy = "must be (n, height, width) or (n, height, width, channels) with 1 or 3 channels"
        raise InputError(split.pictures_at, shape, remedy)
    if pictures.size == 0:
        raise InputError(split.pictures_at, shape, "holds no pixels; at least one picture of 1x1 is needed")
    if labels is None:
        return pictures
    if labels.ndim != 1 and (labels.ndim != 2 or labels.shape[1] != 1):
        raise InputError(split.labels_at, f"shape {labels.shape}", "labels must have the shape (n,) or (n, 1)")
    if len(labels) != len(pictures):
        remedy = f"there must be one label a picture, and {split.pictures_at} holds {len(pictures)} pictures"
        raise InputError(split.labels_at, f"{len(labels)} labels", remedy)
    return pictures


def _pixels(splits: list[Split], stacks: list[NDArray[Any]]) -> Pictures:
    """Return all pictures joined, uint8 in 0..255 or float32 in 0..1, by the rules of ``validated``."""
    top = 0.0
    for split, stack in zip(splits, stacks, strict=True):
        if stack.dtype.kind not in "uif":
            remedy = "pixels must be integers or floats"
            raise InputError(split.pictures_at, f"dtype {stack.dtype}", remedy)
        if (stack.dtype.kind == "f") != (stacks[0].dtype.kind == "f"):
            remedy = f"must be integers or floats like {splits[0].pictures_at}, which is {stacks[0].dtype}"
            raise InputError(split.pictures_at, f"dtype {stack.dtype}", remedy)
        with np.errstate(invalid="ignore"):
            low, high = stack.min(), stack.max()  # NaN comes through both
        if not (np.isfinite(low) and np.isfinite(high)):
            remedy = "pixels must be finite; replace NaN and infinity"
            raise InputError(split.pictures_at, "NaN or infinity", remedy)
        if low < 0 or high > 255:
            remedy = "pixels must lie within 0..255, or within 0..1 for floats"
            raise InputError(split.pictures_at, low if low < 0 else high, remedy)
        top = max(top, float(high))
    if stacks[0].dtype.kind != "f":
        return np.ascontiguousarray(np.concatenate([stack.astype(np.uint8, copy=False) for stack in stacks]))
    # Dividing these by 255 would follow the rule and leave every picture black.
    if 1 < top < 1.01:
        remedy = "float pixels reach just above 1; clip them to 0..1"
        raise InputError(splits[0].pictures_at, top, remedy)
    floats = np.ascontiguousarray(np.concatenate([stack.astype(np.float32, copy=False) for stack in stacks]))
    if top > 1:
        floats /= np.float32(255)
    return floats


def _known(train: Split) -> tuple[NDArray[np.int64], int]:
    """Return the training labels as (n,) int64 and the number of classes, none of them too small."""
    if train.labels is None:
        raise InputError(train.labels_at, "no labels", "training pictures need labels")
    labels = _whole(train, train.labels)
    top = int(labels.max())
    # Before counting: a label in the billions would ask for as many counters.
    if top >= len(labels):
        remedy = "labels must run from 0 without gaps, with at least 2 pictures each"
        raise InputError(train.labels_at, f"label {top}", remedy)
    counts = np.bincount(labels)
    if len(counts) < 2:
        raise InputError(train.labels_at, "1 class", "at least 2 classes are needed, labelled 0, 1, ...")
    scarce = int(np.argmin(counts))
    if counts[scarce] == 0:
        remedy = f"no training picture has it; number the classes 0..{top} without gaps"
        raise InputError(train.labels_at, f"label {scarce}", remedy)
    if counts[scarce] == 1:
        remedy = "has one training picture; at least 2 a class are needed"
        raise InputError(train.labels_at, f"label {scarce}", remedy)
    return labels, len(counts)


def _within(test: Split, classes: int, known_at: str) -> NDArray[np.int64]:
    """Return the test labels as (n,) int64, all of them within the training classes, or -1 if unknown."""
    if test.labels is None:
        return np.full(len(test.pictures), -1, dtype=np.int64)
    labels = _whole(test, test.labels)
    if labels.max() >= classes:
        remedy = f"must be a class of {known_at}, which has 0..{classes - 1}"
        raise InputError(test.labels_at, f"label {labels.max()}", remedy)
    return labels


def _whole(split: Split, labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the labels as (n,) int64; they must be whole numbers from 0 up."""
    flat = labels.reshape(-1)
    if flat.dtype.kind == "f":
        flat = flat.astype(np.float64)  # float16 could not be compared with the bound below
    if flat.dtype.kind not in "uif":
        remedy = "labels must be integers from 0 up"
        raise InputError(split.labels_at, f"dtype {flat.dtype}", remedy)
    # 2**53: above it floats skip whole numbers, and no set has so many classes.
    bad = ~((flat >= 0) & (flat <= 2**53) & (flat == np.floor(flat)))
    if bad.any():
        raise InputError(split.labels_at, f"label {flat[bad][0]}", "labels must be whole numbers from 0 up")
    return flat.astype(np.int64)
