"""Draws the picture of the documentation's first page from a real run: ``python docs/picture.py RUNS_DIR NAME``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.app import XSampleApp

SIZE = (132, 40)


async def draw(runs: Path, name: str) -> str:
    """Return the sweep screen as SVG."""
    app = XSampleApp(runs, RunFolder.open(runs, name), work=False)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(2)
        for key in ("down", "down", "right", "right"):
            await pilot.press(key)
        await pilot.pause(1)
        return app.export_screenshot(title="xsample-tui")


if __name__ == "__main__":
    # With every colour, whatever terminal this is called in.
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    drawn = asyncio.run(draw(Path(sys.argv[1]), sys.argv[2]))
    (Path(__file__).parent / "pictures" / "app.svg").write_text(drawn)
