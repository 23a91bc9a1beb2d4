"""How many workers a machine, a container or a job of a batch system has room for: files as Linux lays them out."""

from pathlib import Path

import pytest

from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.sweep import run_setup
from xsample_tui.sweep.machine.machine_limits import WORKER_BYTES, usable_cores, usable_memory, workers_that_fit

GIB = 2**30
V2_MOUNT = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNTS = (
    "30 23 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
    "32 30 0:29 {top} /sys/fs/cgroup/cpu,cpuacct ro master:11 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 30 0:32 {top} /sys/fs/cgroup/memory ro master:16 - cgroup cgroup rw,memory\n"
)


def lay(root: Path, **files: str) -> Path:
    """Write files under a root by their paths; return the root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def found(root: Path) -> tuple[int, float]:
    return usable_cores(root, affinity=64), usable_memory(root, physical=256.0 * GIB) / GIB


NOTHING = (64, 256.0)
TREES: dict[str, tuple[dict[str, str], tuple[int, float]]] = {
    "no files at all": ({}, NOTHING),
    "docker, version 2, in a namespace of its own": (
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/cpu.max": "200000 100000\n",
            "sys/fs/cgroup/memory.max": f"{4 * GIB}\n",
        },
        (2, 4.0),
    ),
    "version 2, own path: a unit of systemd": (
        {
            "proc/self/cgroup": "0::/system.slice/sweep.service\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/system.slice/sweep.service/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/system.slice/sweep.service/memory.max": "max\n",
            "sys/fs/cgroup/system.slice/sweep.service/memory.high": f"{6 * GIB}\n",
        },
        (2, 6.0),
    ),
    "version 2, limits of groups above: a pod of Kubernetes": (
        {
            "proc/self/cgroup": "0::/kubepods/pod1/box\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/kubepods/cpu.max": "3200000 100000\n",
            "sys/fs/cgroup/kubepods/memory.max": f"{100 * GIB}\n",
            "sys/fs/cgroup/kubepods/pod1/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/kubepods/pod1/memory.max": f"{8 * GIB}\n",
            "sys/fs/cgroup/kubepods/pod1/box/cpu.max": "max 100000\n",
            "sys/fs/cgroup/kubepods/pod1/box/memory.max": "max\n",
        },
        (4, 8.0),
    ),
    "version 2, files that are empty": (
        {
            "proc/self/cgroup": "0::/a\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/a/cpu.max": "",
            "sys/fs/cgroup/a/memory.max": "\n",
        },
        NOTHING,
    ),
    "version 2, nonsense": (
        {
            "proc/self/cgroup": "0\n\n::\n0::/a\nx:y\n",
            "proc/self/mountinfo": "1 2 - cgroup2\n\n" + V2_MOUNT,
            "sys/fs/cgroup/a/cpu.max": "many of 0\n",
            "sys/fs/cgroup/cpu.max": "100000 0\n",
            "sys/fs/cgroup/a/memory.max": "-1\n",
        },
        NOTHING,
    ),
    "version 2, a group outside of what the container sees": (
        {
            "proc/self/cgroup": "0::/../other\n",
            "proc/self/mountinfo": V2_MOUNT,
            "sys/fs/cgroup/cpu.max": "300000 100000\n",
            "sys/fs/other/cpu.max": "100000 100000\n",
        },
        (3, 256.0),
    ),
    "version 1, without a namespace: the mount is the container's group": (
        {
            "proc/self/cgroup": "4:memory:/docker/ab\n3:cpu,cpuacct:/docker/ab\n0::/docker/ab\n",
            "proc/self/mountinfo": V1_MOUNTS.format(top="/docker/ab"),
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{3 * GIB}\n",
        },
        (3, 3.0),
    ),
    "version 1, own path, no limit in it, one above: a job of Slurm": (
        {
            "proc/self/cgroup": "4:memory:/slurm/job_7/step_0\n3:cpu,cpuacct:/slurm/job_7/step_0\n",
            "proc/self/mountinfo": V1_MOUNTS.format(top="/"),
            "sys/fs/cgroup/cpu,cpuacct/slurm/job_7/step_0/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/slurm/job_7/step_0/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/slurm/job_7/step_0/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes": f"{16 * GIB}\n",
        },
        (64, 16.0),
    ),
    "both versions at once": (
        {
            "proc/self/cgroup": "4:memory:/a\n1:cpu:/b\n0::/c\n",
            "proc/self/mountinfo": V1_MOUNTS.format(top="/").replace("cpu,cpuacct", "cpu")
            + V2_MOUNT.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"),
            "sys/fs/cgroup/cpu/b/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu/b/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/unified/c/memory.max": f"{2 * GIB}\n",
        },
        (1, 2.0),
    ),
    "mounts are not listed": (
        {
            "proc/self/cgroup": "0::/a\n1:memory:/m\n",
            "sys/fs/cgroup/a/cpu.max": "500000 100000\n",
            "sys/fs/cgroup/memory/m/memory.limit_in_bytes": f"{5 * GIB}\n",
        },
        (5, 5.0),
    ),
    "a mount with a space in its name": (
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": V2_MOUNT.replace("/sys/fs/cgroup", r"/sys/control\040groups"),
            "sys/control groups/cpu.max": "700000 100000\n",
        },
        (7, 256.0),
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_the_least_of_what_limits_counts(tmp_path: Path, name: str) -> None:
    files, expected = TREES[name]
    assert found(lay(tmp_path, **files)) == expected


def test_the_affinity_counts_where_it_is_less_than_the_quota(tmp_path: Path) -> None:
    lay(tmp_path, **{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "800000 100000\n"})
    assert usable_cores(tmp_path, affinity=3) == 3
    assert usable_cores(tmp_path, affinity=9) == 8


def test_files_that_cannot_be_read_limit_nothing(tmp_path: Path) -> None:
    lay(tmp_path, **{"proc/self/cgroup": "0::/\n"})
    (tmp_path / "sys/fs/cgroup/cpu.max").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/memory.max").symlink_to("memory.max")
    assert found(tmp_path) == NOTHING


def test_this_machine_has_room_for_a_worker() -> None:
    assert usable_cores() >= 1
    assert usable_memory() > 0
    assert [workers_that_fit(memory) for memory in (1.0, 2 * WORKER_BYTES, 4.0 * GIB)] == [1, 2, 2]


def test_a_new_sweep_has_no_more_workers_than_the_container_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_setup, "devices", lambda: ())
    monkeypatch.setattr(run_setup, "usable_cores", lambda: 64)
    monkeypatch.setattr(run_setup, "workers_that_fit", lambda: 2)
    assert run_setup.default_machine() == Machine(jobs=2, threads=32)
    assert run_setup.default_machine(threads=1) == Machine(jobs=2, threads=1)
    assert run_setup.default_machine(jobs=5) == Machine(jobs=5, threads=12), "what the user says is done"
    monkeypatch.setattr(run_setup, "usable_cores", lambda: 2)
    monkeypatch.setattr(run_setup, "workers_that_fit", lambda: 10)
    assert run_setup.default_machine() == Machine(jobs=2, threads=1)
