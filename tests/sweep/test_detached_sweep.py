"""The background: processes that outlive the one that starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.harness.runs import make_run
from tests.harness.until import SECONDS
from xsample_tui.sweep.detached_sweep import start_command, start_in_background


def test_a_command_in_the_background_has_a_session_of_its_own_and_a_log(tmp_path: Path) -> None:
    run = make_run(tmp_path, "r")
    pid = start_in_background(run, ["status", "r"])
    assert os.getsid(pid) == pid != os.getsid(0)
    assert psutil.Process(pid).wait(SECONDS) in (0, None)
    said = (run.path / "logs" / "background.log").read_text()
    assert "keep-r00-c00" in said or "6 trials" in said or "0 of 6" in said, said


def test_a_command_that_is_asked_for_its_end_says_what_it_printed(tmp_path: Path) -> None:
    run = make_run(tmp_path, "r")
    run.make_folders()
    log = run.path / "logs" / "verify-output.log"
    log.write_text("of an earlier one\n")
    command = start_command(run, ["verify", "none"])
    assert os.getsid(command.pid) == command.pid
    code, lines = command.wait()
    assert code == 2
    assert [line for line in lines if "no such run" in line] == [*lines]
    assert log.read_text().startswith("of an earlier one\nerror: ")


def test_python_ends_without_a_word_about_what_goes_on_in_the_background(tmp_path: Path) -> None:
    run = make_run(tmp_path, "r")
    program = (
        "import sys\nfrom pathlib import Path\nfrom xsample_tui.store.run.run_folder import RunFolder\n"
        "from xsample_tui.sweep import detached_sweep\n"
        "command = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "print(detached_sweep._start(RunFolder(Path(sys.argv[1])), command).pid)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", program, str(run.path)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    os.kill(int(done.stdout), signal.SIGKILL)
    assert done.stderr == ""
