"""Renaming a run and its control runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.harness.finished_runs import finish, finished_run
from tests.harness.runs import make_run, work
from xsample_tui.core.errors import InputError
from xsample_tui.stacking.pool.control_runs import control_runs_of, lay_out_control_runs
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.control.run_lock import RunBusy, RunLock
from xsample_tui.store.run.integrity_check import audit
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.run_notes import change_notes, run_notes
from xsample_tui.store.run_renaming import rename_run


def with_controls(runs: Path, name: str = "a") -> RunFolder:
    """Return a finished run with a control run."""
    run = finished_run(runs, name)
    (control,) = lay_out_control_runs(run, "seeds", 9)
    for trial in control.document.trials:
        finish(control, trial, 2.5)
    return run


def test_a_run_keeps_everything_under_its_new_name(tmp_path: Path) -> None:
    run = with_controls(tmp_path)
    change_notes(run.path, lambda notes: notes.retagged(("+x",)))
    before = sorted(member.name for member in open_pool(run).members)
    files = {path.relative_to(run.path): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    assert rename_run(tmp_path, "a", "b") == [("a-seeds", "b-seeds"), ("a", "b")]
    renamed = RunFolder.open(tmp_path, "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "b-seeds"]
    assert {path: (renamed.path / path).read_bytes() for path in files} == files
    assert renamed.spec.name == renamed.progress().spec.name == "b"
    assert renamed.spec.model_copy(update={"name": "a"}) == run.spec
    assert all(finding.state == "whole" for finding in audit(renamed))
    assert [control.name for control in control_runs_of(renamed)["seeds"]] == ["b-seeds"]
    assert sorted(member.name for member in open_pool(renamed).members) == before
    assert run_notes(renamed.path).tags == ("x",)


def test_a_renamed_run_trains_to_its_end(tmp_path: Path) -> None:
    make_run(tmp_path, "a")
    rename_run(tmp_path, "a", "b")
    assert work(RunFolder.open(tmp_path, "b")) == "finished"


@pytest.mark.parametrize("trained", ["a", "a-seeds"])
def test_nothing_is_renamed_while_one_of_them_trains(tmp_path: Path, trained: str) -> None:
    with_controls(tmp_path)
    owner = RunLock(tmp_path / trained)
    with pytest.raises(RunBusy):
        rename_run(tmp_path, "a", "b")
    owner.release()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a-seeds"]
    rename_run(tmp_path, "a", "b")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("none", "b", "^run: none: no such run"),
        ("a", "a", "is the run's name already"),
        ("a", "c", "new name: c: exists in"),
        ("a", "../b", "use 1 to 64 letters"),
        ("a", "x" * 60, "new name: x+-seeds: use 1 to 64 letters"),
        ("c", "a-random", "is that of a control run of a"),
        ("c", "a", "exists in"),
        ("a", "lost", "lost-seeds-2 would become its control run"),
    ],
)
def test_other_names_are_refused_and_nothing_is_renamed(tmp_path: Path, old: str, new: str, why: str) -> None:
    with_controls(tmp_path)
    make_run(tmp_path, "c")
    make_run(tmp_path, "lost-seeds-2")
    names = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(InputError, match=why):
        rename_run(tmp_path, old, new)
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_after_a_kill_in_between_renaming_again_does_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_controls(tmp_path)
    rename = os.rename

    def once(source: Any, target: Any) -> None:
        if Path(source).name == "a":
            raise KeyboardInterrupt
        rename(source, target)

    with monkeypatch.context() as context:
        context.setattr(os, "rename", once)
        with pytest.raises(KeyboardInterrupt):
            rename_run(tmp_path, "a", "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b-seeds"]
    assert rename_run(tmp_path, "a", "b") == [("a", "b")]
    assert [control.name for control in control_runs_of(RunFolder.open(tmp_path, "b"))["seeds"]] == ["b-seeds"]
