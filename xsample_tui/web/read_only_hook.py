"""Makes a process read-only, whatever its keys and commands try to do."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of Python 3.11 and newer that change files, start or end processes, or use the network.
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
    """Forbid this process for good to write files, start or signal processes, and open connections.

    Python's audit hooks cannot be removed. Attempts raise ``PermissionError``, which the interface shows like any
    other error of the system. Native code is not covered; the viewer runs none that writes.
    """
    sys.dont_write_bytecode = True
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        # A number is a file descriptor that is open already.
        if isinstance(path, int) or not isinstance(flags, int) or not flags & _WRITES or path == os.devnull:
            return
    elif event not in _DENIED:
        return
    raise PermissionError(errno.EPERM, "read-only viewer")
