"""``export --model`` and ``stack --to`` by real training: what Keras alone loads gives the stored outputs.

The fast sibling is ``tests/services/exporting/test_model_files.py``.
"""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Run
from tests.harness.exported_models import ASK, CLOSE
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.stored_outputs import softmax


@pytest.mark.slow
def test_models_leave_the_run_and_give_what_it_stored(cli: Run, images: Path, tmp_path: Path) -> None:
    sweep = ("--window", "4", "--stride", "4", "--epochs", "2", "--baselines", "2", "--jobs", "1")
    done = cli("run", "--headless", "--name", "r", "--data", str(images), *sweep)
    assert done.returncode == 0, done.stderr
    run = RunFolder.open(tmp_path / "runs", "r")
    split = run.plan.split
    np.save(tmp_path / "images.npy", run.dataset.images[split.test])

    def given(name: str) -> np.ndarray:
        ask = [sys.executable, "-c", ASK, name]
        done = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return np.asarray(np.load(tmp_path / "out.npy"))

    done = cli("export", "r", "--model", "keep-r00-c04", "--to", "one.keras", "--csv", "trials.csv")
    assert done.returncode == 0, done.stderr
    assert "loaded again" in done.stderr
    assert "warning" not in done.stderr
    assert len(pd.read_csv(tmp_path / "trials.csv")) == len(run.document.trials)
    stored = softmax(run, "keep-r00-c04", 2, "test", len(split.test))
    assert np.ptp(stored, axis=0).min() > 0.01
    assert np.abs(given("one.keras") - stored).max() <= CLOSE
    with zipfile.ZipFile(tmp_path / "one.keras") as archive:
        about = json.loads(archive.read("metadata.json"))["xsample_tui"]
    assert about["classes"] == ["0", "1", "2"]
    assert about["input"]["range"] == [0, 255]
    assert about["members"][0]["name"] == "keep-r00-c04"

    rule = ("r", "--top", "3", "--pool", "all", "--blend", "simplex", "--split", "test", "--open-test")
    done = cli("stack", *rule, "--probabilities", "--csv", "blend.csv", "--to", "blend.keras")
    assert done.returncode == 0, done.stderr
    blend = pd.read_csv(tmp_path / "blend.csv")[["p0", "p1", "p2"]].to_numpy()
    assert np.abs(given("blend.keras") - blend).max() <= CLOSE
