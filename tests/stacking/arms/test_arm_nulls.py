"""Nulls of the arms, through their real planning: complete repetitions in which everything but the windows is new."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.stacking.arm_levels import level, repeat
from tests.stacking.simulated import Sweep
from xsample_tui.stacking.arms.arm_comparison import compare, compare_arms
from xsample_tui.stacking.blending.blender_registry import BLENDERS

# Nulls: windows are as good as whole images, so that helps and hurts are false; but for A - C, B - D and A - G, since
# choosing and blending gain something in each of them.
NULLS = {
    "equal windows": (Sweep(), "mean"),
    "without replicates": (Sweep(replicates=0), "mean"),
    "10 seeds for 40 windows": (Sweep(windows=40, seeds=10), "mean"),
    "k = 1": (Sweep(k=1), "mean"),
    "k = 2": (Sweep(k=2), "mean"),
    "streams move accuracy by images alone": (Sweep(skill=0.0), "mean"),
    "a run of 0.1.0 whose windows share initial weights": (Sweep(replicates=0, common=0.08), "mean"),
    "logistic": (Sweep(windows=12, seeds=12, images=500), "logistic"),
}
# Fixed grids with real differences: only coverage counts.
GRIDS = {
    "windows differ in skill": Sweep(spread=0.3),
    "and masks in what they do to images": Sweep(spread=0.3, effect=0.5, skill=0.2),
}


def test_a_null_gets_no_verdict_more_often_than_it_may() -> None:
    count = 20
    found = repeat(Sweep(windows=12, seeds=12, images=300), count)
    assert found.verdicts[found.primary] <= level(count)
    assert found.covered[found.primary] >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / count)


SHARED = Sweep(windows=12, seeds=12, images=300, replicates=0, common=0.28, skill=0.3)


def test_windows_that_share_a_lucky_draw_get_no_verdict_more_often_than_they_may() -> None:
    """Null (i): a component common to all windows, as in runs of 0.1.0, is in the interval of A - B and of C - D."""
    count, alarms, before = 25, {"A - B": 0, "C - D": 0}, 0
    for number in range(count):
        results = compare_arms(SHARED.draw(number), 5, BLENDERS["mean"]).results
        found = {c.name: c.verdict for c in compare(results)}
        for name in alarms:
            alarms[name] += found[name] in ("helps", "hurts")
        without = {letter: replace(result, shared_draw=None) for letter, result in results.items()}
        before += next(c.verdict for c in compare(without) if c.name == "C - D") in ("helps", "hurts")
    assert max(alarms.values()) / count <= level(count)
    # The same repetitions without what the draw may do: so the null would be found wanting.
    assert before / count > level(count)


def test_streams_that_move_nothing_measurable_are_not_taken_to_move_nothing() -> None:
    found = [compare_arms(Sweep(12, 12, 300, skill=0.0).draw(i), 5, BLENDERS["mean"]) for i in range(6)]
    pairs = [c for study in found for c in study.comparisons]
    assert all(c.difference.stream_sd > 0 for c in pairs)
    assert all(c.difference.sd > c.over_images.sd for c in pairs)
    hidden = [study for study in found if study.primary.difference.over == "seeds (assumed) and images"]
    assert hidden
    for study in hidden:
        assert any(line.startswith("How much seeds change ") for line in study.answer)
        assert not any(line.startswith("No window was trained from further streams") for line in study.answer)


def test_25_windows_and_3_seeds_get_no_verdict_at_all() -> None:
    study = compare_arms(Sweep(seeds=3, images=300, k=3, replicates=0).draw(0), 3, BLENDERS["mean"])
    assert {c.verdict for c in study.comparisons} == {"no verdict"}


def test_a_real_difference_is_found() -> None:
    found = repeat(Sweep(windows=12, seeds=12, images=800, better=0.8), 4)
    assert found.verdicts[found.primary] == 1
    assert found.verdicts["C - D"] == 1


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", NULLS)
def test_nulls_at_length(name: str) -> None:
    sweep, blend = NULLS[name]
    count = 2000
    found = repeat(sweep, count, blend)
    print(f"{name}: {found}")
    for pair in {found.primary, "C - D"} & found.verdicts.keys():
        assert found.verdicts[pair] <= level(count)
        # An interval that covers too much is cautious; less than 93 % is wrong.
        assert 0.93 <= found.covered[pair] <= 0.99


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", GRIDS)
def test_fixed_grids_are_covered(name: str) -> None:
    found = repeat(GRIDS[name], 2000)
    print(f"{name}: {found}")
    assert 0.93 <= found.covered[found.primary] <= 0.98
