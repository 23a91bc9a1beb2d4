"""A lease without TensorFlow: as deterministic, as stateful and as picky as the real one, but quick.

:func:`run` has metrics of noise, :func:`run_smooth` learning curves to be drawn, :func:`run_judged` softmax outputs
for each image of both splits, and :func:`run_on_images` opens the images first.

Environment variables bend it: ``FAKE_SECONDS`` an epoch lasts, ``FAKE_FAIL`` names trials that raise,
``FAKE_NAN`` trials whose loss is not finite, ``FAKE_DIE`` trials whose worker ends at its first epoch,
``FAKE_STUCK`` trials that take a minute, ``FAKE_BYTES`` of state, ``FAKE_PACE`` a file that says the seconds,
``FAKE_GATE`` a file without which no epoch ends, ``FAKE_PRINT`` bytes that an epoch prints.
"""

import math
import os
import signal
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from tests.harness.made_softmax import member_softmax
from xsample_tui.core.errors import ArgumentError
from xsample_tui.core.seeding import generator
from xsample_tui.core.training.checkpoint_format import decode, encode
from xsample_tui.core.training.early_stopping import initial_state, observe
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.lease import (
    AfterEpoch,
    DataSource,
    LeaseOrder,
    LeaseResult,
    StateMissing,
    TrainingFailed,
)
from xsample_tui.core.training.lease_stage import current
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.core.training.trial_state import TrialState

PACE, FAILING, GATE = "FAKE_SECONDS", "FAKE_NAN", "FAKE_GATE"
# Images that smooth metrics count errors on.
SELECT = 1000
# A trial's metrics after an epoch, from the mean of its weights and the epoch's stream.
Metrics = Callable[[Trial, int, float, np.random.Generator], EpochMetrics]
held: dict[str, TrialState] = {}
# Keys of the sources whose images this process has.
opened: set[str] = set()


def run(order: LeaseOrder, source: DataSource | None, after: AfterEpoch | None = None) -> LeaseResult:
    """Train with metrics of noise; a finished trial has the softmax outputs of five images."""
    return _run(order, after, _noise)


def run_half_way(order: LeaseOrder, source: DataSource | None, after: AfterEpoch | None = None) -> LeaseResult:
    """Run a lease that says throughout that half of an epoch is trained."""
    current.set("training", lambda: 0.5)
    try:
        return run(order, source, after)
    finally:
        current.set("")


def run_smooth(order: LeaseOrder, source: DataSource | None, after: AfterEpoch | None = None) -> LeaseResult:
    """Train with metrics that get better epoch by epoch, the sooner the nearer a window is to the centre."""
    return _run(order, after, lambda trial, epoch, mean, lot: metrics_of(trial, epoch))


