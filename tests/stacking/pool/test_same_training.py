"""Trainings that another run has done already are copied, and only these."""

from pathlib import Path
from typing import Any

import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.harness.runs import LEASE, digests
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.same_training import copy_same_trainings
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller


def twins(run: RunFolder) -> RunFolder:
    (folder,) = lay_out_control_runs(run, "seeds", 9)
    return folder


def test_the_twins_of_one_mask_are_those_of_another(tmp_path: Path) -> None:
    first = twins(finished_run(tmp_path, "first"))
    for trial in first.document.trials:
        finish(first, trial, 3.0)
    said: list[str] = []
    other = finished_run(tmp_path, "other", windows={"mask": "occlude"})
    (second,) = lay_out_control_runs(other, "seeds", 9, say=said.append)
    assert digests(second) == digests(first)
    assert second.progress().counts()["done"] == 6
    assert said == ["other-seeds: 6 of 6 trials are the same training as in first-seeds and were copied"]
    # Its random masks remove other ink, so that none is the same.
    for folder in (first, second):
        assert len(folder.document.trials) == 6
    (random,) = lay_out_control_runs(other, "random", 9, say=said.append)
    assert random.progress().counts()["done"] == 0
    assert len(said) == 1


def test_what_is_copied_is_what_training_gives(tmp_path: Path) -> None:
    from tests.harness.inline_slot import InlineSlot

    def train(folder: RunFolder) -> dict[str, str]:
        assert Controller(folder, lambda number: InlineSlot(), lease=LEASE).work() == "finished"
        return digests(folder)

    trained = train(twins(finished_run(tmp_path / "alone", "other", windows={"mask": "occlude"})))
    train(twins(finished_run(tmp_path, "first")))
    copied = digests(twins(finished_run(tmp_path, "other", windows={"mask": "occlude"})))
    assert copied == trained


@pytest.mark.parametrize(
    "changes",
    [{"seed": 1}, {"streams": "shared"}, {"streams": "named"}, {"limit": 100}],
)
def test_other_seeds_streams_and_images_are_trained(tmp_path: Path, changes: dict[str, Any]) -> None:
    first = twins(finished_run(tmp_path, "first"))
    for trial in first.document.trials:
        finish(first, trial, 3.0)
    assert digests(twins(finished_run(tmp_path, "other", **changes))) == {}


def test_damaged_unfinished_and_foreign_runs_are_passed_over(tmp_path: Path) -> None:
    first = twins(finished_run(tmp_path, "first"))
    finish(first, first.document.trials[0], 3.0)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "spec.json").write_text("{")
    second = twins(finished_run(tmp_path, "second"))
    assert list(digests(second)) == [first.document.trials[0].name]
    assert copy_same_trainings(first) == {first.document.trials[0].name: "second-seeds"}
