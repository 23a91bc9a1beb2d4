"""The command that shows workers, and adds and removes some."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run
from tests.harness.interface import beat
from tests.harness.runs import make_run
from tests.harness.screens import ONE
from xsample_tui.core.run_state.requests import Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunLock


def test_it_shows_them_and_asks_for_others(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    idle = cli("workers", "r", "--jobs", "2")
    assert idle.returncode == 2
    assert "resume it with: xsample-tui resume r --jobs 2" in idle.stderr
    owner = RunLock(run.path)
    try:
        beat(run, "running", workers=(ONE,))
        shown = cli("workers", "r")
        assert shown.returncode == 0
        assert "worker-0" in shown.stdout
        assert "1,234" in shown.stdout
        asked = cli("workers", "r", "--jobs", "3")
        assert asked.returncode == 0
        assert "asked to train with 3 workers" in asked.stderr
        (request,) = RequestInbox(run.path).take()
        assert isinstance(request, Request)
        assert (request.action, request.jobs) == ("workers", 3)
        assert cli("workers", "r", "--jobs", "0").returncode == 2
    finally:
        owner.release()
