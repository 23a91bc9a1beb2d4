"""Fits a temperature that calibrates pooled probabilities."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...core.training.epoch_metrics import EPSILON

_LEAST, _MOST = 0.05, 20.0
_STEPS, _ENOUGH = 30, 1e-5
# Made-up images that the prior is worth.
PRIOR_IMAGES = 5.0


class Sharpener:
    """Fits and applies temperatures on pooled probabilities: p^(1/T), normalised (Guo et al. 2017).

    Args:
        pooled: (n, classes), rows summing to 1; clipped at 1e-7 from below.
    """

    def __init__(self, pooled: NDArray[np.float64]) -> None:
        # Classes first: sums over the long axis are several times as fast.
        logs = np.log(np.maximum(pooled.T, EPSILON, order="C"))
        # The largest is 0, so that no exponential overflows at any temperature.
        self._logs: NDArray[np.float64] = logs - logs.max(axis=0)
        # For fits float32 does, at a quarter of the time: the sums over images are made in float64.
        self._short: NDArray[np.float32] = self._logs.astype(np.float32)

    @cached_property
    def _drawn(self) -> NDArray[np.float32]:
        """(n,) float32: what a class that is drawn from the pooled probabilities has as its logarithm, on average."""
        powers = np.exp(self._short)
        powers /= powers.sum(axis=0)
        return np.asarray((powers * self._short).sum(axis=0))

    def fit(
        self,
        labels: NDArray[np.int64],
        used: NDArray[np.bool_] | None = None,
        start: float = 1.0,
        prior: float = PRIOR_IMAGES,
    ) -> float:
        """Return the temperature of least penalised log-loss, between 0.05 and 20, by Newton's method.

        The penalty is the log-loss of five made-up images whose classes are drawn from the pooled probabilities
        themselves, for which 1 is the best temperature: a data-dependent prior, as Clogg et al. (1991) have it for
        logistic regression. Where no image is wrong there would be no bound otherwise, and one error elsewhere would
        cost dearly. In 1/T the sum is convex, so that the start only decides how many steps it takes.

        Args:
            labels: (n,) int64.
            used: (n,) bool, the images to fit on; None for all.
            start: a temperature to begin from.
            prior: how many images are made up.
        """
        logs = self._short if used is None else self._short[:, used]
        labels = labels if used is None else labels[used]
        if not len(labels):
            return 1.0
        true = float(logs[labels, np.arange(len(labels))].sum(dtype=np.float64))
        # What the made-up images add, as a share of the real ones.
        share = prior / logs.shape[1]
        drawn = self._drawn if used is None else self._drawn[used]
        target = true + share * float(drawn.sum(dtype=np.float64))
        low, high = 1 / _MOST, 1 / _LEAST
        beta = min(max(1 / start, low), high)
        for _ in range(_STEPS):
            powers = np.exp(np.float32(beta) * logs)
            total = powers.sum(axis=0)
            powers *= logs
            mean = powers.sum(axis=0) / total
            powers *= logs
            slope = (1 + share) * float(mean.sum(dtype=np.float64)) - target
            curve = (1 + share) * float((powers.sum(axis=0) / total - mean**2).sum(dtype=np.float64))
            newton = beta - slope / curve if curve > 0 else low if slope > 0 else high
            if abs(newton - beta) < _ENOUGH * beta:
                # Before the bounds are checked: here rounding decides on which side of the least loss this is.
                beta = min(max(newton, low), high)
                break
            # The slope says on which side of here the least loss lies, and Newton may not leave that side.
            low, high = (low, beta) if slope > 0 else (beta, high)
            beta = newton if low < newton < high else (low + high) / 2
        return 1 / beta

    def apply(self, temperature: float, images: slice = slice(None)) -> NDArray[np.float32]:
        """Return the probabilities at a temperature, (n, classes) float32, of all images or of some."""
        powers = np.exp(self._logs[:, images] / temperature)
        powers /= powers.sum(axis=0)
        return np.ascontiguousarray(powers.T, np.float32)
