"""A lease: the order to train one trial for some epochs, and its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..data.data_splits import Split
from ..data.dataset import Dataset
from ..errors import XSampleError
from ..masks.mask_kinds import Mask
from ..networks.keras_network import TrainedNetwork
from .early_stopping import StoppingState
from .epoch_metrics import EpochMetrics
from .sweep_spec import Training
from .trial_plan import Trial


class TrainingFailed(XSampleError):
    """The trial cannot go on, for a reason that trying again would not change: its loss is not finite, say."""


class StateMissing(XSampleError):
    """The worker does not hold the state that the lease was to continue; the controller sends it along."""


class EnvironmentBroken(XSampleError):
    """What a worker trains with is missing or broken: packages that are being upgraded, a GPU that gives errors."""


class DataSource(Protocol):
    """Where a worker gets the images from; small, and picklable."""

    @property
    def key(self) -> str:
        """Equal for equal images and splits: a worker opens each key once."""

    def open(self) -> tuple[Dataset, Split]:
        """Return the images and their split."""


# Receives each epoch, with its seconds, while a lease runs; says whether the lease is to continue.
AfterEpoch = Callable[[EpochMetrics, float], bool]


@dataclass(frozen=True)
class LeaseOrder:
    """What a worker is to do. The result depends on this and on the data alone.

    Attributes:
        network, training, seed: of the sweep; ``seed`` is the run's.
        trial, mask: what is trained; the mask is (height, width) bool, True where the pixel stays.
        epoch: epochs the trial has behind it.
        epochs: epochs to train now, at most; 0 only returns the state.
        state: the checkpoint to begin from; None at epoch 0, or when the worker already holds the state.
        want_state: whether to return the state; it is returned anyway when the trial finishes.
        carried: the article's leaked stopping state, at epoch 0.
        threads: threads for TensorFlow in the worker.
        drifted: fingerprint differences that were waved through, for the state to name.
        measure_stop: whether each epoch is measured on the early-stopping images though no stopping rule reads them:
            a sweep's rungs do.
    """

    network: TrainedNetwork
    training: Training
    seed: int
    trial: Trial
    mask: Mask
    epoch: int
    epochs: int
    state: bytes | None = None
    want_state: bool = True
    carried: StoppingState | None = None
    threads: int = 1
    drifted: tuple[str, ...] = ()
    measure_stop: bool = False


@dataclass(frozen=True)
class LeaseResult:
    """What a lease gave.

    Attributes:
        trial: the trial's name.
        epoch: epochs the trial has behind it now.
        metrics, seconds: one entry for each epoch trained in this lease.
        stopping: the stopping rule's state.
        stop_reason: why the trial is finished; None while it is not.
        state: checkpoint bytes, where they were wanted.
        notes: lines for the log.
    """

    trial: str
    epoch: int
    metrics: tuple[EpochMetrics, ...]
    seconds: tuple[float, ...]
    stopping: StoppingState
    stop_reason: str | None
    state: bytes | None
    notes: tuple[str, ...] = ()
