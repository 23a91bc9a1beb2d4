"""Tests one window against the baselines: a t-test over streams and images.

Counted in images. A window's errors differ from the baselines' by its seed, by theirs, and by which images its mask
happens to make easier or harder. A t-test against the spread of the baselines holds the images fixed, McNemar's test
the networks: either alone finds too much where the other's part is large.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .two_way_variance import StreamPart, added_up, least_found

Floats = NDArray[np.float64]
Rights = NDArray[np.bool_]
PRIOR_FREEDOM = 2
# With a window's own trainings: for what the baselines say of its variance, at most.
_TRANSFER_FREEDOM = 6


@dataclass(frozen=True)
class SeedVariance:
    """How far errors vary by the seed alone.

    Attributes:
        value: the variance, in images squared, above 0.
        freedom: its degrees of freedom.
    """

    value: float
    freedom: float

    @property
    def sd(self) -> float:
        """The standard deviation, in images."""
        return math.sqrt(self.value)


def prior_variance(errors: float) -> float:
    """Return the seed variance that is usual at so many errors: half of them, at least a half.

    Two trainings of one network share about half of their errors, and the other half falls like coins.
    """
    return max(errors, 1.0) / 2


def moderated(own: float, prior: float, freedom: float) -> float:
    """Return a variance that is drawn up to a prior where it is smaller, and stands where it is larger.

    Args:
        own: as measured.
        prior: what is usual, worth two degrees of freedom (Smyth 2004).
        freedom: of the measured one.
    """
    return max(own, (PRIOR_FREEDOM * prior + freedom * own) / (PRIOR_FREEDOM + freedom))


def error_ratio(errors: float, mean: float) -> float:
    """Return by how much a window's seed variance is larger than a baseline's: it goes with the errors.

    It is not taken below a baseline's: without an effect a window with few errors by chance has the baselines'
    variance, and a smaller one would make chance look like a finding.

    Args:
        errors: the window's.
        mean: the baselines'.
    """
    return max(errors / max(mean, 1.0), 1.0)


def seed_variance(errors: ArrayLike) -> SeedVariance:
    """Return the seed variance of R baselines, not less than moderated by what is usual at as many errors.

    ``(2 * prior + (R - 1) * s^2) / (R + 1)`` (Smyth 2004, with a prior worth two): two or three baselines with equal
    counts do not make it 0, and one leaves the prior alone. Where s^2 is larger it stands: the prior is the least
    that coins give, and networks that differ in skill exceed it. For the same reason the prior earns no degrees of
    freedom: they are R - 1. In simulation with SDs of 1 to 2.5 times the prior's the level then holds.

    Args:
        errors: (R,) wrong images of each baseline, R at least 1.
    """
    found = np.asarray(errors, np.float64).ravel()
    prior, below = prior_variance(float(found.mean())), len(found) - 1
    if not below:
        return SeedVariance(prior, float(PRIOR_FREEDOM))
    return SeedVariance(moderated(float(found.var(ddof=1)), prior, below), float(below))


def window_variance(base: SeedVariance, mean: float, errors: float, replicates: ArrayLike = ()) -> SeedVariance:
    """Return a window's own seed variance: the baselines', scaled by the errors, moderating what replicates show.

    Args:
        base: of the baselines.
        mean: their mean errors.
        errors: the window's.
        replicates: errors of further trainings of the same window.
    """
    scaled = base.value * error_ratio(errors, mean)
    again = np.asarray(replicates, np.float64).ravel()
    if not len(again):
        return SeedVariance(scaled, base.freedom)
    counts = np.append(again, errors)
    return with_trainings(SeedVariance(scaled, base.freedom), float(counts.var(ddof=1)), len(counts))


def with_trainings(assumed: SeedVariance, measured: float, count: int) -> SeedVariance:
    """Return a variance that is assumed from other networks, with what a window's own trainings show.

    Two or three trainings show little: alone, a t of one or two degrees of freedom would find less than one training
    does. What the baselines say of another mask's variance counts as six degrees of freedom at most.

    Args:
        assumed: from the baselines.
        measured: the variance of the window's trainings, as of one training.
        count: how many these are, at least 2.
    """
    prior, below = min(assumed.freedom, _TRANSFER_FREEDOM), count - 1
    return SeedVariance((prior * assumed.value + below * measured) / (prior + below), prior + below)


@dataclass(frozen=True, eq=False)
class WindowTests:
    """Windows against the baselines, an entry a window.

    Attributes:
        gain: (W,) the baselines' mean errors minus the window's, in images.
        seed_sd: (W,) the seeds' part of its standard error: the window's and the baselines'.
        image_sd: (W,) the images' part: what the mask does to single images.
        freedom: (W,) degrees of freedom (Satterthwaite 1946).
        t, p: (W,) t below 0 is fewer errors; two-sided p; nan with fewer than two baselines.
        low, high: (W,) the gain's 95 % interval; nan likewise.
        replicates: (W,) further trainings of each.
    """

    gain: Floats
    seed_sd: Floats
    image_sd: Floats
    freedom: Floats
    t: Floats
    p: Floats
    low: Floats
    high: Floats
    replicates: NDArray[np.int_]


def window_tests(windows: Rights, baselines: Rights, replicates: Mapping[int, Rights] | None = None) -> WindowTests:
    """Test each window against the baselines, over streams and images.

    The seeds' part is the window's variance and the baselines' over their number. The images' part is what the mean
    right of the window differs by from the baselines' mean, image by image, squared and summed. It is what windows
    and baselines disagree by beyond what networks of one kind disagree by: ``D_wb - (D_bb + D_ww) / 2``, less the
    square of the gain over n. So the interaction of seeds and images, which is in the counts' variance, counts once.

    Args:
        windows: (W, n) bool, which images each window's network has right.
        baselines: (R, n) bool, the same of whole-image networks, R at least 1.
        replicates: of windows by index, (r, n) bool each: further trainings of the same window.
    """
    from scipy.special import stdtr, stdtrit

    again = replicates or {}
    n, count = windows.shape[1], len(baselines)
    errors, base_errors = (~windows).sum(axis=1).astype(np.float64), (~baselines).sum(axis=1).astype(np.float64)
    mean = float(base_errors.mean())
    base = seed_variance(base_errors)
    within = _apart_within(baselines) if count > 1 else mean
    between = _apart(windows, baselines).mean(axis=1)
    gain = mean - errors
    trained = np.array([len(again.get(i, ())) for i in range(len(windows))], np.int_)
    seeds, images, freedom = (np.empty(len(windows)) for _ in range(3))
    for i, wrong in enumerate(errors):
        more = again.get(i)
        counts = () if more is None else (~more).sum(axis=1)
        own = window_variance(base, mean, float(wrong), counts)
        alike = within * max(wrong, 1.0) / max(mean, 1.0)
        if more is not None:
            alike = _apart_within(np.concatenate([windows[i : i + 1], more]))
        shared = base.value / count
        seeds[i] = own.value + shared
        images[i] = max(between[i] - (within + alike) / 2 - gain[i] ** 2 / n, 0.0)
        parts = ((own.value, own.freedom), (shared, base.freedom), (float(images[i]), max(n - 1, 1)))
        freedom[i] = added_up(StreamPart(*part) for part in parts)[1]
    se = np.sqrt(seeds + images)
    if count < 2:
        unknown = np.full(len(windows), math.nan)
        return WindowTests(
            gain, np.sqrt(seeds), np.sqrt(images), freedom, unknown, unknown, unknown, unknown, trained
        )
    t = -gain / se
    p = np.minimum(2 * np.asarray(stdtr(freedom, -np.abs(t))), 1.0)
    reach = np.asarray(stdtrit(freedom, 0.975)) * se
    return WindowTests(gain, np.sqrt(seeds), np.sqrt(images), freedom, t, p, gain - reach, gain + reach, trained)


def expected_p(tests: WindowTests, base_errors: ArrayLike, n: int, count: int) -> Floats:
    """Return (W,) p as it would be with ``count`` baselines, if their mean and spread and all gains stayed the same.

    With as many baselines as there are it is the p of :func:`window_tests`.

    Args:
        tests: of the windows.
        base_errors: (R,) wrong images of each baseline, R at least 2.
        n: images, at least 1.
        count: how many baselines there would be, at least 2.
    """
    from scipy.special import stdtr

    found = np.asarray(base_errors, np.float64).ravel()
    mean, now = float(found.mean()), seed_variance(found)
    then = moderated(float(found.var(ddof=1)), prior_variance(mean), count - 1)
    again = tests.replicates > 0
    ratio = np.maximum((mean - tests.gain) / max(mean, 1.0), 1.0)
    own = np.where(again, tests.seed_sd**2 - now.value / len(found), then * ratio)
    below = np.where(again, min(count - 1, _TRANSFER_FREEDOM) + tests.replicates, count - 1)
    shared, images = then / count, tests.image_sd**2
    total = own + shared + images
    # Satterthwaite, as added_up() has it for one window.
    freedom = total**2 / (own**2 / below + shared**2 / (count - 1) + images**2 / max(n - 1, 1))
    return np.asarray(np.minimum(2 * stdtr(freedom, -np.abs(tests.gain) / np.sqrt(total)), 1.0), np.float64)


def detectable_gain(base: SeedVariance, count: int, windows: int = 1) -> float:
    """Return the gain of one window, in images, that is found in 4 of 5 repetitions at 5 % by Holm's first step.

    Args:
        base: of the baselines.
        count: baselines, R.
        windows: over how many it is corrected.
    """
    return least_found(base.sd * math.sqrt(1 + 1 / count), base.freedom, windows)


def _apart(one: Rights, other: Rights) -> Floats:
    """Return (A, B) float64: how many images exactly one of each pair has right."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    both = (a @ b.T).astype(np.float64)
    return np.asarray(one.sum(axis=1)[:, None] + other.sum(axis=1)[None, :] - 2 * both)


def _apart_within(rights: Rights) -> float:
    """Return the mean of that over all pairs of one kind."""
    count = len(rights)
    return float(_apart(rights, rights).sum() / (count * (count - 1)))
