"""What a worker is asked for a scout: an epoch of training under a window for each image, or scores of windows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..networks.keras_network import TrainedNetwork
from ..seeding import derive, permutation
from ..training.sweep_spec import SweepSpec, Training
from ..training.trial_plan import Plan, Trial

STREAM = "scout"
# Evaluated on so many train images at most: enough to rank windows by, and evaluation stays short beside training.
# With half as many the best windows are a little later in its ranking, which costs more than it saves.
MOST_IMAGES = 1_000
# Epochs where a stopping rule, not their number, ends a trial.
EPOCHS_UNDER_A_RULE = 12
Masks = NDArray[np.bool_]


@dataclass(frozen=True)
class ScoutOrder:
    """What a worker is to do. What it gives depends on this and on the images alone.

    Attributes:
        network, training, seed: of the sweep; ``seed`` is the run's.
        trial: the name and the seed of the initial weights.
        masks: (windows, height, width) bool, True where the pixel stays.
        epoch: epochs that it has behind it.
        state: the checkpoint to begin from; None for initial weights drawn from the trial's seed.
        threads: threads for TensorFlow in the worker.
    """

    network: TrainedNetwork
    training: Training
    seed: int
    trial: Trial
    masks: Masks
    epoch: int = 0
    state: bytes | None = None
    threads: int = 1


@dataclass(frozen=True)
class ScoutEpoch:
    """What an epoch gave.

    Attributes:
        epoch: its number.
        loss, accuracy: over its batches, dropout on.
        state: checkpoint bytes.
    """

    epoch: int
    loss: float
    accuracy: float
    state: bytes


def drawn_windows(windows: int, images: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return which window each train image is seen under in an epoch, (images,): all windows equally often, but one.

    >>> sorted(drawn_windows(3, 6, 0, 1).tolist())
    [0, 0, 1, 1, 2, 2]
    """
    return permutation(images, seed, STREAM, "windows", epoch) % windows


def judged_images(images: int, seed: int) -> NDArray[np.int64]:
    """Return which of so many train images a scout is evaluated on, sorted; at most :data:`MOST_IMAGES`."""
    return np.sort(permutation(images, seed, STREAM, "judged")[:MOST_IMAGES])


def scout_epochs(training: Training) -> int:
    """Return for how many epochs a scout is trained: as many as a window, or 12 at most under a stopping rule."""
    return training.epochs if training.stopping == "epochs" else min(training.epochs, EPOCHS_UNDER_A_RULE)


def scout_trial(spec: SweepSpec, plan: str) -> Trial:
    """Return the trial that a scout is: its name, and the seed of its initial weights, which no trial has.

    Args:
        spec: the sweep.
        plan: what :func:`plan_key` gives.
    """
    return Trial(name=f"{STREAM}-{plan[:12]}", kind=STREAM, init_seed=derive(spec.seed, "init", STREAM))


def window_masks_of(plan: Plan) -> tuple[tuple[str, ...], Masks]:
    """Return the windows of a plan: their names and their masks, (windows, height, width) bool.

    Those that joined at a rung are left out: the scout comes before them.
    """
    at = [index for index, trial in enumerate(plan.trials) if not (trial.is_baseline or trial.joined)]
    return tuple(plan.trials[index].name for index in at), np.asarray(plan.masks[at])


def plan_key(plan: Plan) -> str:
    """Return what stands for all that a scout's training depends on and that may change in a run: its windows.

    Images, network, settings and seed are a run's for ever; the windows are more once it is extended.
    """
    names, masks = window_masks_of(plan)
    text = f"{','.join(names)}|{masks.shape}|"
    return hashlib.sha256(text.encode() + np.packbits(masks).tobytes()).hexdigest()
