"""Memory, measured in worker processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PEAK = """
import resource
import numpy as np
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.core.data.data_splits import Split
from xsample_tui.training.trainer import Trainer

count = 6000
images = np.random.default_rng(0).integers(0, 256, (count, 28, 28, 1)).astype(np.uint8)
at = np.arange(count)
data = Dataset("noise", images, at % 10, 10, count)
split = Split(at[:5000], at[:0], at[5000:], at[5000:])
network = article_network((28, 28, 1), 10)
trainer = Trainer(network, Training(batch_size=5000, micro_batch={micro}), 0, data, split)
trainer.set(network.initial_weights(0), None)
whole = np.ones((28, 28), np.bool_)
trainer.train_epoch("trial", whole, 1)
trainer.softmax(whole, "test")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""

FLAT = """
import numpy as np
from tests.training import sample
from xsample_tui.core.masks.windows import Window
from xsample_tui.training.lease_runner import run
from dataclasses import replace

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

for number in range(90):
    window = Window(number % 8, number // 8 % 8, 5, 5)
    order = sample.order(mask=sample.mask_of("keep", window), training={"epochs": 2})
    run(replace(order, trial=order.trial.model_copy(update={"name": f"keep-{number}"})), sample.Source())
    if number in (64, 89):
        print(resident())
"""

MAPPED = """
import resource, sys
import numpy as np
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.data.data_splits import Split
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.training.trainer import Trainer

count, side = {count}, 64
images = np.load({path!r}, mmap_mode="r")[:count]
at = np.arange(count)
data = Dataset("noise", images, at % 3, 3, count)
data.digest()
split = Split(at[: count // 2], at[:0], at[count // 2 :], at[:0])
network = article_network((side, side, 3), 3)
trainer = Trainer(network, Training(batch_size=250, micro_batch=50), 0, data, split)
trainer.set(network.initial_weights(0), None)
mask = np.zeros((side, side), np.bool_)
mask[20:29, 30:39] = True
trainer.train_epoch("trial", mask, 1)
trainer.softmax(mask, "select")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)
"""


def measured(script: str) -> list[float]:
    environment = os.environ | {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    }
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return [float(line) for line in done.stdout.split()]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory as Linux counts it")
@pytest.mark.parametrize("micro", [125, 250])
def test_a_batch_of_5000_stays_under_one_and_a_half_gibibytes(micro: int) -> None:
    (peak,) = measured(PEAK.replace("{micro}", str(micro)))
    assert peak < 1.5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_flat_over_many_trials() -> None:
    """The first 64 trials have each another window, so that every shape is traced; the rest add nothing."""
    before, after = measured(FLAT)
    assert after - before < 25


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory as Linux counts it")
def test_memory_does_not_grow_with_images_in_a_file(tmp_path: Path) -> None:
    """Four times as many images, 140 MiB more, in memory they would be there twice."""
    path = tmp_path / "images.npy"
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (16_000, 64, 64, 3))
    images[:] = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    del images
    few, many = (
        measured(MAPPED.replace("{count}", str(count)).replace("{path!r}", repr(str(path))))[0]
        for count in (4_000, 16_000)
    )
    assert many - few < 50
