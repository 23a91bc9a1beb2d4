"""Why the number of workers cannot be changed: one reason, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.interface import beat
from tests.harness.runs import make_run
from tests.harness.screens import ONE
from xsample_tui import Sweep
from xsample_tui.core.errors import InputError
from xsample_tui.services.run_control.worker_count import ask_for_workers, check_jobs, why_fixed, workers_now
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunLock

CLUSTER = "the cluster decides how many workers there are"


def test_a_run_that_nobody_trains_has_no_workers(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with pytest.raises(InputError, match="run: r: not active; resume it"):
        workers_now(run, "resume it")
    with pytest.raises(InputError, match="run: r: not active; resume it"):
        ask_for_workers(run, 2, "test", "resume it")
    # What it then refuses is not offered.
    with pytest.raises(InputError, match="jobs: 0: choose from 1 to 1,024"):
        ask_for_workers(run, 0, "test", "resume it")


def test_a_clusters_workers_are_the_clusters_to_choose(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    sweep = Sweep.load("r", runs_dir=tmp_path)
    owner = RunLock(run.path)
    try:
        beat(run, "running", workers=(ONE,), dashboard="http://here")
        assert why_fixed(run.spec, read_heartbeat(run.path)) == CLUSTER
        with pytest.raises(InputError, match=f"jobs: 2: {CLUSTER}"):
            sweep.use_workers(2)
        assert RequestInbox(run.path).take() == []
        assert sweep.workers_dataframe()["name"].tolist() == [ONE.name]
        beat(run, "running", workers=(ONE,))
        assert why_fixed(run.spec, read_heartbeat(run.path)) == ""
        sweep.use_workers(2)
        assert [getattr(request, "jobs", None) for request in RequestInbox(run.path).take()] == [2]
    finally:
        owner.release()


def test_the_articles_rule_trains_one_at_a_time(tmp_path: Path) -> None:
    spec = make_run(tmp_path).spec
    leaking = spec.model_copy(update={"training": spec.training.model_copy(update={"stopping": "article"})})
    assert leaking.leaks
    assert why_fixed(leaking, None) == "the article's stopping rule trains one trial at a time"
    with pytest.raises(InputError, match="jobs: 4: the article's stopping rule trains one trial at a time; choose 1"):
        check_jobs(leaking, 4, cluster=False)
    assert check_jobs(leaking, 1, cluster=False) == 1
    assert check_jobs(leaking, None, cluster=True) is None
