"""A terminal for tests: a program in a pseudo-terminal of its own, and what stands on its screen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

from tests.harness.until import SECONDS


def open_terminal(
    command: Sequence[str],
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    environment: dict[str, str] | None = None,
    controlling: bool = True,
) -> tuple[subprocess.Popen[bytes], int]:
    """Start a program in a session and a pseudo-terminal of its own; return it and the terminal's other end.

    Args:
        command: the program.
        folder: where it runs.
        size: columns and lines.
        environment: variables besides this process's.
        controlling: whether the terminal is the session's, so that its end is announced by SIGHUP.
    """
    columns, lines = size
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def control() -> None:
        if controlling:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"TERM": "xterm-256color"} | (environment or {}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=control,
    )
    os.close(slave)
    return process, master


def answer(command: Sequence[str], folder: Path, line: str) -> tuple[int, str]:
    """Run a program whose input alone is a terminal, answer it with a line; return its exit code and its errors."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, cwd=folder, stdin=slave, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    os.close(slave)
    os.write(master, f"{line}\n".encode())
    _, errors = process.communicate(timeout=SECONDS)
    os.close(master)
    return process.returncode, errors


class Terminal:
    """A program in a terminal; its output is drawn on a screen that can be read.

    Args:
        command: the program.
        folder: where it runs.
        size: columns and lines.
        environment: variables besides this process's.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        size: tuple[int, int] = (80, 24),
        environment: dict[str, str] | None = None,
    ) -> None:
        columns, lines = size
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._drawing = threading.Lock()
        self.process, self._master = open_terminal(command, folder, size=size, environment=environment)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 65536):
                # The screen does not know the sequences of the newer keyboard protocol, which draw nothing.
                with self._drawing:
                    self._stream.feed(_known(data))

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        with self._drawing:
            return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """What stands on the screen, in one."""
        return "\n".join(self.lines)

    def press(self, *keys: str) -> None:
        """Send keys, as the terminal would."""
        for key in keys:
            os.write(self._master, key.encode())

    def wait_for_reader(self) -> None:
        """Wait until the program has read everything that was sent."""
        self.wait_for(lambda: not unread(self.process.pid))

    def wait_for(self, what: str | Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait for words on the screen, or for something to be so."""
        end = time.monotonic() + seconds
        while not (what in self.text if isinstance(what, str) else what()):
            if isinstance(what, str) and self.process.poll() is not None:
                # Its last words may not be drawn yet.
                self._thread.join(SECONDS)
                assert what in self.text, f"the program has ended without {what}:\n{self.text}"
            assert time.monotonic() < end, f"waited in vain for {what}:\n{self.text}"
            time.sleep(0.05)

    def wait(self, seconds: float = SECONDS) -> int:
        """Wait for the program's end; return its exit code."""
        code = self.process.wait(seconds)
        self._thread.join(SECONDS)
        return code

    def hang_up(self) -> None:
        """Close the terminal."""
        os.close(self._master)

    def close(self) -> None:
        """End the program and close the terminal."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self._master)


def unread(pid: int) -> int:
    """Return how many bytes of its terminal a program that takes keys one by one has not read yet."""
    terminal = os.open(f"/proc/{pid}/fd/0", os.O_RDWR | os.O_NOCTTY)
    try:
        return int.from_bytes(fcntl.ioctl(terminal, termios.FIONREAD, bytes(4)), sys.byteorder)
    finally:
        os.close(terminal)


def _known(data: bytes) -> bytes:
    for unknown in (b"\x1b[>1u", b"\x1b[<u", b"\x1b[=0;1u", b"\x1b[?u"):
        data = data.replace(unknown, b"")
    return data
