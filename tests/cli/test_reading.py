"""Commands that read: status, export, windows."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Run
from tests.harness.runs import make_run, work


def test_status_for_people_and_for_machines(cli: Run, tmp_path: Path) -> None:
    work(make_run(tmp_path / "runs"))
    make_run(tmp_path / "runs", "waiting")
    done = cli("status")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "r: finished: 6 of 6 trials done" in done.stdout
    assert "waiting: stopped: 0 of 6 trials done" in done.stdout
    facts = json.loads(cli("status", "r", "--json").stdout)
    assert facts["state"] == "finished"
    assert facts["counts"]["done"] == 6
    assert [trial["trial"] for trial in facts["trials"]][:2] == ["baseline-s00", "baseline-s01"]
    assert [run["name"] for run in json.loads(cli("status", "--json").stdout)] == ["waiting", "r"]


def test_status_without_runs(cli: Run) -> None:
    done = cli("status")
    assert (done.returncode, done.stdout) == (0, "")
    assert "xsample-tui run" in done.stderr
    assert json.loads(cli("status", "--json").stdout) == []


def test_export_is_read_back_unchanged(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    work(run)
    assert cli("export", "r", "--csv", "out.csv").returncode == 0
    frame = pd.read_csv(tmp_path / "out.csv")
    progress = run.progress()
    assert list(frame["trial"]) == list(progress.trials)
    for _, row in frame.iterrows():
        entry = progress.trials[row["trial"]]
        assert entry.kept is not None
        assert row["val_errors"] == entry.kept.val_errors
        assert row["val_loss"] == entry.kept.val_loss
        assert row["gain"] == pytest.approx(progress.gain(row["trial"]))
        assert row["ink_removed"] == entry.trial.ink_removed
    assert frame["row"].dropna().astype(int).tolist() == [0, 0, 4, 4]


def test_windows_prints_the_ink_table(cli: Run) -> None:
    done = cli("windows", "--mask", "article", "--json", "--pictures", "all")
    facts = json.loads(done.stdout)
    assert facts["windows"] == 361
    assert facts["pictures"] == 5000
    corner = next(row for row in facts["table"] if (row["row"], row["col"]) == (18, 1))
    assert corner["pixels_zeroed"] == 18 * 1 + 1 * 18
    assert corner["ink_removed"] < 0.001
    text = cli("windows", "--window", "20x14", "--stride", "4").stdout
    assert len(pd.read_fwf(io.StringIO(text), skiprows=1)) == 3 * 5


def test_help_names_every_command_and_the_exit_codes(cli: Run) -> None:
    text = cli("--help").stdout
    assert "3 stopped before the end" in text
    for word in ("run", "resume", "status", "export", "windows", "pause", "unpause", "stop", "130"):
        assert word in text.split() or word + "." in text


def test_the_command_line_never_imports_what_it_does_not_need() -> None:
    program = (
        "import sys; sys.argv = ['x', 'status', '--runs-dir', '/nonexistent']\n"
        "from xsample_tui.cli.main_command import main; main()\n"
        "print([m for m in ('tensorflow', 'keras', 'pandas', 'matplotlib', 'scipy', 'textual', 'joblib') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
