"""Small runs for tests: a folder with a plan on made-up images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.harness.inline_slot import InlineSlot
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.networks.keras_network import TrainedNetwork
from xsample_tui.core.run_state.run_events import Event
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, PresetName
from xsample_tui.core.training.trial_plan import plan
from xsample_tui.store.environment_fingerprint import fingerprint
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers.worker_slot import SlotMaker

LEASE = "tests.harness.fake_lease:run"


def noise_images(count: int = 120, side: int = 8, classes: int = 3) -> Dataset:
    """Return images of noise in as many classes."""
    values = np.random.default_rng(0).integers(0, 256, (count, side, side, 1), np.uint8)
    return Dataset("made", values, (np.arange(count) % classes).astype(np.int64), classes, count)


def make_run(
    runs: Path,
    name: str = "r",
    *,
    preset_name: PresetName = "quick",
    jobs: int | None = 1,
    data: Dataset | None = None,
    windows: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    checkpoint_seconds: float | None = 0,
    made_where: dict[str, str] | None = None,
    layers: TrainedNetwork | None = None,
    **changes: Any,
) -> RunFolder:
    """Make a run of 2 baselines and 4 windows, 3 epochs each on 120 images of noise, unless asked otherwise.

    Args:
        runs: the runs folder.
        name: the run's name.
        preset_name: the preset that the rest follows.
        jobs, checkpoint_seconds: of the machine; None for a machine's own.
        data: the images.
        windows, training, changes: fields that differ from the preset's.
        made_where: the fingerprint; by default this machine's.
        layers: the network; the article's by default.
    """
    given: dict[str, Any] = {"jobs": jobs, "checkpoint_seconds": checkpoint_seconds}
    machine = Machine(**{key: value for key, value in given.items() if value is not None})
    spec = preset(
        preset_name,
        name,
        machine,
        windows={"height": 4, "width": 4, "stride": 4} | (windows or {}),
        training={"epochs": 3} | (training or {}),
        **({"baselines": 2} | changes),
    )
    images = data or noise_images()
    return RunFolder.create(runs, spec, images, plan(spec, images), made_where or fingerprint(machine), layers)


def work(
    run: RunFolder,
    make_slot: SlotMaker = lambda number: InlineSlot(),
    on_event: Callable[[Event], None] = lambda event: None,
) -> str:
    """Work on a run with the fake lease until it ends; return how it ended."""
    return Controller(run, make_slot, on_event, lease=LEASE).work()


def digests(run: RunFolder) -> dict[str, str]:
    """Return each trial's digest, of those that have a state."""
    records = {trial.name: run.record(trial.name) for trial in run.document.trials}
    return {name: record.digest for name, record in records.items() if record is not None}


def undisturbed(folder: Path, make: Callable[[Path], RunFolder]) -> dict[str, str]:
    """Return the digests of a run that nothing disturbs."""
    run = make(folder / "undisturbed")
    assert work(run) == "finished"
    return digests(run)
