"""A run is extended: what exists keeps its bits, what is new has those of the sweep that had it from the start."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from tests.harness.runs import digests, make_run, work
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.sweep_spec import SweepSpec, Training
from xsample_tui.core.training.trial_plan import Trial, plan
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.run_extension import extend_run
from xsample_tui.store.control.run_lock import RunBusy, RunLock
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.integrity_check import audit
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_answer import StoredAnswer, store_answer, stored_answer

# Windows of 4x4 on 8x8 images: rows and columns 0, 4; with stride 2 also 2.
FINE = 9


def names(run: RunFolder) -> list[str]:
    return [trial.name for trial in run.document.trials]


def without_ink(run: RunFolder) -> list[Trial]:
    """Return a run's trials without a figure whose last bit depends on how many masks are counted at once."""
    return [trial.model_copy(update={"ink_removed": 0.0}) for trial in run.document.trials]


def test_a_finer_grid_keeps_every_bit_and_trains_only_what_is_new(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert work(run) == "finished"
    before, streams = digests(run), {t.name: t.stream for t in run.document.trials}
    store_answer(run.path, StoredAnswer("Not resolved", 6, "not resolved"))
    found = extend_run(run, stride=2, baselines=3)
    assert found.line == "r: 5 windows added to 4, tests are corrected for 9 from now on; 1 baseline added"
    run = RunFolder(run.path)
    assert names(run)[:4] == ["baseline-s00", "baseline-s01", "baseline-s02", "keep-r00-c00"]
    assert len(run.document.trials) == 3 + FINE
    assert (run.spec.windows.stride, run.spec.windows.only, run.spec.baselines) == (2, (), 3)
    assert digests(run) == before
    assert {t.name: t.stream for t in run.document.trials if t.name in streams} == streams
    assert len({t.stream for t in run.document.trials if not t.is_baseline}) == FINE, "each window has its own stream"
    assert stored_answer(run.path) is None
    waiting = run.progress().queue
    assert set(waiting) == set(names(run)) - set(before)
    assert work(run) == "finished"
    after = digests(run)
    assert {name: after[name] for name in before} == before
    assert len(after) == 3 + FINE
    assert not [finding for finding in audit(run) if finding.state != "whole"]


def test_two_steps_have_the_bits_of_one(tmp_path: Path) -> None:
    def make(folder: Path) -> RunFolder:
        return make_run(folder, data=None, windows={"height": 3, "width": 3, "stride": 5})

    once, twice = make(tmp_path / "once"), make(tmp_path / "twice")
    once = extend_run(once, stride=1).folder
    twice = extend_run(extend_run(twice, stride=2).folder, stride=1).folder
    assert without_ink(once) == without_ink(twice)
    assert np.array_equal(once.plan.masks, twice.plan.masks)
    assert once.document.masks_digest == twice.document.masks_digest


def test_windows_that_were_left_out_are_those_of_the_whole_sweep(tmp_path: Path) -> None:
    whole = make_run(tmp_path / "whole")
    part = make_run(tmp_path / "part", windows={"only": ("keep-r00-c04",)})
    assert work(whole) == work(part) == "finished"
    part = extend_run(part, windows=("keep-r04-c00", "keep-r00-c04")).folder
    assert part.spec.windows.only == ("keep-r00-c04", "keep-r04-c00")
    assert work(part) == "finished"
    part = extend_run(part, stride=4).folder
    assert part.spec.windows.only == ()
    assert work(part) == "finished"
    assert digests(part) == digests(whole)
    assert without_ink(part) == without_ink(whole)
    assert part.document.masks_digest == whole.document.masks_digest


def test_a_window_at_any_place_and_a_spec_that_another_run_can_begin_from(tmp_path: Path) -> None:
    run = extend_run(make_run(tmp_path), windows=("keep-r01-c03",)).folder
    assert "keep-r01-c03" in names(run)
    assert run.plan.mask("keep-r01-c03")[1:5, 3:7].all()
    assert run.plan.mask("keep-r01-c03").sum() == 16
    # Its stream is that of its place, after those of the run's own grid of four.
    (trial,) = [t for t in run.document.trials if t.name == "keep-r01-c03"]
    assert trial.stream == 4 + 1 * 5 + 3
    again = plan(run.spec, run.dataset)
    assert [t.name for t in again.trials] == names(run)
    assert np.array_equal(again.masks, run.plan.masks)


def test_random_masks_are_those_of_the_place(tmp_path: Path) -> None:
    fine = make_run(tmp_path / "fine", windows={"mask": "random", "stride": 2})
    run = extend_run(make_run(tmp_path / "coarse", windows={"mask": "random"}), stride=2).folder
    assert np.array_equal(run.plan.masks, fine.plan.masks)
    figures = [(t.pixels_zeroed, t.images_touched) for t in fine.document.trials]
    assert [(t.pixels_zeroed, t.images_touched) for t in run.document.trials] == figures
    ink = [t.ink_removed for t in fine.document.trials]
    assert [t.ink_removed for t in run.document.trials] == pytest.approx(ink)


def test_nothing_new_changes_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    before = (run.path / "spec.json").read_bytes()
    found = extend_run(run, stride=4, baselines=2, windows=("keep-r00-c00",), epochs=3)
    assert found.line == "r: nothing to add, it has all of that"
    assert (run.path / "spec.json").read_bytes() == before


def test_what_a_control_run_has_trained_is_copied(tmp_path: Path) -> None:
    run = make_run(tmp_path, baselines=1)
    assert work(run) == "finished"
    (seeds,) = lay_out_control_runs(run, "seeds", 4)
    assert work(seeds) == "finished"
    said: list[str] = []
    folder = extend_run(run, baselines=3, say=said.append).folder
    assert said == ["r: 2 of 2 trials are the same training as in r-seeds and were copied"]
    assert folder.progress().queue == ()
    theirs = digests(seeds)
    assert {name: digest for name, digest in digests(folder).items() if name in theirs} == {
        name: theirs[name] for name in ("baseline-s01", "baseline-s02")
    }


@pytest.mark.parametrize("point", ["extend", "write", "written", "synced", "renamed"])
def test_killed_anywhere_it_opens_and_can_be_extended_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    run = make_run(tmp_path)
    assert work(run) == "finished"
    before = digests(run)
    left = 1 if point == "extend" else 2
    for count in range(left):
        met = 0

        def die(at: str, count: int = count) -> None:
            nonlocal met
            met += at == point
            if at == point and met > count:
                raise KeyboardInterrupt

        monkeypatch.setattr(atomic_write, "failpoint", die)
        with pytest.raises(KeyboardInterrupt):
            extend_run(run, stride=2)
        monkeypatch.undo()
        opened = RunFolder(run.path)
        assert len(opened.plan.masks) == len(opened.document.trials)
        assert {name: digest for name, digest in digests(opened).items() if name in before} == before
    run = extend_run(run, stride=2).folder
    assert work(run) == "finished"
    assert len(digests(run)) == 2 + FINE


def test_more_epochs_while_no_trial_has_ended(tmp_path: Path) -> None:
    run = extend_run(make_run(tmp_path / "longer"), epochs=5).folder
    assert work(run) == "finished"
    whole = make_run(tmp_path / "whole", training={"epochs": 5})
    assert work(whole) == "finished"
    assert digests(run) == digests(whole)


def test_more_epochs_for_trials_that_have_ended_and_kept_their_optimizers_state(tmp_path: Path) -> None:
    keep = {"keep_optimizer": True}
    run = make_run(tmp_path / "runs", training={"epochs": 3} | keep)
    assert work(run) == "finished"
    (seeds,) = lay_out_control_runs(run, "seeds", 4)
    assert work(seeds) == "finished"
    found = extend_run(run, epochs=5, baselines=3)
    assert found.line == "r: 1 baseline added; every trial has 5 epochs"
    assert [folder.name for folder in found.controls] == ["r-seeds"]
    run = found.folder
    assert run.progress().counts()["done"] == 0
    assert run.progress().counts()["paused"] == 6
    state, problems = run.latest("keep-r00-c00")
    assert state is not None
    assert (state.epoch, state.finished, state.softmax, problems) == (3, False, {}, [])
    for folder in (run, *found.controls):
        assert work(folder) == "finished"
    whole = make_run(tmp_path / "whole", training={"epochs": 5} | keep, baselines=3)
    assert work(whole) == "finished"
    assert digests(run) == digests(whole)
    assert [len(entry.history) for entry in run.progress().trials.values()] == [5] * 7
    # They can be compared with their controls.
    assert lay_out_control_runs(run, "seeds", 4)[0].spec.training == run.spec.training


def test_a_stopping_rule_has_no_use_for_an_optimizer_that_is_kept() -> None:
    with pytest.raises(ValidationError, match="stopping rule ends trials by itself"):
        SweepSpec(name="r", training=Training(stopping="patience", keep_optimizer=True))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"epochs": 5}, "6 trials have ended, and their optimizer's state was not kept"),
        ({"epochs": 2}, "the run has 3; choose more"),
        ({"baselines": 1}, "the run has 2; choose more"),
        ({"stride": 0}, "stride"),
        ({"windows": ("keep-r05-c00",)}, "no place for a window of 4x4 there"),
        ({"windows": ("occlude-r00-c00",)}, "as keep-r00-c00"),
        ({"windows": ("baseline-s00",)}, "as keep-r00-c00"),
    ],
)
def test_what_cannot_be_added_is_refused_in_a_line(tmp_path: Path, wanted: dict[str, int], words: str) -> None:
    run = make_run(tmp_path)
    assert work(run) == "finished"
    before = (run.path / "spec.json").read_bytes(), (run.path / "plan.npz").read_bytes()
    with pytest.raises(InputError, match=re.escape(words)) as refused:
        extend_run(run, **wanted)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert ((run.path / "spec.json").read_bytes(), (run.path / "plan.npz").read_bytes()) == before


def test_runs_that_cannot_be_extended(tmp_path: Path) -> None:
    leaks = make_run(tmp_path, "a", preset_name="article", baselines=1)
    with pytest.raises(InputError, match="leaks from trial to trial"):
        extend_run(leaks, stride=2)
    run = make_run(tmp_path)
    (seeds,) = lay_out_control_runs(run, "seeds", 4)
    with pytest.raises(InputError, match="is a control run of r; extend that one"):
        extend_run(seeds, baselines=9)
    owner = RunLock(run.path)
    try:
        with pytest.raises(RunBusy):
            extend_run(run, stride=2)
    finally:
        owner.release()
