"""Many choices of members pooled at once, against one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.extension_blender import ExtensionBlender
from xsample_tui.stacking.blending.pooled_choices import pool_choices, right_of
from xsample_tui.stacking.blending.pooling import Arithmetic, Blender, Pooling, Weighted
from xsample_tui.stacking.pool.member_outputs import Cut, Indices, Outputs
from xsample_tui.stacking.pool.running_sums import Matrix, Totals


class Ranked(Blender):
    """The first member counts twice."""

    name = "ranked"
    title = "ranked"

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return the weights."""
        weights = np.ones(len(cut.members))
        weights[0] = 2
        return Arithmetic(weights / weights.sum())


class Squares(Weighted):
    """A sum of terms that only it knows."""

    def term(self, matrix: Matrix) -> Matrix:
        """Return the squares."""
        return matrix**2

    def pool(self, cut: Cut) -> Totals:
        """Return their normalised sum."""
        return self.pooled(np.sum([self.term(matrix) for matrix in cut.matrices()], axis=0, dtype=np.float64))


class Squared(Blender):
    """Squares."""

    name = "squared"
    title = "squared"

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return equal weights."""
        return Squares(np.full(len(cut.members), 1 / len(cut.members)))


UNFITTED = {kind.name: kind for kind in (*BLENDERS.values(), Ranked(), Squared()) if not kind.fitted}
UNFITTED["extension"] = ExtensionBlender(Ranked())
CHOICES = np.array([[0, 1, 2], [4, 2, 1], [5, 5, 3], [0, 1, 2]], np.intp)


def put_together(outputs: Outputs, choices: Indices, kind: Blender, fold: int | None, cells: int) -> Totals:
    """Return (rows, classes, images) of all parts."""
    images = slice(0, len(outputs.labels)) if fold is None else outputs.folds[fold]
    table = np.full((len(choices), outputs.classes, len(outputs.labels)), np.nan)
    for part in pool_choices(outputs, choices, kind, fold, cells):
        assert np.isnan(table[part.rows, :, part.images]).all()
        table[part.rows, :, part.images] = part.probabilities
    return table[:, :, images]


@pytest.mark.parametrize("cells", [1, 200, 10_000_000])
@pytest.mark.parametrize("fold", [None, 0, 3])
@pytest.mark.parametrize("kind", UNFITTED.values(), ids=list(UNFITTED))
def test_choices_are_pooled_at_once_as_one_by_one(kind: Blender, fold: int | None, cells: int) -> None:
    outputs = made_outputs()
    found = put_together(outputs, CHOICES, kind, fold, cells)
    for members, row in zip(CHOICES, found, strict=True):
        cut = outputs.cut(members, fold)
        assert pytest.approx(kind.fit(cut, 0).pool(cut), rel=1e-12, abs=1e-15) == row.T


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_right_is_what_argmax_has_right_even_where_classes_are_equal(
    rows: int, classes: int, images: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    values = chance.integers(0, 3, (rows, classes, images)).astype(np.float64)
    labels = chance.integers(0, classes, images)
    assert (right_of(values, labels) == (values.argmax(axis=1) == labels)).all()
