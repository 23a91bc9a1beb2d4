"""``predict`` by real training: of the test images it says what the outputs stored at the end say, bit for bit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Run
from xsample_tui.core.data.image_shifts import shifted, shifts
from xsample_tui.store.run.run_folder import RunFolder


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=pytest.mark.slow)])
def test_it_says_what_the_stored_outputs_say(cli: Run, images: Path, tmp_path: Path, precision: str) -> None:
    def table(*arguments: str) -> pd.DataFrame:
        done = cli(*arguments, "--csv", "out.csv", "--force")
        assert done.returncode == 0, done.stderr
        return pd.read_csv(tmp_path / "out.csv")[["p0", "p1", "p2"]].astype(np.float32)

    sweep = ("--window", "4", "--stride", "4", "--epochs", "3", "--baselines", "1", "--jobs", "1")
    done = cli("run", "--headless", "--name", "r", "--data", str(images), "--precision", precision, *sweep)
    assert done.returncode == 0, done.stderr
    run = RunFolder.open(tmp_path / "runs", "r")
    np.savez(tmp_path / "test.npz", x=run.dataset.images[run.plan.split.test])
    for rule in (("--members", "baseline-s00"), ("--pool", "all", "--top", "5", "--blend", "geometric")):
        stored = table("stack", "r", *rule, "--split", "test", "--open-test", "--probabilities")
        found = table("predict", "r", *rule, "--format", "plain", "--input", "test.npz")
        assert found.equals(stored)
        assert found["p0"].nunique() > 10
    if precision == "float32":
        # A shift is the mean over copies that are moved by every pixel up to it.
        copies = [shifted(run.dataset.images[run.plan.split.test], *move) for move in shifts(1)]
        np.savez(tmp_path / "moved.npz", x=np.concatenate(copies))
        one = ("--members", "baseline-s00", "--format", "plain", "--input")
        each = table("predict", "r", *one, "moved.npz").to_numpy(np.float64).reshape(9, -1, 3)
        mean = table("predict", "r", *one, "test.npz", "--shift", "1").to_numpy()
        assert np.abs(mean - each.mean(axis=0)).max() < 1e-6
        assert np.abs(mean - each[0]).max() > 1e-3
