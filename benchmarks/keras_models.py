"""Plain Keras ``fit`` of the small residual network of the examples beside ours, and the memory of 400 trials.

``python -m benchmarks.keras_models [--pictures N] [--batch N] [--repeats N] [--trials N] [--json]``

Both train the same model on whole frames of the same demo digits, in a process of one thread each, with oneDNN, in
turn; one micro-batch is one batch, so that BatchNormalization sees the same. Then one process trains so many trials
of a tiny model with BatchNormalization, each under another mask, and says what memory it holds.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from xsample_tui.core.data.data_splits import Split
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.training.sweep_spec import Training

from .child import serve
from .contender import Running, Way, environment
from .digits import digits

_EXAMPLES = Path(__file__).parents[1] / "examples" / "keras_models"
# Trials after which memory is read.
_READ = (25, 50, 100, 200, 300, 400)


def tiny(shape: tuple[int, int, int], classes: int) -> Any:
    """Return a tiny model with BatchNormalization, dropout and a residual connection."""
    import keras
    from keras import layers

    images = keras.Input(shape)
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(images))
    x = layers.Dropout(0.2)(layers.add([x, layers.Conv2D(4, 1)(images)]))
    return keras.Model(images, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))


def by_fit(pictures: int, batch: int) -> Callable[..., int]:
    """Return what trains an epoch by ``fit``."""
    import keras

    sys.path.insert(0, str(_EXAMPLES))
    network = importlib.import_module("small_resnet").network
    data = digits("demo", pictures, 1)
    model = network(data.train.shape[1:], data.classes)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"])
    x = (data.train / 255).astype(np.float32)

    def run(**_: object) -> int:
        model.fit(x, data.train_labels, batch_size=batch, epochs=1, verbose=0)
        return pictures

    return run


def by_ours(pictures: int, batch: int) -> Callable[..., int]:
    """Return what trains an epoch as a sweep does."""
    from xsample_tui.training.keras_models.model_trainer import trainer_of
    from xsample_tui.training.network_description import describe

    sys.path.insert(0, str(_EXAMPLES))
    data = digits("demo", pictures, 1)
    dataset = Dataset("demo", data.train, data.train_labels, data.classes, pictures)
    at = np.arange(pictures)
    training = Training(batch_size=batch, micro_batch=batch)
    network = describe("small_resnet:network", dataset.shape, data.classes, training, 0, False).network
    trainer = trainer_of(network, training, 0, dataset, Split(at, at[:0], at[:1], at[:0]))
    from xsample_tui.core.training.trial_plan import Trial

    trainer.set(trainer.initial_weights(Trial(name="one", kind="baseline", init_seed=0, stream=0)), None)
    whole, epochs = np.ones(dataset.shape[:2], np.bool_), iter(range(1, 1_000_000))

    def run(**_: object) -> int:
        trainer.train_epoch("benchmark", whole, next(epochs))
        return pictures

    return run


def trials(count: int) -> None:
    """Train so many trials of a tiny model in this process, and print the memory after some of them, in MiB."""
    from xsample_tui.core.masks.mask_kinds import DRAWERS, Canvas
    from xsample_tui.core.masks.windows import grid
    from xsample_tui.core.training.lease import LeaseOrder
    from xsample_tui.core.training.trial_plan import Trial
    from xsample_tui.training.lease_runner import run
    from xsample_tui.training.network_description import describe

    data = digits("demo", 300, 1)
    dataset = Dataset("demo", data.train, data.train_labels, data.classes, 300)
    at = np.arange(300)
    split = Split(at[:200], at[:0], at[200:250], at[250:])
    training = Training(batch_size=50, micro_batch=50, epochs=2)
    network = describe("benchmarks.keras_models:tiny", dataset.shape, data.classes, training, 0, False).network
    canvas = Canvas(np.full(dataset.shape[:2], 1 / 784), seed=0)

    class Source:
        key = "demo"

        def open(self) -> tuple[Dataset, Split]:
            return dataset, split

    for number, window in enumerate(grid(28, 28, 9, 9, 1)[:count], 1):
        trial = Trial(name=f"keep-{number}", kind="keep", init_seed=number, stream=number)
        mask = DRAWERS["keep"](window, canvas)
        order = LeaseOrder(
            network=network, training=training, seed=0, trial=trial, mask=mask, epoch=0, epochs=2, want_state=True
        )
        run(order, Source())
        if number in _READ or number == count:
            print(json.dumps([number, round(_resident(), 1)]), flush=True)


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Measure and print, or serve as a child."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--role", choices=("fit", "ours", "trials"), help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role == "trials":
        trials(given.trials)
    elif given.role is not None:
        serve((by_fit if given.role == "fit" else by_ours)(given.pictures, given.batch))
    else:
        _parent(given)


def _parent(given: argparse.Namespace) -> None:
    settings = {"pictures": str(given.pictures), "batch": str(given.batch)}
    ways = {
        role: Way(role, "benchmarks.keras_models", settings | {"role": role}, "on", 1, 1) for role in ("fit", "ours")
    }
    running = {role: Running(way) for role, way in ways.items()}
    rates: dict[str, list[float]] = {role: [] for role in ways}
    try:
        for one in running.values():
            one.start()
            one.rate()
        for repeat in range(given.repeats):
            for role in list(ways) if repeat % 2 else list(reversed(ways)):
                rates[role].append(running[role].rate())
    finally:
        for one in running.values():
            one.stop()
    command = [sys.executable, "-m", "benchmarks.keras_models", "--role", "trials", "--trials", str(given.trials)]
    done = subprocess.run(command, env=environment(ways["ours"]), capture_output=True, text=True, check=True)
    curve = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates["fit"], strict=True)]
    if given.json:
        print(json.dumps({"rates": rates, "ratios": ratios, "memory": curve}))
        return
    for role, found in rates.items():
        print(f"{role:<5} {statistics.median(found):>7,.0f} images/s ({min(found):,.0f} to {max(found):,.0f})")
    print(f"ours / fit, each repeat: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    for number, mebibytes in curve:
        print(f"after {number:>3} trials {mebibytes:>7,.1f} MiB")


if __name__ == "__main__":
    main()
