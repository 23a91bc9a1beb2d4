"""What the interface's tests share."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.fake_lease import FAILING, GATE, PACE
from tests.tui.idle import idle
from tests.tui.made import NOW, app_on, beat, commit, make_run, tell
from tests.until import SECONDS
from xsample_tui.core.eta import Estimate
from xsample_tui.core.event import Logged, RunChanged, TrialChanged
from xsample_tui.core.spec import Machine
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.owner import Owner
from xsample_tui.sweep.forecast import Forecast
from xsample_tui.tui.app import XSampleApp

FORECAST = Forecast(25, 3, 137e6, Estimate(240, 300, 360), False, 2, 12.4, 0.1, 1000)
_SENTENCES = (
    "10 baselines on 10,000 pictures: mean 178.5 errors",
    "noise floor: SD 6.7 pictures (95 % 4.6 to 12.2)",
    "verdict after Holm's correction: none better than the baselines, 36 (keep-r08-c08, keep-r12-c08, ...) worse, "
    "0 within noise",
    "A - B: windows hurt: -0.0433 (-433 pictures), 95 % -0.0891 to -0.0194 over pictures and members",
    "10,000 pictures cannot resolve thousandths here",
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
        "xsample_tui.sweep.session.default_machine",
        lambda jobs=None, threads=None, chosen=None: Machine(jobs=jobs or 2),
    )
    monkeypatch.setattr("xsample_tui.tui.form.free_name", lambda runs, preset: f"{preset}-20260101-1")
    # The real one trains in processes of its own for some seconds.
    monkeypatch.setattr("xsample_tui.tui.form.forecast", lambda spec, *rest: FORECAST)
    monkeypatch.setattr("xsample_tui.tui.form._STILL", 0.05)
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
    return make_run(runs)


@pytest.fixture(scope="session")
def _half_way(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that :func:`mid_run` copies."""
    run = make_run(
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
            Logged(at=NOW - 200, level="info", text="pausing after the epochs under way (asked by someone else)"),
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
    owner = Owner(run.path)
    yield run
    owner.release()


@pytest.fixture
def ended(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> XSampleApp:
    """The interface on a finished run, whose summary is known beforehand."""
    monkeypatch.setattr("xsample_tui.stacking.summary.summary", lambda run: list(_SENTENCES))
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    beat(run, "finished")
    return app_on(run, work=False, clock=lambda: NOW + 0.4)
