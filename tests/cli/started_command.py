"""The command in a process of its own, as it trains."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cli.conftest import COMMAND
from tests.harness.pty_terminal import open_terminal

RUN = ("run", "--headless", "--window", "4", "--stride", "4", "--baselines", "2", "--checkpoint-seconds", "0")


def start(tmp_path: Path, *arguments: str, terminal: bool = False) -> tuple[subprocess.Popen[bytes], int]:
    """Start the command, in a terminal of its own if asked; return it and the terminal's other end."""
    if terminal:
        return open_terminal([*COMMAND, *arguments], tmp_path)
    null = subprocess.DEVNULL
    command = [*COMMAND, *arguments]
    return subprocess.Popen(command, cwd=tmp_path, stdin=null, stdout=null, stderr=null, start_new_session=True), -1
