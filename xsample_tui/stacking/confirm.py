"""Screen and confirm: the best windows of one half of select, trained anew and judged on the other half."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from ..core.correction import holm
from ..core.errors import InputError
from ..core.metrics import EPSILON
from ..core.seed import derive
from ..core.spec import SweepSpec, invalid
from ..core.trial import Plan
from ..store.folder import RunFolder
from .folds import stratified_folds
from .library import Library
from .outputs import Indices, Outputs

LEAST_SEEDS = 5


@dataclass(frozen=True)
class Confirmation:
    """One window, screened on one half and confirmed on the other.

    Attributes:
        window: its name.
        screened: pictures it gained on the baselines' mean, on the half that chose it.
        confirmed: the same of its new trainings' mean, on the other half.
        shrinkage: screened minus confirmed, in pictures: the winner's curse.
        seeds: new trainings.
        sd: standard deviation of their errors on the half that confirms.
        p: Welch's t-test of their errors against the baselines', two-sided; nan where neither varies.
        p_holm: adjusted over the windows confirmed.
    """

    window: str
    screened: float
    confirmed: float
    shrinkage: float
    seeds: int
    sd: float
    p: float
    p_holm: float

    def facts(self) -> dict[str, Any]:
        """Return it as plain values; what is not known is None."""
        return {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in asdict(self).items()}


def halves(select: Outputs, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pictures of select screen and which confirm, (n,) bool each: stratified, seeded."""
    second = stratified_folds(select.labels, derive(seed, "halves"), 2) == 1
    return ~second, second


def screen(library: Library, count: int) -> Indices:
    """Return the windows with the least log-loss on the half that screens, best first."""
    first, _ = halves(library.select, library.run.spec.seed)
    windows = library.pool("windows")
    true = np.clip(library.select.true[windows][:, first].astype(np.float64), EPSILON, 1)
    return windows[np.argsort(-np.log(true).mean(axis=1), kind="stable")[:count]]


def trial_name(window: str, seed: int) -> str:
    """Return the name of a window's training with a new seed.

    >>> trial_name("keep-r09-c10", 1)
    'keep-r09-c10-s01'
    """
    return f"{window}-s{seed:02d}"


def lay_out_confirmation(library: Library, count: int, seeds: int) -> RunFolder:
    """Return the companion that holds the new trainings, laid out if it does not exist.

    Args:
        library: the run's members.
        count: windows to confirm.
        seeds: new trainings of each, at least 5.

    Raises:
        InputError: a value out of range, no window is finished, or the folder cannot be written.
    """
    run = library.run
    path = run.path.parent / f"{run.name}-confirm"
    if (path / "spec.json").exists():
        return RunFolder.open(run.path.parent, path.name)
    if seeds < LEAST_SEEDS:
        raise InputError("--seeds", seeds, f"choose at least {LEAST_SEEDS}")
    windows = len(library.pool("windows"))
    if not 1 <= count <= windows:
        raise InputError("--top", count, f"choose from 1 to {windows}, the finished windows")
    trials, masks = [], []
    for index in screen(library, count):
        trial = library.members[index].trial
        for seed in range(1, seeds + 1):
            changes = {
                "name": trial_name(trial.name, seed),
                "init_seed": derive(run.spec.seed, "init", "confirm", seed),
            }
            trials.append(trial.model_copy(update=changes))
            masks.append(run.plan.mask(trial.name))
    try:
        spec = SweepSpec.model_validate({**dict(run.spec), "name": path.name, "baselines": 0})
    except ValidationError as error:
        raise invalid(error) from error
    part = Plan(run.plan.split, tuple(trials), np.stack(masks))
    return run.beside(spec, part)


def confirm(library: Library, companion: RunFolder) -> list[Confirmation]:
    """Judge the windows of a confirmation whose trainings are finished, best confirmed first.

    Args:
        library: the run's members; its baselines are what both halves compare with.
        companion: of :func:`lay_out_confirmation`.

    Raises:
        InputError: no new training or fewer than two baselines are finished.
    """
    first, second = halves(library.select, library.run.spec.seed)
    again = Library(library.run, [companion])
    baselines = library.pool("baselines")
    if len(baselines) < 2:
        raise InputError("run", library.run.name, "at least 2 finished baselines are needed to confirm against")
    base_first, base_second = (_errors(library, baselines, half) for half in (first, second))
    rows: list[Confirmation] = []
    for window, names in _trainings(companion, again).items():
        screened = base_first.mean() - _errors(library, library.named([window]), first)[0]
        found = _errors(again, again.named(names), second)
        confirmed = base_second.mean() - found.mean()
        sd = float(found.std(ddof=1)) if len(found) > 1 else math.nan
        p = _welch(found, base_second)
        rows.append(
            Confirmation(
                window, float(screened), float(confirmed), float(screened - confirmed), len(found), sd, p, math.nan
            )
        )
    if not rows:
        raise InputError("run", companion.name, "no trial is finished yet; train it first")
    adjusted = holm([row.p for row in rows])
    rows = [Confirmation(**(asdict(row) | {"p_holm": float(p)})) for row, p in zip(rows, adjusted, strict=True)]
    return sorted(rows, key=lambda row: -row.confirmed)


def _trainings(companion: RunFolder, library: Library) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for trial in companion.document.trials:
        if trial.name in library.index:
            found.setdefault(trial.name.rpartition("-s")[0], []).append(trial.name)
    return found


def _errors(library: Library, members: Indices, half: NDArray[np.bool_]) -> NDArray[np.float64]:
    wrong = ~library.select.correct[members][:, half]
    return np.asarray(wrong.sum(axis=1), np.float64)


def _welch(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    if len(a) < 2 or not (np.ptp(a) or np.ptp(b)):
        return math.nan
    from scipy.stats import ttest_ind

    return float(ttest_ind(a, b, equal_var=False).pvalue)
