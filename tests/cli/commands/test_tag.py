"""Tagging, noting, archiving and renaming runs by command."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
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
