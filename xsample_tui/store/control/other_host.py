"""Detects a controller on another host by its heartbeat, where its lock is not visible.

On NFS mounted with ``local_lock=all`` or ``nolock``, as on some file systems of containers, two hosts can have the
same lock. The clocks of two hosts are never compared: a heartbeat is fresh if it changes while it is watched.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ...core.errors import printable
from .heartbeat import Heartbeat, read_heartbeat

# Heartbeats are a second apart, and a turn of a controller that commits to a slow disk takes some more.
_WATCH = 5.0
_LOOK_EVERY = 0.1


@cache
def kernel() -> str:
    """Return what only this host's kernel has, from its start to its end; empty where the system does not say."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def at_work_elsewhere(folder: Path, say: Callable[[str], None]) -> Heartbeat | None:
    """Return the newest heartbeat of a controller on another host that works on a run now; None if there is none.

    Where the last heartbeat is from this host, or says that its controller has ended, the answer is there at once.
    Else the heartbeat is watched for 5 s: a controller that was killed gives none.

    Args:
        folder: the run's folder; the caller has its lock.
        say: takes a line that says what is waited for.
    """
    last = read_heartbeat(folder)
    if last is None or _ended(last) or _here(last):
        return None
    say(
        f"the last heartbeat is from another host, {printable(last.host, 100)}; "
        f"waiting {_WATCH:.0f} s for further ones"
    )
    end = time.monotonic() + _WATCH
    while time.monotonic() < end:
        time.sleep(_LOOK_EVERY)
        now = read_heartbeat(folder)
        if now is not None and now != last:
            return None if _ended(now) else now
    return None


def _ended(heartbeat: Heartbeat) -> bool:
    return heartbeat.state in ("stopped", "finished")


def _here(heartbeat: Heartbeat) -> bool:
    """Return whether a heartbeat is from a process of this kernel, whose locks all processes here see.

    Host names alone do not say: a container that is started again may have another, and two machines may have one.
    """
    if heartbeat.kernel and kernel():
        return heartbeat.kernel == kernel()
    return heartbeat.host == socket.gethostname()
