"""What a command says before it trains or predicts: how much, and how long that takes."""

from pathlib import Path

import pytest

from tests.harness.finished_runs import finish, finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.findings.command_cost import confirmation_cost, prediction_cost
from xsample_tui.stacking.findings.confirmation import lay_out_confirmation
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool
from xsample_tui.stacking.pool.refit_runs import lay_out_refits


def test_what_a_confirmation_trains_is_said_before_anything_is_laid_out(tmp_path: Path) -> None:
    models = open_pool(finished_run(tmp_path, jobs=1))
    # 3 windows, 5 trainings each, of 2 epochs of 2 s.
    assert confirmation_cost(models, 3, 5) == "trains 15 networks, about 1 min if each takes as long as a baseline"
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    with pytest.raises(InputError, match=r"^seeds: 4"):
        confirmation_cost(models, 3, 4)
    with pytest.raises(InputError, match=r"^top: 10"):
        confirmation_cost(models, 10, 5)


def test_what_a_confirmation_has_trained_already_is_not_counted(tmp_path: Path) -> None:
    models = open_pool(finished_run(tmp_path, jobs=1))
    folder = lay_out_confirmation(models, 2, 5)
    first, *others = folder.document.trials
    finish(folder, first, 3.0)
    # Options do not change a confirmation that exists.
    words = "trains 9 of 10 networks, about 36 s if each takes as long as a baseline"
    assert confirmation_cost(models, 3, 7) == words
    for trial in others:
        finish(folder, trial, 3.0)
    assert confirmation_cost(models, 2, 5) == "trains nothing: 10 of 10 are trained already"


def test_replicates_that_the_arms_have_trained_are_copied_and_not_counted(tmp_path: Path) -> None:
    run = finished_run(tmp_path, jobs=1)
    name = lay_out_confirmation(ModelPool(run), 1, 5).document.trials[0].name.rpartition("-s")[0]
    other = finished_run(tmp_path, "other", jobs=1)
    for folder in lay_out_control_runs(other, "replicates", 0, replicated=[name], replicates=5):
        for trial in folder.document.trials:
            finish(folder, trial, 3.0)
    assert confirmation_cost(open_pool(other), 1, 5) == "trains nothing: 5 of 5 are trained already"


def test_without_a_finished_baseline_the_time_is_unknown(tmp_path: Path) -> None:
    run = finished_run(tmp_path, leave=("baseline-s00", "baseline-s01", "baseline-s02"))
    assert confirmation_cost(open_pool(run), 1, 5) == (
        "trains 5 networks; how long that takes is known once a baseline is finished"
    )


def test_what_predicting_computes_is_bounded_by_the_pace_of_training(tmp_path: Path) -> None:
    run = finished_run(tmp_path, jobs=1)
    models, fit = open_pool(run), len(run.plan.split.fit)
    members = models.members[:4]
    # An epoch of 2 s has each train image once.
    words = f"predicts {10 * fit:,} images, by 4 members: within 1 min at the pace of their training"
    assert prediction_cost(models, members, 10 * fit) == words
    words = prediction_cost(models, members[:1], fit, 1)
    assert words.startswith(f"predicts {fit:,} images, each 9 times, by 1 member: within 18 s")


def test_a_refit_is_counted_without_laying_it_out(tmp_path: Path) -> None:
    models = open_pool(finished_run(tmp_path, jobs=1))
    members = models.members[:3]
    first, then = prediction_cost(models, members, 10, refit=True).split("; then ")
    assert first == "trains 3 networks, about 12 s if each takes as long as a baseline"
    assert then.startswith("predicts 10 images, by 3 members: within 1 s ")
    assert not (tmp_path / "r-refit").exists()
    folder = lay_out_refits(models, members)[members[0].name]
    finish(folder, members[0].trial, 3.0)
    assert prediction_cost(models, members, 10, refit=True).startswith("trains 2 of 3 networks, about 8 s")


def test_the_articles_protocol_has_nothing_to_confirm(tmp_path: Path) -> None:
    run = finished_run(tmp_path, preset_name="article")
    with pytest.raises(InputError, match="confirm needs the honest protocol"):
        confirmation_cost(open_pool(run), 3, 5)
