"""Power cuts after a killed or refused commit: what such a one left is built upon only once it is durable."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.harness.runs import digests, make_run, undisturbed, work
from tests.simulation.clock import Clock
from tests.simulation.disk import Disk, Killed
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import initial_state
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.sync_again import drop_superseded

SEEDS = range(12)


@contextlib.contextmanager
def on_disk(folder: Path, seed: int) -> Iterator[Disk]:
    """Give what knows of each file under a folder whether it is durable."""
    disk = Disk(folder, Clock(), Random(seed))
    with contextlib.ExitStack() as stack:
        for patch in disk.patches():
            stack.enter_context(patch)
        yield disk


def refused(folder: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_refused_commit_left_supersedes_nothing_before_it_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    run, name = make_run(tmp_path), "baseline-s00"
    reference = make_run(tmp_path / "reference")
    assert work(reference) == "finished"
    last, _ = reference.latest(name)
    assert last is not None
    stopping = initial_state(run.spec.training.stopping, None)
    states = [TrialState(name, epoch, last.weights, {}, stopping) for epoch in (1, 2)]
    with on_disk(tmp_path / "r", seed) as disk:
        for state in states:
            run.commit(name, state.epoch, encode(state), finished=False)
        with monkeypatch.context() as patch:
            patch.setattr(atomic_write, "sync_folder", refused)
            with pytest.raises(OSError, match="No space left"):
                run.commit(name, last.epoch, encode(last), finished=True)
        # Another process takes the run up.
        drop_superseded(RunFolder(run.path))
        disk.power_cut()
        found, _ = RunFolder(run.path).latest(name)
    assert found is not None
    assert found.epoch >= 2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("trial", ["baseline-s00", "keep-r04-c04"])
def test_a_sweep_that_is_finished_is_so_after_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str, seed: int
) -> None:
    expected = undisturbed(tmp_path, make_run)
    run = make_run(tmp_path / "runs")
    place = run.path / "trials" / trial

    def killed(point: str) -> None:
        if point == "renamed" and (place / "000003.ckpt").exists():
            raise Killed

    with on_disk(run.path, seed) as disk:
        with monkeypatch.context() as patch:
            patch.setattr(atomic_write, "failpoint", killed)
            with pytest.raises(Killed):
                work(run)
        disk.end_process()
        # As a copy has it that lost its empty folders.
        (run.path / "logs").rmdir()
        assert work(RunFolder(run.path)) == "finished"
        disk.power_cut()
        assert digests(RunFolder(run.path)) == expected
