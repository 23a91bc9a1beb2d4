"""Logging out, with a real systemd-logind: this host's files under an overlay, booted in a container."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("systemd-nspawn", "loginctl", "mount")
UNIT = """
[Unit]
After=multi-user.target systemd-logind.service dbus.service
[Service]
ExecStart=/bin/bash /trial/script
"""
# Everything but what a session prints goes to its own log.
SCRIPT = """
exec > /trial/log 2>&1
useradd --create-home tester
mkdir -p /etc/systemd/logind.conf.d /trial/out
chmod a+x {walked}
printf '#!/bin/bash\\nPYTHONPATH={root} exec {python} -m xsample_tui "$@" --runs-dir runs\\n' > /usr/local/bin/sweep
chmod 755 /usr/local/bin/sweep
session() {{ su - tester -c "$1"; }}
kills() {{
  printf "[Login]\\nKillUserProcesses=$1\\n" > /etc/systemd/logind.conf.d/trial.conf
  systemctl restart systemd-logind
  sleep 2
}}
trains() {{ pgrep -u tester -f "resume $1" > /dev/null; }}
after_logout() {{
  for second in $(seq $2); do
    trains $1 || break
    sleep 1
  done
  trains $1 && echo alive > /trial/out/$1.process
  session "sweep status $1" > /trial/out/$1.status
}}
START="run --window 14 --stride 7 --baselines 2 --epochs 30 --detach --name"
for kill in no yes; do
  kills $kill
  session "sweep $START $kill
    until sweep status $kill | grep -q running; do sleep 1; done" > /trial/out/$kill.said 2>&1
  after_logout $kill $([ $kill = no ] && echo 10 || echo 90)
done
loginctl enable-linger tester
sleep 3
session 'export XDG_RUNTIME_DIR=/run/user/$(id -u); systemd-run --user --scope sweep '"$START"' lingers
  until sweep status lingers | grep -q running; do sleep 1; done' > /trial/out/lingers.said 2>&1
after_logout lingers 10
echo done > /trial/out/end
systemctl poweroff
"""


def _mount(stack: ExitStack, kind: str, source: str, options: str, where: Path) -> None:
    subprocess.run(["mount", "-t", kind, "-o", options, source, str(where)], check=True)
    stack.callback(subprocess.run, ["umount", "-l", str(where)], check=False)


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Path]:
    """Give the root of a system whose changes stay in memory."""
    if os.geteuid() or not all(map(shutil.which, NEEDED)):
        pytest.skip("needs root and systemd-nspawn (Debian's package systemd-container)")
    changes, root = tmp_path / "changes", tmp_path / "root"
    changes.mkdir()
    root.mkdir()
    layers = f"lowerdir=/,upperdir={changes}/upper,workdir={changes}/work"
    with ExitStack() as stack:
        _mount(stack, "tmpfs", "tmpfs", "mode=755", changes)
        (changes / "upper").mkdir()
        (changes / "work").mkdir()
        _mount(stack, "overlay", "overlay", layers, root)
        yield root


@pytest.mark.slow
def test_a_detached_run_outlives_a_logout_or_is_stopped_whole_and_says_so(container: Path) -> None:
    trial = container / "trial"
    trial.mkdir()
    python = Path(sys.executable)
    # Folders of the superuser's home must be passed by another user, in the container alone.
    walked = {str(part) for path in (ROOT, python, python.resolve()) for part in path.parents}
    (trial / "script").write_text(SCRIPT.format(root=ROOT, python=python, walked=" ".join(sorted(walked))))
    unit = container / "etc/systemd/system/trial.service"
    unit.write_text(UNIT)
    wanted = container / "etc/systemd/system/multi-user.target.wants/trial.service"
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.symlink_to("/etc/systemd/system/trial.service")
    boot = [
        "systemd-nspawn",
        f"--directory={container}",
        "--machine=xsample-trial",
        "--register=no",
        "--keep-unit",
        "--boot",
    ]
    with open(os.devnull, "w+b") as null:
        subprocess.run(boot, stdin=null, stdout=null, stderr=null, timeout=1200, check=True)
    out = {path.name: path.read_text().strip() for path in (trial / "out").iterdir()}
    assert "end" in out, (trial / "log").read_text()
    assert out["no.process"] == out["lingers.process"] == "alive"
    assert ": running: " in out["no.status"]
    assert ": running: " in out["lingers.status"]
    assert "KillUserProcesses" not in out["no.said"]
    # logind ends by SIGTERM, which a run obeys: it is stopped, not crashed.
    assert "yes.process" not in out
    assert ": stopped: " in out["yes.status"]
    assert "systemd-run --user --scope xsample-tui" in out["yes.said"]
    assert "loginctl enable-linger" in out["yes.said"]
