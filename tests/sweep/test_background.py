"""The background: processes that outlive the one that starts them."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from tests.runs import make_run
from tests.until import SECONDS
from xsample_tui.sweep.background import start_in_background


def test_a_command_in_the_background_has_a_session_of_its_own_and_a_log(tmp_path: Path) -> None:
    run = make_run(tmp_path, "r")
    pid = start_in_background(run, ["status", "r"])
    assert os.getsid(pid) == pid != os.getsid(0)
    assert psutil.Process(pid).wait(SECONDS) in (0, None)
    said = (run.path / "logs" / "background.log").read_text()
    assert "keep-r00-c00" in said or "6 trials" in said or "0 of 6" in said, said
