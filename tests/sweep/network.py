"""A Dask cluster's parts as processes of their own, and a wire that can be cut, for tests."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether somebody listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def dask(
    log: Path, *arguments: str, within: tuple[str, ...] = (), **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Dask's command, ``dask scheduler`` or ``dask worker``, and end it with all it has started.

    ``within`` is a command that runs it, such as ``ip netns exec NAME``.
    """
    with open(log, "ab") as out:
        process = subprocess.Popen(
            [*within, sys.executable, "-m", "dask", *arguments],
            env=os.environ | {"PYTHONPATH": os.getcwd()} | environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


class Wire:
    """A TCP connection's way through this process, which can be cut: nothing is forwarded, nothing is closed.

    Args:
        port: where it leads to, on this machine.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open = threading.Event()
        self._open.set()
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Forward nothing any more."""
        self._open.clear()

    def mend(self) -> None:
        """Forward again, also what has been sent meanwhile."""
        self._open.set()

    def close(self) -> None:
        """Take no more connections, and end those there are."""
        self._closed = True
        self._open.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                continue
            threading.Thread(target=self._forward, args=(near, far), daemon=True).start()

    def _forward(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            while not self._closed:
                ready, _, _ = select.select([near, far], [], [], 0.2)
                self._open.wait()
                for end, other in ((near, far), (far, near)):
                    if end not in ready:
                        continue
                    try:
                        data = end.recv(1 << 16)
                        other.sendall(data)
                    except OSError:
                        return
                    if not data:
                        return


class Island:
    """A network of its own, joined to this machine's by one cable.

    Raises:
        OSError: this user may not make one.
    """

    def __init__(self) -> None:
        number = os.getpid() % 200
        self.name, self._cable = f"island{os.getpid()}", f"cable{os.getpid()}"[:14]
        self.here, self.there = f"10.213.{number}.1", f"10.213.{number}.2"
        self.within = ("ip", "netns", "exec", self.name)
        try:
            _ip("netns", "add", self.name)
            _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
            _ip("addr", "add", f"{self.here}/30", "dev", self._cable)
            _ip("link", "set", self._cable, "up")
            for command in (("addr", "add", f"{self.there}/30", "dev", "eth0"), ("link", "set", "eth0", "up")):
                _ip("-n", self.name, *command)
            _ip("-n", self.name, "link", "set", "lo", "up")
        except OSError:
            self.sink()
            raise

    def cut(self) -> None:
        """Pull the cable: packets are lost, and nobody is notified."""
        _ip("link", "set", self._cable, "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self._cable, "up")

    def sink(self) -> None:
        """Take the network away."""
        for command in (("netns", "del", self.name), ("link", "del", self._cable)):
            with contextlib.suppress(OSError):
                _ip(*command)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.strip())
