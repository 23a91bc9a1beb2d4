"""The guard: what makes a process a mere viewer, whatever its keys and commands try to do."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of Python 3.11 and newer that change files, start or end processes, or reach for the network.
_DENIED = frozenset(
    {
        "os.chmod",
        "os.chown",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.kill",
        "os.killpg",
        "os.link",
        "os.mkdir",
        "os.posix_spawn",
        "os.remove",
        "os.removexattr",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.spawn",
        "os.symlink",
        "os.system",
        "os.truncate",
        "os.utime",
        "pty.spawn",
        "socket.bind",
        "socket.connect",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
    }
)


def only_look() -> None:
    """Take this process's power to write files, start or signal processes and open connections, for good.

    Python's audit hooks cannot be taken back. What is tried raises ``PermissionError`` where it is tried, which the
    interface shows like any other refusal of the system. Native code is not bound by it; none is run that writes.
    """
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        # A number is a descriptor that is open already.
        if isinstance(path, int) or not isinstance(flags, int) or not flags & _WRITES or path == os.devnull:
            return
    elif event not in _DENIED:
        return
    raise PermissionError(errno.EPERM, "a viewer only looks")
