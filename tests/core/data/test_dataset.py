"""Data sets: their shape, and a digest that separates whatever training could separate."""

from dataclasses import replace

import numpy as np

from xsample_tui.core.data.dataset import Dataset

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4, 1)
DATA = Dataset("here", IMAGES, np.array([0, 1]), 2, 1)


def test_shape() -> None:
    assert DATA.shape == (3, 4, 1)


def test_equal_data_have_equal_digests_wherever_they_come_from() -> None:
    turned = np.asfortranarray(IMAGES)
    assert replace(DATA, source="there", images=turned, labels=DATA.labels.astype(">i8")).digest() == DATA.digest()


def test_each_difference_shows_in_the_digest() -> None:
    others = [
        replace(DATA, images=IMAGES + 1),
        replace(DATA, images=IMAGES.reshape(2, 4, 3, 1)),
        replace(DATA, images=IMAGES.astype(np.float32)),
        replace(DATA, labels=np.array([1, 1])),
        replace(DATA, classes=3),
        replace(DATA, train=2),
    ]
    assert len({data.digest() for data in (DATA, *others)}) == len(others) + 1
