"""What ``run --estimate`` prints."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import fmean

from ..core.duration import duration
from ..core.size import size
from ..core.spec import SweepSpec
from ..core.stats.detectable import ASSUMED, ASSUMED_ERRORS, detectable, sentences
from ..core.trial import plan
from ..datasets import load
from ..store.catalog import Catalog
from ..sweep.forecast import forecast
from .output import narrate

_BUSY = 0.7


def print_estimate(spec: SweepSpec, runs: Path) -> None:
    """Measure, and print what the sweep would take and what it could find.

    Args:
        spec: the drafted sweep.
        runs: the runs folder; a finished run there on the same data says how many errors to expect.

    Raises:
        InputError: bad data, or windows that do not fit, as when the sweep is laid out.
        XSampleError: the measurement failed.
    """
    dataset = load(spec.source)
    planned = plan(spec, dataset)
    narrate("measuring a few micro-batches of each kind of trial ...")
    found = forecast(spec, dataset.shape, dataset.classes, planned.split.sizes())
    most = "at most " if found.at_most else ""
    seconds = found.seconds
    print(f"trials: {found.windows} windows + {found.baselines} baselines = {found.windows + found.baselines}")
    print(f"disk: about {size(found.disk)}")
    print(
        f"time: {most}about {duration(seconds.middle)} ({duration(seconds.low)} to {duration(seconds.high)}), "
        f"measured for {found.took:.0f} s with {found.workers} worker{'s' if found.workers > 1 else ''} at once"
    )
    share, source = expected_errors(runs, spec.source)
    can = detectable(planned.split.sizes()["select"], found.windows, found.baselines, share)
    for line in sentences(can, source):
        print(line)
    if found.load > _BUSY * (os.cpu_count() or 1):
        narrate(f"the machine is busy (load {found.load:.1f}): left alone it would be faster")
    narrate("nothing was started")


def expected_errors(runs: Path, source: str) -> tuple[float, str]:
    """Return the share of images that a whole-picture network is expected to have wrong, and where that comes from.

    Args:
        runs: the runs folder; the newest run there on the same data, of which a baseline is finished, says it.
        source: the data's source, as given.
    """
    for run in Catalog(runs).summaries():
        if run.progress is None or run.progress.spec.source != source:
            continue
        shares = [1 - e.kept.val_accuracy for e in run.progress.baselines if e.status == "done" and e.kept]
        if shares:
            return fmean(shares), f"as in {run.name}"
    return ASSUMED_ERRORS, ASSUMED
