"""What ``status`` says of a run's session and precision."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.harness.interface import commit
from tests.harness.runs import make_run
from xsample_tui.cli.commands import status as module
from xsample_tui.core.scout.scout_progress import ScoutProgress
from xsample_tui.store.control.heartbeat import Heartbeat, write_heartbeat
from xsample_tui.store.control.other_host import kernel
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run_catalog import summary


def test_the_deadline_of_a_session_is_shown_while_it_lasts(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", "one")
    until = time.time() + 1800
    beat = Heartbeat(
        state="running", at=time.time(), pid=os.getpid(), host=os.uname().nodename, active=1.0, kernel=kernel(),
        until=until,
    )  # fmt: skip
    write_heartbeat(run.path, beat)
    owner = RunLock(run.path)
    try:
        said = cli("status", "one").stdout
        assert "one: running: " in said
        # Nothing is measured yet.
        assert " left" not in said
        commit(run, run.document.trials[0].name, 3)
        assert re.search(r", (about|under|\d+).* left, deadline", cli("status", "one").stdout)
        assert f"deadline {time.strftime('%H:%M', time.localtime(until))}" in said
        assert json.loads(cli("status", "one", "--json").stdout)["deadline"] == until
    finally:
        owner.release()
    assert "deadline" not in cli("status", "one").stdout
    assert json.loads(cli("status", "one", "--json").stdout)["deadline"] is None


def test_a_run_with_failed_trials_is_not_simply_finished(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs", "one")
    first, *others = [trial.name for trial in run.document.trials]
    for name in others:
        commit(run, name, 3)
    run.mark(first, "failed", "the loss is nan")
    assert cli("status", "one").stdout.startswith("one: finished with failures: 5 of 6 trials done, 1 failed")


def test_a_scout_that_is_trained_first_is_shown_with_how_far_it_is(
    cli: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "runs", "one", scout=True)
    beat = Heartbeat(
        state="running", at=time.time(), pid=os.getpid(), host=os.uname().nodename, active=1.0, kernel=kernel(),
        scout=ScoutProgress(epoch=1, epochs=6, evaluated=0, windows=4),
    )  # fmt: skip
    write_heartbeat(run.path, beat)
    owner = RunLock(run.path)
    try:
        assert " trials done, scout epoch 2/6, " in cli("status", "one").stdout
        found = json.loads(cli("status", "one", "--json").stdout)
        assert found["scout"] == {"epoch": 1, "epochs": 6, "evaluated": 0, "windows": 4}
        module._table([summary(run)])
        assert "running, scout epoch 2/6" in capsys.readouterr().out
    finally:
        owner.release()
    assert "scout epoch" not in cli("status", "one").stdout
    assert json.loads(cli("status", "one", "--json").stdout)["scout"] is None


def test_another_precision_than_usual_is_shown(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "one")
    make_run(tmp_path / "runs", "two", training={"precision": "bfloat16"})
    assert "float" not in cli("status", "one").stdout
    assert "computed in bfloat16" in cli("status", "two").stdout
    found = json.loads(cli("status", "--json").stdout)
    assert {run["name"]: run["precision"] for run in found} == {"one": "float32", "two": "bfloat16"}


def test_in_a_table_the_deadline_is_beside_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = summary(make_run(tmp_path / "runs", "one"))
    monkeypatch.setattr(module, "deadline_of", lambda run: time.time() + 60)
    module._table([found])
    assert f"{found.state} until " in capsys.readouterr().out
