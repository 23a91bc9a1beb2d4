"""How the cost of training grows: with the window's size and place, the images, and the processes.

``python -m benchmarks.growth [--data PATH] [--json FILE] [--repeats N]``

Each row is measured with oneDNN on, in turn with the others, again and again; the medians are printed. A second table
projects from them what a whole sweep of every window takes here and on larger machines, which were not measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from .contender import Running, Way
from .digits import CENTRE
from .goals import MFLOP_A_IMAGE
from .matmul import machine

SIZES = (1, 3, 5, 9, 14, 20, 28)
IMAGES = (2_500, 5_000, 10_000, 20_000)
# The standard preset on MNIST.
WINDOWS, BASELINES, EPOCHS, FIT, SELECT, TEST = 400, 10, 12, 50_000, 10_000, 10_000
# What is assumed of machines that were not measured.
MANY_CORES, GPU_FLOPS = 64, 10e12
PLACES = {"corner": (0, 0), "edge": (0, 10), "centre": CENTRE}


def way(given: argparse.Namespace, images: int, processes: int, threads: int) -> Way:
    """Return our trainer on so many images, in so many processes of so many threads."""
    settings = {"data": given.data, "pictures": str(images), "evaluated": "1000"}
    return Way(
        "xsample-tui", "benchmarks.ours", settings | {"batch": "250", "micro": "125"}, "on", processes, threads
    )


def rows(given: argparse.Namespace) -> list[tuple[str, Way, dict[str, Any]]]:
    """Return what to measure: its name, the processes, and the command."""
    cores = int(machine()["cores"])
    usual = way(given, 5_000, cores, 1)
    found: list[tuple[str, Way, dict[str, Any]]] = []
    for size in SIZES:
        middle = (28 - size) // 2
        command = {"what": "train", "row": middle, "col": middle, "size": size}
        found.append((f"keep {size}x{size}, centre", usual, command))
    for name, (row, col) in PLACES.items():
        found.append((f"keep 9x9, {name}", usual, {"what": "train", "row": row, "col": col}))
    for kind in ("occlude", "article", "full"):
        found.append((f"{kind}, centre", usual, {"what": "train", "kind": kind}))
    for images in IMAGES:
        found.append((f"keep 9x9, {images:,} images", way(given, images, cores, 1), {"what": "train"}))
    for processes, threads in ((1, 1), (cores, 1), (1, cores)):
        name = f"{processes} processes of {threads} threads"
        for kind in ("keep", "full"):
            found.append((f"{kind}, {name}", way(given, 5_000, processes, threads), {"what": "train", "kind": kind}))
    for kind in ("keep", "full"):
        found.append((f"evaluation, {kind}", usual, {"what": "evaluate", "kind": kind}))
    return found


def projection(rates: dict[str, float], cores: int) -> list[tuple[str, float]]:
    """Return what a sweep of the standard preset on MNIST takes, in hours, by machine.

    Every window is counted at the central one's rate. More cores are taken to train as many times faster: workers
    share nothing. A GPU is taken to sustain :data:`GPU_FLOPS` on whole images, without any gain from windows.

    Args:
        rates: images a second of this machine, by row.
        cores: how many it has.
    """
    trials = {"keep": WINDOWS, "full": BASELINES}
    train = {"keep": rates["keep 9x9, centre"], "full": rates["full, centre"]}
    seconds = sum(
        count
        * (EPOCHS * (FIT / train[kind] + SELECT / rates[f"evaluation, {kind}"]) + TEST / rates[f"evaluation, {kind}"])
        for kind, count in trials.items()
    )
    step, forward = MFLOP_A_IMAGE * 1e6, MFLOP_A_IMAGE * 1e6 / 3
    flop = sum(trials.values()) * (EPOCHS * (FIT * step + SELECT * forward) + TEST * forward)
    return [
        (f"this machine, {cores} cores", seconds / 3600),
        (f"{MANY_CORES} such cores", seconds * cores / MANY_CORES / 3600),
        (f"one GPU at {GPU_FLOPS / 1e12:.0f} TFLOP/s", flop / GPU_FLOPS / 3600),
    ]


def measure(given: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return images a second of each row: median, least, most."""
    samples: dict[str, list[float]] = defaultdict(list)
    running: dict[tuple[Any, ...], Running] = {}
    todo = []
    try:
        for name, used, command in rows(given):
            key = (used.settings["pictures"], used.processes, used.threads)
            if key not in running:
                running[key] = Running(used)
                running[key].start()
            todo.append((name, running[key], command))
        for repeat in range(given.repeats + 1):
            for name, one, command in todo if repeat % 2 else reversed(todo):
                rate = one.rate(**command)
                if repeat:
                    samples[name].append(rate)
            print(f"repeat {repeat} of {given.repeats}", file=sys.stderr, flush=True)
    finally:
        for one in running.values():
            one.stop()
    return {
        name: {"median": statistics.median(samples[name]), "least": min(samples[name]), "most": max(samples[name])}
        for name, _, _ in todo
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--data", default="demo", help="images of 28x28: demo (default), mnist, or a path")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write everything there")
    given = parser.parse_args()
    found = measure(given)
    if given.json is not None:
        given.json.write_text(json.dumps({"machine": machine(), "rates": found}, indent=1) + "\n")
    print("| measured | images/s | least .. most |\n|---|---|---|")
    for name, rate in found.items():
        print(f"| {name} | {rate['median']:,.0f} | {rate['least']:,.0f} .. {rate['most']:,.0f} |")
    print(
        f"\n| projection: {WINDOWS} windows, {BASELINES} baselines, {EPOCHS} epochs of {FIT:,} | hours |\n|---|---|"
    )
    for name, hours in projection({name: rate["median"] for name, rate in found.items()}, int(machine()["cores"])):
        print(f"| {name} | {hours:.1f} |")


if __name__ == "__main__":
    main()
