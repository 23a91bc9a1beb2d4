"""A blend's score and its intervals."""

from tests.harness.finished_runs import made_outputs
from xsample_tui.core.stats.wilson_interval import wilson
from xsample_tui.stacking.blending.blend_score import Score


def test_scores_carry_their_intervals() -> None:
    outputs = made_outputs()
    score = Score.of(outputs.softmax[0], outputs.labels)
    assert score.errors == outputs.errors[0]
    assert (score.low, score.high) == wilson(200 - score.errors, 200)
    assert (score.n, score.ece_bins) == (200, 15)
    assert score.accuracy == 1 - score.errors / 200
