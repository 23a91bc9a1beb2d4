"""Refits: who is trained on what, what is reused, and that nothing but a prediction counts them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.harness.inline_slot import InlineSlot
from xsample_tui import stack
from xsample_tui.core.errors import InputError, XSampleError
from xsample_tui.core.masks.mask_kinds import Mask
from xsample_tui.core.networks.network import Network, Weights
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.blending.new_image_prediction import predict
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.member_selection import by_name
from xsample_tui.stacking.pool.model_pool import Member, ModelPool, open_pool
from xsample_tui.stacking.pool.refit_runs import NOTE, lay_out_refits, refitted
from xsample_tui.stacking.pool.several_runs import open_runs
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.run_notes import run_notes
from xsample_tui.store.run_removal import holdings

NAMES = ["keep-r00-c00", "baseline-s01"]


def members_of(models: ModelPool, names: list[str]) -> list[Member]:
    return [models.members[index] for index in models.named(names)]


def predicted(network: Network, weights: Weights, mask: Mask, images: Any, precision: str) -> np.ndarray:
    """Say class 0 by old weights, which are 0, and class 1 by new ones."""
    return np.tile(np.eye(4, dtype=np.float32)[int(weights["w"].sum() > 0)], (len(images), 1))


def test_a_refit_has_the_members_mask_and_stream_and_all_of_fit_and_select(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = open_pool(run)
    folders = lay_out_refits(models, members_of(models, NAMES))
    assert {folder.name for folder in folders.values()} == {"r-refit"}
    folder, own = folders[NAMES[0]], run.plan.split
    split = folder.plan.split
    assert split.fit.tolist() == sorted([*own.fit, *own.select])
    assert (split.stop.tolist(), split.test.tolist()) == (own.stop.tolist(), own.test.tolist())
    trials = {trial.name: trial for trial in run.document.trials}
    assert list(folder.document.trials) == [trials[name] for name in NAMES]
    for name in NAMES:
        assert np.array_equal(folder.plan.mask(name), run.plan.mask(name))
    assert folder.spec.training == run.spec.training
    assert folder.dataset.digest() == run.dataset.digest()
    assert run_notes(folder.path).note == NOTE
    assert holdings(tmp_path, "r").controls == ("r-refit",)


def test_what_is_refitted_already_is_not_laid_out_again(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = open_pool(run)
    (first, *_) = lay_out_refits(models, members_of(models, NAMES)).values()
    again = lay_out_refits(models, members_of(models, NAMES[:1]))
    assert [folder.path for folder in again.values()] == [first.path]
    more = lay_out_refits(models, members_of(models, [*NAMES, "keep-r02-c02"]))
    assert {name: folder.name for name, folder in more.items()} == {
        NAMES[0]: "r-refit",
        NAMES[1]: "r-refit",
        "keep-r02-c02": "r-refit-2",
    }
    assert [trial.name for trial in more["keep-r02-c02"].document.trials] == ["keep-r02-c02"]


def test_members_of_several_runs_and_of_controls_are_refitted_beside_their_own_run(tmp_path: Path) -> None:
    small = finished_run(tmp_path, "small")
    big = finished_run(tmp_path, "big", windows={"mask": "occlude", "height": 6, "width": 6})
    (beside,) = lay_out_control_runs(small, "seeds", 4)
    for trial in beside.document.trials:
        finish(beside, trial, 3.0)
    models = open_runs([small, big])
    twin = f"{beside.name}/{beside.document.trials[0].name}"
    names = ["small/keep-r00-c00", "big/occlude-r00-c02", twin]
    folders = lay_out_refits(models, members_of(models, names))
    assert {name: folder.name for name, folder in folders.items()} == {
        names[0]: "small-refit",
        names[1]: "big-refit",
        twin: "small-refit",
    }


def test_no_pool_of_models_counts_them(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    before = [member.name for member in open_pool(run).members]
    models = open_pool(run)
    folder = lay_out_refits(models, members_of(models, NAMES))[NAMES[0]]
    for trial in folder.document.trials:
        finish(folder, trial, 9.0)
    assert [member.name for member in open_pool(run).members] == before
    with pytest.raises(InputError, match="r-refit: was trained on its selection images too: it only predicts"):
        open_pool(folder)
    with pytest.raises(InputError, match="r-refit: differs from r in its split"):
        stack("r", "r-refit", runs_dir=tmp_path)


def test_predictions_are_made_by_the_new_weights_once_all_are_trained(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = open_pool(run)
    blend = blend_select(models.select, by_name(models, NAMES), BLENDERS["mean"], 0)
    members = members_of(models, NAMES)
    folders = lay_out_refits(models, members)
    folder: RunFolder = folders[NAMES[0]]
    for number, trial in enumerate(folder.document.trials):
        with pytest.raises(XSampleError, match=r"its refit in r-refit is not finished; .*resume r-refit --headless"):
            refitted(folders, members)
        state = replace(finish(folder, trial, 3.0), weights={"w": np.ones(3, np.float32)})
        folder.commit(trial.name, state.epoch, encode(state), finished=True)
        assert number < 2
    images, entry = run.dataset.images[:5], f"{__name__}:predicted"
    old = predict(models, blend.whole, images, InlineSlot(), entry=entry)
    new = predict(models, blend.whole, images, InlineSlot(), entry=entry, refits=refitted(folders, members))
    assert old.argmax(axis=1).tolist() == [0] * 5
    assert new.argmax(axis=1).tolist() == [1] * 5


def test_what_cannot_be_refitted_is_refused(tmp_path: Path) -> None:
    article = finished_run(tmp_path, "a", preset_name="article", baselines=1)
    models = open_pool(article)
    with pytest.raises(InputError, match="a: its selection images are its test images"):
        lay_out_refits(models, [models.members[0]])
    run = finished_run(tmp_path)
    finished_run(tmp_path, "r-refit")
    pool = open_pool(run)
    with pytest.raises(InputError, match="r-refit: is no refit of r as it is now; rename or remove it"):
        lay_out_refits(pool, members_of(pool, NAMES))
