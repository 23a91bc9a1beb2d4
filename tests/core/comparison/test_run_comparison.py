"""Two runs side by side."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.core.comparison.made_sides import IMAGES, paired_sides, places, side
from xsample_tui.core.comparison.comparison_text import facts, sentences, table
from xsample_tui.core.comparison.run_comparison import compare_runs
from xsample_tui.core.stats.window_tests import seed_variance


def test_baselines_are_compared_by_their_moderated_spread() -> None:
    a, b = [31, 35, 28, 40], [22, 25, 19]
    found = compare_runs(side(a, {}), side(b, {}, "b")).baselines
    assert found is not None
    variances = seed_variance(a).value / 4, seed_variance(b).value / 3
    freedom = sum(variances) ** 2 / (variances[0] ** 2 / 3 + variances[1] ** 2 / 2)
    assert found.sd == pytest.approx(math.sqrt(sum(variances)) / IMAGES)
    assert found.gain == pytest.approx((np.mean(a) - np.mean(b)) / IMAGES)
    assert found.p == pytest.approx(2 * stats.t.sf(found.gain / found.sd, freedom))


def test_few_windows_known_by_counts_have_three_times_the_baselines_spread() -> None:
    a, b = [30, 34, 38], [30, 33, 36]
    found = compare_runs(side(a, {(0, 0): 90, (0, 5): 40}), side(b, {(0, 0): 30, (0, 5): 41}, "b"))
    first, second = found.windows
    # A's window has 90 / 34 of a baseline's variance, B's that of one.
    variance = seed_variance(a).value * 90 / 34 + seed_variance(b).value
    assert first.sd == pytest.approx(3 * math.sqrt(variance) / IMAGES)
    assert first.p_holm == pytest.approx(2 * first.p)
    assert second.standing == "noise"
    assert found.factor == pytest.approx(3)
    assert first.net == pytest.approx(first.gain - (34 - 33) / IMAGES)
    assert any("only counts are compared" in line and "3.0 times" in line for line in sentences(found))


def test_many_windows_have_the_spread_that_the_others_gains_have() -> None:
    chance = np.random.default_rng(0)
    gains = np.rint(chance.normal(0, 18, 20)).astype(int)
    gains[0] = 150
    a = side([200, 206, 194, 200], dict.fromkeys(places(20), 200))
    b = side([200, 206, 194, 200], {p: int(200 - g) for p, g in zip(places(20), gains, strict=True)}, "b")
    found = compare_runs(a, b)
    plain = seed_variance([200, 206, 194, 200]).sd * math.sqrt(2) / IMAGES
    first = found.windows[0]
    z = gains[1:] / IMAGES / np.array([plain * math.sqrt((1 + max(1 - g / 200, 1)) / 2) for g in gains[1:]])
    assert first.sd == pytest.approx(plain * z.std(ddof=1))
    assert first.p == pytest.approx(2 * stats.t.sf(first.gain / first.sd, 6), rel=0.5)
    assert first.standing == "better"
    assert found.factor > 1.5


@pytest.mark.parametrize(("windows", "together"), [(4, False), (20, False), (20, True)])
def test_windows_that_scatter_three_times_as_much_as_baselines_are_not_found(windows: int, together: bool) -> None:
    """Null (iv): with the baselines' SD for windows, identical runs differed in 84 to 100 % of cases."""
    chance, alarms = np.random.default_rng(windows), 0
    streams = "shared" if together else "own"
    repetitions = 2000
    for _ in range(repetitions):
        sides = []
        for name in ("a", "b"):
            common = chance.normal(0, 15) if together else 0.0
            errors = np.rint(chance.normal(80 + common, 10 if together else 18, windows)).clip(0).astype(int)
            base = np.rint(chance.normal(80, 6, 10)).astype(int).tolist()
            sides.append(side(base, dict(zip(places(windows), errors.tolist(), strict=True)), name, streams=streams))
        found = compare_runs(*sides)
        alarms += bool(found.named("better") or found.named("worse"))
    assert alarms / repetitions <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / repetitions)


@pytest.mark.parametrize("factor", [1.0, 9.0])
def test_the_same_windows_trained_twice_do_not_differ(factor: float) -> None:
    """Null (iv) with outputs: nine times the errors is three times the SD."""
    chance, alarms, single = np.random.default_rng(int(factor)), 0, []
    repetitions = 1000
    for _ in range(repetitions):
        found = compare_runs(*paired_sides(chance, 12, factor))
        assert found.outputs
        alarms += bool(found.named("better") or found.named("worse"))
        single += [window.p < 0.05 for window in found.windows]
    assert alarms / repetitions <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / repetitions)
    # Cautious where networks do not differ in skill: what ten baselines cannot see of it is assumed.
    assert 0.005 < np.mean(single) < 0.06


