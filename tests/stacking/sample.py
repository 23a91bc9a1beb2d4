"""Finished runs for tests, with made-up softmax outputs: no training, no TensorFlow."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xsample_tui.core.checkpoint import encode
from xsample_tui.core.dataset import Dataset
from xsample_tui.core.metrics import EpochMetrics, errors, log_loss
from xsample_tui.core.preset import preset
from xsample_tui.core.seed import generator
from xsample_tui.core.spec import Machine, PresetName
from xsample_tui.core.state import TrialState
from xsample_tui.core.stopping import StoppingState
from xsample_tui.core.trial import Trial, plan
from xsample_tui.stacking.outputs import Outputs
from xsample_tui.store.fingerprint import fingerprint
from xsample_tui.store.folder import RunFolder

CLASSES = 4
Strength = Callable[[Trial], float]


def dataset(count: int = 400, side: int = 8) -> Dataset:
    """Return pictures of noise in four classes."""
    lot = np.random.default_rng(0)
    pictures = lot.integers(0, 256, (count, side, side, 1), np.uint8)
    return Dataset("made", pictures, (np.arange(count) % CLASSES).astype(np.int64), CLASSES, count)


def member_softmax(labels: NDArray[np.int64], classes: int, *seed: str | int, strength: float) -> NDArray[np.float32]:
    """Return what a made-up model says: noise of its own, noise that all models share, and the truth."""
    shared = generator("shared", len(labels)).normal(size=(len(labels), classes))
    own = generator("own", *seed).normal(size=(len(labels), classes))
    logits = 1.5 * shared + 1.5 * own
    logits[np.arange(len(labels)), labels] += strength
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


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
    **changes: Any,
) -> RunFolder:
    """Make a run of 3 baselines and 9 windows and finish all its trials but those in ``leave``."""
    machine = Machine()
    spec = preset(
        preset_name,
        name,
        machine,
        windows={"height": 4, "width": 4, "stride": 2} | (windows or {}),
        training={"epochs": 2},
        **({"baselines": 3} | changes),
    )
    pictures = data or dataset()
    run = RunFolder.create(runs, spec, pictures, plan(spec, pictures), fingerprint(machine))
    for trial in run.document.trials:
        if trial.name not in leave:
            finish(run, trial, strength(trial))
    return run


def made_outputs(members: int = 6, pictures: int = 200, classes: int = CLASSES, folds: int = 5) -> Outputs:
    """Return outputs of made-up members on pictures in folds."""
    labels = (np.arange(pictures) % classes).astype(np.int64)
    softmax = np.stack([member_softmax(labels, classes, i, strength=2.5 + 0.2 * i) for i in range(members)])
    ends = np.linspace(0, pictures, folds + 1).astype(int)
    parts = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    return Outputs("select", np.arange(pictures), labels, softmax, parts)
