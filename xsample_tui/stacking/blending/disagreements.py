"""Finds the images on which two models disagree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..pool.member_outputs import Outputs


@dataclass(frozen=True)
class Disagreement:
    """One image that two models name differently.

    Attributes:
        image: its index in the dataset.
        label: the true one.
        first, second: what each model says.
        first_p, second_p: each model's probabilities, (classes,) float32.
    """

    image: int
    label: int
    first: int
    second: int
    first_p: NDArray[np.float32]
    second_p: NDArray[np.float32]


def disagreements(outputs: Outputs, first: NDArray[np.float32], second: NDArray[np.float32]) -> list[Disagreement]:
    """Return the images that two models name differently: first those that the first alone has right.

    Then those that the second alone has right, then those that both have wrong; within each the most certain
    contradiction first.

    Args:
        outputs: whose images and labels they are.
        first, second: (n, classes) float32, in the outputs' order.
    """
    a, b = first.argmax(axis=1), second.argmax(axis=1)
    at = np.flatnonzero(a != b)
    labels = outputs.labels[at]
    group = np.where(a[at] == labels, 0, np.where(b[at] == labels, 1, 2))
    certainty = first[at, a[at]] * second[at, b[at]]
    return [
        Disagreement(
            int(outputs.images[i]), int(outputs.labels[i]), int(a[i]), int(b[i]), first[i].copy(), second[i].copy()
        )
        for i in at[np.lexsort((-certainty, group))]
    ]
