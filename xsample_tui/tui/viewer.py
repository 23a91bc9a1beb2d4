"""The viewer: the interface on one run, for eyes alone; ``serve`` starts one for each browser that looks.

``python -m xsample_tui.tui.viewer RUNS NAME`` talks the packet protocol of Textual's web driver over its pipes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.screen import Screen

from ..store.folder import RunFolder
from .app import XSampleApp
from .guard import only_look
from .page import Page

_ORPHANED = 1.0


class Viewer(XSampleApp):
    """The interface on one run, without everything that steers, starts, writes or leaves for other runs.

    Keys that do so are faint in the footer and say why when they are pressed. The guard of this process refuses
    what they would have done in any case.

    Args:
        runs: the runs folder.
        run: the run.
    """

    VIEWS_ONLY: ClassVar[bool] = True

    def __init__(self, runs: Path, run: RunFolder) -> None:
        super().__init__(runs, run, work=False)

    def on_key(self, event: events.Key) -> None:
        """Say why a key that steers does nothing."""
        screen, active = self.screen, self.screen.active_bindings.get(event.key)
        if active is not None and isinstance(screen, Page) and screen.forbids(active.binding.action.split("(")[0]):
            self.refuse()

    def refuse(self) -> None:
        """Say that this is a viewer."""
        self.notify("This is a viewer: it neither steers nor writes anything.", severity="warning", timeout=4)

    def train(self) -> None:
        """Train nothing."""
        self.refuse()

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Open no other run."""
        self.refuse()

    def show_runs(self) -> None:
        """Show no other runs."""
        self.refuse()

    def show_form(self) -> None:
        """Lay out no sweep."""
        self.refuse()

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Hand the browser the screen as an SVG picture; nothing is written here."""
        self.deliver_screenshot(filename, path)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the palette's commands that change nothing."""
        harmless = ("Change theme", "Help", "Screenshot", "Quit")
        return (found for found in super().get_system_commands(screen) if found.title in harmless)


def _follow(server: int) -> None:
    """End with the server, however it ends; a thread, since the event loop may be stuck on the pipes it left."""
    while os.getppid() == server:
        time.sleep(_ORPHANED)
    os._exit(1)


def main() -> None:
    """Run a viewer until its browser, or the server, goes."""
    runs, name = sys.argv[1:]
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    only_look()
    path = Path(runs)
    viewer = Viewer(path, RunFolder.open(path, name))
    viewer.run()
    # Where it failed, the traceback goes to the server's own stream: nothing can be written here.
    viewer.join()
    sys.exit(viewer.exit_code)


if __name__ == "__main__":
    main()
