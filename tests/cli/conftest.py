"""The command line as a user runs it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.harness.until import SECONDS

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-m", "xsample_tui"]


@pytest.fixture
def cli(tmp_path: Path) -> Run:
    """Return a function that runs the command in an empty folder and gives back what it printed."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return an .npz file of 8x8 images in three classes that a network can tell apart."""
    lot = np.random.default_rng(0)
    labels = np.arange(600) % 3
    images = lot.integers(0, 60, (600, 8, 8), np.uint8)
    for label in range(3):
        images[labels == label, 2 * label : 2 * label + 3, 2:6] += 150
    path = tmp_path / "pictures.npz"
    np.savez(path, x_train=images, y_train=labels)
    return path
