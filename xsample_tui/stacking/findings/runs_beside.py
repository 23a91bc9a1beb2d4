"""Puts any number of runs side by side: their windows, curves and blends, and each against the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from ...core.comparison.run_comparison import RunComparison
from ...core.errors import InputError, XSampleError, printable
from ...core.run_state.run_progress import Progress, TrialProgress
from ...store.run.run_folder import RunFolder
from ..blending.blend import blend_select
from ..blending.blend_score import Score
from ..blending.blender_registry import blender
from ..pool.control_runs import progress_with_controls
from ..pool.member_selection import PRIMARY_K, TopMembers
from ..pool.model_pool import ModelPool, open_pool
from .comparison_sides import contrast_of

Series = tuple[tuple[int, float], ...]
Place = tuple[int, int]
# Letters and colours of the runs end here.
MOST_RUNS = 6


@dataclass(frozen=True)
class RunBeside:
    """One of several runs.

    Attributes:
        name: the run's name.
        progress: its trials, and the twins that were trained beside it.
        images: how many selection images it is judged on.
        same_images: whether these are the very images of the first run.
        accuracy: selection accuracy of each finished window, by its row and column.
        best: name and accuracy of the best finished window; None before the first.
        baseline: the baselines' mean accuracy; None without any.
        windows: score of the mean of the best windows, chosen on other folds; None where there is none.
        seeds: the same of as many whole-image networks.
        contrast: it against the first run; None of the first, and where they cannot be compared.
        problem: what could not be computed, and why; empty where all could.
    """

    name: str
    progress: Progress
    images: int
    same_images: bool
    accuracy: dict[Place, float]
    best: tuple[str, float] | None
    baseline: float | None
    windows: Score | None
    seeds: Score | None
    contrast: RunComparison | None
    problem: str = ""

    def curve(self, what: str) -> Series:
        """Return the selection accuracy after each epoch.

        Args:
            what: ``best`` for the best window, ``windows`` for the mean of the finished windows, ``baselines`` for
                that of the baselines.
        """
        entries = {
            "best": [entry for entry in self.progress.windows if self.best and entry.trial.name == self.best[0]],
            "windows": [entry for entry in self.progress.windows if entry.status == "done"],
            "baselines": [entry for entry in self.progress.seeds if entry.status == "done"],
        }[what]
        return _mean_curve(entries)


def runs_beside(runs: Sequence[RunFolder], k: int = PRIMARY_K) -> list[RunBeside]:
    """Put runs side by side, the first being what the others are compared with.

    Args:
        runs: two or more runs.
        k: members of the blends.

    Raises:
        InputError: there are fewer than two, more than :data:`MOST_RUNS`, or one is named twice.
        DamagedRun: the plan of one cannot be read.
    """
    names = [run.name for run in runs]
    if not 2 <= len(runs) <= MOST_RUNS:
        raise InputError("runs", len(runs), f"compare from 2 to {MOST_RUNS} runs")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError("runs", twice, "name each run once")
    first = runs[0]
    return [_beside(run, first, k) for run in runs]


def _beside(run: RunFolder, first: RunFolder, k: int) -> RunBeside:
    progress = progress_with_controls(run)
    finished = [(e.trial, e.kept.val_accuracy) for e in progress.windows if e.status == "done" and e.kept]
    accuracy = {
        (trial.row, trial.col): value for trial, value in finished if trial.row is not None and trial.col is not None
    }
    best = max(((trial.name, value) for trial, value in finished), key=lambda pair: pair[1], default=None)
    seeds = [entry.kept.val_accuracy for entry in progress.seeds if entry.status == "done" and entry.kept]
    problem = ""
    scores: tuple[Score | None, Score | None] = (None, None)
    try:
        pool = open_pool(run)
        found = pool.pools()
        scores = _blended(pool, found.windows, k), _blended(pool, found.seeds, k)
    except XSampleError as error:
        problem = printable(error, 300)
    contrast = None
    if run is not first:
        try:
            contrast = contrast_of(first, run)
        except XSampleError as error:
            problem = problem or printable(error, 300)
    one, other = run.document, first.document
    same = (one.dataset_digest, one.split_digest) == (other.dataset_digest, other.split_digest)
    mean = fmean(seeds) if seeds else None
    images = len(run.plan.split.select)
    return RunBeside(run.name, progress, images, same, accuracy, best, mean, *scores, contrast, problem)


def _blended(pool: ModelPool, members: Sequence[int], k: int) -> Score | None:
    """Return the score of the mean of the best k of some members; None where there are not as many."""
    if len(members) < k:
        return None
    rule = TopMembers(k, tuple(members))
    return blend_select(pool.select, rule, blender("mean"), pool.run.spec.seed).score


def _mean_curve(entries: Sequence[TrialProgress]) -> Series:
    """Return the mean selection accuracy after each epoch that all of these have."""
    epochs = min((len(entry.history) for entry in entries), default=0)
    histories = [entry.history[:epochs] for entry in entries]
    return tuple((at[0].epoch, fmean(metrics.val_accuracy for metrics in at)) for at in zip(*histories, strict=True))
