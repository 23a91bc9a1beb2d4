"""Confirms the best windows: chosen on one half of the selection images, trained again, judged on the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, InputError
from ...core.seeding import derive
from ...core.stats.error_gap import Gap, gap, systematic
from ...core.stats.multiple_testing import holm
from ...core.stats.two_way_variance import ALPHA, StreamPart
from ...core.stats.window_tests import moderated, prior_variance, seed_variance, window_variance
from ...core.training.epoch_metrics import EPSILON
from ...core.training.sweep_spec import spec_beside
from ...core.training.trial_plan import Plan, Trial
from ...store.control_run_names import CONFIRM, beside
from ...store.run.access_rights import is_run
from ...store.run.run_folder import RunFolder
from ..pool.control_runs import replicate_trials
from ..pool.member_outputs import Indices, Outputs
from ..pool.model_pool import ModelPool
from ..pool.same_training import copy_same_trainings
from ..pool.select_folds import stratified_folds

LEAST_SEEDS = 5


@dataclass(frozen=True)
class Confirmation:
    """One window, screened on one half and confirmed on the other.

    Attributes:
        window: its name.
        screened: images it gained on the baselines' mean, on the half that chose it.
        confirmed: the gain of its new trainings' mean, on the other half.
        low, high: 95 % interval of ``confirmed``, over streams and images.
        shrinkage: screened minus confirmed, in images: the winner's curse.
        seeds: new trainings.
        against: ``twins`` where the new trainings are compared with the whole-image networks of their own streams,
            else ``baselines``.
        sd: standard deviation of their errors on the half that confirms.
        p: of the confirmed gain against zero, two-sided.
        p_holm: adjusted over the windows confirmed.
    """

    window: str
    screened: float
    confirmed: float
    low: float
    high: float
    shrinkage: float
    seeds: int
    against: Literal["twins", "baselines"]
    sd: float
    p: float
    p_holm: float

    @property
    def standing(self) -> Literal["better", "worse", "noise"]:
        """What the window is against whole images, after Holm's correction."""
        if not self.p_holm < ALPHA:
            return "noise"
        return "better" if self.confirmed > 0 else "worse"

    def facts(self) -> dict[str, Any]:
        """Return it as plain values; what is not known is None."""
        known = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in asdict(self).items()}
        return known | {"standing": self.standing}


