"""The comparison of two runs as sentences, as rows and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from ..count_text import counted
from ..stats.significance import WORDS
from ..stats.two_way_variance import ALPHA
from .run_comparison import Difference, RunComparison
from .window_pairs import parked_places


def facts(found: RunComparison) -> dict[str, Any]:
    """Return everything as plain values for JSON; what is not known is None."""
    mean = found.mean
    return {
        "a": found.a.name,
        "b": found.b.name,
        "same_pictures": found.same_images,
        "pictures": [found.a.images, found.b.images],
        "protocol": ["article" if side.article else "honest" for side in (found.a, found.b)],
        "spec": [{"field": key, "a": left, "b": right} for key, left, right in found.spec],
        "baselines": None if found.baselines is None else _row(found.baselines),
        "windows": [_row(window) for window in found.windows],
        "only_a": found.alone[0],
        "only_b": found.alone[1],
        "mean_gain": _finite(mean[0]) if mean else None,
        "mean_gain_sd": [_finite(mean[1]), _finite(mean[2])] if mean else None,
        "needed": _finite(found.needed),
        "noise_from": "outputs" if found.outputs else "counts",
        "noise_factor": _finite(found.factor),
        "sentences": sentences(found),
    }


def table(found: RunComparison) -> list[dict[str, Any]]:
    """Return a row a window in both runs; rates are shares of images, and what is not known is None."""
    return [_row(window) for window in found.windows]


def _row(d: Difference) -> dict[str, Any]:
    return {
        "trial": d.name,
        "row": d.row,
        "col": d.col,
        "error_rate_a": d.a,
        "error_rate_b": d.b,
        "gain": d.gain,
        "low": _finite(d.low),
        "high": _finite(d.high),
        "noise_sd": _finite(d.sd),
        "p": _finite(d.p),
        "p_holm": _finite(d.p_holm),
        "mcnemar_holm": _finite(d.mcnemar_holm),
        "net_of_baselines": _finite(d.net),
        "standing": d.standing,
        "trainings": d.trainings,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def sentences(found: RunComparison) -> list[str]:
    """Return the result of the comparison, and what it cannot resolve, a sentence each."""
    return [*_cautions(found), *_about_baselines(found), *_about_windows(found)]


def _cautions(found: RunComparison) -> Iterator[str]:
    a, b = found.a, found.b
    for side in (a, b):
        if side.article:
            yield (
                f"{side.name} follows the article's protocol: test set used for early stopping and selection, "
                "scores are biased upwards"
            )
    if a.data[0] != b.data[0]:
        yield (
            f"the runs use different images (scored on {a.images:,} and {b.images:,}): "
            "the images alone may explain a difference"
        )
    elif a.data[1] != b.data[1]:
        yield (
            f"the runs are scored on different parts of the same images ({a.images:,} and {b.images:,}): "
            "chance differences between the parts count as noise"
        )
    elif a.progress.spec.seed == b.progress.spec.seed:
        yield (
            f"both runs use seed {a.progress.spec.seed}, so trials share starting weights and the noise estimate is "
            "conservative"
        )
    if any(entry.status != "done" for side in (a, b) for entry in side.progress.trials.values()):
        yield "not all trials of both runs are finished; only finished ones are compared"
    if parked := parked_places(a, b):
        yield f"{counted(parked, 'window', ('is', 'are'))} parked by successive halving; tests are corrected for all"


def _about_baselines(found: RunComparison) -> Iterator[str]:
    base = found.baselines
    if base is None:
        yield "baselines: at least one run has no finished baseline, so its noise is unknown"
        return
    counts = [sum(e.status == "done" for e in side.progress.baselines) for side in (found.a, found.b)]
    head = (
        f"baselines ({counts[0]} and {counts[1]}): error rate {base.a:.4f} and {base.b:.4f}, B gains {base.gain:+.4f}"
    )
    if math.isnan(base.p):
        yield f"{head}; noise is unknown with one baseline: not resolved, train at least 2 in each run"
    else:
        words = "not resolved" if base.p >= ALPHA else "resolved"
        yield f"{head} ± {base.sd:.4f} (SD), p = {base.p:.2g}: {words}"


def _about_windows(found: RunComparison) -> Iterator[str]:
    mean = found.mean
    if mean is None:
        yield "windows: no position is finished in both runs"
        return
    only = f"; {found.alone[0]} only in A, {found.alone[1]} only in B" if any(found.alone) else ""
    count = len(found.windows)
    noun = "position" if count == 1 else "positions"
    yield f"windows: {count} {noun} in both{only}; B gains {mean[0]:+.4f} on average"
    if words := _trainings(found.windows):
        yield words
    if math.isnan(found.needed):
        yield "windows: with fewer than 2 baselines in each run their noise is unknown; nothing is resolved"
        return
    if any(side.progress.spec.streams != "own" for side in (found.a, found.b)):
        # Did they move as one, their mean's interval would be as wide as that of one gain.
        wide = fmean((window.high - window.low) / 2 for window in found.windows)
        words = "significant in both cases" if abs(mean[0]) > wide else "not significant if they are correlated"
        yield (
            f"the windows of a run share their initial weights: the standard error of the mean is {mean[1]:.4f} "
            f"(independent) to {mean[2]:.4f} (fully correlated); {words}"
        )
    if not found.outputs:
        yield (
            f"windows: only counts are compared, so their noise is assumed to be {found.factor:.1f} times the "
            "baselines', which is conservative"
        )
    better, worse, alone = (found.named(standing) for standing in ("better", "worse", "uncorrected"))
    rest = f", {_names(alone)} {WORDS['uncorrected']}" if alone else ""
    yield (
        f"single windows, after Holm's correction: B better in {_names(better)}, worse in {_names(worse)}, "
        f"within noise in {count - len(better) - len(worse) - len(alone)}{rest}"
    )
    least = min(found.a.images, found.b.images)
    yield (
        f"smallest gain found: {found.needed:.4f} ({found.needed * least:.1f} of {least:,} images) of one window is "
        f"found in 4 of 5 repetitions, at 5 % over {count} windows"
    )


def _trainings(windows: Sequence[Difference]) -> str:
    """Say which windows were trained several times; empty where none was."""
    several = [window for window in windows if window.trainings > 1]
    if not several:
        return ""
    least, most = (bound(window.trainings for window in several) for bound in (min, max))
    times = f"{most}" if least == most else f"{least} to {most}"
    twins = sum(window.twins for window in several)
    by_pairs = ", by pairs of one stream" if twins == len(several) else ""
    verb = "was" if len(several) == 1 else "were"
    return (
        f"windows: {len(several)} of {len(windows)} {verb} trained {times} times in both runs; means are compared"
        f"{by_pairs}"
    )


def _names(found: list[Difference]) -> str:
    if not found:
        return "0"
    return f"{len(found)} ({', '.join(d.name for d in found[:3])}{', ...' if len(found) > 3 else ''})"
