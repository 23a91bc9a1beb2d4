"""Folds of the selection images: even, and seeded."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.stacking.pool.select_folds import stratified_folds


@given(st.lists(st.integers(0, 4), min_size=5, max_size=300), st.integers(0, 99), st.integers(2, 7))
def test_folds_are_even_in_size_and_in_every_class(labels: list[int], seed: int, count: int) -> None:
    found = stratified_folds(np.array(labels), seed, count)
    sizes = np.bincount(found, minlength=count)
    assert sizes.max() - sizes.min() <= 1
    for label in set(labels):
        inside = np.bincount(found[np.array(labels) == label], minlength=count)
        assert inside.max() - inside.min() <= 1
    assert found.tolist() == stratified_folds(np.array(labels), seed, count).tolist()


def test_folds_depend_on_the_seed() -> None:
    labels = np.arange(100) % 3
    assert stratified_folds(labels, 0).tolist() != stratified_folds(labels, 1).tolist()
