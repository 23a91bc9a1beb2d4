"""Members from several runs: who counts, what is refused, and the one ledger."""

from pathlib import Path

import numpy as np
import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from xsample_tui import Sweep, stack
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool
from xsample_tui.stacking.pool.several_runs import open_runs
from xsample_tui.store.run.run_folder import RunFolder


def two_runs(runs: Path) -> tuple[RunFolder, RunFolder]:
    """Return runs that differ in mask and window size; their baselines are the same trainings."""
    small = finished_run(runs, "small")
    big = finished_run(runs, "big", windows={"mask": "occlude", "height": 6, "width": 6})
    return small, big


def test_one_run_is_what_it_was(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    assert type(open_runs([run])) is ModelPool
    assert open_runs([run]).select.softmax.tolist() == open_pool(run).select.softmax.tolist()


def test_each_runs_windows_are_windows_and_shared_baselines_count_once(tmp_path: Path) -> None:
    small, big = two_runs(tmp_path)
    models = open_runs([small, big])
    names = [member.name for member in models.members]
    assert len(set(names)) == len(names)
    windows = [models.members[index] for index in models.pool("windows")]
    assert {(member.run.name, member.trial.kind) for member in windows} == {("small", "keep"), ("big", "occlude")}
    assert [names[index] for index in models.pool("baselines")] == [f"small/baseline-s{s:02d}" for s in range(3)]
    assert models.repeated == 3
    assert models.title == "small, big"
    # Each row is what that trial stored.
    index = models.index["big/occlude-r00-c02"]
    state, _ = big.latest("occlude-r00-c02")
    assert state is not None
    where = np.searchsorted(big.plan.split.select, models.select.images)
    assert models.select.softmax[index].tolist() == state.softmax["select"][where].tolist()


def test_networks_that_were_trained_otherwise_are_not_the_same_baselines(tmp_path: Path) -> None:
    own, shared = finished_run(tmp_path, "own"), finished_run(tmp_path, "shared", streams="shared")
    models = open_runs([own, shared])
    assert models.repeated == 0
    assert len(models.pool("baselines")) == 6


def test_twins_beside_the_runs_count(tmp_path: Path) -> None:
    small, big = two_runs(tmp_path)
    (beside,) = lay_out_control_runs(small, "seeds", 4)
    for trial in beside.document.trials:
        finish(beside, trial, 3.0)
    models = open_runs([small, big])
    assert models.controls == ("small-seeds",)
    assert len(models.pool("baselines")) == 4
    with pytest.raises(InputError, match="small-seeds: is a control run of small, whose models count with it"):
        open_runs([small, beside])


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("other", {"data": dataset(480)}, "other: differs from small in the images of demo; a blend needs"),
        ("other", {"seed": 7}, "other: differs from small in its split, seed 7 and not 0"),
        ("other", {"limit": 200}, "its split, limit 200 and not none"),
        ("other", {"preset_name": "article"}, "its split, by the article protocol and not the honest one"),
        ("small", {}, "small: is named twice; name each run once"),
    ],
)
def test_runs_that_do_not_go_together_are_refused(
    tmp_path: Path, name: str, changes: dict[str, object], said: str
) -> None:
    small = finished_run(tmp_path, "small")
    other = small if name == "small" else finished_run(tmp_path, name, **changes)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=said) as caught:
        open_runs([small, other])
    assert "\n" not in str(caught.value)


def test_runs_of_two_folders_have_no_ledger_in_common(tmp_path: Path) -> None:
    small = finished_run(tmp_path / "one", "small")
    big = finished_run(tmp_path / "two", "big")
    with pytest.raises(InputError, match="one ledger"):
        stack(Sweep(small), Sweep(big))


def test_the_test_set_is_opened_once_for_all_of_them(tmp_path: Path) -> None:
    small, big = two_runs(tmp_path)
    made = stack(Sweep(small), "big", top=4, pool="all", open_test=True, runs_dir=tmp_path)
    assert made.to_dict()["ledger"]["openings"] == 1
    assert made.to_dict()["ledger"]["entries"][0]["run"] == "small, big"
    assert open_pool(small).ledger.count == open_pool(big).ledger.count == 1
    members = made.members_dataframe()
    assert (members["run"] + "/" + members["trial"]).tolist() == list(made.members)
    # The arms are refused before they would open it again.
    with pytest.raises(InputError, match="name one run"):
        made.arms_dataframe()
    assert open_pool(small).ledger.count == 1


def test_a_blend_of_both_is_the_mean_of_what_both_stored(tmp_path: Path) -> None:
    small, big = two_runs(tmp_path)
    names = ["big/occlude-r00-c02", "small/keep-r00-c00"]
    made = stack("small", "big", members=names, open_test=True, runs_dir=tmp_path)
    states = [run.latest(trial)[0] for run, trial in ((big, "occlude-r00-c02"), (small, "keep-r00-c00"))]
    mean = np.mean([state.softmax["test"] for state in states if state is not None], axis=0)
    assert made.to_frame()["predicted"].tolist() == mean.argmax(axis=1).tolist()
    with pytest.raises(InputError, match="no finished trial of these runs; one is small/baseline-s00"):
        stack("small", "big", members=["keep-r00-c00"], runs_dir=tmp_path)
