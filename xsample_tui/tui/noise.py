"""The yardstick: what the baselines have at each epoch, and whether a gain over them is more than their noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev
from typing import Literal

from ..core.progress import Progress, TrialProgress

Verdict = Literal["better", "worse", "noise", "unknown"]
_LEVEL = 0.05


@lru_cache
def critical(freedom: int) -> float:
    """Return the |t| that pure noise exceeds in 5 % of cases, both sides together.

    Args:
        freedom: degrees of freedom, at least 1.
    """
    # SciPy takes a fifth of a second to import, so a thread calls this once before the event loop does.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - _LEVEL / 2))


@dataclass(frozen=True)
class Level:
    """The baselines after some number of epochs.

    Attributes:
        count: baselines that got that far, R.
        errors: their mean validation errors, in pictures.
        accuracy: their mean validation accuracy.
        sd: the standard deviation of their errors; None with fewer than 2.
    """

    count: int
    errors: float
    accuracy: float
    sd: float | None

    @property
    def band(self) -> float | None:
        """How many pictures one further training may differ by from the mean through noise alone.

        t = gain / (SD * sqrt(1 + 1/R)) at its two-sided 5 % point, R - 1 degrees of freedom.
        """
        if self.sd is None:
            return None
        return critical(self.count - 1) * self.sd * math.sqrt(1 + 1 / self.count)


class Yardstick:
    """Compares a run's trials with its baselines at equal epochs; agrees with :meth:`Progress.gain`.

    Args:
        progress: the run's progress. Call :meth:`refresh` after a baseline's history changed.
    """

    def __init__(self, progress: Progress) -> None:
        baselines = progress.baselines
        # The same entries without the windows, so that no question goes through hundreds of trials.
        self._progress = Progress(progress.spec, tuple(entry.trial for entry in baselines))
        self._progress.trials = {entry.trial.name: entry for entry in baselines}
        self._levels: dict[int, Level | None] = {}

    def refresh(self) -> None:
        """Forget what was computed from the baselines' histories."""
        self._levels.clear()

    @property
    def baselines(self) -> int:
        """How many baselines have an epoch behind them."""
        return sum(1 for entry in self._progress.trials.values() if entry.history)

    def level(self, epoch: int) -> Level | None:
        """Return the baselines after ``epoch`` epochs; None while none got that far."""
        if epoch not in self._levels:
            self._levels[epoch] = self._measure(epoch)
        return self._levels[epoch]

    def gain(self, entry: TrialProgress) -> float | None:
        """Return how many pictures more than the baselines' mean a trial has right; None while not comparable."""
        kept = entry.kept
        level = self.level(kept.epoch) if kept else None
        return None if kept is None or level is None else level.errors - kept.val_errors

    def verdict(self, entry: TrialProgress) -> Verdict:
        """Return what a trial's gain amounts to."""
        gain, kept = self.gain(entry), entry.kept
        level = self.level(kept.epoch) if kept else None
        if gain is None or level is None or level.band is None:
            return "unknown"
        if abs(gain) <= level.band:
            return "noise"
        return "better" if gain > 0 else "worse"

    def _measure(self, epoch: int) -> Level | None:
        errors = self._progress.baseline_error_counts(epoch)
        if not errors:
            return None
        return Level(
            count=len(errors),
            errors=fmean(errors),
            accuracy=1 - fmean(errors) * self._share,
            sd=stdev(errors) if len(errors) > 1 else None,
        )

    @property
    def _share(self) -> float:
        """The share of the select set that one picture is; 0 where no baseline has made an error to tell by."""
        every = (metrics for entry in self._progress.trials.values() for metrics in entry.history)
        wrong = next((metrics for metrics in every if metrics.val_errors), None)
        return (1 - wrong.val_accuracy) / wrong.val_errors if wrong else 0.0
