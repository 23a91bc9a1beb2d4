"""How members' outputs are pooled, and the base class of blenders.

A blender fits a pooling on some members and images, which then pools the same members on any images.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ..pool.member_outputs import Cut
from ..pool.running_sums import Matrix, Term, Totals, logarithms, votes
from .logistic_stacking import LogisticFit


class Pooling(ABC):
    """How to pool k members.

    Attributes:
        weights: (k,) float64 summing to 1; None where a member's part is more than a weight.
    """

    weights: NDArray[np.float64] | None = None

    @abstractmethod
    def pool(self, cut: Cut) -> Totals:
        """Return the pooled probabilities of a cut with the pooling's members, (n, classes), rows summing to 1."""


class Weighted(Pooling):
    """A pooling that adds up terms of the members' matrices by weights.

    Args:
        weights: (k,) float64, not negative, summing to 1.
    """

    def __init__(self, weights: NDArray[np.float64]) -> None:
        self.weights: NDArray[np.float64] = weights

    def added(self) -> dict[Term, float]:
        """Return what is added up of every member, by how many times each; empty where it is none of these terms."""
        return {}

    def pooled(self, totals: Totals, axis: int = -1) -> Totals:
        """Return the probabilities that weighted sums of terms stand for, in the sums' own memory.

        Args:
            totals: sums of any shape.
            axis: the classes'.
        """
        totals /= totals.sum(axis=axis, keepdims=True)
        return totals

    @abstractmethod
    def term(self, matrix: Matrix) -> Matrix:
        """Return what is added up of a member's matrix (n, classes): the class of the largest sum is predicted."""


class Arithmetic(Weighted):
    """The weighted mean of the probabilities."""

    def term(self, matrix: Matrix) -> Matrix:
        """Return the probabilities."""
        return matrix

    def added(self) -> dict[Term, float]:
        """Return the probabilities, once."""
        return {"probabilities": 1}

    def pool(self, cut: Cut) -> Totals:
        """Return the mean; softmax rows sum to 1 only to float32's rounding, so it is normalised."""
        return self.pooled(cut.total("probabilities", self.weights))


class Geometric(Weighted):
    """The weighted geometric mean of the probabilities, clipped at 1e-7 and normalised."""

    def term(self, matrix: Matrix) -> Matrix:
        """Return the logarithms of the clipped probabilities."""
        return logarithms(matrix)

    def added(self) -> dict[Term, float]:
        """Return the logarithms, once."""
        return {"logarithms": 1}

    def pooled(self, totals: Totals, axis: int = -1) -> Totals:
        """Return the normalised exponentials."""
        totals -= totals.max(axis=axis, keepdims=True)
        np.exp(totals, out=totals)
        return super().pooled(totals, axis)

    def pool(self, cut: Cut) -> Totals:
        """Return the mean."""
        return self.pooled(cut.total("logarithms", self.weights))


class Votes(Weighted):
    """The majority's vote; ties are broken by the mean probability.

    The mean probability counts as one vote beside k: it lies in 0..1, so that it never overturns a majority.
    """

    def term(self, matrix: Matrix) -> Matrix:
        """Return k times the vote, plus the probabilities."""
        return len(self.weights) * votes(matrix) + matrix

    def added(self) -> dict[Term, float]:
        """Return the vote k times and the probabilities once."""
        return {"votes": len(self.weights), "probabilities": 1}

    def pool(self, cut: Cut) -> Totals:
        """Return the shares of k + 1 votes."""
        total = len(self.weights) * cut.total("votes", self.weights)
        total += cut.total("probabilities", self.weights)
        return self.pooled(total)


class Logistic(Pooling):
    """L2 logistic regression on the members' log-probabilities."""

    def __init__(self, fit: LogisticFit) -> None:
        self.fit = fit

    def pool(self, cut: Cut) -> Totals:
        """Return the regression's probabilities."""
        return self.fit.predict(cut.matrices())


@dataclass(frozen=True)
class Blender(ABC):
    """A way to blend."""

    name: ClassVar[str]
    title: ClassVar[str]
    fitted: ClassVar[bool] = False
    most: ClassVar[int | None] = None

    @abstractmethod
    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return the pooling for a cut's members, fitted on its images where the blender fits anything."""

    def check(self, members: int) -> None:
        """Refuse more members than the blender can fit in reasonable time.

        Raises:
            InputError: there are more than ``most``.
        """
        if self.most is not None and members > self.most:
            raise ArgumentError("blend", f"{self.name} of {members} members", f"choose at most {self.most} members")
