"""Blenders: the ways to make one prediction of many, and their registry.

A blender fits a recipe on some members and pictures; the recipe then pools the same members on any pictures. To add
a blender, write its class here and name it in ``BLENDERS``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, printable
from ..core.registry import Registry
from .caruana import select
from .logistic import LogisticFit, fit_logistic
from .outputs import Cut
from .simplex import simplex_weights
from .sums import Matrix, Totals, logarithms, votes


class Recipe(ABC):
    """How to pool k members.

    Attributes:
        weights: (k,) float64 summing to 1; None where a member's part is more than a weight.
    """

    weights: NDArray[np.float64] | None = None

    @abstractmethod
    def pool(self, cut: Cut) -> Totals:
        """Return the pooled probabilities of a cut with the recipe's members, (n, classes), rows summing to 1."""


class Weighted(Recipe):
    """A recipe that adds up terms of the members' matrices by weights.

    Args:
        weights: (k,) float64, not negative, summing to 1.
    """

    def __init__(self, weights: NDArray[np.float64]) -> None:
        self.weights: NDArray[np.float64] = weights

    @abstractmethod
    def term(self, matrix: Matrix) -> Matrix:
        """Return what is added up of a member's matrix (n, classes): the class of the largest sum is predicted."""


class Arithmetic(Weighted):
    """The weighted mean of the probabilities."""

    def term(self, matrix: Matrix) -> Matrix:
        """Return the probabilities."""
        return matrix

    def pool(self, cut: Cut) -> Totals:
        """Return the mean; softmax rows sum to 1 only to float32's rounding, so it is normalised."""
        total = cut.total("probabilities", self.weights)
        total /= total.sum(axis=1, keepdims=True)
        return total


class Geometric(Weighted):
    """The weighted geometric mean of the probabilities, clipped at 1e-7 and normalised."""

    def term(self, matrix: Matrix) -> Matrix:
        """Return the logarithms of the clipped probabilities."""
        return logarithms(matrix)

    def pool(self, cut: Cut) -> Totals:
        """Return the mean."""
        total = cut.total("logarithms", self.weights)
        total -= total.max(axis=1, keepdims=True)
        np.exp(total, out=total)
        total /= total.sum(axis=1, keepdims=True)
        return total


class Votes(Weighted):
    """The majority's vote; ties are broken by the mean probability.

    The mean probability counts as one vote beside k: it lies in 0..1, so that it never overturns a majority.
    """

    def term(self, matrix: Matrix) -> Matrix:
        """Return k times the vote, plus the probabilities."""
        return len(self.weights) * votes(matrix) + matrix

    def pool(self, cut: Cut) -> Totals:
        """Return the shares of k + 1 votes."""
        total = len(self.weights) * cut.total("votes", self.weights)
        total += cut.total("probabilities", self.weights)
        total /= total.sum(axis=1, keepdims=True)
        return total


class Logistic(Recipe):
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
    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return the recipe for a cut's members, fitted on its pictures where the blender fits anything."""

    def check(self, members: int) -> None:
        """Refuse more members than the blender can fit in reasonable time.

        Raises:
            InputError: there are more than ``most``.
        """
        if self.most is not None and members > self.most:
            raise InputError("--blend", f"{self.name} of {members} members", f"choose at most {self.most} members")


class MeanBlender(Blender):
    """Unweighted arithmetic mean: the protocol's primary blend, fixed in advance."""

    name = "mean"
    title = "arithmetic mean"

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return equal weights."""
        return Arithmetic(_equal(cut))


class GeometricBlender(Blender):
    """Unweighted geometric mean."""

    name = "geometric"
    title = "geometric mean"

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return equal weights."""
        return Geometric(_equal(cut))


class VoteBlender(Blender):
    """Majority vote."""

    name = "vote"
    title = "majority vote"

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return equal weights."""
        return Votes(_equal(cut))


class CaruanaBlender(Blender):
    """Bagged greedy selection with replacement."""

    name = "caruana"
    title = "greedy selection"
    fitted = True

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return each member's share of the picks."""
        return Arithmetic(select(cut.true, seed))


class SimplexBlender(Blender):
    """Non-negative weights of least log-loss."""

    name = "simplex"
    title = "simplex weights"
    fitted = True

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return the weights."""
        return Arithmetic(simplex_weights(cut.true))


class LogisticBlender(Blender):
    """L2 logistic regression on log-probabilities (stacking proper: Wolpert 1992)."""

    name = "logistic"
    title = "logistic regression"
    fitted = True
    most = 50

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return the regression."""
        return Logistic(fit_logistic(cut.matrices(), cut.labels, cut.outputs.classes))


def _accept(name: str, thing: object) -> Blender:
    """Return a blender that a package brings as a class."""
    from .guest import Guest

    if not (isinstance(thing, type) and issubclass(thing, Blender)):
        raise ValueError(f"is {printable(thing)}, where a class derived from Blender is wanted")
    if getattr(thing, "name", None) != name or not isinstance(getattr(thing, "title", None), str):
        raise ValueError(f"needs name = {name!r} and a title")
    if missing := sorted(thing.__abstractmethods__):
        raise ValueError(f"lacks {', '.join(missing)}")
    return Guest(thing())


BLENDERS: Registry[Blender] = Registry("xsample_tui.blenders", "--blend", _accept)
for _kind in (MeanBlender, GeometricBlender, VoteBlender, CaruanaBlender, SimplexBlender, LogisticBlender):
    BLENDERS.add(_kind.name, _kind())


def blender(name: str) -> Blender:
    """Return a blender by name.

    Raises:
        InputError: there is none of that name, or the package that brings it is broken.
    """
    return BLENDERS.find(name)


def _equal(cut: Cut) -> NDArray[np.float64]:
    k = len(cut.members)
    return np.full(k, 1 / k)
