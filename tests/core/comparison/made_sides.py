"""Runs made for comparisons, in which the truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from xsample_tui.core.comparison.compared_run import Side
from xsample_tui.core.run_state.run_events import EpochDone, TrialChanged
from xsample_tui.core.run_state.run_progress import Progress
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec
from xsample_tui.core.training.trial_plan import REPLICATE_STREAMS, Trial

IMAGES = 1000


def side(baselines: list[int], windows: dict[tuple[int, int], int], name: str = "a", **changes: Any) -> Side:
    """Return a finished run of so many errors: of each baseline, and of the window at each place."""
    spec = preset("quick", name, Machine(), **changes)
    errors: dict[str, tuple[int | None, int | None, int]] = {
        f"baseline-s{i:02d}": (None, None, wrong) for i, wrong in enumerate(baselines)
    }
    errors |= {f"keep-r{r:02d}-c{c:02d}": (r, c, wrong) for (r, c), wrong in windows.items()}
    trials = tuple(
        Trial(
            name=trial,
            kind="baseline" if row is None else "keep",
            row=row,
            col=col,
            height=None if row is None else 9,
            width=None if row is None else 9,
            init_seed=1,
        )
        for trial, (row, col, _) in errors.items()
    )
    progress = finished(spec, trials, [wrong for _, _, wrong in errors.values()])
    return Side(progress, IMAGES, ("pictures", "split"))


def finished(spec: SweepSpec, trials: tuple[Trial, ...], errors: list[int]) -> Progress:
    """Return the progress of trials that are done, with so many errors each."""
    progress = Progress(spec, trials)
    for trial, wrong in zip(trials, errors, strict=True):
        metrics = EpochMetrics(
            epoch=1, loss=1, accuracy=0.5, val_loss=1, val_accuracy=1 - wrong / IMAGES, val_errors=wrong
        )
        progress.apply(EpochDone(at=0, trial=trial.name, metrics=metrics, seconds=1))
        progress.apply(TrialChanged(at=0, trial=trial.name, status="done"))
    return progress


def replicated(made: Side, errors: list[list[int]]) -> Side:
    """Return a run with streams, and with replicates 1, 2, ... of its first windows.

    Args:
        made: the run.
        errors: of each of these windows, those of its replicates in order.
    """
    windows = [entry.trial for entry in made.progress.windows]
    for number, trial in enumerate(windows):
        entry = made.progress.trials[trial.name]
        made.progress.trials[trial.name] = replace(entry, trial=trial.model_copy(update={"stream": number}))
    again = [
        entry.trial.model_copy(
            update={
                "name": f"{entry.trial.name}-s{r}",
                "replicate": r,
                "stream": r * REPLICATE_STREAMS + (entry.trial.stream or 0),
            }
        )
        for entry, wrong in zip(made.progress.windows, errors, strict=False)
        for r in range(1, len(wrong) + 1)
    ]
    progress = finished(made.progress.spec, tuple(again), [count for wrong in errors for count in wrong])
    return replace(made, replicates=tuple(progress.trials.values()))


def places(count: int) -> list[tuple[int, int]]:
    """Return so many places, five in a row."""
    return [(i // 5, i % 5) for i in range(count)]


def with_outputs(made: Side, wrong: dict[str, NDArray[np.bool_]]) -> Side:
    """Return a run that says which images each trial has wrong."""
    return replace(made, outputs=lambda: wrong)


def paired_sides(
    chance: np.random.Generator, windows: int, factor: float, gain: dict[int, float] | None = None
) -> tuple[Side, Side]:
    """Return two runs of the same windows on the same images, whose windows err ``factor`` times as often."""
    whole = np.where(chance.random(IMAGES) < 0.09, chance.beta(1, 2, IMAGES), 0.0)
    masks = np.where(chance.random((windows, IMAGES)) < 0.09 * factor, chance.beta(1, 2, (windows, IMAGES)), 0.0)
    sides = []
    for name in ("a", "b"):
        base = chance.random((5, IMAGES)) < whole
        mine = chance.random((windows, IMAGES)) < masks
        for index, share in (gain or {}).items():
            if name == "b":
                mine[index] &= chance.random(IMAGES) < share
        made = side(
            base.sum(axis=1).tolist(), dict(zip(places(windows), mine.sum(axis=1).tolist(), strict=True)), name
        )
        sides.append(with_outputs(made, dict(zip(made.progress.trials, [*base, *mine], strict=True))))
    return sides[0], sides[1]


def repeated_sides(
    chance: np.random.Generator,
    windows: int,
    replicates: int,
    factor: float,
    skill: float = 0.0,
    alike: float = 0.0,
    gain: dict[int, float] | None = None,
) -> tuple[Side, Side]:
    """Return two runs of the same windows on the same images, each window trained several times.

    Args:
        chance: for everything.
        windows: how many.
        replicates: further trainings of each.
        factor: how many times as many errors windows have as baselines.
        skill: SD of the logarithm of a network's own chance of errors.
        alike: how much trainings of one stream share, a correlation. Where it is above 0 the runs share their seed.
        gain: what share of its errors a window keeps in the second run.
    """
    whole = np.where(chance.random(IMAGES) < 0.09, chance.beta(1, 2, IMAGES), 0.0)
    masks = np.where(chance.random((windows, IMAGES)) < 0.09 * factor, chance.beta(1, 2, (windows, IMAGES)), 0.0)
    shape = (replicates + 1, windows)
    own, single = chance.standard_normal(shape), chance.standard_normal((*shape, IMAGES))
    sides = []
    for number, name in enumerate("ab"):
        luck = np.sqrt(alike) * own + np.sqrt(1 - alike) * chance.standard_normal(shape)
        draws = ndtr(np.sqrt(alike) * single + np.sqrt(1 - alike) * chance.standard_normal((*shape, IMAGES)))
        mine = draws < masks * np.exp(skill * luck)[:, :, None]
        for index, share in (gain or {}).items():
            if name == "b":
                mine[:, index] &= chance.random((replicates + 1, IMAGES)) < share
        base = chance.random((10, IMAGES)) < whole * np.exp(skill * chance.standard_normal(10))[:, None]
        counts = mine.sum(axis=2)
        made = side(
            base.sum(axis=1).tolist(),
            dict(zip(places(windows), counts[0].tolist(), strict=True)),
            name,
            seed=0 if alike else number,
        )
        made = replicated(made, counts[1:].T.tolist())
        names = [entry.trial.name for entry in (*made.progress.baselines, *made.progress.windows)]
        again = [entry.trial.name for entry in made.replicates]
        tables = [*base, *mine[0], *mine[1:].transpose(1, 0, 2).reshape(-1, IMAGES)]
        sides.append(with_outputs(made, dict(zip([*names, *again], tables, strict=True))))
    return sides[0], sides[1]
