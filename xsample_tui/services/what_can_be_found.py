"""Computes which effects a sweep can find, before it is trained."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from ..core.errors import XSampleError
from ..core.stats.detectable_effects import ASSUMED, ASSUMED_ERRORS, detectable, sentences
from ..store.run.run_folder import RunFolder
from ..store.run_catalog import RunCatalog
from ..sweep.measuring.cost_estimate import CostEstimate


def what_can_be_found(cost: CostEstimate, runs: Path, source: str) -> list[str]:
    """Return in sentences which differences a drafted sweep can find, the shortest first.

    Args:
        cost: the draft's numbers of trials and of images that they are judged on.
        runs: the runs folder; a finished run there on the same data gives the number of errors to expect.
        source: the data's source, as given.
    """
    share, origin = expected_errors(runs, source)
    return sentences(detectable(cost.judged, cost.windows + cost.joined, cost.baselines, share), origin)


def expected_errors(runs: Path, source: str) -> tuple[float, str]:
    """Return the share of images that a whole-image network is expected to have wrong, and where that comes from.

    Args:
        runs: the runs folder; the newest run there on the same data, of which a baseline is finished, says it.
        source: the data's source, as given.
    """
    for run in RunCatalog(runs).newest_first():
        if run.spec is None or run.spec.source != source:
            continue
        try:
            baselines = RunFolder.open(runs, run.name).progress().baselines
        except (XSampleError, OSError):
            continue
        shares = [1 - e.kept.val_accuracy for e in baselines if e.status == "done" and e.kept]
        if shares:
            return fmean(shares), f"as in {run.name}"
    return ASSUMED_ERRORS, ASSUMED
