"""What the network sees, in the terminal's own pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from textual.widget import Widget
from textual_image.widget import SixelImage, TGPImage

from tests.harness.interface import NOW, app_on, session_of, sweep_of, until
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.sweep.input_preview import InputPreview


def pixels(widget: Widget) -> Image.Image:
    image = widget.image  # type: ignore[attr-defined]
    assert isinstance(image, Image.Image)
    return image


@pytest.mark.parametrize(("protocol", "kind"), [("sixel", SixelImage), ("kitty", TGPImage)])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_image_is_drawn_in_pixels_above_its_words(
    mid_run: RunFolder, monkeypatch: pytest.MonkeyPatch, protocol: str, kind: type[Widget], size: tuple[int, int]
) -> None:
    monkeypatch.setenv("XSAMPLE_TUI_IMAGES", protocol)
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        preview = screen.query_one(InputPreview)
        await pilot.press("v")
        await until(pilot, lambda: screen.run_images is not None and preview.size.width > 20)
        widget = preview.query_one(kind)
        await until(pilot, lambda: widget.size.height > 0)
        first = np.asarray(pixels(widget))
        lines = str(preview.render()).split("\n")
        at = next(number for number, line in enumerate(lines) if "keep-r00-c00" in line)
        assert not any(line.strip() for line in lines[:at])
        assert widget.size.height <= at
        assert preview.region.contains_region(widget.region)
        await pilot.press("right_square_bracket")
        assert (np.asarray(pixels(widget)) != first).any()
        # In ASCII there are symbols again.
        app.toggle_ascii()
        await until(pilot, lambda: not widget.display)
        assert str(preview.render()).split("\n")[at // 2].strip()


async def test_without_such_a_terminal_there_are_half_blocks(
    mid_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XSAMPLE_TUI_IMAGES", "blocks")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("v")
        preview = sweep_of(app).query_one(InputPreview)
        await until(pilot, lambda: "▀" in str(preview.render()))
        assert not preview.children
