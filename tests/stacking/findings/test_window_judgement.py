"""The judgement of a run."""

import math
from pathlib import Path

import pytest

from tests.harness.finished_runs import dataset, finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.core.stats.seed_noise import expected_best_gain, noise_floor
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.stacking.findings.article_claims import claims
from xsample_tui.stacking.findings.window_judgement import judge, sentences, too_few
from xsample_tui.stacking.pool.model_pool import ModelPool


def test_windows_are_judged_against_the_baselines(tmp_path: Path) -> None:
    models = ModelPool(finished_run(tmp_path))
    found = judge(models)
    baselines = models.select.errors[models.pool("baselines")]
    assert found.floor == noise_floor(baselines)
    assert (found.images, len(found.windows), found.least_net) == (80, 9, 6)
    assert found.chance_gain == expected_best_gain(9, found.sd)
    base = models.select.correct[models.index["baseline-s00"]]
    for window in found.windows:
        index = models.index[window.name]
        right = models.select.correct[index]
        assert window.errors == models.select.errors[index]
        assert window.gain == pytest.approx(baselines.mean() - window.errors)
        # Of the windows, the first three have the run's baselines as twins.
        twin = None if window.twin is None else models.select.correct[models.index[window.twin]]
        other = base if twin is None else twin
        assert window.only_window == (right & ~other).sum()
        assert window.only_window - window.only_baseline == right.sum() - other.sum()
        assert window.paired_gain == (None if twin is None else right.sum() - twin.sum())
        assert max(window.p, window.mcnemar_p) <= window.p_bh <= window.p_holm + 1e-12
        assert window.t * window.gain <= 0
        assert window.low < window.gain < window.high
    assert sum(window.twin is not None for window in found.windows) == 3
    assert [window.errors for window in found.windows] == sorted(window.errors for window in found.windows)


def test_a_window_that_is_far_better_is_found_and_one_far_worse(tmp_path: Path) -> None:
    strengths = {"keep-r00-c00": 9.0, "keep-r04-c04": -2.0}

    def strength(trial: Trial) -> float:
        return strengths.get(trial.name, 3.0)

    run = finished_run(tmp_path, baselines=12, strength=strength, data=dataset(2000))
    found = judge(ModelPool(run))
    assert found.of("better") == ["keep-r00-c00"]
    assert found.of("worse") == ["keep-r04-c04"]
    assert found.chance_p < 0.01
    text = sentences(found)
    assert text[0].startswith("Of 9 windows, 1 is significantly better than the baselines and 1 worse (Holm, 5 %); ")
    assert "; the best, keep-r00-c00, makes " in text[0]
    assert text[0].endswith(" fewer errors)")
    assert {"better: 1 (keep-r00-c00)", "worse: 1 (keep-r04-c04)"} < set(text)
    assert text[1].startswith("What it can find: a gain of ")


def test_without_effect_nothing_is_found(tmp_path: Path) -> None:
    found = judge(ModelPool(finished_run(tmp_path, baselines=12, data=dataset(2000))))
    assert found.of("better") == found.of("worse") == []
    assert found.chance_p > 0.05
    assert sentences(found)[0].startswith("0 of 9 windows are significant after correction (Holm, 5 %); the best, ")
    assert too_few(found) == ""


def test_a_difference_that_fails_only_the_correction_is_called_that(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 3.53 if trial.name == "keep-r02-c02" else 3.0

    found = judge(ModelPool(finished_run(tmp_path, baselines=6, strength=strength, data=dataset(2000))))
    best = found.windows[0]
    assert (best.name, best.standing) == ("keep-r02-c02", "uncorrected")
    assert max(best.p, best.mcnemar_p) < 0.05 <= best.p_holm
    assert "not significant after correction: 1 (keep-r02-c02)" in sentences(found)
    assert best.name not in found.of("noise")


def test_windows_of_0_1_0_are_said_to_share_their_initial_weights(tmp_path: Path) -> None:
    found = judge(ModelPool(finished_run(tmp_path, streams="named")))
    assert found.named
    assert any(line.startswith("created by 0.1.0: all windows share one set") for line in sentences(found))
    assert all(window.twin is None for window in found.windows)


def test_one_baseline_leaves_everything_unknown(tmp_path: Path) -> None:
    found = judge(ModelPool(finished_run(tmp_path, baselines=1)))
    assert found.sd_assumed
    assert found.sd == pytest.approx(math.sqrt(found.floor.mean / 2))
    assert len(found.of("unknown")) == 9
    assert not found.resolves_thousandths
    assert sentences(found)[0] == "Not resolved: with one baseline the noise is unknown"
    facts = found.facts()
    assert facts["floor"]["sd"] is None
    assert facts["windows"][0]["t"] is None


def test_a_run_with_one_side_only_has_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no baseline is finished"):
        judge(ModelPool(finished_run(tmp_path, baselines=0)))
    only = finished_run(tmp_path, "b", windows={"only": ("baseline-s00",)})
    with pytest.raises(InputError, match="no window is finished"):
        judge(ModelPool(only))


def test_claims_belong_to_the_articles_masks(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    with pytest.raises(InputError, match="only a run with the article's masks"):
        claims(run, judge(ModelPool(run)))


def test_claims_of_a_run_that_is_not_finished(tmp_path: Path) -> None:
    run = finished_run(
        tmp_path,
        preset_name="article",
        baselines=1,
        leave=("article-r00-c02", "article-r03-c03"),
        windows={"stride": 1},
    )
    found = {claim.about: claim.run for claim in claims(run, judge(ModelPool(run)))}
    assert found["windows"] == "16 windows"
    assert found["baseline"].endswith("at epoch 2")
    assert found["window (0, 14)"] == "not trained in this run"
    assert found["selection data"] == "the same, so every score here is biased"


def test_windows_beyond_noise_that_too_few_baselines_cannot_correct_for_are_not_called_noise(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 3.4 if trial.is_baseline else 2.6

    many = {"stride": 1, "height": 3, "width": 3}
    found = judge(ModelPool(finished_run(tmp_path, strength=strength, data=dataset(2000, 12), windows=many)))
    count, need = len(found.windows), found.baselines_needed
    assert count == 100
    assert found.of("better") == found.of("worse") == []
    assert len(found.of("uncorrected")) > 50
    assert need is not None
    assert found.baselines_for_all is not None
    assert 3 < need < found.baselines_for_all
    text = sentences(found)
    assert text[0].startswith("0 of 100 windows are significant after correction (Holm, 5 %)")
    assert text[1].startswith(
        f"What would resolve it: 3 baselines cannot pass a correction for 100 windows: train at least {need}"
    )
    assert not any("within noise" in line for line in text)
    # The test itself agrees: with more baselines than that most of the windows are significant.
    more = finished_run(tmp_path, "more", strength=strength, data=dataset(2000, 12), windows=many, baselines=20)
    assert len(judge(ModelPool(more)).of("worse")) > 50


def test_a_best_window_that_loses_images_is_not_said_to_be_chance(tmp_path: Path) -> None:
    def strength(trial: Trial) -> float:
        return 3.4 if trial.is_baseline else 2.0

    text = sentences(judge(ModelPool(finished_run(tmp_path, baselines=12, strength=strength, data=dataset(2000)))))
    assert text[0].startswith("All 9 windows are significantly worse than the baselines (Holm, 5 %); the best, ")
    assert " more errors (95 % " in text[0]
    assert not any(line.startswith("chance:") for line in text)
