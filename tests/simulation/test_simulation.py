"""Sweeps under a seeded adversary: every result is there once and right, whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from xsample_tui.core.run_state import session_limits
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.hold_and_retry import HoldAndRetry
from xsample_tui.sweep.workers import worker_process, worker_supervision

from .__main__ import many, memory, tally, templates
from .sweep import Report, simulate
from .templates import Template

IN_CI, IN_ALL = 300, 10_000


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Return a folder in memory."""
    with TemporaryDirectory(dir=memory()) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def laid(place: Path) -> list[Template]:
    """Return a run of each kind."""
    return templates(place)


def _some(first: int, count: int) -> list[Report]:
    with TemporaryDirectory(dir=memory()) as name:
        return many(range(first, first + count), Path(name))


def _all_well(reports: list[Report]) -> None:
    print(tally(reports))
    wrong = {report.seed: report.wrong for report in reports if report.wrong}
    assert not wrong, "python -m tests.simulation 1 --first SEED --show replays one"


def test_sweeps_end_right_whatever_happens(place: Path, laid: list[Template]) -> None:
    reports = [simulate(seed, laid, place) for seed in range(IN_CI)]
    _all_well(reports)
    assert sum(sum(report.faults.values()) for report in reports) > 20 * IN_CI


@pytest.mark.slow
def test_many_sweeps_end_right_whatever_happens() -> None:
    step = IN_ALL // 20
    with ProcessPoolExecutor() as pool:
        found = pool.map(_some, range(0, IN_ALL, step), [step] * 20)
        _all_well([report for part in found for report in part])


def test_a_seed_replays_exactly_also_in_another_process(place: Path, laid: list[Template]) -> None:
    seeds = range(40, 52)
    traces = {}
    for salt in ("1", "2"):
        code = (
            "import json; from tests.simulation.test_simulation import _some; "
            f"print(json.dumps([r.trace for r in _some({seeds[0]}, {len(seeds)})]))"
        )
        environment = os.environ | {"PYTHONHASHSEED": salt}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        traces[salt] = json.loads(done.stdout.splitlines()[-1])
    assert traces["1"] == traces["2"]
    assert traces["1"] == [simulate(seed, laid, place).trace for seed in seeds]
    assert len(set(traces["1"])) == len(seeds)


def _without_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write checkpoints without waiting for the disk."""
    monkeypatch.setattr(atomic_write, "sync_folder", lambda folder: None)


def _without_generations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the last checkpoint before the new one is written."""
    commit = RunFolder.commit

    def drop_first(self: RunFolder, trial: str, epoch: int, data: bytes, *, finished: bool) -> None:
        for old in self.generations(trial):
            old.unlink()
        commit(self, trial, epoch, data, finished=finished)

    monkeypatch.setattr(RunFolder, "commit", drop_first)


def _without_holding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an error of the system end the controller."""

    def attempt(self: HoldAndRetry, what: str, step: Any) -> bool:
        step()
        return True

    monkeypatch.setattr(HoldAndRetry, "attempt", attempt)


def _without_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not look whether the run's folder is still there."""
    monkeypatch.setattr(RunLock, "check_place", lambda self: None)


def _without_attended_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the time that the controller was stopped as silence of its workers."""
    monkeypatch.setattr(worker_supervision, "_MOST_A_TICK", 1e9)


def _three_deaths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a trial fail after three deaths of its worker, whoever killed it."""
    monkeypatch.setattr(worker_supervision, "DEATHS_BEFORE_FAILED", 3)


def _trials_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a trial fail by what its machine lacks."""
    monkeypatch.setattr(worker_process, "_not_the_trials", lambda error, begun: None)


def _hours_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count a session's hours by a clock that is set."""
    monkeypatch.setattr(session_limits, "seconds_up", lambda: time.time())


# What each spoilt product fails under. Few kinds of faults find in seconds what all kinds find too, but late.
_FOUND_BY: dict[Callable[[pytest.MonkeyPatch], None], tuple[str, ...]] = {
    _without_sync: ("power cut",),
    _without_generations: ("system calls fail", "controller killed", "power cut"),
    _without_holding: ("system calls fail",),
    _without_place: ("folder moved",),
    _without_attended_time: ("controller suspended", "all suspended"),
    _trials_to_blame: ("worker lacks memory or threads", "packages are away"),
    _hours_by_the_clock: ("wall clock set",),
    _three_deaths: ("worker killed several times",),
}


@pytest.mark.parametrize("spoil", _FOUND_BY, ids=lambda spoil: spoil.__name__.strip("_"))
def test_the_simulator_finds_what_is_spoilt(
    spoil: Callable[[pytest.MonkeyPatch], None], place: Path, laid: list[Template], monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds, kinds = range(1000, 1100), _FOUND_BY[spoil]
    assert not any(simulate(seed, laid, place, kinds).wrong for seed in seeds[:5])
    spoil(monkeypatch)
    assert any(simulate(seed, laid, place, kinds).wrong for seed in seeds), f"{spoil.__doc__} is not noticed"
