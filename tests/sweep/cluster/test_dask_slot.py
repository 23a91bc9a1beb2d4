"""A scout's leases on a Dask cluster: estimate and results are those of one machine, whatever ends in between."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import digests, make_run
from tests.harness.until import SECONDS, until
from tests.sweep.dask_cluster import Watch, working
from tests.sweep.scout.test_scout_training import ENTRIES, SLOW
from xsample_tui.core.scout.scout_estimate import ScoutEstimate
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import read_estimate
from xsample_tui.sweep.controller import Controller


def scouted(folder: Path) -> RunFolder:
    """Make a run of one baseline and 25 windows, whose scout comes first."""
    options: dict[str, Any] = {"windows": {"stride": 1}, "baselines": 1, "order": "promising", "scout": True}
    return make_run(folder, training={"epochs": 4}, **options)


@pytest.fixture
def expected(tmp_path: Path) -> tuple[ScoutEstimate, dict[str, str]]:
    """The estimate and the digests of a sweep on this machine."""
    run = scouted(tmp_path / "here")
    work = Controller(run, lambda number: InlineSlot(), lease="tests.harness.fake_lease:run", scout=ENTRIES)
    assert work.work() == "finished"
    estimate = read_estimate(run.path)
    assert estimate is not None
    return estimate, digests(run)


def ended(watch: Watch, run: RunFolder) -> tuple[str, tuple[ScoutEstimate | None, dict[str, str]]]:
    watch.thread.join(SECONDS)
    return watch.ended, (read_estimate(run.path), digests(run))


def test_a_scout_is_trained_and_evaluated_by_the_clusters_workers(
    tmp_path: Path, url: str, expected: tuple[ScoutEstimate, dict[str, str]]
) -> None:
    run = scouted(tmp_path / "cluster")
    with working(run, url, scout=SLOW) as watch:
        assert ended(watch, run) == ("finished", expected)
    lines = watch.logged()
    assert "the scout is trained first" in lines
    assert lines.index("scout epoch 4/4") < lines.index("scout evaluated under 25 of 25 windows")


def test_stopped_in_the_middle_of_a_scout_a_cluster_goes_on_there(
    tmp_path: Path, url: str, expected: tuple[ScoutEstimate, dict[str, str]]
) -> None:
    run = scouted(tmp_path / "cluster")
    with working(run, url, scout=SLOW) as watch:
        until(lambda: "scout epoch 2/4" in watch.logged())
        watch.ask("stop")
        watch.thread.join(SECONDS)
    assert read_estimate(run.path) is None
    with working(run, url, scout=SLOW) as watch:
        assert ended(watch, run) == ("finished", expected)
    assert "scout epoch 1/4" not in watch.logged()


def test_workers_that_are_killed_in_the_middle_of_a_scout_cost_no_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: tuple[ScoutEstimate, dict[str, str]]
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    run = scouted(tmp_path / "cluster")
    with working(run, "local:2", scout=SLOW) as watch:
        for sign in ("scout epoch 2/4", "scout evaluated under"):
            until(lambda sign=sign: sign in watch.logged())  # type: ignore[misc]
            before = watch.worker_pool.processes
            os.kill(before[0], signal.SIGKILL)
        assert ended(watch, run) == ("finished", expected)
