"""Predicts new images with a blend, from its members' stored weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ...core.data.dataset import Dataset, Images
from ...core.errors import XSampleError
from ...store.run.run_folder import RunFolder
from ...sweep.workers.worker_slot import Slot, WorkerDied
from ..pool.member_outputs import Outputs
from ..pool.model_pool import ModelPool
from .blend import Part, pool

ENTRY = "xsample_tui.training.model_outputs:predict"
KAGGLE_IMAGES = 28_000
# Bytes of images that a process is sent at once.
_AT_ONCE = 64 << 20
_MNIST, _DEMO = (70_000, 60_000), 5_000


class PredictionFailed(XSampleError):
    """A member's weights cannot be read, or the worker that was to apply them ended."""


def predict(
    models: ModelPool,
    part: Part,
    images: Images,
    slot: Slot,
    on_member: Callable[[str], None] = lambda name: None,
    entry: str = ENTRY,
    *,
    refits: Mapping[str, RunFolder] | None = None,
) -> NDArray[np.float32]:
    """Return a blend's probabilities for new images, (n, classes) float32.

    Args:
        models: the run's members.
        part: the blend's members, pooling and temperature, chosen and fitted on select.
        images: (n, height, width, channels), uint8 in 0..255 or float32 in 0..1.
        slot: where the forward passes run, one member at a time.
        on_member: receives each member's name as it starts.
        entry: ``module:function`` of the forward pass; tests give their own.
        refits: which run holds each member's refit, by its name, whose weights are then used; None for its own.

    Raises:
        PredictionFailed: as the class.
    """
    run = models.run
    # What is sent to the process is copied; in parts, where that would be much. Of whole rounds of an evaluation.
    step = len(images) if images.nbytes <= _AT_ONCE else max(50, _AT_ONCE // images[:1].nbytes // 50 * 50)
    softmax = np.empty((len(part.members), len(images), run.document.classes), np.float32)
    for row, index in zip(softmax, part.members, strict=True):
        member = models.members[index]
        on_member(member.name)
        source = member.run if refits is None else refits[member.name]
        state, problems = source.latest(member.trial.name)
        if state is None or not state.finished:
            raise PredictionFailed(f"{member.name}: its weights cannot be read: {'; '.join(problems)}")
        # A control run is laid out with its run's network, whose images are open.
        network = models.run_of(member).network
        mask, precision = member.run.plan.mask(member.trial.name), member.run.spec.training.precision
        try:
            for start in range(0, len(images), step):
                some = images[start : start + step]
                sent = (network, state.weights, mask, some, precision)
                row[start : start + len(some)] = slot.result(slot.submit(entry, *sent))
        except WorkerDied as error:
            raise PredictionFailed(f"{member.name}: {error}; see {run.path / 'logs'}") from error
    unknown = np.full(len(images), -1, np.int64)
    outputs = Outputs("new", np.arange(len(images)), unknown, softmax)
    here = np.arange(len(part.members))
    return pool(part, outputs.cut(here))


def leak_warning(dataset: Dataset) -> str:
    """Return what to say where a run's models may have seen the images of Kaggle's test.csv; else nothing.

    All 28,000 of them are among MNIST's 70,000, and so are the demo's digits.

    Args:
        dataset: what the run was trained on.
    """
    if dataset.classes != 10 or dataset.shape != (28, 28, 1):
        return ""
    if (len(dataset.labels), dataset.train) == _MNIST:
        return "trained on MNIST, whose 70,000 images hold every one of Kaggle's test: a score there means nothing"
    if dataset.source == "demo" and len(dataset.labels) == _DEMO:
        return "trained on digits of MNIST, some of which are in Kaggle's test: a score there is biased upwards"
    return ""
