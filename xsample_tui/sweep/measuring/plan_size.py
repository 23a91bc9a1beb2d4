"""Counts the trials of a sweep, and what they take on the disk, before anything is read or measured."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.masks.mask_kinds import windows_for
from ...core.masks.windows import Window
from ...core.networks.keras_network import TrainedNetwork
from ...core.training.sweep_spec import OptimizerName, SweepSpec, Training
from ...core.training.trial_plan import window_name

_FLOAT = 4
# Beside the weights a finished trial keeps its softmax outputs and its history: 2 % on the demo's images.
_OVERHEAD = 1.02
# What optimizers hold beside the weights, in multiples of these.
_KEPT: dict[OptimizerName, int] = {"adam": 2, "adamw": 2, "nadam": 2, "rmsprop": 1, "adagrad": 1, "sgd": 0}


@dataclass(frozen=True)
class PlanSize:
    """How large a sweep is.

    Attributes:
        windows, baselines: how many trials of each.
        disk: bytes of the finished trials, about; None where the network is not known.
        joined: how many windows join these at rungs, at most.
        rungs: how many windows go on and join at each rung, in words; empty without rungs.
    """

    windows: int
    baselines: int
    disk: float | None
    joined: int = 0
    rungs: str = ""

    @property
    def trials(self) -> int:
        """All of them."""
        return self.windows + self.baselines


def plan_size(spec: SweepSpec, shape: tuple[int, int, int], network: TrainedNetwork | None) -> PlanSize:
    """Count a drafted sweep's trials, and estimate what they take on the disk.

    Args:
        spec: the sweep.
        shape: height, width and channels of the images.
        network: what is trained; None where that is not known.

    Raises:
        InputError: the windows do not fit into the images.
    """
    windows = len(wanted_windows(spec, shape))
    rungs = spec.rung_totals(windows, shape[:2])
    trials, parked, joined = windows + spec.baselines, (rungs.parked, rungs.states), sum(rungs.joined)
    disk = None if network is None else disk_bytes(network, trials + joined, spec.training, parked)
    return PlanSize(windows, spec.baselines, disk, joined, spec.rungs_text(windows, shape[:2]))


def wanted_windows(spec: SweepSpec, shape: tuple[int, int, int]) -> list[Window]:
    """Return the windows that a drafted sweep trains.

    Raises:
        InputError: they do not fit into the images.
    """
    lay = spec.windows
    windows = windows_for(lay.mask, shape[:2], (lay.height, lay.width), lay.stride)
    return [window for window in windows if not lay.only or window_name(lay.mask, window) in lay.only]


def disk_bytes(
    network: TrainedNetwork, trials: int, training: Training | None = None, parked: tuple[int, int] = (0, 0)
) -> float:
    """Return the bytes that a finished run takes, about.

    Args:
        network: what is trained.
        trials: how many of it.
        training: how; what it keeps of the optimizer's state counts.
        parked: how many of them successive halving parks, and how many checkpoints these keep; each has the
            optimizer's state.
    """
    state = _KEPT[training.optimizer] if training is not None else 0
    kept = state if training is not None and training.keep_optimizer else 0
    copies = (trials - parked[0]) * (1 + kept) + parked[1] * (1 + state)
    return copies * network.parameter_count() * _FLOAT * _OVERHEAD
