"""Logistic regression on members' log-probabilities, against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tests.harness.finished_runs import made_outputs
from tests.harness.made_softmax import member_softmax
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.logistic_stacking import fit_logistic
from xsample_tui.stacking.blending.pooling import Logistic


def test_logistic_regression_is_scikit_learns_on_log_probabilities() -> None:
    outputs = made_outputs(3, 300)
    cut = outputs.cut(np.arange(3))
    recipe = BLENDERS["logistic"].fit(cut, 0)
    assert isinstance(recipe, Logistic)
    features = np.log(np.maximum(np.concatenate(list(outputs.softmax), axis=1), 1e-7)) / 3
    rival = LogisticRegression(C=1.0, max_iter=1000).fit(features, outputs.labels)
    assert recipe.pool(cut) == pytest.approx(rival.predict_proba(features), abs=0.02)


@pytest.mark.parametrize("present", [[2], [1, 3], [0, 1, 3]])
def test_logistic_regression_where_a_class_is_missing(present: list[int]) -> None:
    labels = np.array(present * 40, np.int64)
    matrix = member_softmax(labels, 4, "few", strength=3)
    found = fit_logistic([matrix], labels, 4).predict([matrix])
    assert found.sum(axis=1) == pytest.approx(np.ones(len(labels)))
    absent = [label for label in range(4) if label not in present]
    assert (found[:, absent] == 0).all()
    assert (found.argmax(axis=1) == labels).mean() > 0.7


def test_logistic_regression_refuses_more_members_than_it_can_fit() -> None:
    BLENDERS["mean"].check(1000)
    BLENDERS["logistic"].check(50)
    with pytest.raises(InputError, match="at most 50"):
        BLENDERS["logistic"].check(51)
