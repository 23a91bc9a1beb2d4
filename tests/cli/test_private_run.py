"""A shared runs folder with a run that another user keeps to himself: the others are listed, this one with why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.interface import until
from tests.harness.privileges import held_to_modes
from tests.harness.runs import make_run
from tests.harness.screens import SMALL, rows, start_of
from xsample_tui import sweeps
from xsample_tui.core.errors import InputError
from xsample_tui.core.exit_codes import BAD_INPUT
from xsample_tui.stacking.pool.control_runs import control_runs_of
from xsample_tui.stacking.pool.same_training import _alike
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import RunCatalog
from xsample_tui.store.run_removal import holdings, remove
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.start.runs_table import RunsTable

HELD_TO_MODES = """
import sys
from tests.harness.privileges import held_to_modes
from xsample_tui.cli.main_command import main
with held_to_modes():
    sys.exit(main())
"""


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Path]:
    """Return a runs folder in which one run is private, one has private trials, and one private thing is no run."""
    for name in ("open", "private", "half"):
        make_run(tmp_path, name)
    (tmp_path / "lost+found").mkdir()
    closed = [tmp_path / name for name in ("private", "half/trials", "lost+found")]
    for path in closed:
        path.chmod(0)
    yield tmp_path
    for path in closed:
        path.chmod(0o700)


def command(runs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HELD_TO_MODES, *arguments, "--runs-dir", str(runs)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_status_lists_the_others_and_says_permission_denied_of_this_one(shared: Path) -> None:
    done = command(shared, "status")
    assert (done.returncode, done.stderr) == (0, "")
    lines = {line.partition(":")[0]: line for line in done.stdout.splitlines()}
    assert set(lines) == {"open", "private", "half"}
    assert lines["open"].startswith("open: stopped: 0 of 6 trials done")
    for name in ("private", "half"):
        assert lines[name].startswith(f"{name}: cannot be read: permission denied; it belongs to ")
    listed = {run["name"]: run for run in json.loads(command(shared, "status", "--json").stdout)}
    assert "permission denied" in listed["private"]["problem"]
    assert listed["open"]["counts"]["pending"] == 6


@pytest.mark.parametrize("arguments", [("status", "private"), ("export", "private", "--csv", "t.csv")])
def test_a_command_on_a_private_run_says_so_in_a_line(shared: Path, arguments: tuple[str, ...]) -> None:
    done = command(shared, *arguments)
    assert done.returncode == BAD_INPUT, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: run: private: permission denied; it belongs to ")


def test_every_list_of_runs_has_the_others_and_this_one_with_why(shared: Path) -> None:
    with held_to_modes():
        summaries = {run.name: run for run in RunCatalog(shared).summaries()}
        (*_, entries) = RunCatalog(shared).read()
        assert sorted(sweeps(shared)["name"]) == ["half", "open", "private"]
    assert {run.name: run.denied for run in entries} == {"open": False, "private": True, "half": True}
    assert {name: run.denied for name, run in summaries.items()} == {"open": False, "private": True, "half": True}
    assert summaries["open"].progress is not None


def test_what_looks_for_runs_beside_one_passes_a_private_one_over(shared: Path) -> None:
    (shared / "private").rename(shared / "open-seeds")
    try:
        with held_to_modes():
            run = RunFolder.open(shared, "open")
            # half's trials alone are private; it is a run that could have the same trainings.
            assert [other.name for other in _alike(run)] == ["half"]
            with pytest.raises(InputError, match="open-seeds: permission denied"):
                control_runs_of(run)
    finally:
        (shared / "open-seeds").rename(shared / "private")


def test_a_private_run_is_not_deleted_and_it_is_said_why(shared: Path) -> None:
    with held_to_modes():
        for attempt in (holdings, remove):
            with pytest.raises(InputError, match="private: permission denied"):
                attempt(shared, "private")
    assert (shared / "private").exists()


async def test_the_start_screen_lists_the_others_and_this_one_with_why(shared: Path) -> None:
    app: Any = XSampleApp(shared)
    with held_to_modes():
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: len(rows(app)) == 3 and all(row[1] != "…" for row in rows(app)))
            states = {row[0]: row[1] for row in rows(app)}
            assert states == {"open": "■ stopped", "private": "✗ no access", "half": "✗ no access"}
            table = start_of(app).query_one(RunsTable)
            table.move_cursor(row=[row[0] for row in rows(app)].index("private"))
            await until(pilot, lambda: "permission denied" in str(start_of(app).query_one("#note").render()))
            await pilot.press("d")
            await until(pilot, lambda: app._notifications)
            assert "permission denied" in next(iter(app._notifications)).message
    assert os.path.isdir(shared / "private")
