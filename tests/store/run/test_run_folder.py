"""The run folder: made whole, read back, damaged files passed over."""

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.runs import make_run, noise_images, work
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.core.training.trial_plan import plan
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.run.run_document import DamagedRun
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_inputs import store_images, stored_size
from xsample_tui.store.run_catalog import RunCatalog
from xsample_tui.store.run_removal import holdings, remove

TRIAL = "baseline-s00"


def state(epoch: int, *, finished: bool = False, size: int = 3000) -> TrialState:
    weights = {"w": np.random.default_rng(epoch).random(size, np.float32)}
    return TrialState(TRIAL, epoch, weights, {}, StoppingState(), stop_reason="all" if finished else None)


def commit(run: RunFolder, epoch: int, *, finished: bool = False) -> None:
    run.commit(TRIAL, epoch, encode(state(epoch, finished=finished)), finished=finished)


def files(run: RunFolder) -> list[str]:
    return sorted(path.name for path in (run.path / "trials" / TRIAL).iterdir())


def test_a_run_comes_back_as_it_was_laid_out(tmp_path: Path) -> None:
    made = make_run(tmp_path, seed=4)
    run = RunFolder.open(tmp_path, "r")
    assert run.spec == made.spec
    assert run.dataset.digest() == noise_images().digest()
    laid = plan(run.spec, noise_images())
    assert run.plan.trials == laid.trials
    assert np.array_equal(run.plan.masks, laid.masks)
    assert run.plan.split.digest() == laid.split.digest()


def test_a_run_beside_shares_large_images_and_each_outlives_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_run(tmp_path)
    small = first.beside(first.spec.model_copy(update={"name": "small"}), first.plan)
    assert stored_size(small.path)[1] == 1
    monkeypatch.setattr("xsample_tui.store.run.stored_inputs.MAPPED_FROM", 1000)
    second = first.beside(first.spec.model_copy(update={"name": "second"}), first.plan)
    third = second.beside(first.spec.model_copy(update={"name": "third"}), first.plan)
    size, runs = stored_size(first.path)
    assert runs == 3
    assert holdings(tmp_path, "second").shared == size
    # What writes a run's file puts a new one in its place.
    store_images(first.path, first.dataset)
    remove(tmp_path, "r")
    remove(tmp_path, "second")
    assert RunFolder.open(tmp_path, "third").dataset.digest() == third.document.dataset_digest
    assert holdings(tmp_path, "third").shared == 0


def test_images_are_copied_where_a_file_can_have_no_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*paths: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("xsample_tui.store.run.stored_inputs.MAPPED_FROM", 1000)
    monkeypatch.setattr(os, "link", refuse)
    first = make_run(tmp_path)
    second = first.beside(first.spec.model_copy(update={"name": "second"}), first.plan)
    assert stored_size(second.path)[1] == 1
    assert RunFolder.open(tmp_path, "second").dataset.digest() == first.document.dataset_digest


def test_what_the_source_calls_its_images_is_stored(tmp_path: Path) -> None:
    made = make_run(tmp_path / "plain")
    assert (made.dataset.ids, made.dataset.id_name) == ((), "")
    ids = tuple(f"b/{at}.png" for at in range(len(made.dataset.labels)))
    named = replace(made.dataset, ids=ids, id_name="file", value_range=((-1.0, 2.5),))
    RunFolder.create(tmp_path, made.spec, named, made.plan, {})
    found = RunFolder.open(tmp_path, "r").dataset
    assert (found.ids, found.id_name, found.value_range) == (ids, "file", ((-1.0, 2.5),))
    assert found.digest() == made.dataset.digest()


