"""What is said of a data set is what counting gives."""

from __future__ import annotations

import json

import numpy as np
import pytest

from xsample_tui.core.data.data_description import describe_data
from xsample_tui.core.data.dataset import Dataset


def test_counts_duplicates_and_the_mean() -> None:
    values = [0, 0, 51, 102, 7, 0, 9, 9]
    images = np.array(values, np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 1), np.uint8)
    labels = np.array([0, 1, 0, 1, 1, 0, -1, 1])
    found = describe_data(Dataset("made", images, labels, 2, 5, 1, ("cat", "dog"), ("a note",)))
    assert (found.train, found.select, found.test, found.unlabelled) == (4, 1, 3, 1)
    assert [vars(one) for one in found.classes] == [
        {"name": "cat", "label": 0, "train": 2, "select": 0, "test": 1},
        {"name": "dog", "label": 1, "train": 2, "select": 1, "test": 1},
    ]
    assert (found.twice, found.shared) == (2, 1)
    assert found.mean == pytest.approx(np.full((2, 3, 1), 0.15))
    facts = json.loads(json.dumps(found.facts()))
    assert facts["images"] == {"train": 4, "select": 1, "test": 3}
    assert facts["duplicates"] == {"within_a_part": 2, "train_and_other_parts": 1}
    assert facts["notes"] == ["a note"]


def test_floats_are_within_0_and_1_already() -> None:
    images = np.full((4, 2, 2, 1), 0.25, np.float32)
    found = describe_data(Dataset("made", images, np.array([0, 1, 0, 1]), 2, 4))
    assert found.mean == pytest.approx(np.full((2, 2, 1), 0.25))
    assert [one.name for one in found.classes] == ["0", "1"]
