"""Real training by the real command: interrupted by signals, closed terminals and kills, it gives the same table."""

import contextlib
import json
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Run
from tests.cli.started_command import RUN, start
from tests.harness.processes import epochs_told
from tests.harness.until import SECONDS, until
from xsample_tui.core.run_state.requests import Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_folder import RunFolder


def table(cli: Run, tmp_path: Path, name: str) -> pd.DataFrame:
    assert cli("export", name, "--csv", f"{name}.csv").returncode == 0
    return pd.read_csv(tmp_path / f"{name}.csv").drop(columns="seconds")


def digests(tmp_path: Path, name: str) -> list[str]:
    found = sorted((tmp_path / "runs" / name / "trials").glob("*/*.ckpt"))
    return [json.loads(path.read_bytes().split(b"\n")[1][: _record_length(path)])["digest"] for path in found]


def _record_length(path: Path) -> int:
    return int(path.read_bytes()[:256].split(b" ")[4])


# Five times TensorFlow; each way alone is tried in tests/sweep/test_crash.py and tests/cli/test_terminal.py.
@pytest.mark.slow
def test_interrupted_in_every_way_and_resumed_it_gives_the_same_table(cli: Run, tmp_path: Path, images: Path) -> None:
    arguments = (*RUN, "--data", str(images), "--epochs", "12", "--jobs", "2")
    assert cli(*arguments, "--name", "whole").returncode == 0
    begin = (*arguments, "--name", "cut")
    resume = ("resume", "cut", "--headless")

    process, _ = start(tmp_path, *begin)
    until(lambda: epochs_told(tmp_path, "cut") >= 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 3

    seen = epochs_told(tmp_path, "cut")
    process, master = start(tmp_path, *resume, terminal=True)
    until(lambda: epochs_told(tmp_path, "cut") >= seen + 2)
    os.close(master)  # the terminal is gone: SIGHUP
    assert process.wait(SECONDS) == 3

    seen = epochs_told(tmp_path, "cut")
    process, _ = start(tmp_path, *resume)
    until(lambda: epochs_told(tmp_path, "cut") >= seen + 2)
    process.kill()
    process.wait(SECONDS)

    seen = epochs_told(tmp_path, "cut")
    process, _ = start(tmp_path, *resume)
    until(lambda: epochs_told(tmp_path, "cut") >= seen + 2)
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 130

    done = cli(*resume)
    assert done.returncode == 0, done.stderr
    assert table(cli, tmp_path, "whole").equals(table(cli, tmp_path, "cut"))
    assert digests(tmp_path, "whole") == digests(tmp_path, "cut")
    assert len(digests(tmp_path, "whole")) == 6


def test_pause_and_unpause_from_another_process(cli: Run, tmp_path: Path, images: Path) -> None:
    process, _ = start(tmp_path, *RUN, "--data", str(images), "--epochs", "400", "--name", "p", "--jobs", "1")
    try:
        until(lambda: epochs_told(tmp_path, "p") >= 2)
        assert cli("pause", "p").returncode == 0
        until(lambda: json.loads(cli("status", "p", "--json").stdout)["state"] == "paused")
        seen = epochs_told(tmp_path, "p")
        done = cli("resume", "p", "--headless")
        assert done.returncode == 1
        assert f"being trained by process {process.pid}" in done.stderr
        # A request that is taken later is taken, and still no epoch was trained.
        run = RunFolder.open(tmp_path / "runs", "p")
        RequestInbox(run.path).put(Request(action="skip", trials=("baseline-s01",), sender="test"))
        until(lambda: run.marked("baseline-s01").status == "skipped")
        assert epochs_told(tmp_path, "p") == seen
        assert cli("unpause", "p").returncode == 0
        until(lambda: epochs_told(tmp_path, "p") >= seen + 2)
        assert cli("stop", "p").returncode == 0
        assert process.wait(SECONDS) == 3
    finally:
        process.kill()
        process.wait()


def test_other_packages_or_threads_are_refused_unless_allowed(cli: Run, tmp_path: Path, images: Path) -> None:
    arguments = (*RUN, "--data", str(images), "--epochs", "2", "--only", "baseline-s00", "--name", "d")
    process, _ = start(tmp_path, *arguments)
    until(lambda: (tmp_path / "runs" / "d" / "spec.json").exists())
    process.kill()
    process.wait()
    spec = tmp_path / "runs" / "d" / "spec.json"
    _forge(spec, "keras", "3.0.0")
    done = cli("resume", "d", "--headless")
    assert done.returncode == 2
    assert "keras: 3.0.0 -> " in done.stderr
    assert "--allow-drift" in done.stderr
    assert cli("resume", "d", "--headless", "--allow-drift").returncode == 0
    facts = (tmp_path / "runs" / "d" / "trials" / "baseline-s00").glob("*.ckpt")
    assert all(b'"drifted":["keras: 3.0.0 -> ' in path.read_bytes() for path in facts)


def _forge(spec: Path, package: str, version: str) -> None:
    """Make a run look as if it had begun with another version."""
    from xsample_tui.store.run.run_document import document_bytes
    from xsample_tui.store.run.run_folder import RunFolder

    document = RunFolder(spec.parent).document
    print_of = document.fingerprint | {package: version}
    spec.write_bytes(document_bytes(document.model_copy(update={"fingerprint": print_of})))


def test_a_diverging_trial_is_marked_failed_and_the_exit_code_says_so(cli: Run, tmp_path: Path, images: Path) -> None:
    done = cli(
        *RUN, "--data", str(images), "--epochs", "3", "--only", "baseline-s00", "--optimizer", "sgd",
        "--learning-rate", "1e38", "--name", "nan",
    )  # fmt: skip
    assert done.returncode == 1
    assert "baseline-s00 failed: the " in done.stderr
    assert "Traceback" not in done.stderr
    facts = json.loads(cli("status", "nan", "--json").stdout)
    assert facts["counts"]["failed"] >= 1


def test_in_the_background_it_outlives_its_parent_and_is_steered_from_elsewhere(
    cli: Run, tmp_path: Path, images: Path
) -> None:
    done = cli(*RUN[:1], *RUN[2:], "--data", str(images), "--epochs", "400", "--name", "b", "--detach")
    assert done.returncode == 0, done.stderr
    pid = int(done.stderr.rpartition("as process ")[2].split(";")[0])
    try:
        until(lambda: epochs_told(tmp_path, "b") >= 2)
        assert json.loads(cli("status", "b", "--json").stdout)["state"] == "running"
        again = cli("resume", "b", "--detach")
        assert again.returncode == 1
        assert "being trained by process" in again.stderr
        assert cli("stop", "b").returncode == 0
        until(lambda: json.loads(cli("status", "b", "--json").stdout)["state"] == "stopped")
        until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
