"""A blend as an object: new images, files and frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.harness.fake_predictions import fake_predict, write_images
from tests.harness.finished_runs import finished_run
from tests.harness.inline_slot import InlineSlot
from xsample_tui import InputError, Sweep
from xsample_tui.services import new_image_labels
from xsample_tui.stacking.blending import new_image_prediction


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """Return a finished sweep whose forward pass runs here, without TensorFlow."""
    monkeypatch.setattr(new_image_labels, "ProcessSlot", lambda log, machine: InlineSlot())
    entry = f"{fake_predict.__module__}:fake_predict"
    monkeypatch.setattr(new_image_prediction.predict, "__defaults__", (lambda name: None, entry))
    finished_run(tmp_path / "runs")
    return Sweep.load("r", runs_dir=tmp_path / "runs")


def test_new_images_as_arrays_of_any_form_and_as_files(sweep: Sweep, tmp_path: Path) -> None:
    expected = write_images(tmp_path / "test.csv")
    images = pd.read_csv(tmp_path / "test.csv").to_numpy().reshape(-1, 8, 8)
    stack = sweep.stack(top=3)
    found = stack.predict(images)
    assert found.shape == (30, 4)
    assert found.dtype == np.float32
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6)
    assert found.argmax(axis=1).tolist() == expected
    for same in (images[..., None], images.reshape(30, 64), images.astype(np.uint8), tmp_path / "test.csv"):
        assert np.array_equal(stack.predict(same), found)
    assert stack.predict_labels(images).tolist() == expected
    assert np.array_equal(sweep.predict(images, top=3), found)
    assert sweep.predict_labels(images, members=["baseline-s00"]).tolist() == expected


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((2, 9, 9)), "X: images of 9x9x1: the model was trained on 8x8x1"),
        (np.zeros((2, 63)), "X: shape (2, 63): must be (n, height, width)"),
        (np.full((2, 8, 8), np.nan), "X: "),
        (np.full((2, 8, 8), -1), "X: "),
        ("nowhere.csv", "X: nowhere.csv: no such file"),
        ("image.png", "X: image.png: is a file of another kind"),
    ],
)
def test_other_images_are_refused_by_the_arguments_name(
    sweep: Sweep, images: object, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"^X: ") as caught:
        sweep.stack(top=2).predict(images)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_predictions_are_files_with_how_they_came_about(sweep: Sweep, tmp_path: Path) -> None:
    expected = write_images(tmp_path / "test.csv")
    stack = sweep.stack(top=3)
    with pytest.warns(UserWarning, match="30 images, where Digit Recognizer's"):
        path = stack.export_predictions(tmp_path / "out.csv", tmp_path / "test.csv")
    assert pd.read_csv(path)["Label"].tolist() == expected
    facts = json.loads((tmp_path / "out.csv.json").read_text())
    assert facts["input"]["file"] == "test.csv"
    images = pd.read_csv(tmp_path / "test.csv").to_numpy()
    with pytest.raises(InputError, match=r"^path: .*or pass force=True to overwrite it"):
        stack.export_predictions(tmp_path / "out.csv", images, format="plain")
    stack.export_predictions(tmp_path / "out.csv", images, format="plain", force=True)
    assert list(pd.read_csv(path).columns) == ["picture", "predicted", "p0", "p1", "p2", "p3"]
    with pytest.raises(InputError, match=r"^format: tsv: choose one of kaggle, plain"):
        stack.export_predictions(tmp_path / "x.csv", images, format="tsv")  # type: ignore[arg-type]


def test_the_blend_itself_as_a_file(sweep: Sweep, tmp_path: Path) -> None:
    stack = sweep.stack(top=3)
    path = stack.export(tmp_path / "blend.csv", probabilities=True)
    pd.testing.assert_frame_equal(pd.read_csv(path), stack.to_frame(probabilities=True), check_dtype=False, atol=1e-6)
    facts = json.loads((tmp_path / "blend.csv.json").read_text())
    assert facts["score"]["errors"] == stack.errors
    with pytest.raises(InputError, match="force=True"):
        stack.export(path)


def test_the_curve(sweep: Sweep) -> None:
    curve = sweep.stack(top=2).curve_dataframe()
    assert curve["k"].tolist() == sorted(curve["k"])
    assert {"accuracy", "accuracy_low", "accuracy_high", "log_loss"} <= set(curve)
    with pytest.raises(InputError, match="chosen by hand have no curve; use top"):
        sweep.stack(members=["baseline-s00"]).curve_dataframe()


def test_old_names_warn_and_give_the_same(sweep: Sweep) -> None:
    stack = sweep.stack(top=2)
    pairs = {
        "weights": stack.members_dataframe,
        "arms": stack.arms_dataframe,
        "comparisons": stack.comparisons_dataframe,
    }
    for old, new in pairs.items():
        with pytest.warns(DeprecationWarning, match=rf"Stack\.{old} is deprecated and goes in 0\.3; use") as caught:
            pd.testing.assert_frame_equal(getattr(stack, old), new())
        assert caught[0].filename == __file__
