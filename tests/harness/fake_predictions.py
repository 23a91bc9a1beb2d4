"""Predictions without TensorFlow, and images to predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from xsample_tui.core.masks.mask_kinds import Mask
from xsample_tui.core.networks.network import Network, Weights


def fake_predict(network: Network, weights: Weights, mask: Mask, images: np.ndarray, precision: str) -> np.ndarray:
    """Say the class that the first pixel names, as sure as the mask is open."""
    assert precision == "float32"
    shares = np.full((len(images), network.classes), 0.1, np.float32)
    shares[np.arange(len(images)), images[:, 0, 0, 0] % network.classes] += 1 + mask.mean()
    assert weights["w"].shape == (3,)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def write_images(path: Path, count: int = 30) -> list[int]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 64))
    pd.DataFrame(pixels, columns=[f"pixel{i}" for i in range(64)]).to_csv(path, index=False)
    return [int(value) % 4 for value in pixels[:, 0]]
