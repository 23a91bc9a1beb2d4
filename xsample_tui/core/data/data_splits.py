"""Splits a data set into train, early-stopping, selection and test images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..seeding import generator
from .dataset import Dataset

Indices = NDArray[np.int64]
STOP_SHARE = 0.1


@dataclass(frozen=True)
class Split:
    """Disjoint sets of image indices into a :class:`Dataset`, each sorted.

    Attributes:
        fit: images the networks are trained on.
        stop: a slice cut from fit for the stopping rule; empty where no rule needs one.
        select: images that models are judged and members chosen by.
        test: images that stay locked until they are opened on purpose; may be empty.
    """

    fit: Indices
    stop: Indices
    select: Indices
    test: Indices

    def digest(self) -> str:
        """SHA-256 over the four index sets."""
        state = hashlib.sha256()
        for field in fields(self):
            part = getattr(self, field.name).astype("<i8")
            state.update(f"{field.name}:{len(part)}|".encode() + part.tobytes())
        return state.hexdigest()

    def sizes(self) -> dict[str, int]:
        """Return how many images each set holds."""
        return {field.name: len(getattr(self, field.name)) for field in fields(self)}


def split(dataset: Dataset, seed: int, *, limit: int | None = None, stop: bool = False) -> Split:
    """Split a dataset as the protocol says: stratified, seeded, nothing shared.

    With its own test set a source gives 1/6 of its training images to select (MNIST: 50,000 / 10,000, and
    10,000 test; Kaggle: 35,000 / 7,000, whose unlabelled test.csv is left out). Without one, fit / select /
    test are 60 / 20 / 20 % (the demo: 3,000 / 1,000 / 1,000). What a source sets apart for selection becomes select;
    a test set that it lacks is then 20 % of its other images.

    Args:
        dataset: the images.
        seed: the run's seed.
        limit: use at most this many images for fit (the stop slice included); select and test stay whole.
        stop: cut a stop slice, 10 % of fit, for a stopping rule.

    Raises:
        InputError: too few images for every set to hold one of each class, or a limit that is not possible.
    """
    train = np.arange(dataset.train)
    own_test = np.arange(dataset.train, len(dataset.labels))
    own_test = own_test[dataset.labels[own_test] >= 0]
    if dataset.select:
        fit, select = np.split(train, [dataset.train - dataset.select])
        if dataset.train == len(dataset.labels):
            fit, test = _cut(dataset, fit, 0.2, seed, "test")
        else:
            test = own_test
    elif dataset.train == len(dataset.labels):
        rest, test = _cut(dataset, train, 0.2, seed, "test")
        fit, select = _cut(dataset, rest, 0.25, seed, "select")
    else:
        test = own_test
        fit, select = _cut(dataset, train, 1 / 6, seed, "select")
    if limit is not None:
        if not dataset.classes <= limit:
            raise ArgumentError("limit", limit, f"choose at least {dataset.classes}, one image a class")
        if limit < len(fit):
            _, fit = _cut(dataset, fit, limit / len(fit), seed, "limit")
    nothing = np.empty(0, np.int64)
    fit, stopping = _cut(dataset, fit, STOP_SHARE, seed, "stop") if stop else (fit, nothing)
    return Split(fit, stopping, select, test)


def article_split(dataset: Dataset, seed: int, *, limit: int | None = None) -> Split:
    """Split as the article does: the test set is also what stops and selects, which makes its scores too good.

    fit holds every training image, and ``select`` is the very same set as ``test``.

    Raises:
        InputError: as :func:`split`.
    """
    honest = split(dataset, seed)
    fit = np.sort(np.concatenate([honest.fit, honest.select]))
    if limit is not None and limit < len(fit):
        _, fit = _cut(dataset, fit, limit / len(fit), seed, "limit")
    test = honest.test if len(honest.test) else honest.select
    fit = np.setdiff1d(fit, test)
    return Split(fit, np.empty(0, np.int64), test, test)


def _cut(dataset: Dataset, pool: Indices, share: float, seed: int, what: str) -> tuple[Indices, Indices]:
    """Cut a stratified ``share`` off the pool: (the rest, the cut), both sorted.

    Largest remainders decide which classes give one image more, so the cut has exactly round(share * n).
    """
    labels = dataset.labels[pool]
    counts = np.bincount(labels, minlength=dataset.classes)
    quota = counts * share
    take = np.floor(quota).astype(np.int64)
    spare = round(share * len(pool)) - int(take.sum())
    take[np.argsort(take - quota, kind="stable")[:spare]] += 1
    if spare < 0 or np.any(take < 1) or (share < 1 and what != "limit" and np.any(take >= counts)):
        raise ArgumentError(
            "data",
            dataset.source,
            f"too few images of a class to cut a {what} set; give more of each class",
        )
    cut = []
    for label in range(dataset.classes):
        members = pool[labels == label]
        order = generator(seed, "split", what, label).permutation(len(members))
        cut.append(members[order[: take[label]]])
    chosen = np.sort(np.concatenate(cut))
    return np.setdiff1d(pool, chosen, assume_unique=True), chosen
