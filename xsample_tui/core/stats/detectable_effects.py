"""Computes which effects a sweep can find, before it is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .paired_tests import least_net_gain
from .window_tests import SeedVariance, detectable_gain, prior_variance

# The share of images that a whole-image network has wrong, where nothing better is known.
ASSUMED_ERRORS = 0.01
# Two blends of five networks disagree on about a quarter of the images that one network has wrong. Measured on MNIST:
# differences of about 13 images are found at 80 errors, which is 2.8 times the root of 80 / 4.
_BLENDS_APART = 0.25
_QUANTILES = 1.959964 + 0.841621


@dataclass(frozen=True)
class Detectable:
    """The least true differences that are found in 4 of 5 sweeps at 5 %, in images.

    Attributes:
        images: how many the sweep is judged on.
        errors: wrong ones of one whole-image network, as assumed.
        windows, baselines: trials of each.
        window: gain of one window after correction for all; nan with fewer than two baselines.
        window_alone: the same without correction.
        blends: difference of the best five windows blended to the best five whole-image networks, once every window
            has its twin.
        random_sets: the same of random windows to random networks, over all draws.
        net: least net gain that McNemar's test can call significant.
    """

    images: int
    errors: float
    windows: int
    baselines: int
    window: float
    window_alone: float
    blends: float
    random_sets: float
    net: int


def detectable(images: int, windows: int, baselines: int, share: float = ASSUMED_ERRORS, k: int = 5) -> Detectable:
    """Return what a sweep can find.

    A window: Holm's first step over all windows, with a seed variance of half the errors (Bloom 1995 for the sum of
    quantiles). Blends: a variance of a quarter of the errors, and that times k / W for the mean over all sets of k.

    Args:
        images: to judge on, at least 1.
        windows: W.
        baselines: R.
        share: of images that a whole-image network has wrong, 0..1.
        k: members of a blend.
    """
    errors = share * images
    base = SeedVariance(prior_variance(errors), max(baselines - 1, 1))
    known = baselines > 1
    apart = math.sqrt(max(_BLENDS_APART * errors, 1.0))
    return Detectable(
        images=images,
        errors=errors,
        windows=windows,
        baselines=baselines,
        window=detectable_gain(base, baselines, max(windows, 1)) if known else math.nan,
        window_alone=detectable_gain(base, baselines) if known else math.nan,
        blends=_QUANTILES * apart,
        random_sets=_QUANTILES * apart * math.sqrt(min(1.0, k / max(windows, 1))),
        net=least_net_gain(),
    )


ASSUMED = f"assumed: {ASSUMED_ERRORS:.0%}"


def sentences(found: Detectable, source: str = ASSUMED) -> list[str]:
    """Return it in sentences, the shortest first.

    Args:
        found: what can be found.
        source: where the number of errors comes from.
    """
    n = found.images
    said = f"{found.errors:,.0f} errors ({source})"
    if math.isnan(found.window):
        first = "can find: no window's gain, with fewer than 2 baselines"
    else:
        alone = f"{found.window_alone:,.0f} uncorrected"
        first = f"can find: a window's gain of {found.window:,.0f} of {n:,} images ({alone})"
    return [
        f"{first}, at {said}",
        f"can find, with every window's twin: {found.blends:,.0f} images between blends of 5, "
        f"{found.random_sets:,.1f} between random sets; McNemar's test: {found.net} at least",
    ]
