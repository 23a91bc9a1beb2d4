"""A user without a home folder and without an entry in passwd, as containers have them: all works, by defaults."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND
from tests.harness.pty_terminal import Terminal
from tests.harness.until import SECONDS

# A user namespace, so that nobody need be root and the user's files stay readable.
NOBODY = ("unshare", "--user", "--map-user=54321", "--map-group=54321")
LITTLE = ("--stride", "19", "--epochs", "1", "--baselines", "2", "--limit", "200", "--jobs", "1")


def _allowed() -> bool:
    if shutil.which("unshare") is None:
        return False
    known = f"{sys.executable} -c 'import pwd; pwd.getpwuid(54321)'"
    done = subprocess.run([*NOBODY, "sh", "-c", f"id -u; {known}"], capture_output=True, text=True, check=False)
    return done.stdout.strip() == "54321" and "KeyError" in done.stderr


pytestmark = pytest.mark.skipif(not _allowed(), reason="no user namespaces here")

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", ""),
    "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path[1:]]),
    "COLUMNS": "200",
    "LANG": "C.UTF-8",
}


def command(*arguments: str) -> list[str]:
    return ["env", "-i", *(f"{name}={value}" for name, value in ENVIRONMENT.items()), *NOBODY, *COMMAND, *arguments]


def run(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    assert "Matplotlib" not in done.stderr
    return done


# A dozen commands, each a program of its own.
@pytest.mark.slow
def test_every_command_works_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert "nothing was started" in run(tmp_path, "run", "--estimate", *LITTLE).stderr
    run(tmp_path, "run", "--headless", "--name", "a", *LITTLE)
    assert "6 of 6 trials done" in run(tmp_path, "status", "a").stdout
    for words in (
        ("windows",),
        ("judge", "a"),
        ("stack", "a", "--top", "3"),
        ("report", "a", "--out", "report"),
        ("compare", "a", "a"),
        ("verify", "a"),
        ("keys",),
    ):
        run(tmp_path, *words)
    (tmp_path / "new.csv").write_text(",".join(f"pixel{n}" for n in range(784)) + "\n" + ",".join(["7"] * 784))
    run(tmp_path, "predict", "a", "--top", "3", "--input", "new.csv", "--csv", "out.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "report", "new.csv", "out.csv", "out.csv.json"}


def test_tune_says_before_it_measures_that_there_is_no_place_for_what_it_finds(tmp_path: Path) -> None:
    assert run(tmp_path, "tune", code=2).stderr == (
        "error: HOME: (none): there is no home folder to keep settings in; set XSAMPLE_TUI_CONFIG to a folder\n"
    )
    (tmp_path / "file").touch()
    ENVIRONMENT["XSAMPLE_TUI_CONFIG"] = str(tmp_path / "file" / "below")
    try:
        assert "cannot be written: Not a directory" in run(tmp_path, "tune", code=2).stderr
        ENVIRONMENT["XSAMPLE_TUI_CONFIG"] = "~/settings"
        assert "write the whole path" in run(tmp_path, "run", "--estimate", code=2).stderr
    finally:
        del ENVIRONMENT["XSAMPLE_TUI_CONFIG"]


def test_the_form_opens(tmp_path: Path) -> None:
    terminal = Terminal(command(), tmp_path, size=(120, 40))
    try:
        terminal.wait_for("n New")
        terminal.press("n")
        terminal.wait_for("random seed")
        os.kill(terminal.process.pid, signal.SIGTERM)
    finally:
        terminal.close()
