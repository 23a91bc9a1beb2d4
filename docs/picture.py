"""Draws the pictures of the documentation from a real run: ``python docs/picture.py RUNS_DIR NAME``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from xsample_tui.store.folder import RunFolder
from xsample_tui.tui.app import XSampleApp

SIZES = {"app": (132, 40), "app-80x24": (80, 24)}


async def draw(runs: Path, name: str, out: Path) -> None:
    """Write one SVG for each size."""
    for stem, size in SIZES.items():
        app = XSampleApp(runs, RunFolder.open(runs, name), work=False)
        async with app.run_test(size=size) as pilot:
            await pilot.pause(2)
            for key in ("down", "down", "right", "right"):
                await pilot.press(key)
            await pilot.pause(1)
            (out / f"{stem}.svg").write_text(app.export_screenshot(title="xsample-tui"))


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1]), sys.argv[2], Path(__file__).parent / "pictures"))
