"""Screen and confirm, and the browser of disagreements."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_ind

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.stacking.conftest import Command
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.stacking.findings.confirmation import confirm, confirmed_gap, halves, lay_out_confirmation, screen
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.model_pool import ModelPool, open_pool


def test_halves_share_out_select_evenly_in_every_class(tmp_path: Path) -> None:
    select = ModelPool(finished_run(tmp_path)).select
    first, second = halves(select, 0)
    assert (first ^ second).all()
    assert np.bincount(select.labels[first]).tolist() == np.bincount(select.labels[second]).tolist() == [10] * 4
    assert halves(select, 1)[0].tolist() != first.tolist()


def test_screening_looks_at_its_half_alone(tmp_path: Path) -> None:
    models = ModelPool(finished_run(tmp_path))
    chosen = screen(models, 3).tolist()
    first, second = halves(models.select, 0)
    models.select.softmax[:, second] = 0.25
    del models.select.__dict__["true"]
    assert screen(models, 3).tolist() == chosen
    models.select.softmax[chosen[0], first] = 0.01
    del models.select.__dict__["true"]
    assert screen(models, 9).tolist()[-1] == chosen[0]


def test_new_trainings_share_the_mask_and_nothing_else(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = ModelPool(run)
    control_run = lay_out_confirmation(models, 2, 5)
    names = [models.members[i].name for i in screen(models, 2)]
    numbers = {trial.name: trial.stream or 0 for trial in run.document.trials if not trial.is_baseline}
    assert [t.name for t in control_run.document.trials] == [
        f"{n}-s{r * 1_000_000 + numbers[n]}" for n in names for r in range(1, 6)
    ]
    assert [t.replicate for t in control_run.document.trials] == [1, 2, 3, 4, 5] * 2
    seeds = {trial.init_seed for trial in control_run.document.trials}
    assert len(seeds) == 10
    assert not seeds & {trial.init_seed for trial in run.document.trials}
    for trial in control_run.document.trials:
        assert control_run.plan.mask(trial.name).tolist() == run.plan.mask(trial.name.rpartition("-s")[0]).tolist()
    assert lay_out_confirmation(models, 4, 9).document == control_run.document


@pytest.mark.parametrize(("count", "seeds", "field"), [(0, 5, "top"), (10, 5, "top"), (2, 4, "seeds")])
def test_values_out_of_range(tmp_path: Path, count: int, seeds: int, field: str) -> None:
    with pytest.raises(InputError, match=f"^{field}: "):
        lay_out_confirmation(ModelPool(finished_run(tmp_path)), count, seeds)


def test_a_lucky_window_shrinks_and_a_good_one_is_confirmed(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return {"keep-r00-c00": 8.0, "keep-r02-c02": 6.0}.get(trial.name, 3.0)

    run = finished_run(tmp_path, baselines=8, strength=strength, data=dataset(2000))
    models = ModelPool(run)
    control_run = lay_out_confirmation(models, 2, 5)
    # The first is as good with new seeds; the second was so by chance.
    for trial in control_run.document.trials:
        finish(control_run, trial, 8.0 if trial.name.startswith("keep-r00-c00") else 3.0)
    good, lucky = confirm(models, control_run)
    assert (good.window, lucky.window) == ("keep-r00-c00", "keep-r02-c02")
    assert good.p_holm < 0.001
    assert abs(good.shrinkage) < 0.3 * good.screened
    assert lucky.p_holm > 0.01
    assert lucky.shrinkage > 0.5 * lucky.screened
    _, second = halves(models.select, 0)
    again = ModelPool(run, [control_run])
    names = [t.name for t in control_run.document.trials if t.name.startswith("keep-r00-c00")]
    mine = ~again.select.correct[again.named(names)][:, second]
    base = ~models.select.correct[models.pool("baselines")][:, second]
    counts = mine.sum(axis=1), base.sum(axis=1)
    assert good.confirmed == pytest.approx(counts[1].mean() - counts[0].mean())
    assert good.low < good.confirmed < good.high
    assert good.against == "baselines"
    # Welch's standard error holds the images fixed; that over streams and images is wider.
    half = (good.high - good.low) / 2
    assert half > 1.96 * math.sqrt(counts[0].var(ddof=1) / 5 + counts[1].var(ddof=1) / 8)


def test_the_command(command: Command, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    cost = command("confirm", "r", "--dry-run")
    assert (cost.code, cost.out.startswith("trains 15 networks, about ")) == (0, True)
    assert not (tmp_path / "runs" / "r-confirm").exists()
    waiting = command("confirm", "r", "--no-train")
    assert waiting.code == 2
    assert "r-confirm: no window has 2 finished new trainings yet" in waiting.err
    assert command("confirm", "r").code == 2
    control_run = lay_out_confirmation(ModelPool(run), 3, 5)
    for trial in control_run.document.trials:
        finish(control_run, trial, 3.0)
    done = command("confirm", "r", "--json")
    assert done.code == 0
    assert len(done.json["windows"]) == 3
    assert done.json["pictures_each_half"] == 40
    assert command("confirm", "r").err.endswith("shown again by: xsample-tui confirm r --no-train\n")
    text = command("confirm", "r").out
    assert text.startswith("after Holm's correction better than whole images: none; worse: none")
    assert all(len(line) <= 100 for line in text.splitlines()[2:])
    assert len(text.splitlines()) == 6


def test_new_trainings_are_compared_with_their_twins_where_these_are_trained(tmp_path: Path) -> None:
    run = finished_run(tmp_path, data=dataset(2000))
    (index,) = screen(ModelPool(run), 1)
    name = ModelPool(run).members[index].name
    for control_run in lay_out_control_runs(run, "replicates", 0, replicated=[name], replicates=5):
        for trial in control_run.document.trials:
            finish(control_run, trial, 3.0)
    models = open_pool(run)
    control_run = lay_out_confirmation(models, 1, 5)
    # The same trainings were replicates, and are taken over.
    (row,) = confirm(models, control_run)
    assert (row.against, row.seeds) == ("twins", 5)
    _, second = halves(models.select, 0)
    wrong = ~models.select.correct[:, second]
    twins = [i for i, m in enumerate(models.members) if m.trial.is_baseline and m.trial.replicate]
    again = [models.index[trial.name] for trial in control_run.document.trials]
    assert row.confirmed == pytest.approx(wrong[twins].sum(axis=1).mean() - wrong[again].sum(axis=1).mean())


def test_a_run_of_0_1_0_is_confirmed_as_it_was(tmp_path: Path) -> None:
    run = finished_run(tmp_path, streams="named")
    models = ModelPool(run)
    control_run = lay_out_confirmation(models, 1, 5)
    (index,) = screen(models, 1)
    assert [t.name for t in control_run.document.trials] == [
        f"{models.members[index].name}-s{s:02d}" for s in range(1, 6)
    ]
    for trial in control_run.document.trials:
        finish(control_run, trial, 3.0)
    (row,) = confirm(models, control_run)
    assert (row.against, row.p > 0.05) == ("baselines", True)


@pytest.mark.parametrize(("baselines", "paired"), [(3, False), (10, False), (5, True)])
def test_a_mask_that_changes_which_images_are_right_is_not_confirmed(baselines: int, paired: bool) -> None:
    """Null (v): Welch's test, which holds the images fixed, finds 13 to 30 % here."""
    chance, alarms, welch, covered = np.random.default_rng(baselines), 0, 0, 0
    for _ in range(2000):
        hard = np.where(chance.random((2, 1000)) < 0.09, chance.beta(1, 2, (2, 1000)), 0.0)
        mask = np.where(chance.random(1000) < 0.5, hard[1], hard[0])
        windows, base = chance.random((5, 1000)) < mask, chance.random((baselines, 1000)) < hard[0]
        found = confirmed_gap(windows, base, paired=paired)
        alarms += found.p < 0.05
        covered += found.low <= 0 <= found.high
        counts = windows.sum(axis=1), base.sum(axis=1)
        if all(np.ptp(side) for side in counts):
            welch += ttest_ind(*counts, equal_var=False).pvalue < 0.05
    assert alarms / 2000 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 2000)
    assert 0.93 <= covered / 2000 <= 0.97
    assert welch / 2000 > 0.1


def test_one_baseline_confirms_nothing(tmp_path: Path) -> None:
    models = ModelPool(finished_run(tmp_path, baselines=1))
    control_run = lay_out_confirmation(models, 1, 5)
    with pytest.raises(InputError, match="at least 2 finished baselines"):
        confirm(models, control_run)
