"""The account of a contrast: two runs compared, in sentences, as rows and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import fmean
from typing import Any

from .contrast import Contrast, Difference
from .stats.standing import WORDS
from .stats.two_way import ALPHA


def facts(found: Contrast) -> dict[str, Any]:
    """Return everything as plain values for JSON; what is not known is None."""
    mean = found.mean
    return {
        "a": found.a.name,
        "b": found.b.name,
        "same_pictures": found.same_pictures,
        "pictures": [found.a.pictures, found.b.pictures],
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


def table(found: Contrast) -> list[dict[str, Any]]:
    """Return a row a window in both runs; rates are shares of pictures, and what is not known is None."""
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
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def sentences(found: Contrast) -> list[str]:
    """Return what the comparison amounts to, and what it cannot resolve, a sentence each."""
    return [*_cautions(found), *_about_baselines(found), *_about_windows(found)]


def _cautions(found: Contrast) -> Iterator[str]:
    a, b = found.a, found.b
    for side in (a, b):
        if side.article:
            yield f"{side.name} follows the article's protocol: test data stop and select, its scores are too good"
    if a.data[0] != b.data[0]:
        yield (
            f"the runs are on different pictures (judged on {a.pictures:,} and {b.pictures:,}): "
            "a difference may be the pictures' alone"
        )
    elif a.data[1] != b.data[1]:
        yield (
            f"the runs are judged on different parts of the same pictures ({a.pictures:,} and {b.pictures:,}): "
            "the luck of the split is counted as noise"
        )
    elif a.progress.spec.seed == b.progress.spec.seed:
        yield (
            "both runs have one seed: trials that begin from the same weights share luck, so that the noise "
            "named here is rather too large than too small"
        )
    if any(entry.status != "done" for side in (a, b) for entry in side.progress.trials.values()):
        yield "not every trial of both runs is done; only those that are done count"


def _about_baselines(found: Contrast) -> Iterator[str]:
    base = found.baselines
    if base is None:
        yield "baselines: at least one run has none finished, so that nothing says what its noise is"
        return
    counts = [sum(e.status == "done" for e in side.progress.baselines) for side in (found.a, found.b)]
    head = (
        f"baselines ({counts[0]} and {counts[1]}): error rate {base.a:.4f} and {base.b:.4f}, B gains {base.gain:+.4f}"
    )
    if math.isnan(base.p):
        yield f"{head}; a single baseline shows no noise: not resolved, train at least 2 in each run"
    else:
        words = "not resolved" if base.p >= ALPHA else "resolved"
        yield f"{head} ± {base.sd:.4f} (SD), p = {base.p:.2g}: {words}"


def _about_windows(found: Contrast) -> Iterator[str]:
    mean = found.mean
    if mean is None:
        yield "windows: no place is finished in both runs"
        return
    only = f"; {found.alone[0]} only in A, {found.alone[1]} only in B" if any(found.alone) else ""
    count = len(found.windows)
    yield f"windows: {count} {'place' if count == 1 else 'places'} in both{only}; B gains {mean[0]:+.4f} on average"
    if math.isnan(found.needed):
        yield "windows: without 2 baselines in each run their noise is not known; nothing is resolved"
        return
    if any(side.progress.spec.streams != "own" for side in (found.a, found.b)):
        # Did they move as one, their mean's interval would be as wide as that of one gain.
        wide = fmean((window.high - window.low) / 2 for window in found.windows)
        words = "resolved either way" if abs(mean[0]) > wide else "not resolved for certain"
        yield (
            f"the windows of a run share their initial weights: the mean's noise (SD) lies between {mean[1]:.4f}, "
            f"were they independent, and {mean[2]:.4f}, did they move as one: {words}"
        )
    if not found.outputs:
        yield (
            f"windows: only their counts are compared, so that their noise is taken to be {found.factor:.1f} times "
            "the baselines', on the safe side"
        )
    better, worse, alone = (found.named(standing) for standing in ("better", "worse", "uncorrected"))
    rest = f", {_names(alone)} {WORDS['uncorrected']}" if alone else ""
    yield (
        f"single windows, after Holm's correction: B better in {_names(better)}, worse in {_names(worse)}, "
        f"within noise in {count - len(better) - len(worse) - len(alone)}{rest}"
    )
    least = min(found.a.pictures, found.b.pictures)
    yield (
        f"resolution: one window must truly gain {found.needed:.4f} ({found.needed * least:.1f} of {least:,} images) "
        f"to be found in 4 of 5 repetitions at 5 % over {count} windows"
    )


def _names(found: list[Difference]) -> str:
    if not found:
        return "0"
    return f"{len(found)} ({', '.join(d.name for d in found[:3])}{', ...' if len(found) > 3 else ''})"
