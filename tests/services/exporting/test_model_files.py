"""Models leave a run as files: written whole or not at all, and they give what the run has stored."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.runs import make_run, noise_images
from xsample_tui import InputError, Sweep, stack
from xsample_tui.core.networks.network import Dense, Flatten, Network
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.services.exporting.model_files import ModelFile, check_model_file, export_blend
from xsample_tui.services.member_rule import member_rule
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import blender
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.stacking.pool.refit_runs import lay_out_refits, refit_of, refitted
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_outputs import softmax
from xsample_tui.training.model_outputs import predict


def computed_run(runs: Path, name: str = "r", **changes: Any) -> RunFolder:
    """Return a run whose trials have the outputs that their weights, which nobody trained, give."""
    return computed(make_run(runs, name, data=noise_images(200, 8, 3), training={"epochs": 1}, **changes))


def computed(run: RunFolder, first: int = 0) -> RunFolder:
    """Finish a run's trials with outputs that their weights give, which differ by ``first``."""
    assert isinstance(run.network, Network)
    for number, trial in enumerate(run.document.trials, first):
        weights = {
            name: (value + 0.1 * (number + 1) * np.sign(value)).astype(np.float32)
            for name, value in run.network.initial_weights(number).items()
        }
        mask = run.plan.mask(trial.name)
        parts = {"select": run.plan.split.select, "test": run.plan.split.test}
        softmax = {
            part: predict(run.network, weights, mask, run.dataset.images[at], "float32") for part, at in parts.items()
        }
        epoch = EpochMetrics(epoch=1, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5, val_errors=1)
        state = TrialState(
            trial.name,
            1,
            weights,
            {},
            StoppingState(),
            history=(epoch,),
            seconds=(1.0,),
            stop_reason="all",
            softmax=softmax,
        )
        run.commit(trial.name, 1, encode(state), finished=True)
    return run


def test_a_trial_and_a_blend_give_the_stored_outputs(tmp_path: Path) -> None:
    run = computed_run(tmp_path / "runs")
    sweep, test = Sweep(run), run.plan.split.test
    images = run.dataset.images[test]
    stack = sweep.stack(top=2, blend="geometric", open_test=True)
    written = stack.export_model(tmp_path / "blend.keras")
    found = keras.saving.load_model(written, safe_mode=True).predict(images, verbose=0)
    expected = stack.to_frame(probabilities=True)[["p0", "p1", "p2"]].to_numpy()
    order = np.argsort(test)
    assert np.ptp(expected, axis=0).min() > 1e-3
    assert np.abs(found[order] - expected).max() < 1e-5

    there = tmp_path / "one.keras"
    there.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists"):
        sweep.export_model("keep-r00-c04", there)
    with pytest.raises(InputError, match="trial: nope: no finished trial"):
        sweep.export_model("nope", tmp_path / "two.keras")
    assert there.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blend.keras", "one.keras", "runs"]


def test_refitted_members_leave_with_the_weights_of_their_refits(tmp_path: Path) -> None:
    run = computed_run(tmp_path / "runs")
    models = open_pool(run)
    rule = member_rule(models, 2, None, "all")
    blend = blend_select(models.select, rule, blender("mean"), 0)
    members = [models.members[index] for index in blend.whole.members]
    folders = lay_out_refits(models, members)
    (refit,) = {folder.path: folder for folder in folders.values()}.values()
    computed(refit, 4)
    assert refit_of(refit) is not None
    assert refit_of(run) is None
    file = tmp_path / "blend.keras"
    made = export_blend(models, rule, blend, file, field="to", force=False, refits=refitted(folders, members))
    assert made.apart < 1e-5
    test = run.plan.split.test
    found = keras.saving.load_model(file, safe_mode=True).predict(run.dataset.images[test], verbose=0)
    own, new = (
        np.mean([softmax(one, member.trial.name, 1, "test", len(test)) for member in members], axis=0)
        for one in (run, refit)
    )
    # The temperature sharpens, and changes no order.
    assert (found.argmax(1) == new.argmax(1)).all()
    assert not (found.argmax(1) == own.argmax(1)).all()
    with zipfile.ZipFile(file) as archive:
        about = json.loads(archive.read("metadata.json"))["xsample_tui"]
    assert set(about["refit"]["runs"].values()) == {"r-refit"}


def test_a_blend_of_runs_with_other_networks_and_masks_gives_what_both_stored(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    computed_run(runs, "one")
    small = Network((8, 8, 1), (Flatten("flat"), Dense("out", 3, relu=False)))
    run = computed_run(runs, "two", layers=small, windows={"mask": "occlude", "height": 6})
    test = run.plan.split.test
    blend = stack("one", "two", top="all", pool="all", blend="simplex", open_test=True, runs_dir=runs)
    assert {name.split("/")[0] for name in blend.members} == {"one", "two"}
    expected = blend.to_frame(probabilities=True)[["p0", "p1", "p2"]].to_numpy()
    order = np.argsort(test)
    assert np.abs(blend.predict(run.dataset.images[test])[order] - expected).max() < 1e-6
    written = blend.export_model(tmp_path / "blend.keras")
    found = keras.saving.load_model(written, safe_mode=True).predict(run.dataset.images[test], verbose=0)
    assert np.abs(found[order] - expected).max() < 1e-5
    about = json.loads(zipfile.ZipFile(written).read("metadata.json"))["xsample_tui"]
    assert [one["name"] for one in about["runs"]] == ["one", "two"]


def test_a_trial_whose_weights_do_not_fit_writes_nothing(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs")
    with pytest.raises(Exception, match="keep-r00-c00") as caught:
        Sweep(run).export_model("keep-r00-c00", tmp_path / "one.keras")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("one*"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("m.h5", "end its name in .keras"), ("m", "end its name"), ("no/m.keras", "there is no folder")],
)
def test_a_file_that_could_not_be_written_is_refused_first(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_model_file("to", tmp_path / name, force=True)


def test_without_what_onnx_needs_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xsample_tui.services.exporting.model_files.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'xsample-tui\[onnx\]'"):
        check_model_file("to", tmp_path / "m.onnx", force=False)
    assert check_model_file("to", tmp_path / "m.KERAS", force=False) == "keras"


@pytest.mark.parametrize(("apart", "warned"), [(1e-6, 0), (1e-3, 1), (float("nan"), 1)])
def test_a_file_that_is_far_from_what_was_stored_says_so(apart: float, warned: int) -> None:
    made: Any = ModelFile(Path("m.keras"), 1000, 500, apart, ())
    assert len(made.warnings()) == warned
    assert len(ModelFile(Path("m.keras"), 1000, 500, 0.0, ("mine",)).warnings()) == 1
    assert not ModelFile(Path("m.onnx"), 1000, 500, 0.0, ("mine",)).warnings()
