"""No row of a table that a command prints is wider than the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.stacking.conftest import Command
from xsample_tui.cli import console_output
from xsample_tui.cli.commands import arms, confirm, status
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.services.arm_question import confirmation_run
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.member_selection import best_windows
from xsample_tui.stacking.pool.model_pool import open_pool
from xsample_tui.store.control_run_names import CONTROL_KINDS

NAME = "quick-20261126-1-of-a-long-name"
# How the rows of each command's tables begin.
ROWS = {
    ("judge", NAME): ("window ", "keep-"),
    ("arms", NAME, "--no-train"): ("arm", *(f"{letter} " for letter in "ABCDEFGM"), "A= ", "A - ", "C - ", "M - "),
    ("stack", NAME, "--curve"): ("member ", "keep-", "k ", "1 ", "9 "),
    ("compare", NAME, "other"): ("window ", "keep-"),
    ("confirm", NAME, "--no-train", "--top", "2"): ("window ", "keep-"),
    ("status",): ("run ", "quick-", "other"),
}


def strength(trial: Trial) -> float:
    return {"keep-r02-c02": 5.0, "keep-r00-c04": 1.0}.get(trial.name[:12], 3.0)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs, one with all of its controls and with a confirmation."""
    folder = tmp_path_factory.mktemp("rows") / "runs"
    run = finished_run(folder, NAME, data=dataset(1200), strength=strength)
    for kind in CONTROL_KINDS:
        best = best_windows(open_pool(run), 10) if kind == "replicates" else []
        for control in lay_out_control_runs(run, kind, 9, replicated=best):
            for trial in control.document.trials:
                finish(control, trial, strength(trial))
    again = confirmation_run(open_pool(run), 2, 5)
    for trial in again.document.trials:
        finish(again, trial, strength(trial))
    finished_run(folder, "other", data=dataset(1200), strength=lambda trial: 3.3)
    return folder


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
@pytest.mark.parametrize("arguments", ROWS, ids=lambda arguments: arguments[0])
def test_rows_fit_the_terminal(
    command: Command, runs: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], width: int
) -> None:
    for module in (console_output, arms, status):
        monkeypatch.setattr(module, "terminal_width", lambda: width)
    done = command(*arguments, "--runs-dir", runs)
    assert done.code == 0, done.err
    lines = [line for line in done.out.splitlines() if line.lstrip().startswith(ROWS[arguments])]
    table = [line for line in lines if "  " in line.strip()]
    assert len(table) >= 3
    assert max(map(len, table)) <= width
    # The names are there, and the columns that are never left out.
    assert any("errors" in line or "standing" in line or "confirmed" in line or "state" in line for line in table)


@pytest.mark.parametrize("arguments", ROWS, ids=lambda arguments: arguments[0])
def test_in_a_pipe_every_column_is_there(command: Command, runs: Path, arguments: tuple[str, ...]) -> None:
    done = command(*arguments, "--runs-dir", runs)
    assert done.code == 0
    expected = {"judge": "twin", "arms": "draws: errors", "stack": "95 % band", "compare": "SD", "confirm": "against"}
    assert expected.get(arguments[0], f"{NAME}: finished") in done.out


def test_the_answer_is_the_first_line(command: Command, runs: Path) -> None:
    for arguments in (("judge", NAME), ("arms", NAME, "--no-train")):
        first, second = command(*arguments, "--runs-dir", runs).out.splitlines()[:2]
        assert "95 %" in first
        assert second.startswith(("What would resolve it: ", "What it can find: "))
    assert confirm.COLUMNS[0].heading == "window"