def test_a_name_that_is_taken_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    before = (run.path / "spec.json").read_bytes()
    with pytest.raises(InputError, match="exists"):
        make_run(tmp_path, seed=1)
    assert (run.path / "spec.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("name", ["nothing", "../r", "a/b", "\x1b[31m"])
def test_no_such_run(tmp_path: Path, name: str) -> None:
    make_run(tmp_path)
    with pytest.raises(InputError) as caught:
        RunFolder.open(tmp_path, name)
    assert "\x1b" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="runs_dir"):
        make_run(tmp_path / "file" / "runs")


def test_two_generations_stay_and_a_finished_trial_keeps_one(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    for epoch in (1, 2, 3):
        commit(run, epoch)
    assert files(run) == ["000002.ckpt", "000003.ckpt"]
    commit(run, 4, finished=True)
    assert files(run) == ["000004.ckpt"]


def test_committing_an_epoch_again_changes_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    for epoch in (1, 2, 2, 2):
        commit(run, epoch)
    assert files(run) == ["000001.ckpt", "000002.ckpt"]
    latest, problems = run.latest(TRIAL)
    assert latest is not None
    assert latest.digest() == state(2).digest()
    assert not problems


def test_every_truncation_falls_back_to_the_generation_before(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    commit(run, 1)
    commit(run, 2)
    newest = run.path / "trials" / TRIAL / "000002.ckpt"
    whole = newest.read_bytes()
    cuts = range(0, len(whole), 1024)
    for cut in cuts:
        newest.write_bytes(whole[:cut])
        latest, problems = run.latest(TRIAL)
        assert latest is not None
        assert latest.digest() == state(1).digest()
        assert len(problems) == 1
        assert "resuming from epoch 1" in problems[0]
        record = run.record(TRIAL)
        assert record is not None
        assert record.epoch == 1
    print(f"corruptions detected: {len(cuts)} truncations")
    assert len(cuts) > 10


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_flipped_bit_falls_back_to_the_generation_before(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    run = make_run(tmp_path_factory.mktemp("flip"))
    commit(run, 1)
    commit(run, 2)
    newest = run.path / "trials" / TRIAL / "000002.ckpt"
    damaged = bytearray(newest.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        bit = data.draw(st.integers(0, 8 * len(damaged) - 1))
        damaged[bit // 8] ^= 1 << bit % 8
    if bytes(damaged) == newest.read_bytes():
        return
    newest.write_bytes(bytes(damaged))
    latest, problems = run.latest(TRIAL)
    assert latest is not None
    assert latest.epoch == 1
    assert problems


def test_with_every_generation_damaged_the_trial_starts_again_and_the_files_stay(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    commit(run, 1)
    commit(run, 2)
    for path in (run.path / "trials" / TRIAL).glob("*.ckpt"):
        path.write_bytes(b"not a checkpoint")
    latest, problems = run.latest(TRIAL)
    assert latest is None
    assert len(problems) == 2
    assert "starting over" in problems[0]
    assert work(run) == "finished"
    assert sum("damaged" in name for name in files(run)) == 2
    assert run.progress().trials[TRIAL].status == "done"


def test_a_checkpoint_of_another_trial_is_not_taken(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.commit(TRIAL, 1, encode(replace(state(1), trial="baseline-s01")), finished=False)
    latest, problems = run.latest(TRIAL)
    assert latest is None
    assert "belongs to baseline-s01" in problems[0]
    assert run.record(TRIAL) is None


@settings(max_examples=80)
@given(data=st.data())
def test_a_damaged_spec_is_refused_or_unchanged(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    run = make_run(tmp_path_factory.mktemp("spec"))
    path = run.path / "spec.json"
    damaged = bytearray(path.read_bytes())
    # The file's length differs by a digit of its time, so the place is drawn apart from it.
    place = data.draw(st.integers(0, 10**9)) % len(damaged)
    if data.draw(st.booleans()):
        del damaged[place:]
    else:
        damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(damaged))
    refused = ""
    try:
        again = RunFolder(run.path)
    except DamagedRun as error:
        refused = str(error)
    if refused:
        assert refused.startswith("run r: spec.json")
        assert "\n" not in refused
    else:
        assert again.document == run.document


@pytest.mark.parametrize("name", ["dataset.npz", "plan.npz"])
def test_images_or_plan_that_were_changed_are_refused(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path)
    other = make_run(tmp_path, "other", seed=9)
    if name == "dataset.npz":
        arrays = dict(np.load(other.path / name))
        arrays["pictures"][0, 0, 0, 0] ^= 1
        np.savez(run.path / name, allow_pickle=False, **arrays)
    else:
        (run.path / name).write_bytes((other.path / name).read_bytes())
    with pytest.raises(DamagedRun, match="does not match its hash"):
        work(RunFolder(run.path))


def test_arrays_with_pickled_objects_are_refused_unread(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    touched = tmp_path / "touched"

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.mkdir, (str(touched),))

    np.savez(run.path / "dataset.npz", pictures=np.array([Bomb()], object), labels=np.zeros(1), train=1)
    with pytest.raises(DamagedRun):
        _ = RunFolder(run.path).dataset
    assert not touched.exists()


def test_files_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        run = make_run(tmp_path)
        commit(run, 1)
        work(run)
    finally:
        os.umask(before)
    for path in run.path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert not mode & 0o027, f"{path} has mode {mode:o}"


def test_trials_on_a_disk_that_is_away_are_not_taken_for_trials_not_begun(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    commit(run, 1)
    (run.path / "trials").rename(tmp_path / "disk")
    (run.path / "trials").symlink_to(tmp_path / "disk")
    assert run.record(TRIAL) is not None
    (tmp_path / "disk").rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        run.progress()


def test_the_catalog_lists_what_cannot_be_read_too(tmp_path: Path) -> None:
    make_run(tmp_path, "good")
    make_run(tmp_path, "bad").path.joinpath("spec.json").write_text("{")
    (tmp_path / "no-run").mkdir()
    found = {run.name: run for run in RunCatalog(tmp_path).summaries()}
    assert set(found) == {"good", "bad"}
    assert found["bad"].progress is None
    assert "spec.json" in found["bad"].problem
    assert found["good"].state == "stopped"
    assert RunCatalog(tmp_path / "nothing-here").summaries() == []


def test_a_new_run_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xsample_tui.store.run.run_folder.os.rename", refuse)
    dataset, machine = noise_images(), Machine()
    spec = preset("quick", "r", machine, windows={"height": 4, "width": 4})
    with pytest.raises(InputError, match="No space left"):
        RunFolder.create(tmp_path, spec, dataset, plan(spec, dataset), {})
    assert list(tmp_path.iterdir()) == []
