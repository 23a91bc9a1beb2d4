"""Detects whether systemd ends background processes at logout."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from .control_groups import lines, memberships

_ROOT = Path("/")
# In this order of precedence.
_PLACES = ("etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd", "lib/systemd")
_YES = ("1", "yes", "y", "true", "t", "on")


def ended_by_logout(root: Path = _ROOT, user: str | None = None) -> str:
    """Return what to say where this process's children end when the user logs out; nothing where they live on.

    With ``KillUserProcesses=yes`` systemd-logind ends all that a login session has started, detached or not. What a
    user's own service manager has started, as desktops do, ends with it after the last session, unless the user
    lingers. Containers and system services have nothing to do with either.

    Args:
        root: the folder that holds ``etc``, ``proc``, ``run``, ``usr`` and ``var``; tests give their own.
        user: the user's name; by default this process's.
    """
    if not (root / "run/systemd/system").is_dir():
        return ""
    group = _group(root)
    name = _user() if user is None else user
    if group.rpartition("/")[2].startswith("session-"):
        if _kills(root, name):
            return (
                "this host ends a user's processes at logout (KillUserProcesses=yes), this one too; start it by: "
                "systemd-run --user --scope xsample-tui ..., after: loginctl enable-linger"
            )
    elif "/user@" in group and not (root / "var/lib/systemd/linger" / name).exists():
        return "this process ends when you log out everywhere; to let it live on: loginctl enable-linger"
    return ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _group(root: Path) -> str:
    """Return the control group in which systemd has this process."""
    for group in memberships(root):
        of_version_2 = group.number == "0" and not group.controllers
        if group.controllers == "name=systemd" or (of_version_2 and group.path != "/"):
            return group.path
    return ""


def _kills(root: Path, user: str) -> bool:
    """Return whether systemd-logind ends what a user's session leaves behind."""
    kills, only, excluded = _usual(root), list[str](), ["root"]
    for key, value in _settings(root):
        if key == "KillUserProcesses" and value:
            kills = value.lower() in _YES
        elif key == "KillOnlyUsers":
            only = [*only, *value.split()] if value else []
        elif key == "KillExcludeUsers":
            excluded = [*excluded, *value.split()] if value else []
    return kills and user not in excluded and (not only or user in only)


def _settings(root: Path) -> Iterator[tuple[str, str]]:
    """Give logind's settings in the order in which they are read: each overrides those before."""
    main = next((path for place in _PLACES if (path := root / place / "logind.conf").is_file()), None)
    # Of drop-ins with one name the first place's counts; all are read in the order of their names.
    dropped: dict[str, Path] = {}
    for place in _PLACES:
        try:
            found = sorted((root / place / "logind.conf.d").glob("*.conf"))
        except OSError:
            continue
        for path in found:
            dropped.setdefault(path.name, path)
    for path in (*([main] if main else []), *(dropped[name] for name in sorted(dropped))):
        section = ""
        for line in map(str.strip, lines(path)):
            if line.startswith("["):
                section = line
            elif section == "[Login]" and "=" in line and line[0] not in "#;":
                key, _, value = line.partition("=")
                yield key.strip(), value.strip()


def _usual(root: Path) -> bool:
    """Return what holds where nothing is set: distributions differ, and ship a file that says it in a comment."""
    for place in _PLACES:
        for line in lines(root / place / "logind.conf"):
            key, _, value = line.strip().partition("=")
            if key.lstrip("#; ") == "KillUserProcesses" and key.startswith("#"):
                return value.strip().lower() in _YES
    return False
