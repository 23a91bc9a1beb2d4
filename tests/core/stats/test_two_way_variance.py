"""Two-way variance, effects and verdicts on tables in which the truth is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from xsample_tui.core.stats.effect_verdict import verdict
from xsample_tui.core.stats.two_way_variance import StreamPart, component, effect, pure_part


def table(chance: np.random.Generator, streams: float, images: float, both: float) -> np.ndarray:
    """Return (40, 300) values with given SDs of streams, images and their interaction."""
    rows, columns = chance.normal(0, streams, (40, 1)), chance.normal(0, images, (1, 300))
    return np.asarray(rows + columns + chance.normal(0, both, (40, 300)))


@pytest.mark.parametrize("streams", [0.0, 0.02, 0.2])
def test_the_pure_part_is_that_of_streams_whatever_images_and_interaction_do(streams: float) -> None:
    chance = np.random.default_rng(0)
    found = [pure_part(table(chance, streams, 0.5, 0.4), 1.0, 39) for _ in range(300)]
    # The interaction alone moves row means by 0.4 / sqrt(300) = 0.023.
    plain = [table(chance, streams, 0.5, 0.4).mean(axis=1).var(ddof=1) for _ in range(300)]
    assert np.mean(plain) == pytest.approx(streams**2 + 0.4**2 / 300, rel=0.1)
    variances = [part.variance for part in found]
    # Where there is none, the mean is a little above 0: what the error of such a measurement allows.
    assert np.mean(variances) == pytest.approx(streams**2, rel=0.2, abs=1.2e-4)
    assert min(variances) > 0
    # Streams that move nothing are estimated at 0 or below in about half of all tables.
    hidden = np.mean([part.hidden for part in found])
    assert (0.4 <= hidden <= 0.65) if streams == 0 else hidden < 0.15


def test_a_component_is_never_0_and_never_less_than_the_estimate() -> None:
    totals = np.linspace(0, 5, 51)
    for freedom in (1, 3, 10, 55):
        found = [component([StreamPart(total, freedom, within=1.0)]) for total in totals]
        variances = [variance for variance, _ in found]
        assert min(variances) > 0
        assert all(variance >= total - 1 for variance, total in zip(variances, totals, strict=True))
        assert variances == sorted(variances)
        assert all(1 <= known <= freedom + 1e-9 for _, known in found)
    level = StreamPart(1.0, 50, within=1.0)
    assert level.hidden
    assert level.variance == pytest.approx(math.sqrt(2 / math.pi) * 0.2)
    assert level.scaled(3).variance == pytest.approx(3 * level.variance)
    clear = StreamPart(9.0, 50, within=1.0)
    assert not clear.hidden
    assert component([clear])[0] == pytest.approx(8, rel=1e-3)
    assert component([clear])[1] == pytest.approx(40, rel=0.05)
    assert component([]) == (0.0, math.inf)
    assert component([StreamPart(2.0, 4), StreamPart(1.0, 8)]) == pytest.approx((3.0, 9 / (1 + 1 / 8)))


@pytest.mark.parametrize("total", [0.6, 1.0, 1.3])
def test_a_component_is_the_mean_of_a_normal_distribution_cut_off_at_0(total: float) -> None:
    error = 0.2 * max(total, 1)
    cut = stats.truncnorm((1 - total) / error, np.inf, total - 1, error)
    variance, freedom = component([StreamPart(total, 50, within=1.0)])
    assert variance == pytest.approx(cut.mean())
    assert freedom == pytest.approx(min(2 * cut.mean() ** 2 / cut.var(), 50))


def test_parts_of_one_source_err_together() -> None:
    one = StreamPart(2.0, 10, within=1.0, source="D")
    together, apart = (component([one, replace(one, source=source)]) for source in ("D", "B"))
    assert together == component([StreamPart(4.0, 10, within=2.0)])
    assert together[0] > apart[0]
    assert together[1] < apart[1]


def test_a_part_that_could_not_be_measured_widens_the_interval_and_is_said_to_be_assumed() -> None:
    gaps = np.random.default_rng(2).normal(0.01, 0.3, 400)
    alone = effect(gaps, None)
    image = gaps.var(ddof=1) / 400
    wide = effect(gaps, (StreamPart(0.5 * image, 10, within=image), StreamPart(image, 10, within=0.9 * image)))
    assert wide.low < alone.low
    assert wide.high > alone.high
    assert wide.over == "seeds (assumed) and images"


def test_blends_that_agree_on_these_images_may_differ_on_others() -> None:
    same = effect(np.zeros(50), (StreamPart(0.0, 5),), least=1e-4)
    assert (same.low, same.image_sd) == pytest.approx((-0.0201, 0.01), rel=0.01)


def test_an_effect_over_images_alone_is_the_paired_t_test() -> None:
    gaps = np.random.default_rng(1).choice([-1.0, 0.0, 1.0], 500, p=[0.04, 0.9, 0.06])
    found = effect(gaps, None)
    expected = stats.ttest_1samp(gaps, 0)
    interval = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.over == "images alone"


def test_parts_add_up_and_degrees_of_freedom_are_satterthwaites() -> None:
    gaps = np.random.default_rng(2).normal(0.01, 0.3, 400)
    found = effect(gaps, (StreamPart(3e-4, 10), StreamPart(1e-4, 24, assumed=True)))
    image = gaps.var(ddof=1) / 400
    assert found.sd**2 == pytest.approx(image + 4e-4)
    assert found.freedom == pytest.approx((image + 4e-4) ** 2 / (image**2 / 399 + 9e-8 / 10 + 1e-8 / 24))
    assert found.over == "seeds (assumed) and images"
    assert found.narrow_high - found.narrow_low < found.high - found.low
    power = stats.nct.sf(stats.t.ppf(0.975, found.freedom), found.freedom, found.detectable / found.sd)
    assert power == pytest.approx(0.8, abs=0.01)


def test_blends_that_agree_everywhere_differ_by_nothing() -> None:
    same = effect(np.zeros(50), None)
    assert (same.difference, same.sd, same.p) == (0.0, 0.0, 1.0)
    assert verdict(same) == "no difference"
    assert verdict(effect(np.zeros(50), (StreamPart(1.0, 5),))) == "not resolved"
    apart = effect(np.ones(50), None)
    assert (apart.p, verdict(apart)) == (0.0, "helps")
