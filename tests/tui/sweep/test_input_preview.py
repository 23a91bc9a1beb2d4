"""The image as the chosen network sees it, in symbols and in the terminal's own pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from textual.widget import Widget
from textual_image.widget import SixelImage, TGPImage

from tests.harness.interface import NOW, app_on, session_of, sweep_of, until
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.session.run_images import RunImages, open_run_images
from xsample_tui.tui.sweep.input_preview import InputPreview

SMALL, MIDDLE = (80, 24), (120, 40)


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
        await until(pilot, lambda: screen.view.run_images is not None and preview.size.width > 20)
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


@pytest.mark.parametrize("size", [SMALL, MIDDLE])
async def test_v_shows_what_the_chosen_network_sees_and_brackets_turn_the_pages(
    mid_run: RunFolder, size: tuple[int, int]
) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        screen = sweep_of(app)
        preview = screen.query_one(InputPreview)
        assert not preview.display
        assert screen.view.run_images is None
        await pilot.press("v")
        await until(pilot, lambda: screen.view.run_images is not None and preview.size.width > 20)
        await pilot.pause()
        first = str(preview.render())
        assert "keep-r00-c00" in first
        assert "image 1/12  label" in first
        await pilot.press("left_square_bracket")
        assert preview.at == 11
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert preview.at == 1
        assert "image 2/12  label" in str(preview.render())
        screen.select("keep-r03-c04")
        await pilot.pause()
        assert "keep-r03-c04" in str(preview.render())
        assert screen.region.contains_region(preview.region)
        await pilot.press("v")
        await pilot.pause()
        assert not preview.display


async def test_images_that_cannot_be_read_are_a_line_not_a_crash(mid_run: RunFolder) -> None:
    (mid_run.path / "dataset.npz").write_bytes(b"nothing")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        preview = sweep_of(app).query_one(InputPreview)
        await pilot.press("v")
        await until(pilot, lambda: "is damaged" in str(preview.render()))
        await pilot.press("i", "right_square_bracket")
        await until(pilot, lambda: any("Cannot read the images" in n.message for n in app._notifications))
        assert not sweep_of(app).query_one(Heatmap).mapped


def test_the_run_images_are_the_selection_images_with_each_trials_mask(mid_run: RunFolder) -> None:
    images: RunImages = open_run_images(mid_run)
    plan = mid_run.plan
    assert np.array_equal(np.asarray(images.images), mid_run.dataset.images[plan.split.select])
    for name in ("baseline-s00", "keep-r05-c06"):
        assert (images.masks[name] == plan.mask(name)).all()
    assert images.covered.shape == (400, 28, 28)
