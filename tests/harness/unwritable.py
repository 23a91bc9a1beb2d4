"""Folders that a program cannot write, in each of the ways that a user meets, whoever runs the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.harness.privileges import STRANGER, public_folder

WAYS = {"permission": "Permission denied", "mount": "Read-only file system"}
_TRY = "import pathlib, sys, xsample_tui; pathlib.Path(sys.argv[1], 'x').touch()"
_MOUNT = 'folder="$1"; shift; mount --bind "$folder" "$folder" && mount -o remount,bind,ro "$folder" && exec "$@"'


def without_rights(way: str, folder: Path) -> list[str] | None:
    """Return what to put before a command that is not to be able to write a folder; None where there is no such way.

    Args:
        way: of :data:`WAYS`.
        folder: it; for ``permission`` nobody may be allowed to write it.
    """
    return [part.replace("FOLDER", str(folder)) for part in found] if (found := _working(way)) is not None else None


@cache
def _working(way: str) -> tuple[str, ...] | None:
    mounting = ("sh", "-c", _MOUNT, "sh", "FOLDER")
    root = os.geteuid() == 0
    stranger = str(STRANGER)
    candidates = {
        "permission": (
            () if not root else ("unshare", "--user", f"--map-user={stranger}", f"--map-group={stranger}"),
            ("setpriv", "--reuid", stranger, "--regid", stranger, "--clear-groups"),
        ),
        "mount": (
            ("unshare", "--mount", *mounting),
            ("unshare", "--user", "--map-root-user", "--mount", *mounting),
        ),
    }
    with public_folder() as public:
        folder = public / "folder"
        folder.mkdir()
        if way == "permission":
            close(folder)
        for candidate in candidates[way]:
            command = [part.replace("FOLDER", str(folder)) for part in candidate]
            if command and shutil.which(command[0]) is None:
                continue
            done = subprocess.run(
                [*command, sys.executable, "-c", _TRY, str(folder)], capture_output=True, text=True, check=False
            )
            if f"{WAYS[way]}: '{folder / 'x'}'" in done.stderr:
                return candidate
    return None


def close(folder: Path) -> None:
    """Let nobody write a folder and what is in it, but everybody read it."""
    for path, _, names in os.walk(folder):
        for name in names:
            os.chmod(os.path.join(path, name), 0o444)
        os.chmod(path, 0o555)


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the size and the time of change of everything in a folder."""
    return {
        str(path.relative_to(folder)): ((found := path.lstat()).st_size, found.st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
    }
