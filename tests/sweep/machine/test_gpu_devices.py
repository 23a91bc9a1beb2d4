"""Devices: which GPUs there are, and which of them a worker is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.until import SECONDS
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.sweep import run_setup
from xsample_tui.sweep.machine.gpu_devices import VISIBLE, devices
from xsample_tui.sweep.measuring.autotune import layouts
from xsample_tui.sweep.run_setup import default_machine
from xsample_tui.sweep.workers import worker_slot
from xsample_tui.sweep.workers.worker_slot import ProcessSlot


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver that lists three GPUs, and the CUDA libraries."""
    monkeypatch.delenv(VISIBLE, raising=False)
    for place in ("0000:01:00.0", "0000:02:00.0", "0000:03:00.0"):
        (tmp_path / "gpus" / place).mkdir(parents=True)
        (tmp_path / "gpus" / place / "information").write_text("Model: \t\t A GPU\n")
    package = tmp_path / "site" / "nvidia_cudnn_cu12-9.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: nvidia-cudnn-cu12\nVersion: 9.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "gpus"


def test_the_driver_s_gpus_are_the_devices(driver: Path) -> None:
    assert devices(driver) == ("0", "1", "2")
    assert devices(driver / "none") == ()


@pytest.mark.parametrize(
    ("visible", "found"),
    [
        ("2", ("2",)),
        ("1, 0", ("1", "0")),
        ("GPU-8932f937", ("GPU-8932f937",)),
        ("0,-1,1", ("0",)),
        ("-1", ()),
        ("", ()),
    ],
)
def test_only_visible_ones_count(
    driver: Path, monkeypatch: pytest.MonkeyPatch, visible: str, found: tuple[str, ...]
) -> None:
    monkeypatch.setenv(VISIBLE, visible)
    assert devices(driver) == found


def test_without_the_cuda_libraries_there_are_none(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    assert devices(driver) == ()


def test_workers_are_dealt_the_devices_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_slot, "devices", lambda: ("4", "7"))
    seen = []
    for number in range(3):
        one = ProcessSlot(tmp_path / f"worker-{number}.log", Machine(), number)
        try:
            seen.append(one.submit("os:getenv", VISIBLE).result(timeout=SECONDS))
        finally:
            one.close()
    assert seen == ["4", "7", "4"]


def test_by_default_each_device_has_a_worker_and_more_on_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run_setup, "usable_cores", lambda: 8)
    monkeypatch.setattr(run_setup, "workers_that_fit", lambda: 8)
    monkeypatch.setattr(run_setup, "devices", lambda: ("0", "1"))
    assert (default_machine().jobs, default_machine().threads) == (2, 4)
    assert (default_machine(jobs=4).jobs, default_machine(jobs=4).threads) == (4, 2)


def test_tuning_tries_several_trials_side_by_side_on_each_device() -> None:
    assert layouts(16, gpus=2) == [(2, 8), (4, 4), (8, 2)]
    assert layouts(1, gpus=2) == [(1, 1)]
