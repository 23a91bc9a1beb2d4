"""Comparing and deleting runs by command."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Run
from tests.harness.finished_runs import finished_run
from tests.harness.runs import make_run, work


def test_two_runs_are_compared_as_text_json_and_csv(cli: Run, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 5)):
        work(make_run(tmp_path / "runs", name, baselines=3, seed=seed))
    text = cli("compare", "one", "two")
    assert text.returncode == 0
    assert "seed: 0 -> 5" in text.stdout
    assert "windows: 4 positions in both" in text.stdout
    done = cli("compare", "one", "two", "--json", "--csv", "out.csv")
    facts = json.loads(done.stdout)
    assert facts["same_pictures"] is False
    assert [row["trial"] for row in facts["windows"]] == [f"keep-r{r:02d}-c{c:02d}" for r in (0, 4) for c in (0, 4)]
    frame = pd.read_csv(tmp_path / "out.csv")
    assert frame["gain"].tolist() == pytest.approx([row["gain"] for row in facts["windows"]])
    again = cli("compare", "one", "two", "--csv", "out.csv")
    assert (again.returncode, again.stdout) == (2, "")
    missing = cli("compare", "one", "three")
    assert missing.returncode == 2
    assert "three" in missing.stderr


def test_more_than_two_runs_are_compared_with_the_first(cli: Run, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 5), ("three", 0)):
        finished_run(tmp_path / "runs", name, seed=seed)
    text = cli("compare", "one", "two", "three")
    assert text.returncode == 0, text.stderr
    lines = text.stdout.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["one", "two", "three"]
    assert "A = one, B = two:" in lines
    done = cli("compare", "one", "two", "three", "--json", "--csv", "out.csv")
    found = json.loads(done.stdout)
    assert [run["same_images"] for run in found] == [True, False, True]
    assert found[0]["against_first"] is None
    assert found[2]["blend"]["errors"] == found[0]["blend"]["errors"]
    frame = pd.read_csv(tmp_path / "out.csv")
    assert frame["run"].tolist() == ["two"] * 9 + ["three"] * 9
    refused = cli("compare", "one", "two", "one")
    assert (refused.returncode, "name each run once" in refused.stderr) == (2, True)
