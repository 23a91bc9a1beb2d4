"""Without TensorFlow and Keras runs open and are watched, judged and reported, and training says what is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.until import SECONDS
from xsample_tui.store.run.run_folder import RunFolder

ROOT = Path(__file__).parent.parent
# Read by every interpreter that is started with its folder on PYTHONPATH, workers and servers included.
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
COMMANDS = """
import contextlib, io, sys
from xsample_tui.__main__ import main

for line in sys.stdin.read().splitlines():
    sys.argv = ["xsample-tui", *line.split()]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
    print(code, "|", line, "|", " / ".join(err.getvalue().splitlines()))
"""
INTERFACE = """
import asyncio, sys
from pathlib import Path
from tests.harness.interface import session_of, until
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp

async def main():
    run = RunFolder.open(Path("runs"), sys.argv[1])
    app = XSampleApp(run.path.parent, run)
    async with app.run_test(size=(160, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        text = lambda: "\\n".join(strip.text for strip in app.screen._compositor.render_strips())
        await until(pilot, lambda: "pip install 'xsample-tui[train]'" in text())
        assert "6/12" in text() or "6 of 12" in text(), text()
asyncio.run(main())
print("shown")
"""

FORM = """
import asyncio
from pathlib import Path
from textual.widgets import Static
from tests.harness.interface import until
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.new_sweep.new_sweep_screen import NewSweepScreen

async def main():
    app = XSampleApp(Path("runs"))
    async with app.run_test(size=(120, 40)) as pilot:
        app.show_form()
        await until(pilot, lambda: isinstance(app.screen, NewSweepScreen) and bool(app.screen.query("#refusal")))
        await pilot.press("ctrl+s")
        said = lambda: str(app.screen.query_one("#refusal", Static).render())
        await until(pilot, lambda: "pip install 'xsample-tui[train]'" in said())
        print(app.screen.query_one("#form").disabled)
asyncio.run(main())
"""

SCREENS = """
import asyncio
from pathlib import Path
from tests.harness.interface import app_on, session_of, still, until
from tests.harness.screens import at_rest
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.compare.compare_screen import CompareScreen
from xsample_tui.tui.compare.side_by_side_screen import SideBySideScreen
from xsample_tui.tui.replay.replay_screen import ReplayScreen

async def main():
    runs = Path("runs")
    run = RunFolder.open(runs, "a")
    app = app_on(run, work=False)
    async with app.run_test(size=(160, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("b")
        stack = await at_rest(pilot)
        assert stack.members.study is not None
        print("stack")
    app = XSampleApp(runs)
    async with app.run_test(size=(160, 50)) as pilot:
        await still(pilot)
        for kind, show in (
            (CompareScreen, lambda: app.compare_named("a", "b")),
            (SideBySideScreen, lambda: app.compare_many(["a", "b", "c"])),
        ):
            show()
            await until(pilot, lambda: isinstance(app.screen, kind) and app.screen.found is not None)
            print(kind.__name__)
    app = XSampleApp(runs, run, work=False, replay=1.0)
    async with app.run_test(size=(160, 50)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and session_of(app).opened)
        print("replay")
asyncio.run(main())
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a place for what each interpreter reads at its start."""
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text(WITHOUT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def without(here: Path) -> dict[str, str]:
    """Return the environment of a process that cannot import TensorFlow and Keras."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(here / "without"), str(ROOT)])}


def python(here: Path, program: str, *arguments: str, given: str = "") -> str:
    """Run a program where TensorFlow and Keras cannot be imported; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd=here,
        env=without(here),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def half_done(runs: Path, name: str) -> RunFolder:
    """Make a run of which the baselines and three windows are trained."""
    done = finished_run(runs, name)
    names = tuple(trial.name for trial in done.document.trials)[6:]
    return finished_run(runs, f"{name}-half", leave=names)


def test_the_packages_are_absent_there(here: Path) -> None:
    program = """
for name in ("tensorflow", "keras", "numpy"):
    try:
        __import__(name)
    except ImportError:
        print(name)
"""
    assert python(here, program).split() == ["tensorflow", "keras"]


def test_runs_are_listed_judged_blended_reported_and_verified(here: Path) -> None:
    finished_run(Path("runs"), "a")
    finished_run(Path("runs"), "b")
    lines = [
        "status",
        "windows --mask keep",
        "judge a",
        "stack a --top 3",
        "compare a b",
        "report a --out report",
        "verify a",
        "export a --csv a.csv --parquet a.parquet",
        "export a --softmax a.npz",
        "export a --map map.svg --importance importance.csv",
        "tag a +paper",
        "keys",
        "extensions",
        "delete b --yes",
    ]
    found = python(here, COMMANDS, given="\n".join(lines)).splitlines()
    assert [line.split(" | ")[0] for line in found] == ["0"] * len(lines), found
    for name in ("report/report.html", "a.csv", "a.parquet", "a.npz", "map.svg", "importance.csv"):
        assert (here / name).stat().st_size, name


def test_every_other_screen_shows_finished_runs(here: Path) -> None:
    for name in "abc":
        finished_run(Path("runs"), name)
    assert python(here, SCREENS).split() == ["stack", "CompareScreen", "SideBySideScreen", "replay"]


def test_a_run_is_served_in_the_browser(here: Path) -> None:
    pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")
    finished_run(Path("runs"), "a")
    server = subprocess.Popen(
        [sys.executable, "-m", "xsample_tui", "serve", "a", "--port", "0"],
        cwd=here,
        env=without(here),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    with server.stderr:
        try:
            lines = iter(server.stderr.readline, "")
            address = next(found[0] for line in lines if (found := re.search(r"http://[^ ]+/", line)))
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                assert b"xsample" in answer.read()
        finally:
            server.kill()
            server.wait()


def test_whatever_trains_or_predicts_is_refused_in_one_line(here: Path) -> None:
    half_done(Path("runs"), "a")
    (here / "new.csv").write_text(",".join(f"pixel{i}" for i in range(64)) + "\n" + ",".join("0" * 64) + "\n")
    lines = [
        "run --headless --name new",
        "run --detach --name new",
        "run --cluster local:2 --headless --name new",
        "run --estimate",
        "resume a-half --headless",
        "arms a-half --k 2 --headless",
        "confirm a --top 1 --headless",
        "tune",
        "predict a --input new.csv --csv labels.csv --format plain --top 2",
    ]
    found = python(here, COMMANDS, given="\n".join(lines)).splitlines()
    assert len(found) == len(lines)
    for line in found:
        code, command, said = line.split(" | ")
        assert code == "2", line
        assert said.count("pip install 'xsample-tui[train]'") == 1, line
        assert "tensorflow" in said, line
        # ``run --estimate`` first says what it is about to measure.
        assert said.count(" / ") == (command == "run --estimate"), f"more than one line: {line}"
    assert sorted(path.name for path in (here / "runs").iterdir()) == ["a", "a-half"]


def test_the_interface_shows_a_run_and_says_why_it_does_not_train(here: Path) -> None:
    run = half_done(Path("runs"), "a")
    assert python(here, INTERFACE, run.name).strip() == "shown"


def test_the_form_refuses_a_sweep_before_it_is_laid_out(here: Path) -> None:
    (here / "runs").mkdir()
    assert python(here, FORM).strip() == "False"
    assert [path.name for path in (here / "runs").iterdir() if path.is_dir()] == []
