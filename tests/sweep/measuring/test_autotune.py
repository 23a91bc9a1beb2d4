"""Tuning: what is tried, what is chosen, and that new runs use it."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.store.files.user_settings import VARIABLE
from xsample_tui.sweep.machine import machine_profile
from xsample_tui.sweep.measuring import autotune
from xsample_tui.sweep.measuring.autotune import Pace, best, choice, layouts, tune
from xsample_tui.sweep.run_setup import default_machine, new_spec
from xsample_tui.sweep.workers.worker_slot import Slot


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "config"))
    return tmp_path / "config" / "machine.json"


class FakeSlot(Slot):
    """A worker whose pace is known beforehand."""

    def __init__(self, setting: Machine, log: list[str]) -> None:
        self._setting, self._log = setting, log

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        self._log.append(entry.rpartition(":")[2])
        future: Future[Any] = Future()
        micro = arguments[0]
        pace = 100.0 * self._setting.threads**0.5 * (1 if self._setting.onednn else 2) * (1.5 if micro == 500 else 1)
        future.set_result(pace)
        return future

    def kill(self) -> None:
        self._log.append("kill")

    def close(self) -> None:
        self._log.append("close")


def measured(count: int) -> tuple[list[Pace], list[str]]:
    log: list[str] = []
    return list(tune(lambda number, setting: FakeSlot(setting, log), count=count)), log


def test_each_step_changes_one_thing_of_what_was_best() -> None:
    paces, log = measured(4)
    assert [(p.jobs, p.threads, p.onednn, p.micro_batch) for p in paces] == [
        (4, 1, True, 125),
        (2, 2, True, 125),
        (1, 4, True, 125),
        (4, 1, False, 125),
        (4, 1, False, 250),
        (4, 1, False, 500),
    ]
    assert [p.pictures_per_second for p in paces] == pytest.approx([400, 282.8, 200, 800, 800, 1200], abs=0.1)
    assert best(paces) is paces[-1]
    assert log.count("close") == 4 + 2 + 1 + 4 + 4
    assert log[:8] == ["prepare"] * 4 + ["measure"] * 4


def test_layouts_use_every_core() -> None:
    assert layouts(1) == [(1, 1)]
    assert layouts(2) == [(2, 1), (1, 2)]
    assert layouts(3) == [(3, 1), (1, 2), (1, 3)]
    assert layouts(8) == [(8, 1), (4, 2), (1, 8)]


def test_a_lead_within_noise_does_not_change_the_choice() -> None:
    first, second = Pace(2, 1, True, 250, 1000.0), Pace(1, 2, True, 250, 1020.0)
    assert best([first, second]) is first
    assert best([first, Pace(1, 2, True, 250, 1040.0)]) != first


def test_new_runs_use_the_choice_unless_told_otherwise(tmp_path: Path, config: Path) -> None:
    plain = default_machine(chosen=machine_profile.load())
    assert machine_profile.save(choice(Pace(3, 2, False, 500, 1234.5))) == config
    assert default_machine(chosen=machine_profile.load()) == Machine(jobs=3, threads=2, onednn=False)
    spec = new_spec(tmp_path, "quick")
    assert (spec.machine.jobs, spec.machine.threads, spec.machine.onednn) == (3, 2, False)
    assert spec.training.micro_batch == 500
    told = new_spec(tmp_path, "quick", jobs=1, training={"micro_batch": 10}, machine={"onednn": True})
    assert (told.machine.jobs, told.machine.onednn, told.training.micro_batch) == (1, True, 10)
    config.unlink()
    assert default_machine(chosen=machine_profile.load()) == plain


@pytest.mark.parametrize("damage", ["", "{", '{"jobs": 0}', '{"jobs": "\\u001b[31m"}'])
def test_a_damaged_choice_is_as_none(config: Path, damage: str) -> None:
    plain = default_machine(chosen=machine_profile.load())
    config.parent.mkdir()
    config.write_text(damage)
    assert machine_profile.load() is None
    assert default_machine(chosen=machine_profile.load()) == plain


def test_a_choice_for_another_machine_is_as_none(config: Path) -> None:
    made = choice(Pace(3, 2, False, 500, 1.0))
    for other in (
        made.model_copy(update={"cores": made.cores + 1}),
        made.model_copy(update={"machine": made.machine | {"processor": "another"}}),
    ):
        machine_profile.save(other)
        assert machine_profile.load() is None
    machine_profile.save(made)
    assert machine_profile.load() == made


@pytest.mark.slow
def test_tuning_for_real(tmp_path: Path) -> None:
    paces = list(tune(autotune.process_slots(tmp_path), seconds=0.2))
    assert all(pace.pictures_per_second > 10 for pace in paces)
    assert {pace.micro_batch for pace in paces} == {125, 250, 500}