def test_outputs_find_one_window_of_few_that_counts_cannot() -> None:
    a, b = paired_sides(np.random.default_rng(5), 4, 9.0, {2: 0.6})
    found = compare_runs(a, b)
    assert [window.name for window in found.named("better")] == ["keep-r00-c02"]
    counts = compare_runs(replace(a, outputs=None), replace(b, outputs=None))
    assert counts.named("better") == []
    assert facts(found)["noise_from"] == "outputs"
    assert facts(counts)["noise_from"] == "counts"
    assert facts(counts)["windows"][0]["mcnemar_holm"] is None
    # Other images cannot be compared image by image.
    assert not compare_runs(a, replace(b, data=("pictures", "another"))).outputs


def test_the_other_way_round_all_signs_turn() -> None:
    a, b = side([30, 34, 38], {(0, 0): 90, (5, 5): 20}), side([25, 33, 36], {(0, 0): 40, (5, 5): 25}, "b")
    there, back = compare_runs(a, b), compare_runs(b, a)
    for one, other in zip(there.windows, back.windows, strict=True):
        assert one.gain == pytest.approx(-other.gain)
        assert one.p == pytest.approx(other.p)
    assert there.baselines is not None
    assert back.baselines is not None
    assert there.baselines.gain == pytest.approx(-back.baselines.gain)


def test_other_images_add_the_luck_of_the_draw() -> None:
    a, b = side([30, 34, 38], {(0, 0): 90}), side([30, 33, 36], {(0, 0): 40}, "b")
    same, other = compare_runs(a, b).windows[0], compare_runs(a, replace(b, data=("pictures", "another"))).windows[0]
    sampling = (0.09 * 0.91 + 0.04 * 0.96) / IMAGES
    assert other.sd == pytest.approx(math.sqrt(same.sd**2 + 9 * sampling))
    assert other.p > same.p
    assert any(
        "different parts of the same images" in line
        for line in sentences(compare_runs(a, replace(b, data=("pictures", "x"))))
    )


def test_one_baseline_shows_no_noise_and_nothing_is_resolved() -> None:
    found = compare_runs(side([30], {(0, 0): 90}), side([20, 25], {(0, 0): 10}, "b"))
    assert found.windows[0].standing == "unknown"
    words = " ".join(sentences(found))
    assert "train at least 2" in words
    assert "nothing is resolved" in words
    assert facts(found)["windows"][0]["p"] is None


def test_only_places_in_both_are_paired_and_the_rest_is_counted() -> None:
    found = compare_runs(
        side([30, 32], {(0, 0): 50, (0, 5): 50, (0, 10): 50}), side([30, 32], {(0, 5): 40, (9, 9): 1}, "b")
    )
    assert [row["trial"] for row in table(found)] == ["keep-r00-c05"]
    assert found.alone == (2, 1)
    nothing = compare_runs(side([30, 32], {(0, 0): 50}), side([30, 32], {(1, 1): 40}, "b"))
    assert any("no position is finished in both" in line for line in sentences(nothing))


def test_the_mean_of_windows_that_share_their_luck_is_not_taken_for_certain() -> None:
    alike = {(0, 5 * i): 500 for i in range(5)}
    a = side([30, 34, 38], alike, streams="shared")
    near = compare_runs(a, side([30, 33, 36], dict.fromkeys(alike, 490), "b", streams="shared"))
    far = compare_runs(a, side([30, 33, 36], dict.fromkeys(alike, 250), "b", streams="shared"))
    assert near.mean is not None
    _, least, most = near.mean
    assert least == pytest.approx(most / math.sqrt(5))
    assert any("not significant if they are correlated" in line for line in sentences(near))
    assert any("significant in both cases" in line for line in sentences(far))


def test_what_differs_is_named_and_what_does_not_is_not() -> None:
    a = side([30, 32], {})
    b = replace(side([30, 32], {}, "b", seed=7, training={"epochs": 3}), fingerprint={"numpy": "2.1"})
    assert {key: (left, right) for key, left, right in compare_runs(a, b).spec} == {
        "seed": ("0", "7"),
        "training.epochs": ("8", "3"),
        "machine: numpy": ("none", "2.1"),
    }
    assert compare_runs(a, a).spec == ()


def test_the_articles_protocol_is_called_by_its_name() -> None:
    a = side([30, 32], {})
    b = side([30, 32], {}, "b", article_protocol=True)
    assert any("b follows the article's protocol" in line for line in sentences(compare_runs(a, b)))
