"""Small runs for tests: a folder with a plan on made-up pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.inline import InlineSlot
from xsample_tui.core.dataset import Dataset
from xsample_tui.core.event import Event
from xsample_tui.core.preset import preset
from xsample_tui.core.spec import Machine, PresetName
from xsample_tui.core.trial import plan
from xsample_tui.store.fingerprint import fingerprint
from xsample_tui.store.folder import RunFolder
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.slot import SlotMaker

LEASE = "tests.sweep.fake_lease:run"


def small_dataset(count: int = 120, side: int = 8, classes: int = 3) -> Dataset:
    """Return pictures of noise."""
    lot = np.random.default_rng(0)
    pictures = lot.integers(0, 256, (count, side, side, 1), np.uint8)
    return Dataset("made", pictures, (np.arange(count) % classes).astype(np.int64), classes, count)


def make_run(
    runs: Path,
    name: str = "r",
    *,
    preset_name: PresetName = "quick",
    jobs: int = 1,
    windows: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    checkpoint_seconds: float = 0,
    **changes: Any,
) -> RunFolder:
    """Make a run of 2 baselines and 4 windows, 3 epochs each, unless told otherwise."""
    machine = Machine(jobs=jobs, checkpoint_seconds=checkpoint_seconds)
    spec = preset(
        preset_name,
        name,
        machine,
        windows={"height": 4, "width": 4, "stride": 4} | (windows or {}),
        training={"epochs": 3} | (training or {}),
        **({"baselines": 2} | changes),
    )
    dataset = small_dataset()
    return RunFolder.create(runs, spec, dataset, plan(spec, dataset), fingerprint(machine))


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
