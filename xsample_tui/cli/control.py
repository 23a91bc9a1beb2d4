"""``pause``, ``unpause`` and ``stop``: steering a sweep that trains elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from ..core.request import Action
from ..store.asking import ask
from ..store.folder import RunFolder
from .command import command
from .options import RUNS, RunName, RunsDir
from .output import narrate


@command("Watch and steer")
def pause(name: RunName, runs_dir: RunsDir = RUNS) -> None:
    """Pause a sweep after the epochs under way; it keeps its place in memory."""
    _ask(runs_dir, name, "pause")


@command("Watch and steer")
def unpause(name: RunName, runs_dir: RunsDir = RUNS) -> None:
    """Let a paused sweep go on."""
    _ask(runs_dir, name, "unpause")


@command("Watch and steer")
def stop(
    name: RunName,
    runs_dir: RunsDir = RUNS,
    now: Annotated[bool, typer.Option("--now", help="At once; epochs under way are trained again later.")] = False,
) -> None:
    """Stop a sweep after the epochs under way."""
    _ask(runs_dir, name, "stop-now" if now else "stop")


def _ask(runs: RunsDir, name: str, action: Action) -> None:
    ask(RunFolder.open(runs, name), action, "command line", f"go on with: xsample-tui resume {name}")
    narrate(f"{name}: asked to {action}")
