"""Two runs side by side."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from xsample_tui.core.account import facts, sentences, table
from xsample_tui.core.contrast import Side, contrast
from xsample_tui.core.event import EpochDone, TrialChanged
from xsample_tui.core.metrics import EpochMetrics
from xsample_tui.core.preset import preset
from xsample_tui.core.progress import Progress
from xsample_tui.core.spec import Machine
from xsample_tui.core.trial import Trial

PICTURES = 1000


def side(baselines: list[int], windows: dict[tuple[int, int], int], name: str = "a", **changes: Any) -> Side:
    spec = preset("quick", name, Machine(), **changes)
    errors: dict[str, tuple[int | None, int | None, int]] = {
        f"baseline-s{i:02d}": (None, None, wrong) for i, wrong in enumerate(baselines)
    }
    errors |= {f"keep-r{r:02d}-c{c:02d}": (r, c, wrong) for (r, c), wrong in windows.items()}
    trials = tuple(
        Trial(
            name=trial,
            kind="baseline" if row is None else "keep",
            row=row,
            col=col,
            height=None if row is None else 9,
            width=None if row is None else 9,
            init_seed=1,
        )
        for trial, (row, col, _) in errors.items()
    )
    progress = Progress(spec, trials)
    for trial, (_, _, wrong) in errors.items():
        metrics = EpochMetrics(
            epoch=1, loss=1, accuracy=0.5, val_loss=1, val_accuracy=1 - wrong / PICTURES, val_errors=wrong
        )
        progress.apply(EpochDone(at=0, trial=trial, metrics=metrics, seconds=1))
        progress.apply(TrialChanged(at=0, trial=trial, status="done"))
    return Side(progress, PICTURES, ("pictures", "split"))


def test_baselines_are_compared_by_welchs_test() -> None:
    a, b = [31, 35, 28, 40], [22, 25, 19]
    found = contrast(side(a, {}), side(b, {}, "b")).baselines
    assert found is not None
    oracle = stats.ttest_ind(a, b, equal_var=False)
    assert found.p == pytest.approx(oracle.pvalue)
    assert found.gain == pytest.approx((np.mean(a) - np.mean(b)) / PICTURES)


def test_a_windows_noise_is_that_of_one_more_baseline_of_each_run() -> None:
    a, b = [30, 34, 38], [30, 33, 36]
    found = contrast(side(a, {(0, 0): 90, (0, 5): 40}), side(b, {(0, 0): 40, (0, 5): 41}, "b"))
    first, second = found.windows
    assert first.sd == pytest.approx(math.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1)) / PICTURES)
    freedom = (16 + 9) ** 2 / (16**2 / 2 + 9**2 / 2)
    assert first.p == pytest.approx(2 * stats.t.sf(50 / 5, freedom))
    assert first.p_holm == pytest.approx(2 * first.p)
    assert (first.standing, second.standing) == ("better", "noise")
    assert first.net == pytest.approx(first.gain - (34 - 33) / PICTURES)


def test_the_other_way_round_all_signs_turn() -> None:
    a, b = side([30, 34, 38], {(0, 0): 90, (5, 5): 20}), side([25, 33, 36], {(0, 0): 40, (5, 5): 25}, "b")
    there, back = contrast(a, b), contrast(b, a)
    for one, other in zip(there.windows, back.windows, strict=True):
        assert one.gain == pytest.approx(-other.gain)
        assert one.p == pytest.approx(other.p)
    assert there.baselines is not None
    assert back.baselines is not None
    assert there.baselines.gain == pytest.approx(-back.baselines.gain)


def test_other_pictures_add_the_luck_of_the_draw() -> None:
    a, b = side([30, 34, 38], {(0, 0): 90}), side([30, 33, 36], {(0, 0): 40}, "b")
    same, other = contrast(a, b).windows[0], contrast(a, replace(b, data=("pictures", "another"))).windows[0]
    sampling = (0.09 * 0.91 + 0.04 * 0.96) / PICTURES
    assert other.sd == pytest.approx(math.sqrt(same.sd**2 + sampling))
    assert other.p > same.p
    assert any(
        "different parts of the same pictures" in line
        for line in sentences(contrast(a, replace(b, data=("pictures", "x"))))
    )


def test_one_baseline_shows_no_noise_and_nothing_is_resolved() -> None:
    found = contrast(side([30], {(0, 0): 90}), side([20, 25], {(0, 0): 10}, "b"))
    assert found.windows[0].standing == "unknown"
    words = " ".join(sentences(found))
    assert "train at least 2" in words
    assert "nothing is resolved" in words
    assert facts(found)["windows"][0]["p"] is None


def test_only_places_in_both_are_paired_and_the_rest_is_counted() -> None:
    found = contrast(
        side([30, 32], {(0, 0): 50, (0, 5): 50, (0, 10): 50}), side([30, 32], {(0, 5): 40, (9, 9): 1}, "b")
    )
    assert [row["trial"] for row in table(found)] == ["keep-r00-c05"]
    assert found.alone == (2, 1)
    nothing = contrast(side([30, 32], {(0, 0): 50}), side([30, 32], {(1, 1): 40}, "b"))
    assert any("no place is finished in both" in line for line in sentences(nothing))


def test_the_mean_of_windows_that_share_their_luck_is_not_taken_for_certain() -> None:
    places = {(0, 5 * i): 50 for i in range(5)}
    a = side([30, 34, 38], places)
    near = contrast(a, side([30, 33, 36], dict.fromkeys(places, 44), "b"))
    far = contrast(a, side([30, 33, 36], dict.fromkeys(places, 10), "b"))
    assert near.mean is not None
    _, least, most = near.mean
    assert least == pytest.approx(most / math.sqrt(5))
    assert any("not resolved for certain" in line for line in sentences(near))
    assert any("resolved either way" in line for line in sentences(far))


def test_what_differs_is_named_and_what_does_not_is_not() -> None:
    a = side([30, 32], {})
    b = replace(side([30, 32], {}, "b", seed=7, training={"epochs": 3}), fingerprint={"numpy": "2.1"})
    assert {key: (left, right) for key, left, right in contrast(a, b).spec} == {
        "seed": ("0", "7"),
        "training.epochs": ("8", "3"),
        "machine: numpy": ("none", "2.1"),
    }
    assert contrast(a, a).spec == ()


def test_the_articles_protocol_is_called_by_its_name() -> None:
    a = side([30, 32], {})
    b = side([30, 32], {}, "b", article_protocol=True)
    assert any("b follows the article's protocol" in line for line in sentences(contrast(a, b)))
