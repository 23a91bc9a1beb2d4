"""A scout's files: checksummed, replaced whole, apart from everything else of the run."""

from pathlib import Path

import numpy as np
import pytest

from tests.harness.runs import make_run
from tests.harness.scout_estimates import estimate
from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.run.integrity_check import audit
from xsample_tui.store.scout_files import (
    DamagedScout,
    estimate_path,
    latest_state,
    read_estimate,
    store_estimate,
    store_state,
    stored_estimate,
)


def state(epoch: int, trial: str = "scout-1") -> TrialState:
    return TrialState(trial, epoch, {"w": np.full(3, epoch, np.float32)}, {}, StoppingState())


def keep(run: Path, epoch: int, trial: str = "scout-1") -> None:
    store_state(run, state(epoch, trial), encode(state(epoch, trial)))


def test_what_is_stored_comes_out_again(tmp_path: Path) -> None:
    assert read_estimate(tmp_path) is None
    store_estimate(tmp_path, estimate((0.5, 1 / 3), (0.25, 0.1)))
    assert read_estimate(tmp_path) == estimate((0.5, 1 / 3), (0.25, 0.1))


def test_one_altered_digit_is_noticed(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert not [one for one in audit(run) if one.what.startswith("scout/")]
    store_estimate(run.path, estimate((0.5, 0.25)))
    assert [one.state for one in audit(run) if one.what == "scout/estimate.json"] == ["whole"]
    path = estimate_path(run.path)
    whole = path.read_bytes()
    for damaged in (whole.replace(b"0.25", b"0.26"), whole[:-20], b"[]", b"{}", b""):
        path.write_bytes(damaged)
        with pytest.raises(DamagedScout):
            read_estimate(run.path)
        assert stored_estimate(run.path) is None
        assert [one.state for one in audit(run) if one.what == "scout/estimate.json"] == ["damaged"]


def test_the_newest_whole_checkpoint_counts(tmp_path: Path) -> None:
    assert latest_state(tmp_path, "scout-1", 9) is None
    keep(tmp_path, 1)
    keep(tmp_path, 2)
    assert [path.name for path in (tmp_path / "scout").iterdir()] == ["000002.ckpt"]
    found = latest_state(tmp_path, "scout-1", 9)
    assert found is not None
    assert found.digest() == state(2).digest()
    # Of other windows, or trained for longer than is wanted now.
    assert latest_state(tmp_path, "scout-2", 9) is None
    assert latest_state(tmp_path, "scout-1", 1) is None
    (tmp_path / "scout" / "000003.ckpt").write_bytes(b"torn")
    assert latest_state(tmp_path, "scout-1", 9) is not None


def test_an_estimate_takes_the_place_of_its_checkpoints(tmp_path: Path) -> None:
    keep(tmp_path, 2)
    store_estimate(tmp_path, estimate((0.5,)))
    assert [path.name for path in (tmp_path / "scout").iterdir()] == ["estimate.json"]
