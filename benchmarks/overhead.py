"""What a sweep costs beside training: from one lease to the next, from trial to trial, and until the first epoch.

``python -m benchmarks.overhead [--data PATH] [--pictures N] [--epochs N]``

A real sweep of two windows for every worker, by the real controller with its worker processes, in a folder that is
deleted afterwards. With 20,000 images of MNIST an epoch, and so a lease, takes about 10 seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from xsample_tui.core.run_state.run_events import EpochDone, Event, TrialChanged
from xsample_tui.sweep.machine import machine_profile
from xsample_tui.sweep.run_setup import controller, default_machine, lay_out, new_spec

WINDOWS = ("keep-r09-c10", "keep-r10-c10", "keep-r09-c09", "keep-r10-c09")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--data", default="mnist", help="the images (default mnist), or a path")
    parser.add_argument("--pictures", type=int, default=20_000, help="of fit (default 20,000)")
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    jobs = default_machine(chosen=machine_profile.load()).jobs
    with tempfile.TemporaryDirectory() as folder:
        spec = new_spec(
            Path(folder),
            "standard",
            windows={"only": WINDOWS[: 2 * jobs]},
            training={"epochs": given.epochs},
            source=given.data,
            limit=given.pictures,
            baselines=0,
        )
        run = lay_out(Path(folder), spec)
        events: list[Event] = []
        began = time.time()
        controller(run, events.append).work()
        report(events, began, given.epochs)


def report(events: list[Event], began: float, last_epoch: int) -> None:
    """Print the shares and times."""
    slots: dict[str, int] = {}
    ended: dict[int, float] = {}
    last: dict[int, str] = {}
    training, within, between, ends = 0.0, 0.0, [], []
    epochs: dict[str, list[float]] = defaultdict(list)
    first: EpochDone | None = None
    for event in events:
        if isinstance(event, TrialChanged) and event.status == "running" and event.slot is not None:
            slots[event.trial] = event.slot
        if not isinstance(event, EpochDone):
            continue
        first = first or event
        slot = slots[event.trial]
        epochs[event.trial].append(event.seconds)
        if slot in ended:
            gap = event.at - ended[slot] - event.seconds
            if event.metrics.epoch == last_epoch:
                # The result of a trial's last lease comes with its test outputs and its final state.
                ends.append(gap)
            elif last[slot] == event.trial:
                training, within = training + event.seconds, within + gap
            else:
                between.append(gap)
        ended[slot], last[slot] = event.at, event.trial
    assert first is not None
    print(f"until the first epoch began: {first.at - first.seconds - began:.1f} s (workers, TensorFlow, images)")
    print(f"the first epoch: {first.seconds:.1f} s, with the tracing of its computation")
    every = [seconds for found in epochs.values() for seconds in found[1:]]
    print(f"an epoch: {sum(every) / max(1, len(every)):.2f} s in the mean")
    print(f"from lease to lease: {100 * within / training:.2f} % of training")
    print(f"a trial's end: {sum(ends) / max(1, len(ends)):.2f} s (test outputs and final state, before it is told)")
    print(f"from trial to trial: {sum(between) / max(1, len(between)):.2f} s (commit, initial weights, order)")


if __name__ == "__main__":
    main()
