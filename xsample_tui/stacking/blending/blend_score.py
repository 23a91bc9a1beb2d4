"""Scores probabilities against labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.stats.calibration import CALIBRATION_BINS, brier, calibration_error
from ...core.stats.class_weights import balanced_accuracy, balanced_log_loss
from ...core.stats.wilson_interval import wilson
from ...core.training.epoch_metrics import errors, log_loss


@dataclass(frozen=True)
class Score:
    """What a blend achieves on n labelled images.

    Attributes:
        n: images.
        errors: wrong ones.
        accuracy: share of right ones.
        low, high: Wilson's 95 % interval of the accuracy.
        log_loss: mean negative log-probability of the true class, clipped at 1e-7, in nats.
        brier: Brier score, 0..2.
        ece: expected calibration error over ``ece_bins`` bins of equal mass.
        ece_bins: how many bins.
        balanced_accuracy, balanced_log_loss: accuracy and log-loss where every class counts alike, however many
            images it has.
    """

    n: int
    errors: int
    accuracy: float
    low: float
    high: float
    log_loss: float
    brier: float
    ece: float
    ece_bins: int
    balanced_accuracy: float
    balanced_log_loss: float

    @classmethod
    def of(cls, probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> Score:
        """Return the score of (n, classes) float32 probabilities."""
        n = len(labels)
        wrong = errors(probabilities, labels)
        low, high = wilson(n - wrong, n)
        return cls(
            n=n,
            errors=wrong,
            accuracy=1 - wrong / n,
            low=low,
            high=high,
            log_loss=log_loss(probabilities, labels),
            brier=brier(probabilities, labels),
            ece=calibration_error(probabilities, labels),
            ece_bins=min(CALIBRATION_BINS, n),
            balanced_accuracy=float(balanced_accuracy(probabilities.argmax(axis=1) == labels, labels)),
            balanced_log_loss=float(balanced_log_loss(probabilities[np.arange(n), labels], labels)),
        )

    def facts(self) -> dict[str, float]:
        """Return the score as plain numbers by name."""
        return asdict(self)
