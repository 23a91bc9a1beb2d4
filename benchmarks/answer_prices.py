"""What the parts of a sweep cost on this machine: ``python -m benchmarks.answer_prices RUN_DIR`` prints JSON.

In CPU seconds of one worker of one thread, so that what else the machine does hardly counts. The worker's own
functions are called, with the run's own images: whole trials under the whole frame and under windows of a few crop
sizes, twice each, the first time with TensorFlow's tracing; then the scout's epochs and its evaluation.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xsample_tui.core.networks.keras_network import crop_shape
from xsample_tui.core.scout.scout_order import Masks, ScoutOrder, plan_key, scout_trial, window_masks_of
from xsample_tui.core.training.lease import LeaseOrder
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.worker_images import WorkerImages

_SIZES = 4


@dataclass(frozen=True)
class Kind:
    """What a trial of one crop size costs, in seconds.

    Attributes:
        cells: output cells of the convolutions that are computed for it; 0 for a baseline, which computes all.
        trace: once a worker and shape, beyond the epoch itself.
        epoch: an epoch with its measurement.
        end: what a finished trial's last epoch takes more: outputs and state.
    """

    cells: int
    trace: float
    epoch: float
    end: float


@dataclass(frozen=True)
class Prices:
    """What the parts of a sweep cost, in seconds.

    Attributes:
        start: until a worker can begin: TensorFlow and the images.
        whole: a baseline.
        sizes: windows by their cells, ascending.
        scout_trace, scout_epoch: of the scout's training.
        scout_shapes: how many shapes of crop its evaluation has.
        scout_shape: its tracing for one of them.
        scout_score: its evaluation under all windows, without tracing.
    """

    start: float
    whole: Kind
    sizes: tuple[Kind, ...]
    scout_trace: float
    scout_epoch: float
    scout_shapes: int
    scout_shape: float
    scout_score: float

    def window(self, cells: int) -> Kind:
        """Return what a window costs, between those measured by its cells."""
        at = [kind.cells for kind in self.sizes]
        trace, epoch, end = (
            float(np.interp(cells, at, [getattr(kind, name) for kind in self.sizes]))
            for name in ("trace", "epoch", "end")
        )
        return Kind(cells, trace, epoch, end)

    def scout(self, epochs: int, workers: int) -> float:
        """Return after how long the scout's estimate is there, the workers' start included.

        One worker trains it while the others start. All evaluate it, each for its part of the crops' shapes.
        """
        traced = math.ceil(self.scout_shapes / workers) * self.scout_shape
        evaluated = traced + self.scout_score / workers
        return self.start + self.scout_trace + epochs * self.scout_epoch + evaluated


def of_json(data: dict[str, Any]) -> Prices:
    """Return prices from what :func:`main` prints."""
    sizes = tuple(Kind(**kind) for kind in data["sizes"])
    return Prices(**(data | {"whole": Kind(**data["whole"]), "sizes": sizes}))


@dataclass(frozen=True)
class Crop:
    """What a window's training computes.

    Attributes:
        shape: a number; windows of one number share what TensorFlow has traced.
        cells: as in :class:`Kind`.
    """

    shape: int
    cells: int


def crops_of(run: RunFolder) -> dict[str, Crop]:
    """Return what each window's training computes, by name."""
    numbers: dict[Any, int] = {}
    found = {}
    for trial in run.document.trials:
        if not trial.is_baseline:
            shape = crop_shape(run.network, run.plan.mask(trial.name))
            height, width = shape.region
            found[trial.name] = Crop(numbers.setdefault(shape, len(numbers) + 1), height * width)
    return found


def measure(run: RunFolder) -> Prices:
    """Measure everything in this process, which is to have done nothing before."""
    cells = {name: crop.cells for name, crop in crops_of(run).items()}
    sizes = sorted(set(cells.values()))
    at = sorted({sizes[i] for i in np.linspace(0, len(sizes) - 1, _SIZES).astype(int)})
    chosen = {size: next(name for name, count in cells.items() if count == size) for size in at}
    trials = {trial.name: trial for trial in run.document.trials}
    baseline = next(trial for trial in run.document.trials if trial.is_baseline)
    _train(run, baseline, 0)
    start = time.process_time()
    whole = _kind(run, baseline, 0)
    kinds = tuple(_kind(run, trials[name], size) for size, name in chosen.items())
    _, masks = window_masks_of(run.plan)
    trace, epoch, state = _scout(run, masks)
    shapes, shape, score = _score(run, masks, state)
    return Prices(start, whole, kinds, trace, epoch, shapes, shape, score)


def _kind(run: RunFolder, trial: Trial, cells: int) -> Kind:
    rounds = [_train(run, trial, run.spec.training.epochs) for _ in range(2)]
    epoch = statistics.median(rounds[0][1:-1] + rounds[1][:-1])
    return Kind(cells, max(rounds[0][0] - epoch, 0.0), epoch, max(rounds[1][-1] - epoch, 0.0))


def _train(run: RunFolder, trial: Trial, epochs: int) -> list[float]:
    """Train a trial as a worker does; return the seconds of each epoch. With 0 epochs only begin it."""
    from xsample_tui.training import lease_runner

    spec, source = run.spec, WorkerImages.of(run)
    found = []
    for epoch in range(max(epochs, 1)):
        order = LeaseOrder(
            network=run.network,
            training=spec.training,
            seed=spec.seed,
            trial=trial,
            mask=run.plan.mask(trial.name),
            epoch=epoch,
            epochs=min(epochs, 1),
            want_state=False,
        )
        began = time.process_time()
        lease_runner.run(order, source)
        found.append(time.process_time() - began)
    return found


def _scout(run: RunFolder, masks: Masks) -> tuple[float, float, bytes]:
    """Train three epochs of the scout; return the tracing's seconds, an epoch's, and its state."""
    from xsample_tui.training.scout import scout_runner

    seconds: list[float] = []
    state: bytes | None = None
    for epoch in range(3):
        order = _scout_order(run, masks, epoch, state)
        began = time.process_time()
        state = scout_runner.train(order, WorkerImages.of(run)).state
        seconds.append(time.process_time() - began)
    assert state is not None
    later = statistics.median(seconds[1:])
    return max(seconds[0] - later, 0.0), later, state


def _score(run: RunFolder, masks: Masks, state: bytes) -> tuple[int, float, float]:
    """Evaluate the scout under every window; return its shapes, the seconds to trace one, and all other seconds."""
    from xsample_tui.training.scout import scout_runner

    alike: dict[Any, list[int]] = {}
    for index, mask in enumerate(masks):
        alike.setdefault(crop_shape(run.network, mask), []).append(index)
    first, rest = [], 0.0
    for windows in alike.values():
        # The first window of a shape twice: with its tracing, and then with all others.
        for part in (windows[:1], windows):
            began = time.process_time()
            scout_runner.score(_scout_order(run, masks[part], 3, state), WorkerImages.of(run))
            first.append(time.process_time() - began)
        rest += first.pop()
    traced = (sum(first) - rest * len(alike) / len(masks)) / len(alike)
    return len(alike), max(traced, 0.0), rest


def _scout_order(run: RunFolder, masks: Masks, epoch: int, state: bytes | None) -> ScoutOrder:
    spec = run.spec
    trial = scout_trial(spec, plan_key(run.plan))
    return ScoutOrder(run.network, spec.training, spec.seed, trial, masks, epoch, state)


def main() -> None:
    """Print the prices of a run's parts as JSON."""
    print(json.dumps(asdict(measure(RunFolder(Path(sys.argv[1]))))))


if __name__ == "__main__":
    main()
