"""What the interface's tests share."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.fake_lease import FAILING, GATE, PACE
from tests.harness.idle import idle
from tests.harness.interface import NOW, app_on, beat, commit, make_shown_run, tell
from tests.harness.until import SECONDS
from xsample_tui.core.run_state.eta import Estimate
from xsample_tui.core.run_state.run_events import Logged, RunChanged, TrialChanged
from xsample_tui.core.stats.detectable_effects import detectable, sentences
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.stacking.findings.run_summary import Summary
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.measuring.cost_estimate import CostEstimate
from xsample_tui.tui.app import XSampleApp

FORECAST = CostEstimate(25, 3, 137e6, Estimate(240, 300, 360), False, 2, 12.4, 0.1, 1000)
_SENTENCES = (
    "10 baselines on 10,000 images: mean 178.5 errors",
    "noise floor: SD 6.7 images (95 % 4.6 to 12.2)",
    "verdict after Holm's correction: none better than the baselines, 36 (keep-r08-c08, keep-r12-c08, ...) worse, "
    "0 within noise",
    "A - B: windows hurt: -0.0433 (-433 images), 95 % -0.0891 to -0.0194 over images and members",
    "differences of 0.001 are not detectable with 10,000 images here",
)
_FAILED = "the loss is not finite after epoch 3"


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times in UTC, a quick lease, the same machine and terminal everywhere, and no waiting for the disk.

    Keys that are pressed are waited for until the interface is idle.
    """
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    monkeypatch.setenv("TZ", "UTC")
    # Whatever terminal the tests are run in, the interface is to believe in one with every colour.
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(PACE, "0.01")
    monkeypatch.delenv(FAILING, raising=False)
    monkeypatch.delenv(GATE, raising=False)
    monkeypatch.setattr(
        "xsample_tui.sweep.run_setup.default_machine",
        lambda jobs=None, threads=None, chosen=None: Machine(jobs=jobs or 2),
    )
    monkeypatch.setattr(
        "xsample_tui.tui.new_sweep.new_sweep_screen.free_name", lambda runs, preset: f"{preset}-20260101-1"
    )
    # The real one trains in processes of its own for some seconds.
    monkeypatch.setattr("xsample_tui.tui.new_sweep.new_sweep_screen.estimate_cost", lambda spec, *rest: FORECAST)
    # The real one reads the runs of the folder for the errors to expect.
    monkeypatch.setattr(
        "xsample_tui.tui.new_sweep.new_sweep_screen.what_can_be_found",
        lambda cost, *rest: sentences(detectable(cost.judged, cost.windows, cost.baselines)),
    )
    monkeypatch.setattr("xsample_tui.tui.new_sweep.new_sweep_screen._STILL", 0.05)
    # The load of the machine that runs the tests is another each time; tests of the gauges give their own.
    monkeypatch.setattr("xsample_tui.tui.gauges.load_watch.LoadWatch.start", lambda watch: None)
    for module in ("textual.app", "textual.pilot"):
        monkeypatch.setattr(f"{module}.wait_for_idle", idle)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _joined(_settled: None) -> Iterator[None]:
    """Wait for the threads of interfaces, which the program itself waits for at its end."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name in ("watch a run", "control a sweep"):
            thread.join(SECONDS)
            assert not thread.is_alive()


@pytest.fixture
def gate(_joined: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file without which no epoch ends; it is not there until a test, or the end of one, makes it."""
    path = tmp_path / "gate"
    monkeypatch.setenv(GATE, str(path))
    yield path
    path.touch()


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty runs folder, named the same in every test."""
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    return Path("runs")


@pytest.fixture
def run(runs: Path) -> RunFolder:
    """A run of 2 baselines and 9 windows that has not begun."""
    return make_shown_run(runs)


@pytest.fixture(scope="session")
def _half_way(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that :func:`mid_run` copies."""
    run = make_shown_run(
        tmp_path_factory.mktemp("runs"), "keep9", side=28, window=9, epochs=12, stride=1, baselines=5, jobs=2
    )
    names = [trial.name for trial in run.document.trials]
    for name in names[:175]:
        commit(run, name, 12)
    run.mark(names[60], "failed", _FAILED)
    run.mark(names[61], "skipped")
    commit(run, names[180], 4)
    commit(run, names[175], 7)
    tell(
        run,
        [
            RunChanged(at=NOW - 754, state="running"),
            TrialChanged(at=NOW - 300, trial=names[60], status="failed", message=_FAILED),
            Logged(at=NOW - 200, level="info", text="pausing after the current epochs (requested by someone else)"),
            Logged(at=NOW - 100, level="warning", text="a checkpoint \x1b[31mis damaged"),
            TrialChanged(at=NOW - 2, trial=names[174], status="done", message="all epochs trained"),
        ],
    )
    beat(run, "running", running={0: names[175], 1: names[176]})
    return run.path


@pytest.fixture
def mid_run(runs: Path, _half_way: Path) -> Iterator[RunFolder]:
    """A 20x20 sweep halfway, held by a controller that says it is running."""
    run = RunFolder(Path(shutil.copytree(_half_way, runs / "keep9")))
    owner = RunLock(run.path)
    yield run
    owner.release()


@pytest.fixture
def ended(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> XSampleApp:
    """The interface on a finished run, whose summary is known beforehand."""
    known = Summary(_SENTENCES, "hurts")
    monkeypatch.setattr("xsample_tui.stacking.findings.run_summary.summary", lambda run: known)
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    beat(run, "finished")
    return app_on(run, work=False, clock=lambda: NOW + 0.4)
