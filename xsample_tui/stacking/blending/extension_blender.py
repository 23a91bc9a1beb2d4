"""Runs blenders from other packages, and checks what they return."""

from __future__ import annotations

import numpy as np

from ...core.errors import ArgumentError, InputError, printable
from ..pool.member_outputs import Cut
from ..pool.running_sums import Totals
from .pooling import Blender, Pooling

_SLACK = 1e-3


class ExtensionBlender(Blender):
    """A blender of another package: what fails in it, or comes out wrong, is one line that names it."""

    def __init__(self, blender: Blender) -> None:
        # Blenders are frozen dataclasses without fields.
        object.__setattr__(self, "_blender", blender)
        for name in ("name", "title", "fitted", "most"):
            object.__setattr__(self, name, getattr(blender, name))

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return its pooling, watched.

        Raises:
            InputError: it fails, or gives no pooling.
        """
        blender: Blender = self._blender  # type: ignore[attr-defined]
        try:
            pooling = blender.fit(cut, seed)
        except InputError:
            raise
        except Exception as error:
            raise _failed(self.name, "fit", f"{type(error).__name__}: {printable(error, 200)}") from error
        if not isinstance(pooling, Pooling):
            raise _failed(self.name, "fit", f"a {type(pooling).__name__}, where a Pooling is wanted")
        return _Watched(self.name, pooling)


class _Watched(Pooling):
    def __init__(self, name: str, pooling: Pooling) -> None:
        self._name = name
        self._pooling = pooling
        self.weights = pooling.weights

    def pool(self, cut: Cut) -> Totals:
        try:
            pooled = np.asarray(self._pooling.pool(cut), np.float64)
        except Exception as error:
            raise _failed(self._name, "pool", f"{type(error).__name__}: {printable(error, 200)}") from error
        wanted = (len(cut.labels), cut.outputs.classes)
        if pooled.shape != wanted:
            raise _failed(self._name, "pool", f"shape {pooled.shape}, where {wanted} is wanted")
        if not (pooled >= 0).all() or not np.allclose(pooled.sum(axis=1), 1, atol=_SLACK):
            raise _failed(self._name, "pool", "rows that are no probabilities: not negative, summing to 1")
        return pooled


def _failed(name: str, method: str, what: str) -> InputError:
    return ArgumentError("blend", name, f"the extension's {method} gave {what}; fix it, or choose another blender")
