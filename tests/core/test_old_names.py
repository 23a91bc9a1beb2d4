"""Names of 0.1.0 still make and read what extensions are given, and say what they are now."""

from dataclasses import replace

import numpy as np
import pytest

from xsample_tui.core.data.dataset import Dataset
from xsample_tui.datasets.labelled_images import LabelledImages

IMAGES = np.zeros((2, 3, 3, 1), np.uint8)
LABELS = np.array([0, 1])


def test_a_data_set_is_made_and_read_by_its_old_name() -> None:
    given = {"source": "old", "pictures": IMAGES, "labels": LABELS, "classes": 2, "train": 1}
    with pytest.warns(DeprecationWarning, match=r"^Dataset\.pictures is now Dataset\.images; the old"):
        made = Dataset(**given)  # type: ignore[arg-type]
    assert made.images is IMAGES
    with pytest.warns(DeprecationWarning, match="is now"):
        assert made.pictures is IMAGES  # type: ignore[attr-defined]


def test_the_old_name_replaces_what_the_new_one_holds() -> None:
    made = Dataset("new", IMAGES, LABELS, 2, 1)
    with pytest.warns(DeprecationWarning, match="is now"):
        turned = replace(made, pictures=IMAGES + 1)  # type: ignore[call-arg]
    assert turned.images.min() == 1


@pytest.mark.filterwarnings("error")
def test_the_new_name_warns_of_nothing() -> None:
    held = LabelledImages(images=IMAGES, labels=LABELS, images_at="x", labels_at="y")
    assert held.images is IMAGES
    assert (held.labels is LABELS, held.images_at, held.labels_at) == (True, "x", "y")


def test_both_names_of_a_split_are_renamed() -> None:
    with pytest.warns(DeprecationWarning, match="images_at"):
        held = LabelledImages(IMAGES, LABELS, pictures_at="x", labels_at="y")  # type: ignore[call-arg]
    assert held.images_at == "x"
