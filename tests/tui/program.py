"""The interface with a fake lease, as a program of its own: ``python -m tests.tui.program RUNS NAME``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.tui.made import controller
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui import app as interface


class _App(interface.XSampleApp):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options, make_controller=controller)


def main() -> int:
    runs, name = Path(sys.argv[1]), sys.argv[2]
    interface.XSampleApp = _App  # type: ignore[misc]
    return interface.run_app(runs, RunFolder.open(runs, name))


if __name__ == "__main__":
    sys.exit(main())
