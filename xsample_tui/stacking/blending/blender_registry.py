"""The blenders by name: the ways to combine many predictions into one.

To add a blender, write its class here and name it in ``BLENDERS``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.errors import printable
from ...core.plugin_registry import GROUPS, Registry
from ..pool.member_outputs import Cut
from .extension_blender import ExtensionBlender
from .greedy_selection import select
from .logistic_stacking import fit_logistic
from .pooling import Arithmetic, Blender, Geometric, Logistic, Pooling, Votes
from .simplex_weights import simplex_weights


class MeanBlender(Blender):
    """Unweighted arithmetic mean: the protocol's primary blend, fixed in advance."""

    name = "mean"
    title = "arithmetic mean"

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return equal weights."""
        return Arithmetic(_equal(cut))


class GeometricBlender(Blender):
    """Unweighted geometric mean."""

    name = "geometric"
    title = "geometric mean"

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return equal weights."""
        return Geometric(_equal(cut))


class VoteBlender(Blender):
    """Majority vote."""

    name = "vote"
    title = "majority vote"

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return equal weights."""
        return Votes(_equal(cut))


class CaruanaBlender(Blender):
    """Bagged greedy selection with replacement."""

    name = "caruana"
    title = "greedy selection"
    fitted = True

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return each member's share of the picks."""
        return Arithmetic(select(cut.true, seed))


class SimplexBlender(Blender):
    """Non-negative weights of least log-loss."""

    name = "simplex"
    title = "simplex weights"
    fitted = True

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return the weights."""
        return Arithmetic(simplex_weights(cut.true))


class LogisticBlender(Blender):
    """L2 logistic regression on log-probabilities (stacking proper: Wolpert 1992)."""

    name = "logistic"
    title = "logistic regression"
    fitted = True
    most = 50

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return the regression."""
        return Logistic(fit_logistic(cut.matrices(), cut.labels, cut.outputs.classes))


def _accept(name: str, thing: object) -> Blender:
    """Return a blender that a package brings as a class."""
    if not (isinstance(thing, type) and issubclass(thing, Blender)):
        raise ValueError(f"is {printable(thing)}, where a class derived from Blender is wanted")
    if getattr(thing, "name", None) != name or not isinstance(getattr(thing, "title", None), str):
        raise ValueError(f"needs name = {name!r} and a title")
    if missing := sorted(thing.__abstractmethods__):
        raise ValueError(f"lacks {', '.join(missing)}")
    return ExtensionBlender(thing())


BLENDERS: Registry[Blender] = Registry(GROUPS["blend"], "blend", _accept)
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
