"""How busy the machine is, by files as Linux lays them out and by what the system says."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import psutil
import pytest

from xsample_tui.sweep.machine import machine_load
from xsample_tui.sweep.machine.machine_limits import cpu_seconds_used, memory_used, usable_memory
from xsample_tui.sweep.machine.machine_load import LoadReader

GIB = 2**30


@pytest.fixture
def container(tmp_path: Path) -> Path:
    """A container of a quarter GiB, of which 100 MiB are in use, half of that cached files."""
    files = {
        "proc/self/cgroup": "0::/\n",
        "proc/self/mountinfo": "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "sys/fs/cgroup/memory.max": f"{GIB // 4}\n",
        "sys/fs/cgroup/memory.current": f"{100 * 2**20}\n",
        "sys/fs/cgroup/memory.stat": f"anon 5\ninactive_file {50 * 2**20}\n",
        "sys/fs/cgroup/cpu.max": "50000 100000\n",
        "sys/fs/cgroup/cpu.stat": "usage_usec 7000000\nuser_usec 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_containers_own_memory_counts_without_cached_files(container: Path) -> None:
    assert memory_used(container) == 50 * 2**20
    assert cpu_seconds_used(container) == 7.0
    found = LoadReader(container, container).read()
    assert (found.memory_used, found.memory) == (50 * 2**20, GIB / 4)


def test_without_limits_the_machines_memory_counts(tmp_path: Path) -> None:
    assert cpu_seconds_used(tmp_path) is None
    machine = psutil.virtual_memory()
    assert 0 < memory_used(tmp_path) < machine.total
    assert usable_memory(tmp_path) == pytest.approx(machine.total, rel=0.01)


def test_a_quota_is_what_is_used_up(container: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)), raising=False)
    reader = LoadReader(container, container)
    reader.read()
    now[0] = 2.0
    (container / "sys/fs/cgroup/cpu.stat").write_text("usage_usec 8500000\n")
    # 1.5 of the 2 seconds that one core's worth allows.
    assert reader.read().cpu == pytest.approx(0.75)


def test_the_disk_of_the_run_is_read_and_its_files_added_up(tmp_path: Path) -> None:
    (tmp_path / "run" / "trials").mkdir(parents=True)
    (tmp_path / "run" / "trials" / "a").write_bytes(b"x" * 1000)
    reader = LoadReader(tmp_path / "run")
    assert reader.read().run_bytes is None
    found = reader.read(measure_run=True)
    assert found.run_bytes == 1000
    assert found.disk_left is not None
    assert found.disk is not None
    assert 0 < found.disk_left < found.disk
    assert 0 <= found.cpu <= 1
    assert LoadReader(tmp_path / "gone").read().disk_left is None


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo '97, 20000, 81559'; echo '3, 1, 81559'", [0.97, 0.03]),
        ("echo '[N/A], 20000, 81559'", []),
        ("exit 9", []),
    ],
)
def test_the_drivers_program_says_how_busy_gpus_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: list[float]
) -> None:
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setattr(machine_load, "devices", lambda driver: ("0", "1"))
    assert [gpu.busy for gpu in LoadReader(tmp_path).read().gpus] == expected
    program.unlink()
    assert LoadReader(tmp_path).read().gpus == ()
