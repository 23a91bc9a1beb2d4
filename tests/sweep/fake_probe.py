"""A probe without TensorFlow: the seconds of an image are a function of how many pixels stay."""

import time

from xsample_tui.core.training.timing_probe import ProbeOrder, ProbeResult


def measure(order: ProbeOrder) -> ProbeResult:
    costs = [float(mask.sum()) * 1e-6 for mask in order.masks]
    return ProbeResult(
        training=tuple((cost,) * order.rounds for cost in costs),
        evaluation=tuple((cost / 10,) * order.rounds for cost in costs),
        tracing=(0.5,) * len(costs),
        starting=3.0,
    )


def endless(order: ProbeOrder) -> ProbeResult:
    time.sleep(600)
    raise AssertionError("it was to be ended")


def broken(order: ProbeOrder) -> ProbeResult:
    raise RuntimeError("no\x1b[31m room")
