"""How fast this project trains, beside plain Keras and PyTorch, on the same images and windows in one run.

``python -m benchmarks.training [--data PATH] [--json FILE] [--pictures N] [--repeats N] [--torch PYTHON]``

Ways are measured in turn, each alone on the machine, again and again, so that what else the machine does touches all
alike; medians and their ratios are printed, and the ratios of the fastest repeats. Each way runs in processes of its
own, with TensorFlow's default for oneDNN and with it switched on; every epoch is over all images, and the first of
each kind is not counted. Where the processor computes bfloat16, this project and Keras are measured in it too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from xsample_tui.store.processor_flags import bfloat16_instructions

from .contender import Running, Setting, Way
from .digits import CENTRE, digits, mask_at
from .goals import as_data, both, goal_table, rate_table
from .matmul import FLOP, machine

# Windows that stand for all 400: along an axis, positions 0, 1, 2, 3 have each a twin at the other end, and the
# twelve between them cost the same.
AXIS = {0: 2, 1: 2, 2: 2, 3: 2, 9: 12}
BFLOAT16 = "f: xsample-tui, bfloat16"


@dataclass(frozen=True)
class Task:
    """One thing to measure of one way: its name in the tables, and the command for the children."""

    what: str
    way: Way
    command: dict[str, Any]


def ways(given: argparse.Namespace, torch_arrays: Path | None) -> list[Way]:
    """Return every way in every setting."""
    cores = int(machine()["cores"])
    shared = {"data": given.data, "pictures": str(given.pictures), "evaluated": str(given.evaluated)}
    settings: list[Setting] = given.settings.split(",")
    found: list[Way] = []
    for setting in settings:
        article, small = shared | {"batch": "5000"}, shared | {"batch": "250"}
        found.append(Way("a: Keras fit, batch 5000", "benchmarks.plain_keras", article, setting, 1, cores))
        found.append(Way("b: Keras fit, batch 250", "benchmarks.plain_keras", small, setting, 1, cores))
        found.append(Way("b: Keras fit, batch 250", "benchmarks.plain_keras", small, setting, cores, 1))
        mine = shared | {"batch": "250", "micro": str(given.micro)}
        found.append(Way("d/e: xsample-tui", "benchmarks.ours", mine, setting, cores, 1))
        # Without oneDNN TensorFlow converts every number, and takes several times as long.
        if given.bfloat16 and setting != "off":
            mixed = {"precision": "bfloat16"}
            found.append(Way(BFLOAT16, "benchmarks.ours", mine | mixed, setting, cores, 1))
            label = "h: Keras fit, mixed_bfloat16, batch 250"
            found.append(Way(label, "benchmarks.plain_keras", small | mixed, setting, cores, 1))
    if torch_arrays is not None:
        for processes, threads in ((1, cores), (cores, 1)):
            arguments = {"arrays": str(torch_arrays), "batch": "250"}
            found.append(
                Way("c: PyTorch", "benchmarks.plain_torch", arguments, "default", processes, threads, given.torch)
            )
    return [way for way in found if way.label[0] in given.ways]


def tasks(found: list[Way]) -> list[Task]:
    """Return what to measure of each way."""
    made: list[Task] = []
    for way in found:
        if way.module == "benchmarks.ours":
            full = window = way
            if way.label != BFLOAT16:
                full, window = _named(way, "d: xsample-tui, full frame"), _named(way, "e: xsample-tui, window-aware")
            made.append(Task("full frame", full, {"what": "train", "kind": "full"}))
            made.append(Task("keep, centre", window, {"what": "train"}))
            made.append(Task("article, centre", window, {"what": "train", "kind": "article"}))
            made.append(Task("evaluation, keep, centre", window, {"what": "evaluate"}))
            made.append(Task("evaluation", full, {"what": "evaluate", "kind": "full"}))
        else:
            made.append(Task("full frame", way, {"what": "train"}))
            if way.label.startswith("b"):
                for batch in (250, 1000):
                    label = f"b: Keras evaluate, batch {batch}"
                    made.append(Task("evaluation", _named(way, label), {"what": "evaluate", "batch": batch}))
    return made


def _named(way: Way, label: str) -> Way:
    return replace(way, label=label)


def _children(way: Way) -> tuple[Any, ...]:
    return way.module, tuple(way.settings.items()), way.onednn, way.processes, way.threads


def mean_over_windows(running: Running, repeats: int) -> list[float]:
    """Return images a second over all 400 windows, once for each repeat: images over the windows' mean time."""
    places = [(row, col) for row in AXIS for col in AXIS if row <= col]
    total = sum(AXIS.values()) ** 2
    for row, col in places:
        running.rate(what="train", row=row, col=col)
    rates = []
    for _ in range(repeats):
        seconds = 0.0
        for row, col in places:
            twins = AXIS[row] * AXIS[col] * (1 if row == col else 2)
            seconds += twins / total / running.rate(what="train", row=row, col=col)
        rates.append(1 / seconds)
    return rates


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Measure everything; return it for JSON."""
    with tempfile.TemporaryDirectory() as folder:
        arrays = _torch_arrays(given, Path(folder)) if given.torch else None
        found = ways(given, arrays)
        made = tasks(found)
        running = {_children(way): Running(way) for way in found}
        cores = int(machine()["cores"])
        products = [
            Running(Way("matrix product", "benchmarks.matmul", {}, "on", processes, cores // processes))
            for processes in sorted({1, cores})
        ]
        samples: dict[tuple[str, str], list[float]] = defaultdict(list)
        product: list[float] = []
        means: dict[str, list[float]] = {}
        try:
            for one in [*running.values(), *products]:
                one.start()
                _say(f"ready: {one.way.name}")
            for task in made:
                running[_children(task.way)].rate(**task.command)
            for repeat in range(given.repeats):
                for task in made if repeat % 2 == 0 else reversed(made):
                    rate = running[_children(task.way)].rate(**task.command)
                    samples[task.what, task.way.name].append(rate)
                product.append(max(one.rate(times=10) for one in products) * FLOP)
                _say(f"repeat {repeat + 1} of {given.repeats}")
            for way in found:
                if way.module == "benchmarks.ours" and way.label != BFLOAT16 and way.onednn != "default":
                    name = _named(way, "e: xsample-tui, window-aware").name
                    means[name] = mean_over_windows(running[_children(way)], given.window_repeats)
        finally:
            for one in [*running.values(), *products]:
                one.stop()
    for name, rates in means.items():
        samples["keep, mean of all windows", name] = rates
    return summary(given, samples, product)


def summary(
    given: argparse.Namespace, samples: dict[tuple[str, str], list[float]], product: list[float]
) -> dict[str, Any]:
    """Return medians, spreads and goals, for JSON."""
    rates: dict[str, dict[str, float]] = defaultdict(dict)
    spread: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for (what, name), values in samples.items():
        rates[what][name] = statistics.median(values)
        spread[what][name] = (min(values), max(values))
    matmul = statistics.median(product) if product else 0.0
    return {
        "machine": machine(),
        "pictures": given.pictures,
        "evaluated": given.evaluated,
        "repeats": given.repeats,
        "matmul_gflops": matmul / 1e9,
        "rates": rates,
        "spread": spread,
        "goals": as_data(both(rates, spread, matmul)),
        "samples": {f"{what} | {name}": values for (what, name), values in samples.items()},
    }


def _torch_arrays(given: argparse.Namespace, folder: Path) -> Path:
    data = digits(given.data, given.pictures, given.evaluated)
    mask = mask_at("keep", *CENTRE, data.train.shape[1:3])[..., None]
    path = folder / "digits.npz"
    images = (data.train * mask / 255).astype(np.float32).transpose(0, 3, 1, 2)
    np.savez(path, x=np.ascontiguousarray(images), y=data.train_labels)
    return path


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--data", default="demo", help="images of 28x28: demo (default), mnist, or a path")
    parser.add_argument("--pictures", type=int, default=10_000, help="pictures an epoch (default 10,000)")
    parser.add_argument("--evaluated", type=int, default=10_000, help="pictures to evaluate (default 10,000)")
    parser.add_argument("--repeats", type=int, default=5, help="how often each way is measured (default 5)")
    parser.add_argument(
        "--window-repeats", type=int, default=2, help="the same for the mean over windows (default 2)"
    )
    parser.add_argument("--micro", type=int, default=125, help="our micro-batch (default 125)")
    parser.add_argument("--settings", default="default,on", help="of oneDNN: default, on, off, with commas")
    parser.add_argument("--ways", default="abcdefh", help="letters of the ways to measure (default: all)")
    parser.add_argument(
        "--bfloat16",
        action=argparse.BooleanOptionalAction,
        default=bool(bfloat16_instructions()),
        help="measure bfloat16 too (default: where the processor has instructions for it)",
    )
    parser.add_argument("--torch", default=None, metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write everything there")
    given = parser.parse_args()
    if given.torch is None:
        given.torch = sys.executable if _has_torch() else None
    result = measure(given)
    if given.json is not None:
        given.json.write_text(json.dumps(result, indent=1) + "\n")
    print("  ".join(f"{key}: {value}" for key, value in result["machine"].items()))
    print(f"float32 matrix product: {result['matmul_gflops']:.0f} GFLOP/s on all cores\n")
    print(rate_table(result["rates"], result["spread"]), end="\n\n")
    print(goal_table(both(result["rates"], result["spread"], result["matmul_gflops"] * 1e9)))


def _has_torch() -> bool:
    from importlib.util import find_spec

    return find_spec("torch") is not None


if __name__ == "__main__":
    main()
