"""What is said where models have seen the images they are to name."""

import numpy as np

from tests.harness.finished_runs import dataset
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.stacking.blending.new_image_prediction import leak_warning


def test_kaggles_test_images_are_known_to_who_learned_mnist() -> None:
    images = np.zeros((70_000, 28, 28, 1), np.uint8)
    labels = np.zeros(70_000, np.int64)
    assert "70,000" in leak_warning(Dataset("x.npz", images, labels, 10, 60_000))
    assert "some of which" in leak_warning(Dataset("demo", images[:5000], labels[:5000], 10, 5000))
    assert leak_warning(Dataset("kaggle", images, labels, 10, 42_000)) == ""
    assert leak_warning(dataset()) == ""
