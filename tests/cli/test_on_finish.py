"""``--on-finish`` in the background, where the sweep trains headless, with real training."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.harness.until import until


def test_the_command_runs_once_a_sweep_in_the_background_has_ended(cli: Run, images: Path, tmp_path: Path) -> None:
    options = ("--data", str(images), "--window", "4", "--stride", "4", "--baselines", "1", "--epochs", "1")
    tell = 'echo "$XSAMPLE_NAME $XSAMPLE_STATE" >> told'
    done = cli("run", *options, "--name", "back", "--detach", "--on-finish", tell)
    assert done.returncode == 0, done.stderr
    log = tmp_path / "runs" / "back" / "logs" / "hook.log"
    until(lambda: log.exists() and "exit code" in log.read_text())
    assert (tmp_path / "told").read_text() == "back finished\n"
    assert "finished: exit code 0" in log.read_text()
