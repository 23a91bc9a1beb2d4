"""Scores with every class alike: the same in each front end, and none where nothing is stored."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from tests.harness.finished_runs import finished_run
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import Sweep
from xsample_tui.stacking.findings.weighted_scores import weighted_scores
from xsample_tui.stacking.pool.model_pool import open_pool


def test_every_front_end_gives_the_same(command: Command, tmp_path: Path) -> None:  # noqa: F811
    run = finished_run(tmp_path / "runs", leave=("keep-r04-c04",))
    models = open_pool(run)
    scores, select = weighted_scores(models), models.select
    for index, member in enumerate(models.members):
        oracle = balanced_accuracy_score(select.labels, select.softmax[index].argmax(axis=1))
        assert scores[member.name].accuracy == pytest.approx(oracle)
    assert command("export", "r", "--csv", "t.csv").code == 0
    written, frame = pd.read_csv(tmp_path / "t.csv").set_index("trial"), Sweep(run).trials_dataframe()
    assert written["balanced_accuracy"].isna().sum() == 1
    for name, score in scores.items():
        assert written.loc[name, "balanced_accuracy"] == pytest.approx(score.accuracy)
        assert written.loc[name, "balanced_log_loss"] == pytest.approx(score.log_loss)
        row = frame[frame["trial"] == name].iloc[0]
        assert row["balanced_accuracy"] == score.accuracy
    done = command("stack", "r", "--members", "keep-r00-c00", "--json").json["score"]
    assert done["balanced_accuracy"] == pytest.approx(scores["keep-r00-c00"].accuracy)
    assert "every class alike: balanced accuracy" in command("stack", "r").out


def test_a_run_without_finished_trials_has_no_scores(tmp_path: Path) -> None:
    names = tuple(trial.name for trial in finished_run(tmp_path).document.trials)
    frame = Sweep(finished_run(tmp_path, "none", leave=names)).trials_dataframe()
    assert frame["balanced_accuracy"].isna().all()
