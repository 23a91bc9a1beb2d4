"""Confusion matrices, against counts by hand."""

import numpy as np

from xsample_tui.core.stats.confusion import ConfusedPair, Confusion

LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2], np.int64)
SAID = np.array([0, 0, 1, 2, 1, 2, 2, 1, 1], np.uint8)


def test_it_counts_images_by_true_and_predicted_class() -> None:
    found = Confusion.of(LABELS, SAID, 4)
    assert found.counts.tolist() == [[2, 1, 1, 0], [0, 1, 1, 0], [0, 2, 1, 0], [0, 0, 0, 0]]
    assert (found.images.tolist(), found.correct.tolist()) == ([4, 2, 3, 0], [2, 1, 1, 0])
    assert (found.errors, found.accuracy) == (5, 4 / 9)
    assert found.class_accuracy[:3].tolist() == [0.5, 0.5, 1 / 3]
    assert np.isnan(found.class_accuracy[3])


def test_pairs_are_sorted_by_images_then_by_label() -> None:
    found = Confusion.of(LABELS, SAID, 4)
    assert found.pairs() == [
        ConfusedPair(2, 1, 2, 2 / 3),
        ConfusedPair(0, 1, 1, 0.25),
        ConfusedPair(0, 2, 1, 0.25),
        ConfusedPair(1, 2, 1, 0.5),
    ]
    assert found.pairs(1) == found.pairs()[:1]
    assert Confusion.of(LABELS, LABELS, 3).pairs() == []


def test_labels_of_many_classes_do_not_overflow_the_type_of_the_predictions() -> None:
    labels = np.arange(200, dtype=np.int64)
    found = Confusion.of(labels, labels.astype(np.uint8), 200)
    assert found.errors == 0
    assert found.counts.shape == (200, 200)


def test_the_classes_with_the_most_errors_come_in_the_order_of_their_labels() -> None:
    # Errors as true and as predicted class: 2, 4, 4, 0.
    found = Confusion.of(LABELS, SAID, 4)
    assert found.most_confused(2).tolist() == [1, 2]
    assert found.most_confused(9).tolist() == [0, 1, 2, 3]


def test_without_images_there_is_no_accuracy() -> None:
    none = np.empty(0, np.int64)
    assert np.isnan(Confusion.of(none, none, 2).accuracy)
