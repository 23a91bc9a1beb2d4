"""Draws the screenshots of the documentation from a real run: ``python docs/picture.py RUNS_DIR NAME``."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.app import XSampleApp

SMALL, MIDDLE, LARGE = (80, 24), (132, 40), (200, 50)
# Longer than anything that is computed for an image takes, also on a busy machine.
_LONG = 60.0


@dataclass(frozen=True)
class Picture:
    """One image.

    Attributes:
        name: of its file.
        size: columns and lines.
        keys: what is pressed; what begins with a slash is typed as a filter.
        theme: the theme's name.
        seconds: until everything is computed.
    """

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...]
    theme: str = "xsample-dark"
    seconds: float = 1.0


PICTURES = (
    Picture("app", MIDDLE, ("down", "down", "right", "right")),
    Picture(
        "marks",
        MIDDLE,
        ("down", "down", "right", "right", "u", "p", "right", "p", "u", "/row>5", "g"),
        "xsample-light",
    ),
    Picture("map", LARGE, ("down", "down", "right", "right", "i"), seconds=3.0),
    Picture("summary", SMALL, ("e",), seconds=_LONG),
    Picture("stack", LARGE, ("b", "5"), seconds=_LONG),
)


async def press(pilot: Pilot[None], key: str) -> None:
    """Press a key, or type a filter."""
    if len(key) > 1 and key.startswith("/"):
        await pilot.press("slash", *key[1:], "enter")
    else:
        await pilot.press(key)
    await pilot.pause(0.1)


async def draw(runs: Path, name: str, picture: Picture) -> str:
    """Return the screen as SVG."""
    app = XSampleApp(runs, RunFolder.open(runs, name), work=False)
    app.theme = picture.theme
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause(3)
        for key in picture.keys:
            await press(pilot, key)
        await pilot.pause(picture.seconds)
        return app.export_screenshot(title="xsample-tui")


def main() -> None:
    """Draw all of them, or those that are named."""
    runs, name, *wanted = sys.argv[1:]
    # With every colour, whatever terminal this is called in.
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for picture in PICTURES:
        if not wanted or picture.name in wanted:
            drawn = asyncio.run(draw(Path(runs), name, picture))
            (Path(__file__).parent / "pictures" / f"{picture.name}.svg").write_text(drawn)


if __name__ == "__main__":
    main()
