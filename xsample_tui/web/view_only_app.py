"""The read-only interface to one run; ``serve`` starts one process of it for each browser.

``python -m xsample_tui.web.view_only_app RUNS NAME`` uses the packet protocol of Textual's web driver over its pipes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from textual.app import SystemCommand
from textual.screen import Screen

from ..store.run.run_folder import RunFolder
from ..tui.app import XSampleApp
from ..tui.session.file_session import FileSession
from ..tui.sweep.sweep_screen import SweepScreen
from .read_only_hook import only_look
from .view_only_sweep_screen import ViewOnlySweepScreen

_ORPHANED = 1.0


class ViewOnlyApp(XSampleApp):
    """The interface on one run, made without what starts, asks for or writes something, or leaves for other runs.

    Its screens have no keys for that. The guard of this process refuses such a thing in any case.

    Args:
        runs: the runs folder.
        run: the run.
    """

    def __init__(self, runs: Path, run: RunFolder) -> None:
        super().__init__(runs, run, work=False)

    def sweep_screen(self, run: RunFolder) -> SweepScreen:
        """Return a screen that asks nothing of the run, which is only read."""
        return ViewOnlySweepScreen(FileSession(run, self.clock))

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Send the browser an SVG screenshot; nothing is written here."""
        self.deliver_screenshot(filename, path)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the commands of the palette that change nothing."""
        harmless = ("Change theme", "Help", "Screenshot", "Quit")
        return (found for found in super().get_system_commands(screen) if found.title in harmless)


def _follow(server: int) -> None:
    """End when the server ends; in a thread, since the event loop may be blocked on its pipes."""
    while os.getppid() == server:
        time.sleep(_ORPHANED)
    os._exit(1)


def main() -> None:
    """Run a viewer until its browser or the server ends."""
    runs, name = sys.argv[1:]
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    only_look()
    path = Path(runs)
    viewer = ViewOnlyApp(path, RunFolder.open(path, name))
    viewer.run()
    # After a failure, the traceback goes to the server's stream: nothing can be written here.
    viewer.join()
    sys.exit(viewer.exit_code)


if __name__ == "__main__":
    main()
