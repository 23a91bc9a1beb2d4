"""Companions: further runs on the same pictures that hold the trials the arms compare with."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Literal, get_args

import numpy as np
from pydantic import ValidationError

from ..core.errors import InputError
from ..core.mask import MaskKind
from ..core.seed import generator
from ..core.spec import SweepSpec, Windows, invalid
from ..core.trial import Plan, plan, window_name
from ..core.window import Window
from ..store.folder import RunFolder

CompanionKind = Literal["seeds", "random", "placebo"]
COMPANION_KINDS: tuple[CompanionKind, ...] = get_args(CompanionKind)
_MASKS: dict[CompanionKind, MaskKind] = {"random": "random", "placebo": "placebo"}


@dataclass(frozen=True)
class Missing:
    """What is still to be trained before all arms can be compared.

    Attributes:
        trials: how many of each kind of companion, those laid out and not finished among them.
        seconds: about how long all of them take on the run's workers; None while unknown.
    """

    trials: dict[CompanionKind, int]
    seconds: float | None


def missing(run: RunFolder) -> Missing:
    """Return what :func:`lay_out_companion` would add for as many trials of each kind as the run has windows.

    Raises:
        InputError: as :func:`companions`.
    """
    found, count, trials = companions(run), window_count(run), dict.fromkeys(COMPANION_KINDS, 0)
    for kind in COMPANION_KINDS:
        if kind in found:
            entries = found[kind].progress().trials.values()
            trials[kind] = sum(entry.status in ("pending", "paused", "running") for entry in entries)
        elif kind == "seeds":
            trials[kind] = max(0, count - sum(trial.is_baseline for trial in run.document.trials))
        elif run.spec.windows.mask != _MASKS[kind]:
            trials[kind] = count
    return Missing(trials, seconds_needed(run, sum(trials.values())))


def companion_name(run: RunFolder, kind: CompanionKind) -> str:
    """Return the name of a companion: the run's and the kind."""
    return f"{run.name}-{kind}"


def companions(run: RunFolder) -> dict[CompanionKind, RunFolder]:
    """Return the companions of a run that exist.

    Raises:
        InputError: one was trained otherwise than the run, so that they cannot be compared.
    """
    found: dict[CompanionKind, RunFolder] = {}
    for kind in COMPANION_KINDS:
        if (run.path.parent / companion_name(run, kind) / "spec.json").exists():
            found[kind] = _checked(run, RunFolder.open(run.path.parent, companion_name(run, kind)))
    return found


def lay_out_companion(run: RunFolder, kind: CompanionKind, count: int) -> RunFolder | None:
    """Return a companion, laid out if it does not exist; None if the run itself holds enough trials of the kind.

    It has the run's pictures, split, seed, epochs and machine, so that its trials differ from the run's in their
    mask or their seeds alone.

    Args:
        run: the run.
        kind: ``seeds``: baselines with further seeds; ``random`` and ``placebo``: masks at the run's windows.
        count: how many trials there are to be, the run's own baselines included; fewer windows are drawn by lot.

    Raises:
        InputError: as :func:`companions`, or the folder cannot be written.
    """
    existing = companions(run).get(kind)
    if existing is not None:
        return existing
    spec, whole = _planned(run, kind, count)
    own = {trial.name for trial in run.document.trials}
    chosen = [i for i, trial in enumerate(whole.trials) if trial.name not in own]
    if not chosen:
        return None
    part = Plan(whole.split, tuple(whole.trials[i] for i in chosen), np.asarray(whole.masks[chosen]))
    return run.beside(spec, part)


def window_count(run: RunFolder) -> int:
    """Return how many windows a run has."""
    return sum(not trial.is_baseline for trial in run.document.trials)


def seconds_needed(run: RunFolder, trials: int) -> float | None:
    """Return how long so many whole-picture trials take on the run's workers, in seconds; None while unknown.

    Random and placebo masks leave no crop to save time on, so that each takes as long as a baseline.
    """
    took = [sum(entry.seconds) for entry in run.progress().baselines if entry.status == "done"]
    return fmean(took) * trials / run.spec.machine.jobs if took else None


def _planned(run: RunFolder, kind: CompanionKind, count: int) -> tuple[SweepSpec, Plan]:
    lay = run.spec.windows
    changes: dict[str, object] = {"name": companion_name(run, kind)}
    if kind == "seeds":
        # `only` without a window: the plan then holds baselines alone.
        changes |= {"baselines": count, "windows": lay.model_copy(update={"only": ("baseline-s00",)})}
    else:
        names = tuple(window_name(_MASKS[kind], window) for window in _places(run, count))
        windows = Windows(mask=_MASKS[kind], height=lay.height, width=lay.width, stride=1, only=names)
        changes |= {"baselines": 0, "windows": windows}
    try:
        spec = SweepSpec.model_validate({**dict(run.spec), **changes})
    except ValidationError as error:
        raise invalid(error) from error
    return spec, plan(spec, run.dataset)


def _places(run: RunFolder, count: int) -> list[Window]:
    windows = [
        Window(trial.row, trial.col, trial.height, trial.width)
        for trial in run.document.trials
        if trial.row is not None and trial.col is not None and trial.height is not None and trial.width is not None
    ]
    order = generator(run.spec.seed, "companion").permutation(len(windows))[:count]
    return [windows[i] for i in sorted(order)]


def _checked(run: RunFolder, companion: RunFolder) -> RunFolder:
    for what in ("seed", "limit", "network", "training", "article_protocol"):
        if getattr(companion.spec, what) != getattr(run.spec, what):
            raise InputError("run", companion.name, f"differs from {run.name} in its {what}; rename or remove it")
    return companion
