"""One of the two runs in a comparison: its trials, its images and its baselines' noise floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ..run_state.run_progress import Progress, TrialProgress
from ..stats.window_tests import SeedVariance, seed_variance

Wrong = Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class Floor:
    """The noise floor of one run, in images.

    Attributes:
        count: baselines, R.
        mean: their mean errors.
        seeds: their seed variance.
    """

    count: int
    mean: float
    seeds: SeedVariance


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        progress: its trials.
        images: how many images its trials are judged on.
        data: hashes of the images and of their split.
        fingerprint: of the machine and software that began it.
        replicates: further trainings of its windows, whatever their status.
        outputs: reads which images each finished trial has wrong, (images,) bool by the trial's name, in one
            order for all runs on the same data; None where outputs are not at hand. Read only where both runs are
            judged on the same images.
    """

    progress: Progress
    images: int
    data: tuple[str, str]
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    replicates: tuple[TrialProgress, ...] = ()
    outputs: Callable[[], Wrong] | None = None

    @property
    def name(self) -> str:
        """The run's name."""
        return self.progress.spec.name

    @property
    def article(self) -> bool:
        """Whether the article's protocol biases its scores upwards."""
        return self.progress.spec.article_protocol or self.progress.spec.preset == "article"

    @property
    def seeds(self) -> list[TrialProgress]:
        """Its finished baselines, with the twins that were trained beside it."""
        return [entry for entry in self.progress.seeds if entry.status == "done" and entry.kept]

    def floor(self) -> Floor | None:
        """Return the noise floor of its finished baselines, in images; None without any."""
        errors = [entry.kept.val_errors for entry in self.seeds if entry.kept]
        return Floor(len(errors), fmean(errors), seed_variance(errors)) if errors else None
