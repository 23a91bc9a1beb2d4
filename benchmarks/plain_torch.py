"""A child that trains by a plain PyTorch loop. It imports nothing of this project: PyTorch may live elsewhere."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

import numpy as np

from .child import serve


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--arrays", required=True, help=".npz with x (n, 1, height, width) float32 and y (n,) int64")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--precision", default="float32", help="float32, tf32 or bfloat16")
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args()
    torch: Any = importlib.import_module("torch")
    nn, functional = torch.nn, torch.nn.functional
    torch.set_num_threads(given.threads)
    place = "cuda" if given.device == "gpu" else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = given.precision == "tf32"
    mixed = torch.autocast(place, torch.bfloat16, enabled=given.precision == "bfloat16")
    with np.load(given.arrays) as arrays:
        x, y = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"])
    x, y = x.to(place).contiguous(memory_format=torch.channels_last), y.to(place)
    cells = 64 * ((x.shape[2] - 4) // 2) * ((x.shape[3] - 4) // 2)
    model = nn.Sequential(
        nn.Conv2d(x.shape[1], 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(cells, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, int(y.max()) + 1),
    ).to(place, memory_format=torch.channels_last)
    adam = torch.optim.Adam(model.parameters(), 1e-3)

    def run(**_: object) -> int:
        order = torch.randperm(len(x), device=place)
        for start in range(0, len(x), given.batch):
            at = order[start : start + given.batch]
            adam.zero_grad()
            with mixed:
                loss = functional.cross_entropy(model(x[at]), y[at])
            loss.backward()
            adam.step()
        if place == "cuda":
            torch.cuda.synchronize()
        return len(x)

    serve(run)


if __name__ == "__main__":
    main()
