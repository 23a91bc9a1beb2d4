"""New images are labelled alike by the command line and by Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.harness.fake_predictions import fake_predict, write_images
from tests.harness.finished_runs import finished_run
from tests.harness.inline_slot import InlineSlot
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import Sweep
from xsample_tui.services import new_image_labels
from xsample_tui.stacking.blending import new_image_prediction


def test_every_front_end_labels_new_images_alike(
    command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(new_image_labels, "ProcessSlot", lambda log, machine: InlineSlot())
    entry = f"{fake_predict.__module__}:{fake_predict.__name__}"
    monkeypatch.setattr(new_image_prediction.predict, "__defaults__", (lambda name: None, entry))
    run = finished_run(tmp_path / "runs")
    expected = write_images(tmp_path / "new.csv")
    images = pd.read_csv(tmp_path / "new.csv").to_numpy().reshape(-1, 8, 8)
    done = command("predict", "r", "--input", "new.csv", "--csv", "out.csv", "--top", 3, "--format", "plain")
    assert done.code == 0, done.err
    frame = pd.read_csv(tmp_path / "out.csv")
    stack = Sweep.load(run.name, runs_dir=run.path.parent).stack(top=3)
    exported = pd.read_csv(stack.export_predictions(tmp_path / "python.csv", images, format="plain"))
    assert frame["predicted"].tolist() == expected
    assert exported["predicted"].tolist() == expected
    assert stack.predict_labels(images).tolist() == expected
    shares = frame[["p0", "p1", "p2", "p3"]].to_numpy(np.float32)
    assert np.array_equal(stack.predict(images), shares)
    assert np.array_equal(exported[["p0", "p1", "p2", "p3"]].to_numpy(np.float32), shares)
