"""Splits: sizes, strata, seeds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xsample_tui.core.data.data_splits import article_split, split
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.errors import InputError


def dataset(train: int, test: int = 0, classes: int = 10, unlabelled: bool = False) -> Dataset:
    labels = np.arange(train + test) % classes
    if unlabelled:
        labels[train:] = -1
    return Dataset("made", np.zeros((train + test, 1, 1, 1), np.uint8), labels.astype(np.int64), classes, train)


@pytest.mark.parametrize(
    ("made", "sizes"),
    [
        (dataset(5000), {"fit": 3000, "stop": 0, "select": 1000, "test": 1000}),
        (dataset(60_000, 10_000), {"fit": 50_000, "stop": 0, "select": 10_000, "test": 10_000}),
        (dataset(42_000, 28_000, unlabelled=True), {"fit": 35_000, "stop": 0, "select": 7_000, "test": 0}),
    ],
)
def test_sizes_of_the_protocol(made: Dataset, sizes: dict[str, int]) -> None:
    assert split(made, 0).sizes() == sizes


@settings(max_examples=60)
@given(
    train=st.integers(200, 900),
    test=st.sampled_from([0, 50]),
    classes=st.integers(2, 7),
    seed=st.integers(0, 2**62),
    stop=st.booleans(),
    limit=st.none() | st.integers(80, 300),
)
def test_sets_are_disjoint_stratified_and_reproducible(
    train: int, test: int, classes: int, seed: int, stop: bool, limit: int | None
) -> None:
    made = dataset(train, test, classes)
    cut = split(made, seed, limit=limit, stop=stop)
    parts = [cut.fit, cut.stop, cut.select, cut.test]
    joined = np.concatenate(parts)
    assert len(np.unique(joined)) == len(joined)
    if limit is None:
        assert len(joined) == train + test
    else:
        assert len(cut.fit) + len(cut.stop) <= limit
    for part in (cut.fit, cut.select):
        counts = np.bincount(made.labels[part], minlength=classes)
        assert counts.max() - counts.min() <= 2
    again = split(made, seed, limit=limit, stop=stop)
    assert again.digest() == cut.digest()
    assert split(made, seed + 1, limit=limit, stop=stop).digest() != cut.digest()


def test_the_articles_split_validates_on_the_test_set() -> None:
    cut = article_split(dataset(60_000, 10_000), 0)
    assert cut.sizes() == {"fit": 60_000, "stop": 0, "select": 10_000, "test": 10_000}
    assert np.array_equal(cut.select, cut.test)
    assert not len(np.intersect1d(cut.fit, cut.test))


@pytest.mark.parametrize("limit", [0, 9, -1])
def test_a_limit_below_one_image_a_class_is_refused(limit: int) -> None:
    with pytest.raises(InputError, match="limit"):
        split(dataset(5000), 0, limit=limit)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(InputError, match="too few images"):
        split(dataset(20), 0)
