"""What ``run --estimate`` prints."""

from __future__ import annotations

import os

from ..core.spec import SweepSpec
from ..core.trial import plan
from ..datasets import load
from ..sweep.forecast import forecast
from .output import narrate

_BUSY = 0.7


def print_estimate(spec: SweepSpec) -> None:
    """Measure, and print what the sweep would take.

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
    print(f"disk: about {found.disk / 1e6:,.0f} MB")
    print(
        f"time: {most}about {_words(seconds.middle)} ({_words(seconds.low)} to {_words(seconds.high)}), "
        f"measured for {found.took:.0f} s with {found.workers} worker{'s' if found.workers > 1 else ''} at once"
    )
    if found.load > _BUSY * (os.cpu_count() or 1):
        narrate(f"the machine is busy (load {found.load:.1f}): left alone it would be faster")
    narrate("nothing was started")


def _words(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