def halves(select: Outputs, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which images of select screen and which confirm, (n,) bool each: stratified, seeded."""
    second = stratified_folds(select.labels, derive(seed, "halves"), 2) == 1
    return ~second, second


def screen(models: ModelPool, count: int) -> Indices:
    """Return the windows with the least log-loss on the half that screens, best first."""
    first, _ = halves(models.select, models.run.spec.seed)
    windows = models.pool("windows")
    true = np.clip(models.select.true[windows][:, first].astype(np.float64), EPSILON, 1)
    return windows[np.argsort(-np.log(true).mean(axis=1), kind="stable")[:count]]


def new_trainings(run: RunFolder, windows: Sequence[str], count: int) -> list[Trial]:
    """Return new trainings of some windows from further streams: their replicates 1, 2, ...

    In a run of 0.1.0, which has no streams, they are named after their seeds, ``keep-r09-c10-s01``.

    Args:
        run: the run.
        windows: names of its windows.
        count: trainings of each.
    """
    if run.spec.streams != "named":
        return replicate_trials(run, windows, count)
    own = {trial.name: trial for trial in run.document.trials}
    return [
        own[name].model_copy(
            update={"name": f"{name}-s{seed:02d}", "init_seed": derive(run.spec.seed, "init", "confirm", seed)}
        )
        for name in windows
        for seed in range(1, count + 1)
    ]


def lay_out_confirmation(models: ModelPool, count: int, seeds: int) -> RunFolder:
    """Return the control run that holds the new trainings, created if it does not exist.

    Args:
        models: the run's members.
        count: windows to confirm.
        seeds: new trainings of each, at least 5.

    Raises:
        InputError: a value out of range, no window is finished, or the folder cannot be written.
    """
    run = models.run
    path = run.path.parent / beside(run.name, CONFIRM)
    if is_run(path):
        return RunFolder.open(run.path.parent, path.name)
    trials = _wanted(models, count, seeds)
    masks = [run.plan.mask(_window(trial)) for trial in trials]
    spec = spec_beside(run.spec, path.name, baselines=0)
    part = Plan(run.plan.split, tuple(trials), np.stack(masks))
    folder = run.beside(spec, part)
    # What `arms` trained as replicates is the same training.
    copy_same_trainings(folder)
    return folder


def check_protocol(run: RunFolder) -> None:
    """Refuse a run whose windows cannot be confirmed.

    Raises:
        InputError: it follows the article's protocol.
    """
    if run.spec.article_protocol:
        remedy = "confirm needs the honest protocol; train a run with another preset than article"
        raise InputError("run", run.name, remedy)


def trainings_left(models: ModelPool, count: int, seeds: int) -> tuple[int, int]:
    """Return how many trainings a confirmation holds, and how many of them are still to be trained.

    Nothing is laid out or trained.

    Args:
        models, count, seeds: as of :func:`lay_out_confirmation`.

    Raises:
        InputError: as of :func:`lay_out_confirmation`.
    """
    run = models.run
    name = beside(run.name, CONFIRM)
    if is_run(run.path.parent / name):
        progress = RunFolder.open(run.path.parent, name).progress()
        return len(progress.trials), progress.left
    trials = _wanted(models, count, seeds)
    return len(trials), sum(trial.name not in models.index for trial in trials)


def confirm(models: ModelPool, control_run: RunFolder) -> list[Confirmation]:
    """Judge the windows of a confirmation whose trainings are finished, best confirmed first.

    The gain's standard error is over streams and images (:mod:`xsample_tui.core.stats.error_gap`): with the images
    fixed, as in Welch's test, a mask that changes which images are right would gain by the chance of this half.

    Args:
        models: the run's members; its baselines are what both halves compare with, and on the half that confirms
            the twins of the new trainings where all are trained.
        control_run: of :func:`lay_out_confirmation`.

    Raises:
        InputError: fewer than two new trainings of every window, or fewer than two baselines, are finished.
    """
    first, second = halves(models.select, models.run.spec.seed)
    again = ModelPool(models.run, [control_run])
    baselines = np.array(models.pools().seeds, np.intp)
    if len(baselines) < 2:
        raise InputError("run", models.run.name, "at least 2 finished baselines are needed to confirm against")
    base_first, base_second = (_wrong(models, baselines, half) for half in (first, second))
    rows: list[Confirmation] = []
    for window, trials in _trainings(control_run, again).items():
        before = _wrong(models, models.named([window]), first).sum()
        found = _wrong(again, again.named([trial.name for trial in trials]), second)
        twins = _twins(models, trials)
        other = base_second if twins is None else _wrong(models, twins, second)
        gain = confirmed_gap(found, other, paired=twins is not None)
        screened = float(base_first.sum(axis=1).mean() - before)
        rows.append(
            Confirmation(
                window=window,
                screened=screened,
                confirmed=gain.gain,
                low=gain.low,
                high=gain.high,
                shrinkage=screened - gain.gain,
                seeds=len(found),
                against="baselines" if twins is None else "twins",
                sd=float(found.sum(axis=1).std(ddof=1)),
                p=gain.p,
                p_holm=math.nan,
            )
        )
    if not rows:
        raise InputError("run", control_run.name, "no window has 2 finished new trainings yet; train them first")
    adjusted = holm([row.p for row in rows])
    rows = [replace(row, p_holm=float(p)) for row, p in zip(rows, adjusted, strict=True)]
    return sorted(rows, key=lambda row: -row.confirmed)


def confirmed_gap(windows: NDArray[np.bool_], others: NDArray[np.bool_], *, paired: bool) -> Gap:
    """Return the gain of new trainings on other networks, over streams and images.

    Args:
        windows: (m, n) bool, which images each new training has wrong, m at least 2.
        others: (R, n) bool, the same of whole-image networks, R at least 2.
        paired: whether these are the twins, in the same order, so that each stream has one difference.
    """
    errors, base = (np.asarray(wrong.sum(axis=1), np.float64) for wrong in (windows, others))
    count, mean = len(errors), float(base.mean())
    gain = mean - float(errors.mean())
    images = systematic(windows, others)
    if paired:
        prior = prior_variance(mean) + prior_variance(float(errors.mean()))
        paired_variance = moderated(float((base - errors).var(ddof=1)), prior, count - 1)
        return gap(gain, [StreamPart(paired_variance / count, count - 1), images])
    seeds = seed_variance(base)
    own = window_variance(seeds, mean, float(errors[0]), errors[1:])
    return gap(
        gain,
        [StreamPart(own.value / count, own.freedom), StreamPart(seeds.value / len(base), seeds.freedom), images],
    )


def _trainings(control_run: RunFolder, models: ModelPool) -> dict[str, list[Trial]]:
    found: dict[str, list[Trial]] = {}
    for trial in control_run.document.trials:
        if trial.name in models.index:
            found.setdefault(_window(trial), []).append(trial)
    # One training shows no spread.
    return {window: trials for window, trials in found.items() if len(trials) > 1}


def _wanted(models: ModelPool, count: int, seeds: int) -> list[Trial]:
    """Return the new trainings of the best windows; raise InputError for a value out of range."""
    if seeds < LEAST_SEEDS:
        raise ArgumentError("seeds", seeds, f"choose at least {LEAST_SEEDS}")
    windows = len(models.pool("windows"))
    if not 1 <= count <= windows:
        raise ArgumentError("top", count, f"choose from 1 to {windows}, the finished windows")
    return new_trainings(models.run, [models.members[index].name for index in screen(models, count)], seeds)


def _window(trial: Trial) -> str:
    """Return the name of the window that a new training is of."""
    return trial.name.rpartition("-s")[0]


def _twins(models: ModelPool, trials: Sequence[Trial]) -> Indices | None:
    """Return the twins of new trainings; None unless all are trained."""
    found = [models.streams[trial.stream] for trial in trials if trial.stream in models.streams]
    return np.array(found, np.intp) if len(found) == len(trials) else None


def _wrong(models: ModelPool, members: Indices, half: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(~models.select.correct[members][:, half])
