"""Small data sets, orders and trainers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xsample_tui.core.data.data_splits import Split
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.masks.mask_kinds import DRAWERS, Canvas, Mask, MaskKind
from xsample_tui.core.masks.windows import Window
from xsample_tui.core.networks.network import Network, article_network
from xsample_tui.core.training.lease import LeaseOrder
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.core.training.trial_plan import Trial, window_name
from xsample_tui.training.trainer import Trainer

SIDE, CLASSES = 14, 3
NETWORK = article_network((SIDE, SIDE, 1), CLASSES)
WINDOW = Window(4, 5, 5, 5)


def dataset(count: int = 90, channels: int = 1, seed: int = 0) -> Dataset:
    """Return blobs whose place gives their class, as bytes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    images = rng.integers(0, 60, (count, SIDE, SIDE, channels))
    images *= rng.random((count, SIDE, SIDE, 1)) < 0.4
    for image, label in zip(images, labels, strict=True):
        top, left = 3 + 2 * label, 4 + label
        image[top : top + 4, left : left + 4] += rng.integers(80, 190)
    return Dataset("blobs", images.astype(np.uint8), labels.astype(np.int64), CLASSES, count)


def cut(data: Dataset, fit: int = 50, stop: int = 10) -> Split:
    """Return the first ``fit`` images as fit, the next as stop, and halves of the rest as select and test."""
    middle = fit + stop + (len(data.labels) - fit - stop) // 2
    at = np.arange(len(data.labels))
    return Split(at[:fit], at[fit : fit + stop], at[fit + stop : middle], at[middle:])


@dataclass(frozen=True)
class Source:
    """The blobs as a worker's source."""

    key: str = "blobs"

    def open(self) -> tuple[Dataset, Split]:
        """Return them and their split."""
        data = dataset()
        return data, cut(data)


def mask_of(kind: MaskKind, window: Window = WINDOW) -> Mask:
    """Return a mask on the blobs."""
    return DRAWERS[kind](window, Canvas(np.full((SIDE, SIDE), 1 / SIDE**2), seed=1))


def order(kind: MaskKind = "keep", **changes: Any) -> LeaseOrder:
    """Return the order for a whole trial of three epochs; ``training`` is a dict of its fields."""
    training = Training.model_validate(
        {"batch_size": 20, "micro_batch": 8, "epochs": 3} | changes.pop("training", {})
    )
    trial = Trial(name=window_name(kind, WINDOW), kind=kind, row=4, col=5, height=5, width=5, init_seed=11)
    fields: dict[str, Any] = {"epoch": 0, "epochs": training.epochs, "mask": mask_of(kind)} | changes
    return LeaseOrder(network=NETWORK, training=training, seed=7, trial=trial, **fields)


def replace_trial(order: LeaseOrder, trial: Trial) -> LeaseOrder:
    """Return an order for another trial."""
    return replace(order, trial=trial)


def trainer(network: Network = NETWORK, data: Dataset | None = None, fit: int = 50, **training: Any) -> Trainer:
    """Return a trainer with the initial weights of seed 11."""
    data = data or dataset()
    fields = Training.model_validate({"batch_size": 20, "micro_batch": 8} | training)
    made = Trainer(network, fields, 7, data, cut(data, fit))
    made.set(network.initial_weights(11), None)
    return made
