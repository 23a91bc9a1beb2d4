"""Finished runs for tests, with made-up softmax outputs: no training, no TensorFlow."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tests.harness.made_softmax import member_softmax
from tests.harness.runs import make_run, noise_images
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.epoch_metrics import EpochMetrics, errors, log_loss
from xsample_tui.core.training.sweep_spec import PresetName
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.stacking.pool.member_outputs import Outputs
from xsample_tui.store.run.run_folder import RunFolder

CLASSES = 4
Strength = Callable[[Trial], float]


def dataset(count: int = 400, side: int = 8) -> Dataset:
    """Return images of noise in four classes."""
    return noise_images(count, side, CLASSES)


def finish(run: RunFolder, trial: Trial, strength: float, *, epochs: int | None = None) -> TrialState:
    """Commit a finished trial and return its state."""
    labels = run.dataset.labels
    cut = run.plan.split
    count = epochs or run.spec.training.epochs
    softmax = {
        split: member_softmax(labels[at], run.document.classes, trial.name, split, strength=strength)
        for split, at in {"select": cut.select, "test": cut.test}.items()
    }
    if run.spec.article_protocol:
        softmax["select"] = softmax["test"]
    wrong = errors(softmax["select"], labels[cut.select])
    metrics = [
        EpochMetrics(
            epoch=epoch,
            loss=0.5,
            accuracy=0.9,
            val_loss=log_loss(softmax["select"], labels[cut.select]),
            val_accuracy=1 - wrong / len(cut.select),
            val_errors=wrong,
        )
        for epoch in range(1, count + 1)
    ]
    state = TrialState(
        trial.name,
        count,
        {"w": np.zeros(3, np.float32)},
        {},
        StoppingState(),
        history=tuple(metrics),
        seconds=(2.0,) * count,
        stop_reason=f"all {count} epochs",
        softmax=softmax,
    )
    run.commit(trial.name, count, encode(state), finished=True)
    return state


def finished_run(
    runs: Path,
    name: str = "r",
    *,
    preset_name: PresetName = "quick",
    strength: Strength = lambda trial: 3.0,
    leave: tuple[str, ...] = (),
    data: Dataset | None = None,
    windows: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    jobs: int | None = None,
    **changes: Any,
) -> RunFolder:
    """Make a run of 3 baselines and 9 windows and finish all its trials but those in ``leave``."""
    run = make_run(
        runs,
        name,
        preset_name=preset_name,
        data=data or dataset(),
        windows={"stride": 2} | (windows or {}),
        training={"epochs": 2} | (training or {}),
        jobs=jobs,
        checkpoint_seconds=None,
        **({"baselines": 3} | changes),
    )
    for trial in run.document.trials:
        if trial.name not in leave:
            finish(run, trial, strength(trial))
    return run


def made_outputs(members: int = 6, images: int = 200, classes: int = CLASSES, folds: int = 5) -> Outputs:
    """Return outputs of made-up members on images in folds."""
    labels = (np.arange(images) % classes).astype(np.int64)
    softmax = np.stack([member_softmax(labels, classes, i, strength=2.5 + 0.2 * i) for i in range(members)])
    ends = np.linspace(0, images, folds + 1).astype(int)
    parts = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    return Outputs("select", np.arange(images), labels, softmax, parts)