def run_judged(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    """Train with softmax outputs that can be judged: one for each image of both splits."""
    result = run(order, source, after)
    if result.stop_reason is None:
        return result
    assert result.state is not None
    dataset, split = source.open()
    softmax = {
        name: member_softmax(dataset.labels[at], dataset.classes, order.trial.name, name, strength=3.0)
        for name, at in {"select": split.select, "test": split.test}.items()
    }
    return replace(result, state=encode(replace(decode(result.state), softmax=softmax)))


def errors_of(trial: Trial, epoch: int) -> int:
    """Return a trial's smooth select errors: fewer epoch by epoch, and more the farther its window is off centre."""
    own = zlib.crc32(trial.name.encode()) % 13 - 6
    off = 0 if trial.row is None or trial.col is None else abs(trial.row - 8) + abs(trial.col - 10) - 6
    return max(0, 20 + 4 * off + own + 120 // (epoch + 1))


def metrics_of(trial: Trial, epoch: int) -> EpochMetrics:
    """Return a trial's smooth metrics after an epoch."""
    errors = errors_of(trial, epoch)
    return EpochMetrics(
        epoch=epoch,
        loss=0.9 / epoch,
        accuracy=1 - 0.5 / (epoch + 1),
        val_loss=errors / 300,
        val_accuracy=1 - errors / SELECT,
        val_errors=errors,
    )


def run_on_images(order: LeaseOrder, source: DataSource, after: AfterEpoch | None = None) -> LeaseResult:
    """Open the images first, once in each process, as the real lease does."""
    if source.key not in opened:
        source.open()
        opened.add(source.key)
    return run(order, source, after)


def _run(order: LeaseOrder, after: AfterEpoch | None, metrics: Metrics) -> LeaseResult:
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
        state = _epoch(order, state, metrics)
        if state.finished or (after is not None and not after(state.history[-1], state.seconds[-1])):
            break
    if state.finished:
        softmax = generator(name, state.epoch).dirichlet(np.ones(3), 5).astype(np.float32)
        slots = state.slots if order.training.keep_optimizer else {}
        state = replace(state, slots=slots, softmax={"select": softmax, "test": softmax})
    else:
        held[name] = state
    data = encode(state) if state.finished or order.want_state else None
    new = state.history[before:]
    return LeaseResult(name, state.epoch, new, state.seconds[before:], state.stopping, state.stop_reason, data)


def _seconds() -> float:
    if pace := os.environ.get("FAKE_PACE"):
        # Empty while it is being written.
        return float(Path(pace).read_text() or 0)
    return float(os.environ.get(PACE, "0"))


def _epoch(order: LeaseOrder, state: TrialState, metrics_after: Metrics) -> TrialState:
    began = time.perf_counter()
    time.sleep(_seconds())
    gate = os.environ.get(GATE)
    while gate is not None and not os.path.exists(gate):
        time.sleep(0.01)
    if size := int(os.environ.get("FAKE_PRINT", "0")):
        print("." * (size - 1), flush=True)
    name, epoch = order.trial.name, state.epoch + 1
    lot = generator(order.seed, name, "epoch", epoch)
    if name in os.environ.get(FAILING, "").split(","):
        raise TrainingFailed(f"the loss is {math.nan} in epoch {epoch}")
    weights = {"w": state.weights["w"] * np.float32(0.9) + lot.random(len(state.weights["w"]), np.float32)}
    metrics = metrics_after(order.trial, epoch, float(weights["w"].mean()), lot)
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


def _noise(trial: Trial, epoch: int, mean: float, lot: np.random.Generator) -> EpochMetrics:
    wrong = int(lot.integers(0, 50))
    return EpochMetrics(
        epoch=epoch,
        loss=mean,
        accuracy=float(lot.random()),
        val_loss=mean,
        val_accuracy=1 - wrong / 100,
        val_errors=wrong,
        stop_loss=float(lot.random()),
        stop_accuracy=0.5,
    )


class Stubborn(Exception):
    """An error as libraries have them: it cannot be unpickled."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} is \x1b[31m{value}")


def raise_input_error(*_: object) -> None:
    raise ArgumentError("micro_batch", 7, "choose a divisor of 125")


def raise_stubborn(*_: object) -> None:
    raise Stubborn("network", 7)


def raise_unpicklable(*_: object) -> None:
    error = ValueError("a lock is in it")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    raise error


def raise_system_error(*_: object) -> None:
    error = FileNotFoundError(2, "No such file or directory", "dataset.npz")
    # A ring of causes, as of an error that is raised while it is handled.
    error.__cause__ = RuntimeError("the images are damaged")
    error.__cause__.__cause__ = error
    raise error


def die_half_way(*_: object) -> bytes:
    """Return what the process ends in the middle of handing over."""

    def send(self: Connection, buffer: bytes, write: object = None) -> None:
        os.write(self.fileno(), bytes(buffer)[: len(buffer) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = send  # type: ignore[attr-defined]
    return bytes(1 << 20)


class OddSystemError(OSError):
    """An error of the system in a class that cannot be unpickled."""

    def __init__(self, code: int) -> None:
        super().__init__(code, os.strerror(code))
        self.lock = threading.Lock()


def in_an_epoch(share: float, gate: str) -> None:
    """Say that an epoch is trained to a share, until there is a file."""
    current.set("training", lambda: share)
    while not os.path.exists(gate):
        time.sleep(0.01)
    current.set("")


def raise_odd_system_error(*_: object) -> None:
    raise OddSystemError(116)
