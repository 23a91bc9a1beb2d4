"""A lease without TensorFlow: as deterministic, as stateful and as picky as the real one, but quick.

Environment variables bend it: ``FAKE_SECONDS`` an epoch lasts, ``FAKE_FAIL`` names trials that raise,
``FAKE_NAN`` trials whose loss is not finite, ``FAKE_DIE`` trials whose worker ends at its first epoch,
``FAKE_STUCK`` trials that take a minute, ``FAKE_BYTES`` of state, ``FAKE_PACE`` a file that says the seconds,
``FAKE_PRINT`` bytes that an epoch prints.
"""

import math
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from xsample_tui.core.checkpoint import decode, encode
from xsample_tui.core.errors import InputError
from xsample_tui.core.lease import AfterEpoch, DataSource, LeaseOrder, LeaseResult, StateMissing, TrainingFailed
from xsample_tui.core.metrics import EpochMetrics
from xsample_tui.core.seed import generator
from xsample_tui.core.state import TrialState
from xsample_tui.core.stopping import initial_state, observe

held: dict[str, TrialState] = {}
# Keys of the sources whose images this process has.
opened: set[str] = set()


def run(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    name = order.trial.name
    if name in os.environ.get("FAKE_FAIL", "").split(","):
        raise RuntimeError(f"{name} was told to\x1b[31m fail")
    if name in os.environ.get("FAKE_DIE", "").split(","):
        os.kill(os.getpid(), signal.SIGKILL)
    if name in os.environ.get("FAKE_STUCK", "").split(","):
        time.sleep(60)
    if order.state is not None:
        state = decode(order.state)
    elif order.epoch == 0:
        size = int(os.environ.get("FAKE_BYTES", "400")) // 4
        weights = {"w": generator(order.trial.init_seed).random(size, np.float32)}
        stopping = initial_state(order.training.stopping, order.carried)
        state = TrialState(name, 0, weights, {"m": np.zeros(3)}, stopping, carried=order.carried)
    elif name in held and held[name].epoch == order.epoch:
        state = held[name]
    else:
        raise StateMissing(name)
    held.pop(name, None)
    before = state.epoch
    for _ in range(order.epochs):
        state = _epoch(order, state)
        if state.finished or (after is not None and not after(state.history[-1], state.seconds[-1])):
            break
    if state.finished:
        softmax = generator(name, state.epoch).dirichlet(np.ones(3), 5).astype(np.float32)
        state = replace(state, slots={}, softmax={"select": softmax, "test": softmax})
    else:
        held[name] = state
    data = encode(state) if state.finished or order.want_state else None
    new = state.history[before:]
    return LeaseResult(name, state.epoch, new, state.seconds[before:], state.stopping, state.stop_reason, data)


def run_on_images(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    """Open the images first, once in each process, as the real lease does."""
    if source.key not in opened:
        source.open()
        opened.add(source.key)
    return run(order, source, after)


def _seconds() -> float:
    if pace := os.environ.get("FAKE_PACE"):
        # Empty while it is being written.
        return float(Path(pace).read_text() or 0)
    return float(os.environ.get("FAKE_SECONDS", "0"))


def _epoch(order: LeaseOrder, state: TrialState) -> TrialState:
    began = time.perf_counter()
    time.sleep(_seconds())
    if size := int(os.environ.get("FAKE_PRINT", "0")):
        print("." * (size - 1), flush=True)
    name, epoch = order.trial.name, state.epoch + 1
    lot = generator(order.seed, name, "epoch", epoch)
    if name in os.environ.get("FAKE_NAN", "").split(","):
        raise TrainingFailed(f"the loss is {math.nan} in epoch {epoch}")
    weights = {"w": state.weights["w"] * np.float32(0.9) + lot.random(len(state.weights["w"]), np.float32)}
    loss, wrong = float(weights["w"].mean()), int(lot.integers(0, 50))
    metrics = EpochMetrics(
        epoch=epoch,
        loss=loss,
        accuracy=float(lot.random()),
        val_loss=loss,
        val_accuracy=1 - wrong / 100,
        val_errors=wrong,
        stop_loss=float(lot.random()),
        stop_accuracy=0.5,
    )
    stopping, reason = observe(order.training.stopping, state.stopping, metrics, order.training.patience)
    if reason is None and epoch >= order.training.epochs:
        reason = f"all {epoch} epochs"
    return replace(
        state,
        epoch=epoch,
        weights=weights,
        slots={"m": np.asarray(state.slots["m"], np.float64) + lot.random(3)},
        stopping=stopping,
        history=(*state.history, metrics),
        seconds=(*state.seconds, time.perf_counter() - began),
        stop_reason=reason,
        drifted=order.drifted,
    )


class Stubborn(Exception):
    """An error as libraries have them: it cannot be unpickled."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} is \x1b[31m{value}")


def raise_input_error(*_: object) -> None:
    raise InputError("--micro-batch", 7, "choose a divisor of 125")


def raise_stubborn(*_: object) -> None:
    raise Stubborn("network", 7)


def raise_unpicklable(*_: object) -> None:
    error = ValueError("a lock is in it")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    raise error
