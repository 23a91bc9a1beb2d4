"""The commands ``pause``, ``unpause`` and ``stop``: control a sweep that is training elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.run_state.requests import Action
from ...core.shell_command import shell_command
from ...store.run.run_folder import RunFolder
from ...store.send_request import send_request
from ..command_options import RUNS, RunName, RunsDir
from ..command_registry import command
from ..console_output import narrate


@command("Monitor and control")
def pause(name: RunName, runs_dir: RunsDir = RUNS) -> None:
    """Pause a sweep after the current epochs; its process stays."""
    _ask(runs_dir, name, "pause")


@command("Monitor and control")
def unpause(name: RunName, runs_dir: RunsDir = RUNS) -> None:
    """Continue a paused sweep."""
    _ask(runs_dir, name, "unpause")


@command("Monitor and control")
def stop(
    name: RunName,
    runs_dir: RunsDir = RUNS,
    now: Annotated[
        bool, typer.Option("--now", help="Stop immediately; unfinished epochs are retrained on resume.")
    ] = False,
) -> None:
    """Stop a sweep after the current epochs."""
    _ask(runs_dir, name, "stop-now" if now else "stop")


def _ask(runs: RunsDir, name: str, action: Action) -> None:
    again = shell_command("resume", name, runs=runs)
    send_request(RunFolder.open(runs, name), action, "command line", f"resume it with: {again}")
    narrate(f"{name}: asked to {action}")
