"""A run that is extended by the command, killed in the middle, and resumed: the bits of the whole sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.started_command import RUN, start
from tests.harness.processes import epochs_told
from tests.harness.runs import digests, make_run, work
from tests.harness.until import SECONDS, until
from xsample_tui.store.run.run_folder import RunFolder


def run_of(tmp_path: Path, name: str) -> RunFolder:
    return RunFolder(tmp_path / "runs" / name)


# Five times TensorFlow; each part alone is tried in tests/stacking/pool/test_run_extension.py.
@pytest.mark.slow
def test_killed_in_the_middle_of_an_extension_it_ends_with_the_bits_of_the_whole_sweep(
    cli: Run, tmp_path: Path, images: Path
) -> None:
    arguments = (*RUN, "--data", str(images), "--epochs", "12", "--jobs", "2", "--keep-optimizer")
    assert cli(*arguments, "--name", "whole").returncode == 0
    short = cli(*arguments, "--epochs", "4", "--only", "keep-r00-c00", "--name", "part")
    assert short.returncode == 0, short.stderr
    before = digests(run_of(tmp_path, "part"))

    added = cli("extend", "part", "--stride", "4", "--no-train")
    assert "3 windows added to 1, tests are corrected for 4 from now on" in added.stderr
    assert digests(run_of(tmp_path, "part")) == before

    seen = epochs_told(tmp_path, "part")
    process, _ = start(tmp_path, "extend", "part", "--headless", "--epochs", "12")
    until(lambda: epochs_told(tmp_path, "part") >= seen + 3)
    process.kill()
    process.wait(SECONDS)
    done = cli("extend", "part", "--headless", "--epochs", "12")
    assert done.returncode == 0, done.stderr
    assert digests(run_of(tmp_path, "part")) == digests(run_of(tmp_path, "whole"))


def test_what_is_new_waits_for_a_later_session_if_wanted(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    assert work(run) == "finished"
    done = cli("extend", "r", "--no-train", "--windows", "keep-r01-c01", "--replicates", "1")
    assert done.returncode == 0, done.stderr
    assert "r: 1 window added to 4, tests are corrected for 5 from now on" in done.stderr
    assert "train it with: xsample-tui resume r\n" in done.stderr
    assert "train it with: xsample-tui resume r-replicates\n" in done.stderr
    replicates = RunFolder(tmp_path / "runs" / "r-replicates")
    (window,) = [trial for trial in replicates.document.trials if not trial.is_baseline]
    assert window.name.startswith("keep-r01-c01-s100")
    refused = cli("extend", "r", "--no-train")
    assert refused.returncode == 2
    assert "--stride: not given: choose --stride" in refused.stderr
