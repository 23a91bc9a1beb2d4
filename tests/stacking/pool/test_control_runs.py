"""Control runs: what is laid out for a run, and once only."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.harness.runs import LEASE
from tests.stacking.control_runs import complete
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.pool.control_runs import control_runs_of, lay_out_control_runs, seconds_needed
from xsample_tui.stacking.pool.member_selection import best_windows
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool
from xsample_tui.sweep.controller import Controller


def test_companions_are_the_run_but_for_masks_and_seeds(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    seeds, random, placebo = complete(run, 5)
    windows = {trial.window: trial for trial in run.document.trials if not trial.is_baseline}
    twins = {trial.stream: trial for trial in (*run.document.trials, *seeds.document.trials) if trial.is_baseline}
    for control_run, kind in ((random, "random"), (placebo, "placebo")):
        trials = control_run.document.trials
        assert [trial.kind for trial in trials] == [kind] * 5
        assert {trial.window for trial in trials} < windows.keys()
        for trial in trials:
            # The same stream as the window at its place, and as a whole-image network.
            assert (trial.stream, trial.init_seed) == (windows[trial.window].stream, windows[trial.window].init_seed)
            if trial.stream in twins:
                assert twins[trial.stream].init_seed == trial.init_seed
    ink = {(trial.row, trial.col): trial.ink_removed for trial in run.document.trials if not trial.is_baseline}
    for trial in random.document.trials:
        assert trial.ink_removed == pytest.approx(ink[trial.row, trial.col], abs=0.02)
    assert all(trial.ink_removed < 0.001 for trial in placebo.document.trials)
    for control_run in (seeds, random, placebo):
        assert control_run.spec.training == run.spec.training
        assert control_run.spec.machine == run.spec.machine
        assert control_run.document.split_digest == run.document.split_digest
        assert control_run.document.dataset_digest == run.document.dataset_digest
        assert control_run.document.fingerprint == run.document.fingerprint
    assert {kind: [folder.name for folder in folders] for kind, folders in control_runs_of(run).items()} == {
        "seeds": ["r-seeds"], "replicates": [], "random": ["r-random"], "placebo": ["r-placebo"],
    }  # fmt: skip


def test_every_window_gets_its_twin_and_the_best_get_replicates_with_theirs(tmp_path: Path) -> None:
    run = finished_run(tmp_path, windows={"mask": "occlude"})
    for folder in lay_out_control_runs(run, "seeds", 9):
        for trial in folder.document.trials:
            finish(folder, trial, 3.0)
    best = best_windows(open_pool(run), 2)
    (again,) = lay_out_control_runs(run, "replicates", 9, replicated=best, replicates=2)
    assert again.name == "r-replicates"
    for trial in again.document.trials:
        finish(again, trial, 3.0)
    models = open_pool(run)
    pools = models.pools()
    assert len(pools.windows) == len(pools.seeds) == len(pools.matched) == 9
    for window in pools.windows:
        twin = models.members[pools.twins[window]].trial
        assert (twin.kind, twin.stream) == ("baseline", models.members[window].trial.stream)
    assert {models.members[window].name for window in pools.replicates} == set(best)
    for window, replicates in pools.replicates.items():
        for replicate in replicates:
            trial, twin = models.members[replicate].trial, models.members[pools.twins[replicate]].trial
            assert trial.window == models.members[window].trial.window
            assert trial.stream == twin.stream
            assert trial.init_seed == twin.init_seed
            assert (run.plan.mask(models.members[window].name) == again.plan.mask(trial.name)).all()
    assert set(models.controls) == {"r-seeds", "r-replicates"}
    # A window may be replicated later as well; what is there is not trained again.
    more = lay_out_control_runs(run, "replicates", 9, replicated=[*best, "occlude-r04-c04"], replicates=2)
    assert [folder.name for folder in more][1:] in ([], ["r-replicates-2"])


def test_masks_of_other_kinds_have_random_controls_of_equal_ink(tmp_path: Path) -> None:
    run = finished_run(tmp_path, windows={"mask": "occlude"})
    (random,) = lay_out_control_runs(run, "random", 9)
    ink = {trial.window: trial.ink_removed for trial in run.document.trials}
    for trial in random.document.trials:
        assert trial.ink_removed == pytest.approx(ink[trial.window], abs=0.02)
    for kind in ("random", "placebo"):
        own = finished_run(tmp_path, f"own-{kind}", windows={"mask": kind})
        assert lay_out_control_runs(own, kind, 9) == ()
        pools = ModelPool(own).pools()
        assert (pools.random, pools.placebo) == ((), ())


def test_windows_can_be_restricted_to_a_range_of_ink(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = open_pool(run)
    shares = sorted(trial.ink_removed for trial in run.document.trials if not trial.is_baseline)
    some = models.pools((shares[2], shares[4]))
    assert len(some.windows) == 3
    assert some.seeds == models.pools().seeds
    with pytest.raises(InputError, match=r"ink: 0\.99\.\.1: no finished window is in this range; they remove"):
        models.pools((0.99, 1.0))


def test_a_run_of_0_1_0_has_no_twins_and_no_replicates(tmp_path: Path) -> None:
    run = finished_run(tmp_path, streams="named")
    (seeds,) = lay_out_control_runs(run, "seeds", 5)
    assert [trial.name for trial in seeds.document.trials] == ["baseline-s03", "baseline-s04"]
    (random,) = lay_out_control_runs(run, "random", 9)
    assert {trial.init_seed for trial in random.document.trials} == {run.document.trials[-1].init_seed}
    pools = open_pool(run).pools()
    assert pools.named
    assert (pools.twins, pools.matched) == ({}, ())
    with pytest.raises(InputError, match=r"was created by 0\.1\.0"):
        lay_out_control_runs(run, "replicates", 9, replicated=["keep-r00-c00"])


def test_a_companion_is_laid_out_once_and_only_where_it_is_needed(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    (first,) = lay_out_control_runs(run, "random", 4)
    again = lay_out_control_runs(run, "random", 4)
    assert [folder.document for folder in again] == [first.document]
    # More of them go into a further run; none is trained twice.
    _, second = lay_out_control_runs(run, "random", 9)
    assert second.name == "r-random-2"
    names = [trial.name for folder in (first, second) for trial in folder.document.trials]
    assert len(names) == len(set(names)) == 9


def test_a_run_of_the_same_name_that_was_trained_otherwise_is_refused(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    finished_run(tmp_path, "r-seeds", seed=4)
    with pytest.raises(InputError, match="r-seeds: differs from r in its seed"):
        control_runs_of(run)


def test_time_needed_is_the_baselines(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    assert seconds_needed(run, 10) == 40
    names = tuple(trial.name for trial in run.document.trials)
    assert seconds_needed(finished_run(tmp_path, "new", leave=names), 10) is None


def test_companions_can_be_worked_on_by_the_ordinary_controller(tmp_path: Path) -> None:
    from tests.harness.inline_slot import InlineSlot

    run = finished_run(tmp_path)
    (control_run,) = lay_out_control_runs(run, "random", 2)
    assert Controller(control_run, lambda number: InlineSlot(), lease=LEASE).work() == "finished"
    assert control_run.progress().counts()["done"] == 2
