"""How much memory a sweep of large images takes, by process, and how fast it trains.

``python -m benchmarks.large_images [--count N] [--side N] [--jobs N] [--epochs N] [--folder DIR] [--json]``

Makes so many random images of that side in three colours, in a temporary folder that needs twice their size, and runs
``xsample-tui run`` on them: one network on whole images and one window, with a small strided Keras network. What the
system counts as each process's memory is read five times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

# Random bytes are repeated from so many images, each shifted: to make more takes longer than to train on them.
_DRAWN = 512


def network(shape: tuple[int, int, int], classes: int) -> Any:
    """Return a small strided network, so that reading images is not hidden behind computing."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(8, 3, strides=4, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(classes),
        ]
    )


def write_images(path: Path, count: int, side: int) -> None:
    """Write an npz file of images and labels of ten classes, which differ in their mean."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 200, (_DRAWN, side, side, 3), np.uint8)
    labels = np.arange(count) % 10
    images = np.lib.format.open_memmap(path.with_suffix(".npy"), "w+", np.uint8, (count, side, side, 3))
    for start in range(0, count, _DRAWN):
        some = labels[start : start + _DRAWN]
        images[start : start + len(some)] = np.roll(drawn, start // _DRAWN, 1)[: len(some)] + 5 * some[
            :, None, None, None
        ].astype(np.uint8)
    np.savez(path, x_train=images, y_train=labels)
    path.with_suffix(".npy").unlink()


def measured(command: list[str], folder: Path) -> dict[str, Any]:
    """Run a command; return its seconds, and the most memory that each of its processes took, in MiB."""
    began, peaks = time.perf_counter(), dict[int, dict[str, Any]]()
    with open(folder / "out.log", "w") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        own = psutil.Process(child.pid)
        while child.poll() is None:
            for process in (own, *own.children(recursive=True)):
                try:
                    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
                except OSError:
                    continue
                found = dict(line.split(":", 1) for line in status if ":" in line)
                kept = peaks.setdefault(process.pid, {"what": "worker", "peak": 0, "anonymous": 0})
                if process.pid == child.pid:
                    kept["what"] = "controller"
                for name, field in (("peak", "VmHWM"), ("anonymous", "RssAnon")):
                    kept[name] = max(kept[name], int(found.get(field, "0 kB").split()[0]) >> 10)
            time.sleep(0.2)
    if child.returncode:
        sys.exit((folder / "out.log").read_text())
    seconds = time.perf_counter() - began
    return {"seconds": round(seconds), "processes": sorted(peaks.values(), key=lambda one: -one["peak"])}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    size = given.count * given.side**2 * 3
    if shutil.disk_usage(given.folder).free < 3 * size:
        sys.exit(f"--folder: {given.folder} has too little space: {3 * size / 2**30:.1f} GiB are needed")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        write_images(folder / "large.npz", given.count, given.side)
        half = given.side // 2
        command = f"-m xsample_tui run --headless --data large.npz --window {half} --stride {half} --baselines 1"
        command += f" --only keep-r00-c00 --epochs {given.epochs} --jobs {given.jobs} --threads 1"
        command += " --network benchmarks.large_images:network"
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
        found = measured([sys.executable, *command.split()], folder)
        found |= {"images": given.count, "side": given.side, "image_bytes": size, "jobs": given.jobs}
        [run] = (folder / "runs").glob("*/trials")
        found["trials"] = sorted(trial.name for trial in run.iterdir())
    if given.json:
        print(json.dumps(found))
        return
    print(f"{given.count:,} images of {given.side}x{given.side}x3, {size / 2**20:,.0f} MiB; {found['seconds']} s")
    for one in found["processes"]:
        print(f"{one['what']:<10} most memory {one['peak']:>5,} MiB, of it not of files {one['anonymous']:>5,} MiB")


if __name__ == "__main__":
    main()
