"""Runs in folders that cannot be written: what only reads works, the rest is one line and leaves nothing."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND
from tests.harness.finished_runs import finished_run
from tests.harness.privileges import public_folder
from tests.harness.pty_terminal import Terminal
from tests.harness.runs import make_run
from tests.harness.until import SECONDS
from tests.harness.unwritable import WAYS, close, contents, without_rights
from xsample_tui.store.control.run_lock import RunLock

LITTLE = ("--stride", "19", "--epochs", "1", "--baselines", "2", "--limit", "200", "--jobs", "1")


@dataclass
class Place:
    """A runs folder that cannot be written, beside a folder that can.

    Attributes:
        why: what the system says.
        before: what to put before commands.
        runs, beside: the folders.
    """

    why: str
    before: list[str]
    runs: Path
    beside: Path

    def command(self, *words: str) -> list[str]:
        return [*self.before, *COMMAND, *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            cwd=self.beside,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        here = {"PYTHONPATH": os.getcwd(), "COLUMNS": "200", "MPLCONFIGDIR": str(self.beside.parent / "matplotlib")}
        return os.environ | here


@pytest.fixture(scope="module", params=list(WAYS))
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Runs that are finished, not begun, and held by a controller, which cannot be written."""
    with public_folder() as folder:
        runs, beside = folder / "runs", folder / "beside"
        for made in (beside, folder / "matplotlib"):
            made.mkdir()
            made.chmod(0o777)
        finished_run(runs, "done")
        owner = RunLock(make_run(runs, "held").path)
        # The newest, which is under the cursor at first.
        make_run(runs, "new")
        if request.param == "permission":
            close(runs)
        before = without_rights(request.param, runs)
        if before is None:
            pytest.skip("no way to be without rights here")
        yield Place(WAYS[request.param], before, runs, beside)
        owner.release()


REFUSED = {
    "resume new --headless": "run: new: its folder RUNS/new cannot be written",
    "resume new --detach": "run: new: its folder RUNS/new cannot be written",
    f"run --headless {' '.join(LITTLE)}": "--runs-dir: RUNS: cannot be written",
    f"run --detach {' '.join(LITTLE)}": "--runs-dir: RUNS: cannot be written",
    "delete new --yes": "run: new: its folder RUNS/new cannot be written",
    "pause held": "run: held: the request cannot be written",
    "unpause held": "run: held: the request cannot be written",
    "stop held --now": "run: held: the request cannot be written",
    "arms done --k 2 --headless": "--runs-dir: RUNS: cannot be written",
    "confirm done --headless": "--runs-dir: RUNS: cannot be written",
    "stack done --top 3 --split test --open-test": "test stays shut",
    "stack done --top 3 --csv RUNS/out.csv": "--csv: RUNS/out.csv: cannot be written",
    "predict done --input no.npz --csv RUNS/done/out.csv": "--csv: RUNS/done/out.csv: cannot be written",
    "export done --csv RUNS/out.csv": "--csv: RUNS/out.csv: cannot be written",
    "export done --csv RUNS/done/spec.json --force": "--csv: RUNS/done/spec.json: cannot be written",
    "compare done new --csv RUNS/out.csv": "--csv: RUNS/out.csv: cannot be written",
    "windows --stride 19 --csv RUNS/out.csv": "--csv: RUNS/out.csv: cannot be written",
    "report done --out RUNS/report/of/it": "--out: RUNS/report/of/it: cannot be written",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_be_written_is_one_line_and_nothing_is_left(place: Place, words: str) -> None:
    before = contents(place.runs), contents(place.beside)
    where = () if words.startswith("windows") else ("--runs-dir", str(place.runs))
    done = place.run(*words.replace("RUNS", str(place.runs)).split(), *where)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    *others, line = done.stderr.splitlines()
    assert not any("error" in other or "trains as process" in other or "Traceback" in other for other in others)
    assert line.startswith("error: ")
    assert REFUSED[words].replace("RUNS", str(place.runs)) in line
    assert place.why in line
    assert (contents(place.runs), contents(place.beside)) == before


READ = {
    "status": "held: ",
    "status done": "12 of 12 trials done",
    "judge done": "baselines",
    "stack done --top 3": "accuracy",
    "verify done": "0 damaged",
    "compare done new": "A = done",
    "windows --stride 19": "keep",
}


@pytest.mark.parametrize("words", READ)
def test_what_only_reads_works(place: Place, words: str) -> None:
    before = contents(place.runs)
    where = () if words.startswith("windows") else ("--runs-dir", str(place.runs))
    done = place.run(*words.split(), *where)
    assert done.returncode == 0, done.stderr
    assert READ[words] in done.stdout
    assert "error" not in done.stderr
    assert contents(place.runs) == before


WRITTEN = {
    "export done --csv out.csv": ("out.csv",),
    "stack done --top 3 --csv stack.csv": ("stack.csv", "stack.csv.json"),
    "report done --out report": ("report/report.html", "report/heatmap.svg"),
}


@pytest.mark.parametrize("words", WRITTEN)
def test_results_go_into_another_folder(place: Place, words: str) -> None:
    before = contents(place.runs)
    done = place.run(*words.split(), "--runs-dir", str(place.runs))
    assert done.returncode == 0, done.stderr
    assert all((place.beside / name).stat().st_size for name in WRITTEN[words])
    assert contents(place.runs) == before


def test_the_interface_says_why_it_trains_and_deletes_nothing(place: Place) -> None:
    before = contents(place.runs)
    where = ("--runs-dir", str(place.runs))
    terminal = Terminal(place.command("resume", "new", *where), place.beside, environment=place.environment)
    try:
        assert terminal.wait() == 2
        assert "error: run: new: its folder" in terminal.text
        assert place.why in terminal.text.replace("\n", "")
    finally:
        terminal.close()
    assert contents(place.runs) == before


def test_the_start_screen_says_why_nothing_is_trained_deleted_or_begun(place: Place) -> None:
    before = contents(place.runs)
    terminal = Terminal(
        place.command("--runs-dir", str(place.runs)), place.beside, size=(220, 40), environment=place.environment
    )
    try:
        terminal.wait_for("12/12")
        terminal.press("d")
        terminal.wait_for("This cannot be undone")
        terminal.press("y")
        terminal.wait_for(lambda: "run: new: its folder" in terminal.text and place.why in terminal.text)
        terminal.press("n")
        terminal.wait_for("random seed")
        terminal.press("\x13")
        terminal.wait_for(f"runs_dir: {place.runs}: cannot be written: {place.why}")
        terminal.press("\x1b")
        terminal.wait_for("12/12")
        terminal.press("r")
        terminal.wait_for(lambda: "baseline-s00" in terminal.text and "run: new: its folder" in terminal.text)
    finally:
        terminal.close()
    assert contents(place.runs) == before
