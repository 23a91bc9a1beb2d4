"""Images on which two blends disagree."""

import numpy as np

from tests.harness.finished_runs import made_outputs
from xsample_tui.stacking.blending.disagreements import disagreements


def test_disagreements_begin_with_what_the_first_alone_has_right() -> None:
    outputs = made_outputs(2)
    first, second = outputs.softmax
    found = disagreements(outputs, first, second)
    assert {row.image for row in found} == set(np.flatnonzero(outputs.votes[0] != outputs.votes[1]).tolist())
    groups = [0 if row.first == row.label else 1 if row.second == row.label else 2 for row in found]
    assert groups == sorted(groups)
    assert set(groups) == {0, 1, 2}
    certainty = [
        row.first_p.max() * row.second_p.max() for row, group in zip(found, groups, strict=True) if group == 0
    ]
    assert certainty == sorted(certainty, reverse=True)
    row = found[0]
    assert row.first_p.tolist() == first[row.image].tolist()
    assert (row.first, row.second) == (first[row.image].argmax(), second[row.image].argmax())
    assert disagreements(outputs, first, first) == []
