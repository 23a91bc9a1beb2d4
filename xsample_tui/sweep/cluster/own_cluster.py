"""Starts and ends the program's own Dask cluster, a process beside the controller."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from ...core.errors import ArgumentError, printable
from ...core.training.sweep_spec import Machine
from .cluster_address import FIELD, ClusterAddress

_START_WITHIN = 120.0
_END_WITHIN = 5.0


class OwnCluster:
    """Starts the host's process and ends it.

    Args:
        address: what kind of cluster, with how many workers.
        machine: threads and oneDNN.
        log: file that takes what it prints, appended to.

    Attributes:
        url: the scheduler's address, once started.
        pid: the process that holds it.
    """

    def __init__(self, address: ClusterAddress, machine: Machine, log: Path) -> None:
        self.url = ""
        self.pid = 0
        self._address = address
        self._machine = machine
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the cluster; returns when its scheduler listens.

        Raises:
            InputError: it does not start; the message says why.
        """
        entry = f"{__package__}.cluster_process"
        command = [sys.executable, "-m", entry, self._address.kind, str(self._address.workers)]
        with open(self._log, "ab") as log:
            # In a session of its own: Ctrl-C in the terminal is the controller's to answer.
            self._process = subprocess.Popen(
                [*command, self._machine.model_dump_json()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid
        found = self._first_line()
        if "address" not in found:
            self.kill()
            why = found.get("error", f"it did not start; see {self._log}")
            raise ArgumentError(FIELD, self._address.text, why)
        self.url = found["address"]

    def _first_line(self) -> dict[str, str]:
        assert self._process is not None
        assert self._process.stdout is not None
        deadline = time.monotonic() + _START_WITHIN
        descriptor, data = self._process.stdout.fileno(), b""
        while not data.endswith(b"\n") and time.monotonic() < deadline:
            ready, _, _ = select.select([descriptor], [], [], 0.5)
            if ready:
                more = os.read(descriptor, 1 << 16)
                if not more:
                    break
                data += more
        try:
            found: dict[str, str] = json.loads(data)
        except ValueError:
            return {}
        return {key: printable(value, 400) for key, value in found.items()}

    def close(self) -> None:
        """Let it end by itself, for a moment; then end it."""
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_WITHIN)
        self.kill()

    def kill(self) -> None:
        """End it and its workers at once."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
