"""The scout in Python: a stored estimate is a frame, and nothing is trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.scout_estimates import give_estimate
from xsample_tui import ScoutResult, Sweep
from xsample_tui.core.scout.scout_order import plan_key
from xsample_tui.services.run_control.scout_run import scout_run
from xsample_tui.store.scout_files import store_estimate


def test_a_stored_estimate_is_a_frame(tmp_path: Path) -> None:
    run = finished_run(tmp_path)
    found = give_estimate(run)
    update = {"plan": plan_key(run.plan), "baseline": found.scout.model_copy(update={"trained": "baseline-s00"})}
    store_estimate(run.path, found.model_copy(update=update))
    scout = Sweep.load("r", runs_dir=tmp_path).scout(progress=False)
    assert isinstance(scout, ScoutResult)
    frame = scout.to_frame()
    assert frame["rank"].tolist() == list(range(1, 10))
    assert frame["log_loss"].is_monotonic_increasing
    assert frame["baseline_log_loss"].tolist() == frame["log_loss"].tolist()
    assert scout.spearman == pytest.approx(1)
    assert scout.to_dict() == json.loads(json.dumps(scout_run(run).facts()))
    assert repr(scout) == "<ScoutResult of r: 9 windows>"
