"""Compares trials with the baselines at equal epochs, and tests whether a gain is more than noise."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Literal

import numpy as np

from ...core.maps.smoothed_map import SmoothedMap
from ...core.run_state.run_progress import Progress, TrialProgress
from ...core.stats.multiple_testing import holm
from ...core.stats.significance import Standing
from ...core.stats.two_way_variance import ALPHA
from ...core.stats.window_tests import error_ratio, seed_variance

if TYPE_CHECKING:
    from ...stacking.findings.weighted_scores import WeightedScore
    from ...stacking.findings.window_classes import WindowClasses
    from ...stacking.findings.window_judgement import WindowJudgement

Verdict = Standing
Measure = Literal["errors", "loss", "smoothed", "class", "weighted"]


@lru_cache(maxsize=4096)
def critical(freedom: float) -> float:
    """Return the |t| that pure noise exceeds in 5 % of cases, both sides together.

    Args:
        freedom: degrees of freedom, above 0.
    """
    # SciPy takes a fifth of a second to import, so a thread calls this once before the event loop does.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - ALPHA / 2))


@dataclass(frozen=True)
class BaselineLevel:
    """The baselines after some number of epochs.

    Attributes:
        count: baselines that got that far, R.
        errors: their mean selection errors, in images.
        accuracy: their mean selection accuracy.
        sd: the standard deviation of their errors over seeds, moderated as in the judgement; None with fewer than 2.
        loss: their mean selection loss, in nats.
        loss_sd: the standard deviation of their losses; None with fewer than 2.
    """

    count: int
    errors: float
    accuracy: float
    sd: float | None
    loss: float
    loss_sd: float | None

    @property
    def band(self) -> float | None:
        """The number of images by which one more whole-image training may differ from the mean by its seeds."""
        return self.band_of("errors")

    def spread(self, measure: Measure) -> float | None:
        """Return the baselines' standard deviation of a measure; None with fewer than 2."""
        return self.loss_sd if measure == "loss" else self.sd

    def band_of(self, measure: Measure, trainings: int = 1, errors: float | None = None) -> float | None:
        """Return how far the mean of some trainings may lie from the baselines' mean because of seeds.

        ``t * SD * sqrt(share / trainings + 1 / R)`` at the two-sided 5 % point with R - 1 degrees of freedom; the
        share, the ratio of a training's errors to the baselines', scales its variance
        (:func:`~xsample_tui.core.stats.window_tests.window_variance`).

        Args:
            measure: errors or losses.
            trainings: their number.
            errors: errors of one of them; None for the baselines' mean.
        """
        scale = self.scale_of(measure, trainings, errors)
        return None if scale is None else critical(self.count - 1) * scale

    def scale_of(self, measure: Measure, trainings: int = 1, errors: float | None = None) -> float | None:
        """Return the standard error of that difference; None with fewer than 2 baselines."""
        if (sd := self.spread(measure)) is None:
            return None
        share = 1.0
        if measure == "errors" and errors is not None:
            share = error_ratio(errors, self.errors)
        return sd * math.sqrt(share / trainings + 1 / self.count)


