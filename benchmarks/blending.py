"""How long the stack screen takes from a key to new blends, at 400 models and 10,000 images.

``python -m benchmarks.blending [--models N] [--pictures N]`` makes up a finished run of that size, opens the
stack screen on it without a terminal, and at several k presses "more members" again and again. Each step counts from
the key until the three unfitted blenders show their new figures. Prints a table of milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.harness.finished_runs import finish
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.core.training.trial_plan import plan
from xsample_tui.services.ensemble_study import CHEAP, Choice
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.stack.stack_screen import StackScreen

_CLASSES = 10
# Of the images a run is given, three fifths are for fit and one each for select and test.
_FIFTHS = 5
_TICK = 0.002
_PATIENCE = 120.0


def made_up(runs: Path, models: int, images: int) -> RunFolder:
    """Return a finished run of so many windows, judged on so many select images; nothing was trained."""
    count = _FIFTHS * images
    lot = np.random.default_rng(0)
    data = Dataset(
        "made up",
        lot.integers(0, 256, (count, 28, 28, 1), np.uint8),
        (np.arange(count) % _CLASSES).astype(np.int64),
        _CLASSES,
        count,
    )
    spec = preset("standard", "blending", Machine(), baselines=3, training={"epochs": 2}, source="made up")
    whole = plan(spec, data)
    windows = [i for i, trial in enumerate(whole.trials) if not trial.is_baseline][:models]
    kept = [i for i, trial in enumerate(whole.trials) if trial.is_baseline] + windows
    part = type(whole)(whole.split, tuple(whole.trials[i] for i in kept), np.asarray(whole.masks[kept]))
    run = RunFolder.create(runs, spec, data, part, {"machine": "made up"})
    for number, trial in enumerate(run.document.trials):
        finish(run, trial, 3.0 + number / len(kept))
    return run


async def measure(run: RunFolder, levels: list[int], steps: int, pause: float) -> dict[int, list[float]]:
    """Return at each k the milliseconds from a key until all unfitted blends are shown.

    After a pause of more than a quarter of a second the fitted blenders are running when the next key comes.
    """
    found: dict[int, list[float]] = {}
    app = XSampleApp(run.path.parent)
    async with app.run_test(size=(200, 50)):
        screen = StackScreen(run)
        app.push_screen(screen)

        async def until_shown() -> None:
            limit = time.monotonic() + _PATIENCE
            while not all(blender.name in screen.members.standings for blender in CHEAP):
                if time.monotonic() > limit:
                    raise RuntimeError("the blends did not come")
                await asyncio.sleep(_TICK)

        await until_shown()
        for k in levels:
            screen.members.choose(Choice("windows", k))
            await until_shown()
            times: list[float] = []
            for _ in range(steps):
                await asyncio.sleep(pause)
                began = time.perf_counter()
                app.simulate_key("plus")
                while screen.members.choice.k == k + len(times):
                    await asyncio.sleep(_TICK)
                await until_shown()
                times.append(1000 * (time.perf_counter() - began))
            found[k] = times
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blending", description=__doc__)
    parser.add_argument("--models", type=int, default=400)
    parser.add_argument("--pictures", type=int, default=10_000, help="of the select split")
    parser.add_argument("--steps", type=int, default=10, help="keys at each k")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between keys; fits begin after 0.25")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("making up the run", file=sys.stderr, flush=True)
        run = made_up(Path(folder), given.models, given.pictures)
        levels = [k for k in (5, 20, 50, 100, 200, 380) if k + given.steps <= given.models]
        found = asyncio.run(measure(run, levels, given.steps, given.pause))
    print(f"{given.models} models, {given.images:,} images\n")
    print("| members | key to new blends, median | most |\n|---|---|---|")
    for k, times in found.items():
        print(f"| {k} | {statistics.median(times):.0f} ms | {max(times):.0f} ms |")


if __name__ == "__main__":
    main()
