"""A child that measures the float32 matrix-product rate, and the words that describe the machine."""

from __future__ import annotations

import argparse
import os
import platform
import time
from importlib import metadata

from .child import serve

SIDE = 2000
FLOP = 2 * SIDE**3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.parse_args()
    import tensorflow as tf

    left, right = (tf.random.stateless_normal((SIDE, SIDE), (seed, 0)) for seed in (1, 2))
    product = tf.function(lambda: (left @ right)[0, 0])

    def run(times: int, **_: object) -> int:
        for _number in range(times):
            product()
        return times

    serve(run)


def machine() -> dict[str, str]:
    """Return the date, the processor, its cores as this process may use them, and the versions that compute."""
    words = {"date": time.strftime("%Y-%m-%d"), "processor": platform.processor() or platform.machine()}
    try:
        with open("/proc/cpuinfo") as file:
            found = dict(line.split(":", 1) for line in file if ":" in line)
        words["processor"] = {key.strip(): value.strip() for key, value in found.items()}.get("model name", "")
        flags = next((value.split() for key, value in found.items() if key.strip() == "flags"), [])
        words["vectors"] = " ".join(
            flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if flag in flags
        )
    except OSError:
        words["vectors"] = "unknown"
    words["cores"] = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    words["load"] = f"{os.getloadavg()[0]:.1f}"
    for package in ("tensorflow-cpu", "tensorflow", "keras", "numpy"):
        try:
            words[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return words


if __name__ == "__main__":
    main()
