"""Tagging, noting, archiving and renaming runs by command."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from tests.cli.conftest import Run
from tests.harness.finished_runs import finished_run
from tests.harness.runs import make_run
from xsample_tui.store.run.run_notes import RunNotes, run_notes


def test_tags_are_set_shown_and_filtered_by(cli: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / "runs", name)
    assert cli("tag", "one", "+paper", "+mnist").stdout == "one: mnist paper\n"
    assert cli("tag", "one", "-mnist", "-absent").stdout == "one: paper\n"
    assert cli("note", "one", "the first").stdout == "one: the first\n"
    assert run_notes(tmp_path / "runs" / "one") == RunNotes(("paper",), "the first")
    refused = cli("tag", "one", "paper")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "write +paper to add it" in refused.stderr
    assert "no such option" in cli("tag", "one", "--runsdir", "x").stderr
    (found,) = json.loads(cli("status", "--tag", "paper", "--json").stdout)
    assert (found["name"], found["tags"], found["note"]) == ("one", ["paper"], "the first")
    assert "tags paper, note: the first" in cli("status", "one").stdout
    unknown = cli("status", "--tag", "none")
    assert (unknown.returncode, unknown.stdout) == (0, "")
    assert "no run is tagged none; known tags: paper" in unknown.stderr


def test_an_archived_run_is_listed_only_when_asked_for(cli: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_run(tmp_path / "runs", name)
    assert cli("archive", "one").returncode == 0
    listed = cli("status")
    assert [line.split(":")[0] for line in listed.stdout.splitlines()] == ["two"]
    assert "1 archived; list them with --archived" in listed.stderr
    assert "one: stopped" in cli("status", "--archived").stdout
    assert "archived" in cli("status", "one").stdout
    assert cli("archive", "one", "--undo").returncode == 0
    assert "one: stopped" in cli("status").stdout


def test_a_run_is_renamed(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "one")
    done = cli("rename", "one", "two")
    assert (done.returncode, done.stderr) == (0, "one is now two\n")
    assert cli("status").stdout.startswith("two: ")
    refused = cli("rename", "one", "three")
    assert (refused.returncode, "run: one: no such run" in refused.stderr) == (2, True)


def test_all_runs_with_a_tag_are_compared_and_exported(cli: Run, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        finished_run(tmp_path / "runs", name)
        cli("tag", name, "+paper")
    make_run(tmp_path / "runs", "other")
    found = json.loads(cli("compare", "--tag", "paper", "--json").stdout)
    assert [run["name"] for run in found] == ["one", "two", "three"]
    # What is named comes first, and is not taken twice.
    found = json.loads(cli("compare", "three", "--tag", "paper", "--json").stdout)
    assert [run["name"] for run in found] == ["three", "one", "two"]
    cli("tag", "one", "-paper")
    assert "A = two, B = three" in cli("compare", "--tag", "paper").stdout
    done = cli("export", "--tag", "paper", "--csv", "trials.csv", "--history", "epochs.csv")
    assert "trials of 2 runs written to trials.csv" in done.stderr
    for file in ("trials.csv", "epochs.csv"):
        table = pd.read_csv(tmp_path / file)
        assert table.columns[0] == "run"
        assert set(table["run"]) == {"two", "three"}
    cli("tag", "two", "-paper")
    for refused, words in (
        (("compare", "--tag", "paper"), "--tag: paper: only one run has it, three"),
        (("compare", "--tag", "absent"), "--tag: absent: no run has it; known tags: paper"),
        (("compare", "one"), "runs: one: name two or more, or choose them by a tag"),
        (("export", "one", "--tag", "paper", "--csv", "x.csv"), "--tag: paper: writes several runs"),
        (("export", "--csv", "x.csv"), "run: not given: name one, or give --tag"),
        (("export", "--tag", "paper", "--map", "x.png"), "--map: x.png: is of one run"),
    ):
        answer = cli(*refused)
        assert answer.returncode == 2
        assert words in answer.stderr
