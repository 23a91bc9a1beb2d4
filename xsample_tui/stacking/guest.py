"""Guests: blenders that other packages bring, watched, since their code may do anything."""

from __future__ import annotations

import numpy as np

from ..core.errors import InputError, printable
from .outputs import Cut
from .recipe import Blender, Recipe
from .sums import Totals

_SLACK = 1e-3


class Guest(Blender):
    """A blender of another package: what fails in it, or comes out wrong, is one line that names it."""

    def __init__(self, blender: Blender) -> None:
        # Blenders are frozen dataclasses without fields.
        object.__setattr__(self, "_blender", blender)
        for name in ("name", "title", "fitted", "most"):
            object.__setattr__(self, name, getattr(blender, name))

    def fit(self, cut: Cut, seed: int) -> Recipe:
        """Return its recipe, watched.

        Raises:
            InputError: it fails, or gives no recipe.
        """
        blender: Blender = self._blender  # type: ignore[attr-defined]
        try:
            recipe = blender.fit(cut, seed)
        except InputError:
            raise
        except Exception as error:
            raise _failed(self.name, "fit", f"{type(error).__name__}: {printable(error, 200)}") from error
        if not isinstance(recipe, Recipe):
            raise _failed(self.name, "fit", f"a {type(recipe).__name__}, where a Recipe is wanted")
        return _Watched(self.name, recipe)


class _Watched(Recipe):
    def __init__(self, name: str, recipe: Recipe) -> None:
        self._name = name
        self._recipe = recipe
        self.weights = recipe.weights

    def pool(self, cut: Cut) -> Totals:
        try:
            pooled = np.asarray(self._recipe.pool(cut), np.float64)
        except Exception as error:
            raise _failed(self._name, "pool", f"{type(error).__name__}: {printable(error, 200)}") from error
        wanted = (len(cut.labels), cut.outputs.classes)
        if pooled.shape != wanted:
            raise _failed(self._name, "pool", f"shape {pooled.shape}, where {wanted} is wanted")
        if not (pooled >= 0).all() or not np.allclose(pooled.sum(axis=1), 1, atol=_SLACK):
            raise _failed(self._name, "pool", "rows that are no probabilities: not negative, summing to 1")
        return pooled


def _failed(name: str, method: str, what: str) -> InputError:
    return InputError("--blend", name, f"the extension's {method} gave {what}; mend it, or choose another blender")