class BaselineTest:
    """Compares a run's trials with its baselines at equal epochs, like :meth:`Progress.gain`.

    Args:
        progress: the run's progress. Call :meth:`refresh` after a baseline's history changes.

    Attributes:
        judged: finished windows as ``judge`` has them, by name; empty before.
        ranks: their places by errors, 1 for the fewest; equal ones share a place.
        smoothed: the latest smoothed map; None before the first.
        classes: the windows by class; None before they are counted.
        label: the class on which windows are compared.
        weighted: trials' scores with every class alike, by name; empty before they are counted.
        too_few: that there are too few baselines for a correction, and how many would do; empty where there are not.
    """

    def __init__(self, progress: Progress) -> None:
        self._standings: dict[str, Verdict] = {}
        self.judged: Mapping[str, WindowJudgement] = {}
        self.ranks: Mapping[str, int] = {}
        self.smoothed: SmoothedMap | None = None
        self.classes: WindowClasses | None = None
        self.weighted: Mapping[str, WeightedScore] = {}
        self.label = 0
        self._class_rows: dict[str, int] = {}
        self.too_few = ""
        self._smooth: dict[str, tuple[float, Verdict]] = {}
        self._progress = progress
        self._levels: dict[int, BaselineLevel | None] = {}
        self._survivors: dict[Measure, tuple[int, frozenset[str]]] = {}

    def judge(
        self, standings: Mapping[str, Verdict], too_few: str = "", judged: Sequence[WindowJudgement] = ()
    ) -> None:
        """Use the judgement of finished windows, which also counts noise over images.

        Args:
            standings: by the windows' names.
            too_few: that there are too few baselines for a correction, and how many would do; empty where not.
            judged: the windows, best first.
        """
        self._standings = dict(standings)
        self.judged = {window.name: window for window in judged}
        errors = [window.errors for window in judged]
        self.ranks = {window.name: bisect_left(errors, window.errors) + 1 for window in judged}
        self.too_few = too_few
        self._progress.version += 1

    def smooth(self, found: SmoothedMap) -> None:
        """Use a smoothed map of the finished windows."""
        self.smoothed = found
        rows = zip(found.names, found.smoothed, found.low, found.high, strict=True)
        self._smooth = {
            name: (float(gain), "better" if low > 0 else "worse" if high < 0 else "noise")
            for name, gain, low, high in rows
        }
        self._progress.version += 1

    def count_classes(self, found: WindowClasses | None, label: int) -> None:
        """Use the windows' errors by class, and compare them on one class.

        Args:
            found: the windows by class; None to keep what is there.
            label: the class.
        """
        if found is not None:
            self.classes = found
            self._class_rows = {name: row for row, name in enumerate(found.windows)}
        self.label = label
        self._progress.version += 1

    @property
    def class_limits(self) -> str:
        """What can be found on the class, in words; empty before it is counted."""
        return "" if self.classes is None else self.classes.limits(self.label)

    def refresh(self) -> None:
        """Forget what was computed from the baselines' histories."""
        self._levels.clear()
        self._survivors.clear()

    @property
    def baselines(self) -> int:
        """The number of baselines with at least one epoch."""
        return sum(1 for entry in self._progress.seeds if entry.history)

    def level(self, epoch: int) -> BaselineLevel | None:
        """Return the baselines after ``epoch`` epochs; None while none has that many."""
        if epoch not in self._levels:
            self._levels[epoch] = self._measure(epoch)
        return self._levels[epoch]

    def level_of(self, entry: TrialProgress) -> BaselineLevel | None:
        """Return the baselines at the epoch whose weights a trial keeps; None while not comparable."""
        return self.level(entry.kept.epoch) if entry.kept else None

    def gain(self, entry: TrialProgress, measure: Measure = "errors") -> float | None:
        """Return how much a trial is better than the baselines' mean; None while not comparable.

        Args:
            entry: the trial.
            measure: ``errors`` for more correct images, ``loss`` for fewer nats, ``smoothed`` for the mean gain of a
                finished window and its neighbours, ``class`` for more correct images of one class.
        """
        if measure == "class":
            row = self._class_rows.get(entry.trial.name)
            return None if row is None or self.classes is None else float(self.classes.gain[row, self.label])
        if measure == "smoothed":
            return self._smooth.get(entry.trial.name, (None,))[0]
        kept, level = entry.kept, self.level_of(entry)
        if kept is None or level is None:
            return None
        return level.errors - kept.val_errors if measure == "errors" else level.loss - kept.val_loss

    def verdict(self, entry: TrialProgress, measure: Measure = "errors") -> Verdict:
        """Return the significance of a trial's gain."""
        if measure == "errors" and entry.status == "done" and entry.trial.name in self._standings:
            return self._standings[entry.trial.name]
        if measure == "smoothed":
            return self._smooth.get(entry.trial.name, (0.0, "unknown"))[1]
        if measure == "weighted":
            return "unknown"
        if measure == "class":
            row = self._class_rows.get(entry.trial.name)
            return "unknown" if row is None or self.classes is None else self.classes.standing(row, self.label)
        gain, level = self.gain(entry, measure), self.level_of(entry)
        band = level.band_of(measure, errors=entry.kept.val_errors) if level and entry.kept else None
        if gain is None or band is None:
            return "unknown"
        if abs(gain) <= band:
            return "noise"
        return "better" if gain > 0 else "worse"

    def survivors(self, measure: Measure = "errors") -> frozenset[str]:
        """Return the finished windows whose difference is significant after Holm's correction for all of the sweep.

        The t of :meth:`BaselineLevel.band_of` and its two-sided p-value, R - 1 degrees of freedom, adjusted so that
        without any effect, 5 % of sweeps have a false positive; once judged, those of the judgement. Empty without
        two baselines, and for smoothed gains, whose band holds for all windows at once anyway.
        """
        version, found = self._survivors.get(measure, (-1, frozenset()))
        if version != self._progress.version:
            found = self._survive(measure)
            self._survivors[measure] = (self._progress.version, found)
        return found

    def _survive(self, measure: Measure) -> frozenset[str]:
        if measure == "errors" and self._standings:
            return frozenset(name for name, verdict in self._standings.items() if verdict in ("better", "worse"))
        if measure in ("smoothed", "weighted"):
            return frozenset()
        if measure == "class":
            found = self.classes
            rows = set() if found is None else set(found.found[:, self.label].nonzero()[0].tolist())
            return frozenset(name for name, row in self._class_rows.items() if row in rows)
        names, t, freedom = [], [], []
        for entry in self._progress.windows:
            gain, level = self.gain(entry, measure), self.level_of(entry)
            if entry.status != "done" or gain is None or level is None:
                continue
            scale = level.scale_of(measure, errors=entry.kept.val_errors if entry.kept else None)
            if scale is None:
                continue
            names.append(entry.trial.name)
            t.append(gain / scale if scale else math.copysign(math.inf, gain) if gain else 0.0)
            freedom.append(level.count - 1)
        if not names:
            return frozenset()
        from scipy.special import stdtr

        p = np.minimum(2 * np.asarray(stdtr(np.array(freedom), -np.abs(np.array(t)))), 1.0)
        # All windows that the sweep is to train are tested in the end: corrected for those that are done alone, a
        # window would lose its mark again as others are done. Those that are not count as no finding.
        left = sum(entry.status in ("pending", "running", "paused", "parked") for entry in self._progress.windows)
        adjusted = holm(p, left).tolist()
        return frozenset(name for name, value in zip(names, adjusted, strict=True) if value < ALPHA)

    def _measure(self, epoch: int) -> BaselineLevel | None:
        found = self._progress.baseline_metrics(epoch)
        if not found:
            return None
        errors, losses = [m.val_errors for m in found], [m.val_loss for m in found]
        several = len(found) > 1
        return BaselineLevel(
            count=len(found),
            errors=fmean(errors),
            accuracy=1 - fmean(errors) * self._share,
            sd=seed_variance(errors).sd if several else None,
            loss=fmean(losses),
            loss_sd=stdev(losses) if several else None,
        )

    @property
    def _share(self) -> float:
        """One image as a share of the selection images; 0 if no baseline has made an error."""
        every = (metrics for entry in self._progress.seeds for metrics in entry.history)
        wrong = next((metrics for metrics in every if metrics.val_errors), None)
        return (1 - wrong.val_accuracy) / wrong.val_errors if wrong else 0.0
