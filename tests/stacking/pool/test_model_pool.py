"""The model pool and the ledger: what is read from run folders, and what stays locked."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.pool import model_pool
from xsample_tui.stacking.pool.model_pool import ModelPool
from xsample_tui.stacking.pool.shared_ledger import UNREADABLE, SharedLedger
from xsample_tui.store.run.stored_outputs import softmax
from xsample_tui.store.run_catalog import RunCatalog
from xsample_tui.sweep.run_setup import lay_out, new_spec


def test_members_and_their_outputs_are_those_of_the_run(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    models = ModelPool(run)
    assert [member.name for member in models.members] == [trial.name for trial in run.document.trials]
    assert models.unfinished == 0
    select = models.select
    assert sorted(select.images) == run.plan.split.select.tolist()
    assert select.labels.tolist() == run.dataset.labels[select.images].tolist()
    for row, member in zip(select.softmax, models.members, strict=True):
        state, _ = run.latest(member.name)
        assert state is not None
        where = np.searchsorted(run.plan.split.select, select.images)
        assert row.tolist() == state.softmax["select"][where].tolist()
        assert member.seconds == 4


def test_folds_are_slices_that_share_out_select(tmp_path: Path) -> None:
    select = ModelPool(finished_run(tmp_path)).select
    assert [fold.start for fold in select.folds] == [0, *[fold.stop for fold in select.folds[:-1]]]
    assert select.folds[-1].stop == len(select.labels)
    for fold in select.folds:
        assert np.bincount(select.labels[fold], minlength=4).tolist() == [4, 4, 4, 4]


def test_trials_that_are_not_finished_are_no_members(tmp_path: Path) -> None:
    run = finished_run(tmp_path, leave=("keep-r00-c00", "baseline-s02"))
    models = ModelPool(run)
    assert models.unfinished == 2
    assert len(models.members) == 10
    with pytest.raises(InputError, match=r"keep-r00-c00: no finished trial"):
        models.named(["keep-r00-c00"])


def test_a_run_with_nothing_finished(tmp_path: Path) -> None:
    names = tuple(trial.name for trial in finished_run(tmp_path).document.trials)
    with pytest.raises(InputError, match="xsample-tui resume none"):
        ModelPool(finished_run(tmp_path, "none", leave=names))


def test_a_damaged_member_is_left_out_and_named(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    path = run.path / "trials" / "keep-r02-c02" / "000002.ckpt"
    data = bytearray(path.read_bytes())
    data[data.index(b"softmax/select.npy") + 300] ^= 0xFF
    path.write_bytes(data)
    models = ModelPool(run)
    assert len(models.members) == 11
    assert "keep-r02-c02 is left out" in models.problems[0]
    assert models.select.softmax.shape[0] == 11


def test_a_member_cut_short_is_said(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    path = run.path / "trials" / "keep-r02-c02" / "000002.ckpt"
    path.write_bytes(path.read_bytes()[:-10])
    models = ModelPool(run)
    assert len(models.members) == 11
    assert models.problems == ["keep-r02-c02 is left out: checkpoint 000002.ckpt is damaged; the trial starts over"]
    assert models.unfinished == 0


def test_outputs_of_another_shape_are_damage(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    with pytest.raises(Exception, match=r"not float32 \(7, 4\)"):
        softmax(run, "keep-r00-c00", 2, "select", 7)
    with pytest.raises(Exception, match="cannot be read"):
        softmax(run, "keep-r00-c00", 3, "select", 80)


def test_pools_and_names(tmp_path: Path) -> None:
    models = ModelPool(finished_run(tmp_path))
    assert len(models.pool("windows")) == 9
    assert len(models.pool("baselines")) == 3
    assert len(models.pool("all")) == 12
    assert len(models.pool("random")) == 0
    chosen = models.named(["keep-r04-c04", "baseline-s01"])
    assert [models.members[i].name for i in chosen] == ["keep-r04-c04", "baseline-s01"]
    for names, message in [(["x\x1b[31m"], "x.x1b"), (["baseline-s01"] * 2, "named twice"), ([], "at least one")]:
        with pytest.raises(InputError, match=message):
            models.named(names)


def test_companions_add_members_once(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    more = finished_run(tmp_path, "more", baselines=5, windows={"only": ("baseline-s00",)})
    models = ModelPool(run, [more])
    assert [models.members[i].name for i in models.pool("baselines")] == [f"baseline-s{n:02d}" for n in range(5)]
    assert [member.run.name for member in models.members[-2:]] == ["more", "more"]


def test_a_companion_on_other_images_is_refused(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    other = finished_run(tmp_path, "other", data=dataset(404))
    with pytest.raises(InputError, match="other: was created on other images than r"):
        ModelPool(run, [other])
    seeded = finished_run(tmp_path, "seeded", seed=1)
    with pytest.raises(InputError, match="seeded: was created on other images"):
        ModelPool(run, [seeded])


def test_test_outputs_are_not_read_before_the_opening_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run(tmp_path)
    read: list[tuple[str, int]] = []

    def spy(run: object, trial: str, epoch: int, split: str, images: int) -> object:
        read.append((split, library_ledger.count))
        return softmax(run, trial, epoch, split, images)  # type: ignore[arg-type]

    library_ledger = SharedLedger(run)
    monkeypatch.setattr(model_pool, "softmax", spy)
    models = ModelPool(run)
    assert {split for split, _ in read} == {"select"}
    assert models.ledger.count == 0
    test = models.open_test("stack", "mean of top 5")
    assert {entry for entry in read if entry[0] == "test"} == {("test", 1)}
    assert test.images.tolist() == run.plan.split.test.tolist()
    state, _ = run.latest("baseline-s00")
    assert state is not None
    assert test.softmax[0].tolist() == state.softmax["test"].tolist()
    models.open_test("stack", "again")
    entries = [(opening.command, opening.what) for opening in models.ledger.openings()]
    assert entries == [("stack", "mean of top 5"), ("stack", "again")]


def test_an_opening_counts_for_every_run_on_the_same_test_images(tmp_path: Path) -> None:
    made = dataset()
    # The data have test images of their own, as MNIST has.
    data = Dataset("made", made.images, made.labels, 4, 320)
    run = finished_run(tmp_path, data=data)
    more = finished_run(tmp_path, "more", baselines=5, windows={"only": ("baseline-s00",)}, data=data)
    # Another seed splits fit and select otherwise; the test images are the same.
    seeded = finished_run(tmp_path, "seeded", seed=1, data=data)
    assert seeded.document.split_digest != run.document.split_digest
    other = finished_run(tmp_path, "other", data=dataset(500))
    ModelPool(run, [more]).open_test("arms", "all")
    assert [SharedLedger(one).count for one in (run, more, seeded, other)] == [1, 1, 1, 0]
    (opening,) = SharedLedger(seeded).openings()
    assert (opening.run, opening.command, opening.what) == ("r", "arms", "all")


def test_the_ledger_outlives_its_runs(tmp_path: Path) -> None:
    from xsample_tui.store.run_removal import remove

    ModelPool(finished_run(tmp_path)).open_test("stack", "mean")
    remove(tmp_path, "r")
    again = finished_run(tmp_path)
    assert SharedLedger(again).count == 1
    assert [found.name for found in RunCatalog(tmp_path).summaries()] == ["r"]


def test_ledgers_of_0_1_0_count_once_whatever_run_holds_them(tmp_path: Path) -> None:
    run, more = finished_run(tmp_path), finished_run(tmp_path, "more", baselines=5)
    for folder, at in ((run, 100.0), (more, 100.4), (more, 900.0)):
        with open(folder.path / "ledger.jsonl", "a") as file:
            file.write(json.dumps({"at": at, "command": "arms", "what": "mean of k = 5"}) + "\n")
    assert SharedLedger(run).count == SharedLedger(more).count == 2
    SharedLedger(run).enter("stack", "x")
    assert [opening.command for opening in SharedLedger(more).openings()] == ["arms", "arms", "stack"]


def test_an_article_run_opens_the_test_set_when_it_is_laid_out(tmp_path: Path) -> None:
    spec = new_spec(tmp_path, "article", name="a", windows={"stride": 9}, jobs=1)
    run = lay_out(tmp_path, spec)
    (opening,) = SharedLedger(run).openings()
    assert (opening.run, opening.command) == ("a", "run")
    honest = lay_out(tmp_path, new_spec(tmp_path, "quick", name="q", windows={"stride": 19}, jobs=1))
    assert SharedLedger(honest).count == 1


def test_a_ledger_that_cannot_be_written_keeps_the_test_set_shut(tmp_path: Path) -> None:
    models = ModelPool(finished_run(tmp_path))
    models.ledger.path.mkdir()
    with pytest.raises(InputError, match="test stays shut"):
        models.open_test("stack", "mean")
    with pytest.raises(InputError, match="cannot be read"):
        models.ledger.openings()


def test_data_without_a_test_set(tmp_path: Path) -> None:
    made = dataset()
    # As Kaggle's: the images set apart have no labels.
    labels = made.labels.copy()
    labels[320:] = -1
    run = finished_run(tmp_path, data=Dataset("made", made.images, labels, 4, 320))
    models = ModelPool(run)
    with pytest.raises(InputError, match="no labelled test images"):
        models.open_test("stack", "mean")
    assert models.ledger.count == 0


def test_a_torn_line_counts_and_swallows_nothing(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    ledger = SharedLedger(run)
    ledger.enter("stack", "one\nline \x1b[31m")
    path = ledger.path
    path.write_bytes(path.read_bytes() + b'{"at": 12')
    ledger.enter("stack", "three")
    assert ledger.count == 3
    assert ledger.openings()[1] == UNREADABLE
    assert [opening.what for opening in ledger.openings()][::2] == ["one\\nline \\x1b[31m", "three"]


def test_a_trial_finished_later_is_a_member_of_the_next_library(tmp_path: Path) -> None:
    run = finished_run(tmp_path, leave=("keep-r00-c00",))
    assert len(ModelPool(run).members) == 11
    finish(run, next(trial for trial in run.document.trials if trial.name == "keep-r00-c00"), 3.0)
    assert len(ModelPool(run).members) == 12
