"""A run as one side of a comparison."""

from pathlib import Path

import numpy as np

from tests.stacking.sample import dataset, finish, finished_run
from xsample_tui.stacking.companion import lay_out_companions
from xsample_tui.stacking.library import Library
from xsample_tui.stacking.run_side import contrast_of, side_of


def test_the_twins_that_arms_trained_are_baselines_of_a_comparison_too(tmp_path: Path) -> None:
    run, other = (finished_run(tmp_path, name, data=dataset(800)) for name in ("a", "b"))
    (twins,) = lay_out_companions(run, "seeds", 9)
    for trial in twins.document.trials:
        finish(twins, trial, 3.0)
    found = contrast_of(run, other)
    floors = found.a.floor(), found.b.floor()
    assert floors[0] is not None
    assert floors[1] is not None
    assert (floors[0].count, floors[1].count) == (9, 3)


def test_outputs_are_in_the_order_of_the_data(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    side = side_of(run)
    assert side.outputs is not None
    wrong = side.outputs()
    select = run.plan.split.select
    state, _ = run.latest("keep-r00-c02")
    assert state is not None
    expected = state.softmax["select"].argmax(axis=1) != run.dataset.labels[select]
    assert wrong["keep-r00-c02"].tolist() == expected[np.argsort(select)].tolist()
    assert wrong.keys() == {member.name for member in Library(run).members}
