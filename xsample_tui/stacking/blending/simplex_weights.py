"""Fits non-negative weights that sum to 1 and minimise the log-loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.training.epoch_metrics import EPSILON

_STEPS = 100
_ENOUGH = 1e-7
_RIDGE = 1e-10


def simplex_weights(true: NDArray[np.float32], steps: int = _STEPS, enough: float = _ENOUGH) -> NDArray[np.float64]:
    """Return the weights (k,) float64 that minimise ``-mean(log(w . p))`` over the simplex.

    Adding ``sum(w)`` to the loss makes its minimum over all ``w >= 0`` sum to 1 by itself, so that each step solves
    a quadratic model under ``w >= 0`` alone, a non-negative least-squares problem, and goes there as far as the
    loss falls (Kim et al. 2020, "mix-SQP"). The loss is above its minimum by at most
    ``max_j mean(p_j / (w . p)) - 1`` (Cover 1984): the loop ends once that is below ``enough``.

    Args:
        true: (k, n) float32, each member's probability of the true class; clipped at 1e-7.
        steps: most steps.
        enough: how near the least loss to come, in nats.
    """
    from scipy.optimize import nnls

    p = np.maximum(true.astype(np.float64), EPSILON)
    k, n = p.shape
    weights = np.full(k, 1 / k)
    for _ in range(steps):
        mixed = weights @ p
        ratios = p / mixed
        factors = ratios.mean(axis=1)
        if factors.max() <= 1 + enough:
            break
        # The model: slope 1 - factors, curvature ratios @ ratios.T / n, about the weights of now.
        curvature = ratios @ ratios.T / n
        curvature.flat[:: k + 1] += _RIDGE + 1e-8 * curvature.diagonal().mean()
        root = np.linalg.cholesky(curvature)
        target = np.linalg.solve(root, curvature @ weights + factors - 1)
        goal, _ = nnls(root.T, target)
        weights = _towards(p, weights, goal, slope=float((1 - factors) @ (goal - weights)))
    return np.asarray(weights / weights.sum())


def _towards(
    p: NDArray[np.float64], weights: NDArray[np.float64], goal: NDArray[np.float64], slope: float
) -> NDArray[np.float64]:
    """Return the point on the way to ``goal`` where the loss has fallen enough: all of it, a half, a quarter, ..."""
    mixed, goal_mixed = weights @ p, goal @ p
    before, share = _loss(mixed, weights), 1.0
    while share > 1e-6:
        there = (1 - share) * weights + share * goal
        if _loss((1 - share) * mixed + share * goal_mixed, there) <= before + 0.01 * share * slope:
            return there
        share /= 2
    return weights


def _loss(mixed: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    return float(-np.log(np.maximum(mixed, 1e-300)).mean() + weights.sum())
