"""What TensorBoard reads from the log is what the run has measured."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.harness.finished_runs import finished_run
from tests.harness.runs import make_run, work
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged
from xsample_tui.sweep.log_exports.log_kinds import LOG, check_log
from xsample_tui.sweep.log_exports.tensorboard_log import FOLDER, MAP, TensorBoardLog, logged, window_map


def read(folder: Path) -> Any:
    """Return what TensorBoard's own reader finds in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0})
    return found.Reload()


def test_every_epoch_and_the_map_of_a_sweep_that_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    seen: list[Event] = []
    log = TensorBoardLog(run, seen.append)
    work(run, on_event=log)
    progress = run.progress()
    assert sum(isinstance(event, EpochDone) for event in seen) == 3 * len(progress.trials)
    for name, entry in progress.trials.items():
        scalars = read(run.path / FOLDER / name)
        found = scalars.Scalars("epoch/val_accuracy")
        assert [one.step for one in found] == [1, 2, 3]
        np.testing.assert_allclose([one.value for one in found], [e.val_accuracy for e in entry.history], rtol=1e-6)
        errors = [one.value for one in scalars.Scalars("epoch/val_errors")]
        assert errors == [e.val_errors for e in entry.history]
    images = read(run.path / FOLDER / MAP).Images("accuracy of windows")
    assert [one.step for one in images][-1] == 4
    pixels = np.asarray(Image.open(io.BytesIO(images[-1].encoded_image_string)))
    drawn = window_map(progress)
    assert drawn is not None
    np.testing.assert_array_equal(pixels, drawn[0])


def test_what_was_trained_before_is_written_once(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    for _ in range(2):
        TensorBoardLog(run, lambda event: None)
    for name in run.progress().trials:
        assert [one.step for one in read(run.path / FOLDER / name).Scalars("epoch/loss")] == [1, 2]


def test_the_map_is_bright_where_windows_are_accurate(tmp_path: Path) -> None:
    run = finished_run(tmp_path, strength=lambda trial: 1.0 + (trial.row or 0), leave=("keep-r00-c00",))
    drawn = window_map(run.progress())
    assert drawn is not None
    pixels, done = drawn
    side = pixels.shape[0] // 3
    light = pixels[::side, ::side].astype(int).sum(axis=2)
    assert done == 8
    assert light[2].min() > light[0, 1:].max()
    assert pixels[0, 0].tolist() == [128, 128, 128]
    assert window_map(make_run(tmp_path, "new").progress()) is None


def test_a_log_that_cannot_be_written_is_said_once_and_stops_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (run.path / FOLDER).write_text("in the way")
    seen: list[Event] = []
    work(run, on_event=TensorBoardLog(run, seen.append))
    assert all(entry.status == "done" for entry in run.progress().trials.values())
    said = [event.text for event in seen if isinstance(event, Logged) and "TensorBoard" in event.text]
    assert len(said) == 1


def test_the_environment_asks_for_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    seen: list[Event] = []
    receive = seen.append
    assert logged(run, receive) is receive
    monkeypatch.setenv(LOG, "tensorboard")
    assert isinstance(logged(run, receive), TensorBoardLog)
    with pytest.raises(InputError, match="log: stone: choose tensorboard"):
        check_log("stone")
