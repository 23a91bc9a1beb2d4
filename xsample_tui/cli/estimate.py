"""What ``run --estimate`` prints."""

from __future__ import annotations

import os

from ..core.duration import duration
from ..core.size import size
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
    print(f"disk: about {size(found.disk)}")
    print(
        f"time: {most}about {duration(seconds.middle)} ({duration(seconds.low)} to {duration(seconds.high)}), "
        f"measured for {found.took:.0f} s with {found.workers} worker{'s' if found.workers > 1 else ''} at once"
    )
    if found.load > _BUSY * (os.cpu_count() or 1):
        narrate(f"the machine is busy (load {found.load:.1f}): left alone it would be faster")
    narrate("nothing was started")
