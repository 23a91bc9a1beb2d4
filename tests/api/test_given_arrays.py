from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xsample_tui import Sweep
from xsample_tui.api.given_arrays import from_arrays
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import load

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 12, 10, 4)).astype(np.uint8)
LABELS = np.array(["cat", "dog"])[np.arange(60) % 2]


def test_a_sweep_is_laid_out_on_arrays(tmp_path: Path) -> None:
    sweep = Sweep.create(
        "quick", name="own", runs_dir=tmp_path, jobs=1, images=IMAGES, labels=LABELS, test=(IMAGES[:8], LABELS[:8])
    )
    assert sweep.spec.source == "arrays"
    again = Sweep.load("own", runs_dir=tmp_path)
    assert again.spec == sweep.spec
    assert len(again.trials_dataframe()) == 3 + 2 * 2


def test_parts_are_joined_and_lists_are_arrays() -> None:
    found = from_arrays(
        IMAGES.tolist(), LABELS.tolist(), select=(IMAGES[:6], LABELS[:6]), test=[IMAGES[:4], LABELS[:4]]
    )
    assert (found.train, found.select, len(found.images), found.shape) == (66, 6, 70, (12, 10, 3))
    assert found.class_names == ("cat", "dog")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"images": IMAGES}, "labels: None: give both images and labels"),
        ({"test": (IMAGES, LABELS)}, "images: None: give both images and labels"),
        ({"images": IMAGES, "labels": LABELS, "data": "demo"}, "data: demo: images are given as arrays"),
        ({"images": IMAGES, "labels": LABELS[:5]}, "labels: 5 labels: there must be one label an image"),
        ({"images": IMAGES, "labels": LABELS, "select": IMAGES}, "select: ndarray: give a pair: (images, labels)"),
        ({"images": [[1], [1, 2]], "labels": LABELS}, "images: list: numpy cannot make an array of it"),
    ],
)
def test_each_mistake_is_one_line(given: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Sweep.create("quick", name="own", runs_dir=tmp_path, **given)
    assert str(caught.value).startswith(words)
    assert not (tmp_path / "own").exists()


def test_the_source_of_such_a_run_cannot_be_read_again() -> None:
    with pytest.raises(InputError, match="came from a program"):
        load("arrays")
