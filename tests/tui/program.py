"""The interface with a fake lease, as a program of its own: ``python -m tests.tui.program RUNS NAME``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from textual import events

from tests.harness.fake_lease import PACE
from tests.harness.interface import controller
from tests.tui import background
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.detached_sweep import hand_over
from xsample_tui.tui import app as interface


def _hand_over(run: RunFolder, *, paused: bool = False, allow_drift: bool = False) -> int:
    os.environ[PACE] = os.environ.get("FAKE_BACKGROUND_SECONDS", "0.1")
    return hand_over(run, paused=paused, allow_drift=allow_drift, command=background.command(run))


class _App(interface.XSampleApp):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **(options | {"make_controller": controller, "hand_over": _hand_over}))

    def on_key(self, event: events.Key) -> None:
        if event.key == "Z":
            raise ZeroDivisionError("made to fail")


async def _give_up(loop: asyncio.AbstractEventLoop, timeout: float | None = None) -> None:
    """Wait for none of asyncio's threads: Python 3.12 and newer wait 300 s at most."""


def main() -> int:
    if os.environ.get("ASYNCIO_GIVES_UP"):
        asyncio.BaseEventLoop.shutdown_default_executor = _give_up  # type: ignore[assignment,method-assign]
    runs, name = Path(sys.argv[1]), sys.argv[2]
    interface.XSampleApp = _App  # type: ignore[misc]
    return interface.run_app(runs, RunFolder.open(runs, name))


if __name__ == "__main__":
    sys.exit(main())
