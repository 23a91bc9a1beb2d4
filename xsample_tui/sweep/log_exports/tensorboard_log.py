"""Writes a sweep's epochs and map as TensorBoard shows them: a folder for each trial, and one for the map.

TensorBoard's own classes write the records; TensorFlow is not imported.
"""

from __future__ import annotations

import io
import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import printable
from ...core.run_state.run_events import EpochDone, Event, Logged, TrialChanged
from ...core.run_state.run_progress import Progress
from ...core.training.epoch_metrics import EpochMetrics
from ...store.run.run_folder import RunFolder
from .log_kinds import LOG, check_log

FOLDER = "tensorboard"
MAP = "map"
# Pixels of a window's square, and the most along the longer side of the image.
_SQUARE, _MOST = 12, 480
# From the worst window to the best; lightness rises evenly.
_RAMP = np.array([[48, 18, 59], [70, 64, 140], [48, 121, 153], [60, 176, 128], [160, 218, 90], [250, 240, 150]])
_NOT_TRAINED = np.array([128, 128, 128], np.uint8)


def logged(run: RunFolder, on_event: Callable[[Event], None], kind: str | None = None) -> Callable[[Event], None]:
    """Return what receives a sweep's events and passes them on, with the log that is wanted.

    Args:
        run: the run.
        on_event: receives every event first.
        kind: the kind of log; empty for none; None for the environment's ``XSAMPLE_LOG``.

    Raises:
        InputError: as :func:`~xsample_tui.sweep.log_exports.log_kinds.check_log`.
    """
    kind = os.environ.get(LOG, "") if kind is None else kind
    check_log(kind)
    return TensorBoardLog(run, on_event) if kind else on_event


class TensorBoardLog:
    """Receives a sweep's events, passes them on, and writes what TensorBoard shows into the run's folder.

    Epochs that were trained before are written at the start, for each trial that has no folder yet. A log that cannot
    be written is said once; the sweep goes on.

    Args:
        run: the run.
        on_event: receives every event first.
    """

    def __init__(self, run: RunFolder, on_event: Callable[[Event], None]) -> None:
        self._folder = run.path / FOLDER
        self._on_event = on_event
        self._progress: Progress = run.progress()
        self._name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}"
        self._failed = False
        self._try(lambda: self._catch_up(run.document.created))

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        try:
            self._on_event(event)
        finally:
            self._progress.apply(event)
            if isinstance(event, EpochDone):
                self._try(lambda: self._epochs(event.trial, [(event.metrics, event.seconds)], event.at))
            elif isinstance(event, TrialChanged) and event.status == "done":
                self._try(lambda: self._map(event.at))

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            if not self._failed:
                self._failed = True
                why = f"the TensorBoard log cannot be written: {printable(error.strerror or error)}"
                self._on_event(Logged(at=time.time(), level="warning", text=why))

    def _catch_up(self, at: float) -> None:
        for name, entry in self._progress.trials.items():
            if entry.history and not (self._folder / name).is_dir():
                self._epochs(name, zip(entry.history, entry.seconds, strict=True), at)
        self._map(at)

    def _epochs(self, trial: str, epochs: Iterable[tuple[EpochMetrics, float]], at: float) -> None:
        records = []
        for metrics, seconds in epochs:
            values = {
                "epoch/loss": metrics.loss,
                "epoch/accuracy": metrics.accuracy,
                "epoch/val_loss": metrics.val_loss,
                "epoch/val_accuracy": metrics.val_accuracy,
                "epoch/val_errors": metrics.val_errors,
                "epoch/seconds": seconds,
            }
            records.append(_record(at, metrics.epoch, [_scalar(tag, value) for tag, value in values.items()]))
        self._append(trial, records, at)

    def _map(self, at: float) -> None:
        drawn = window_map(self._progress)
        if drawn is None:
            return
        pixels, done = drawn
        self._append(MAP, [_record(at, done, [_image("accuracy of windows", pixels)])], at)

    def _append(self, place: str, records: Iterable[bytes], at: float) -> None:
        """Write records at the end of a folder's file, which is open for no longer than that."""
        folder = self._folder / place
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / self._name, "ab") as file:
            if not file.tell():
                file.write(_framed(_version(at)))
            for record in records:
                file.write(_framed(record))


def window_map(progress: Progress) -> tuple[NDArray[np.uint8], int] | None:
    """Return the windows by accuracy as an image, (height, width, 3) uint8, and how many of them are done.

    A square for each window, bright for the best that is done, dark for the worst, grey where none is; None where no
    window is done.

    Args:
        progress: the run's.
    """
    windows = [entry for entry in progress.trials.values() if entry.trial.window is not None]
    accuracy = {
        (window.row, window.col): entry.kept.val_accuracy
        for entry in windows
        if (window := entry.trial.window) and entry.status == "done" and entry.kept
    }
    if not accuracy:
        return None
    low, high = min(accuracy.values()), max(accuracy.values())
    rows, columns = (
        sorted({place[axis] for entry in windows if (w := entry.trial.window) and (place := (w.row, w.col))})
        for axis in (0, 1)
    )
    pixels = np.tile(_NOT_TRAINED, (len(rows), len(columns), 1))
    for (row, column), value in accuracy.items():
        share = (value - low) / (high - low) if high > low else 1.0
        pixels[rows.index(row), columns.index(column)] = _color(share)
    side = max(1, min(_SQUARE, _MOST // max(pixels.shape[:2])))
    return pixels.repeat(side, axis=0).repeat(side, axis=1), len(accuracy)


def _color(share: float) -> NDArray[np.uint8]:
    at = share * (len(_RAMP) - 1)
    color = [np.interp(at, np.arange(len(_RAMP)), _RAMP[:, channel]) for channel in range(3)]
    return np.round(color).astype(np.uint8)


def _scalar(tag: str, value: float) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary.Value(tag=tag, simple_value=value)


def _image(tag: str, pixels: NDArray[np.uint8]) -> Any:
    from PIL import Image
    from tensorboard.compat.proto.summary_pb2 import Summary

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    height, width, channels = pixels.shape
    image = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=buffer.getvalue())
    return Summary.Value(tag=tag, image=image)


def _record(at: float, step: int, values: list[Any]) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event as Record
    from tensorboard.compat.proto.summary_pb2 import Summary

    return bytes(Record(wall_time=at, step=step, summary=Summary(value=values)).SerializeToString())


def _version(at: float) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event as Record

    return bytes(Record(wall_time=at, file_version="brain.Event:2").SerializeToString())


def _framed(record: bytes) -> bytes:
    from tensorboard.summary.writer.record_writer import RecordWriter

    buffer = io.BytesIO()
    RecordWriter(buffer).write(record)
    return buffer.getvalue()
