"""Prints what ``run --estimate`` has measured: trials, disk, time and detectable effects."""

from __future__ import annotations

from pathlib import Path

from ..core.count_text import counted
from ..core.duration_text import duration
from ..core.size_text import size
from ..core.training.sweep_spec import SweepSpec
from ..services.sweep_estimate import estimate_sweep
from .console_output import narrate


def print_estimate(spec: SweepSpec, runs: Path) -> None:
    """Measure, and print what the sweep would take and what it could find.

    Args:
        spec: the drafted sweep.
        runs: the runs folder; a finished run there on the same data says how many errors to expect.

    Raises:
        InputError: bad data, or windows that do not fit, as when the sweep is laid out.
        XSampleError: the measurement failed.
    """
    narrate("measuring a few micro-batches of each kind of trial ...")
    estimated = estimate_sweep(spec, runs)
    found = estimated.cost
    most = "at most " if found.at_most else ""
    seconds = found.seconds
    print(f"trials: {found.windows} windows + {found.baselines} baselines = {found.windows + found.baselines}")
    print(f"disk: about {size(found.disk)}")
    print(
        f"time: {most}about {duration(seconds.middle)} ({duration(seconds.low)} to {duration(seconds.high)}), "
        f"from a {found.took:.0f} s benchmark with {counted(found.workers, 'worker')}"
    )
    if found.scout:
        print(f"of it, before the trials: about {duration(found.scout)} for the scout")
    if found.rungs:
        print(f"successive halving: {found.rungs}")
    for note in filter(None, (found.note, estimated.note)):
        print(note)
    for line in estimated.findable:
        print(line)
    if found.busy:
        narrate(f"the machine is busy (load {found.load:.1f}): on an idle machine the sweep is faster")
    narrate("nothing was started or written")
