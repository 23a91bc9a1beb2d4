"""What is said of processes in the background where logging out ends them; files laid out as systemd has them."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.until import SECONDS
from xsample_tui.store.control.run_lock import held
from xsample_tui.sweep.machine.logout_rules import ended_by_logout

SESSION = {"proc/self/cgroup": "0::/user.slice/user-1000.slice/session-3.scope\n"}
SERVICE = {"proc/self/cgroup": "0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope\n"}
ETC, DROPPED = "etc/systemd/logind.conf", "logind.conf.d"
KILLS = {ETC: "[Login]\nKillUserProcesses=yes\n"}


def host(root: Path, files: dict[str, str], *, systemd: bool = True) -> Path:
    if systemd:
        (root / "run/systemd/system").mkdir(parents=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    "files",
    [
        SESSION | KILLS,
        SESSION | {ETC: "[Other]\nKillUserProcesses=no\n[Login]\n#KillUserProcesses=no\n KillUserProcesses = Yes \n"},
        SESSION | {"usr/lib/systemd/logind.conf": "[Login]\nKillUserProcesses=1\n"},
        SESSION | {ETC: "[Login]\n", f"usr/lib/systemd/{DROPPED}/50-kill.conf": "[Login]\nKillUserProcesses=on\n"},
        SESSION | KILLS | {f"run/systemd/{DROPPED}/a.conf": "[Login]\nKillOnlyUsers=bob ann\n"},
        SESSION | KILLS | {f"run/systemd/{DROPPED}/a.conf": "[Login]\nKillExcludeUsers=ann\nKillExcludeUsers=\n"},
        SESSION | {ETC: "[Login]\n#KillUserProcesses=yes\n"},
        # Lingering keeps the user's services, not what is left of a session.
        SESSION | KILLS | {"var/lib/systemd/linger/ann": ""},
        {"proc/self/cgroup": "4:memory:/\n1:name=systemd:/user.slice/user-1000.slice/session-c1.scope\n0::/\n"}
        | KILLS,
    ],
)
def test_where_logind_ends_what_a_session_started_it_is_said(tmp_path: Path, files: dict[str, str]) -> None:
    said = ended_by_logout(host(tmp_path, files), "ann")
    assert "KillUserProcesses=yes" in said
    assert "systemd-run --user --scope xsample-tui" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "files",
    [
        SESSION,
        SESSION | {ETC: "[Login]\n#KillUserProcesses=no\n"},
        SESSION | {ETC: "KillUserProcesses=yes\n[Other]\nKillUserProcesses=yes\n"},
        # The first place that has the file counts, and of drop-ins with one name the first place's.
        SESSION | {ETC: "[Login]\n", "usr/lib/systemd/logind.conf": "[Login]\nKillUserProcesses=yes\n"},
        SESSION | KILLS | {f"etc/systemd/{DROPPED}/z.conf": "[Login]\nKillUserProcesses=no\n"},
        SESSION
        | {
            f"etc/systemd/{DROPPED}/a.conf": "",
            f"usr/lib/systemd/{DROPPED}/a.conf": "[Login]\nKillUserProcesses=yes\n",
        },
        SESSION | KILLS | {f"run/systemd/{DROPPED}/a.conf": "[Login]\nKillOnlyUsers=bob\n"},
        SESSION | KILLS | {f"run/systemd/{DROPPED}/a.conf": "[Login]\nKillExcludeUsers=ann\n"},
        # Not in a session: a service, a container.
        KILLS | {"proc/self/cgroup": "0::/system.slice/sweep.service\n"},
        KILLS | {"proc/self/cgroup": "0::/\n"},
        KILLS,
        SERVICE | KILLS | {"var/lib/systemd/linger/ann": ""},
    ],
)
def test_where_it_does_not_nothing_is_said(tmp_path: Path, files: dict[str, str]) -> None:
    assert ended_by_logout(host(tmp_path, files), "ann") == ""


def test_what_a_desktop_started_ends_with_it_unless_the_user_lingers(tmp_path: Path) -> None:
    assert "loginctl enable-linger" in ended_by_logout(host(tmp_path, SERVICE), "ann")


def test_root_is_excluded_as_systemd_has_it(tmp_path: Path) -> None:
    assert ended_by_logout(host(tmp_path, SESSION | KILLS), "root") == ""


def test_without_systemd_as_init_nothing_is_said(tmp_path: Path) -> None:
    assert ended_by_logout(host(tmp_path, SESSION | KILLS, systemd=False), "ann") == ""
    assert isinstance(ended_by_logout(), str)


PROGRAM = """
import functools, sys
from pathlib import Path
from xsample_tui.cli import main_command
from xsample_tui.cli.commands import run

run.ended_by_logout = functools.partial(run.ended_by_logout, Path(sys.argv.pop(1)), "ann")
sys.exit(main_command.main())
"""


def test_detaching_warns_in_one_line(tmp_path: Path) -> None:
    root = host(tmp_path / "root", SESSION | KILLS)
    words = (
        "run",
        "--detach",
        "--name",
        "d",
        "--stride",
        "19",
        "--epochs",
        "1",
        "--limit",
        "200",
        "--baselines",
        "1",
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root), *words, "--jobs", "1"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, trains, warning = done.stderr.splitlines()
    assert "trains as process" in trains
    assert warning.startswith("warning: this host ends a user's processes at logout")
    pid = trains.partition("as process ")[2].partition(";")[0]
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pid), signal.SIGTERM)
    subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=SECONDS, check=True)
    assert not held(tmp_path / "runs" / "d")
