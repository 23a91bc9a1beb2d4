"""What a scout is asked for: windows drawn evenly, the same ones for one seed and epoch."""

import doctest
from pathlib import Path

import numpy as np

from tests.harness.runs import make_run
from xsample_tui.core.scout import scout_order as module
from xsample_tui.core.scout.scout_order import (
    MOST_IMAGES,
    drawn_windows,
    judged_images,
    plan_key,
    scout_epochs,
    scout_trial,
    window_masks_of,
)
from xsample_tui.core.training.sweep_spec import Training


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_every_window_is_drawn_equally_often_and_anew_each_epoch() -> None:
    first, second = drawn_windows(7, 100, 3, 1), drawn_windows(7, 100, 3, 2)
    for drawn in (first, second):
        assert set(np.bincount(drawn, minlength=7).tolist()) == {14, 15}
    assert not np.array_equal(first, second)
    assert np.array_equal(first, drawn_windows(7, 100, 3, 1))
    assert not np.array_equal(first, drawn_windows(7, 100, 4, 1))


def test_it_is_judged_on_some_of_the_images() -> None:
    assert np.array_equal(judged_images(30, 0), np.arange(30))
    some = judged_images(10 * MOST_IMAGES, 0)
    assert len(set(some.tolist())) == MOST_IMAGES
    assert np.array_equal(some, np.sort(some))


def test_as_many_epochs_as_a_window_but_where_a_rule_ends_it() -> None:
    assert scout_epochs(Training(epochs=40)) == 40
    assert scout_epochs(Training(epochs=40, stopping="patience")) == 12
    assert scout_epochs(Training(epochs=3, stopping="patience")) == 3


def test_the_key_stands_for_the_windows(tmp_path: Path) -> None:
    run, other = make_run(tmp_path, "r"), make_run(tmp_path, "other", windows={"stride": 2})
    names, masks = window_masks_of(run.plan)
    assert len(names) == len(masks) == 4
    assert plan_key(run.plan) == plan_key(make_run(tmp_path, "same").plan)
    assert plan_key(run.plan) != plan_key(other.plan)
    trial = scout_trial(run.spec, plan_key(run.plan))
    assert trial.name.startswith("scout-")
    assert trial.init_seed not in {one.init_seed for one in run.document.trials}
