"""The first reading of a run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.interface import NOW, beat, commit, tell
from tests.tui.session.watching import epoch
from xsample_tui.core.run_state.run_events import TrialChanged
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.session.run_snapshot import read_snapshot


def test_a_look_knows_the_epochs_that_are_not_on_disk_yet(run: RunFolder) -> None:
    names = [trial.name for trial in run.document.trials]
    commit(run, names[0], 1)
    tell(run, [TrialChanged(at=NOW, trial=names[0], status="running", slot=0)])
    tell(run, [epoch(run, names[0], number) for number in (1, 2)])
    beat(run, "running", running={0: names[0]})
    owner = RunLock(run.path)
    try:
        found = read_snapshot(run)
    finally:
        owner.release()
    entry = found.progress.trials[names[0]]
    assert (entry.status, entry.slot, len(entry.history)) == ("running", 0, 2)
    assert (found.state, found.alive) == ("running", True)


def test_a_look_leaves_out_epochs_of_a_session_that_was_killed(run: RunFolder) -> None:
    name = run.document.trials[0].name
    commit(run, name, 1)
    tell(run, [epoch(run, name, number) for number in (1, 2, 3)])
    tell(run, [TrialChanged(at=NOW, trial=name, status="running", slot=0)])
    beat(run, "running", running={0: name})
    owner = RunLock(run.path)
    try:
        assert len(read_snapshot(run).progress.trials[name].history) == 1
    finally:
        owner.release()
    # And where nobody works on it, the records alone count.
    assert read_snapshot(run).progress.trials[name].status == "paused"
    assert read_snapshot(run).state == "crashed"


def test_what_is_written_while_looking_is_heard_afterwards(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run.document.trials[0].name
    before = RunFolder.progress

    def late(self: RunFolder) -> Any:
        found = before(self)
        tell(run, [epoch(run, name, 1)])
        return found

    monkeypatch.setattr(RunFolder, "progress", late)
    found = read_snapshot(run)
    assert found.reader is not None
    update = [*found.recent, *found.reader.read()]
    assert [event.type for event in update] == ["epoch"]
