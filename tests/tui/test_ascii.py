"""ASCII, sixteen and 256 colours, and no colours: nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from textual.color import Color

from tests.tui.made import NOW, app_on, link_of, still, sweep_of, until
from xsample_tui.cli.options import ASCII_VARIABLE
from xsample_tui.store.folder import RunFolder
from xsample_tui.tui import capabilities, glyph
from xsample_tui.tui.ascii_text import ascii_text
from xsample_tui.tui.grid import Grid
from xsample_tui.tui.palette import LEVELS, RAMPS, STEPS, Palette, contrast, ink_color, scale_color


def lines(app: Any) -> list[str]:
    """Return what is on the screen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


@given(st.text().filter(str.isprintable))
def test_any_text_becomes_ascii_of_the_same_width(text: str) -> None:
    found = ascii_text(text)
    assert found.isascii()
    assert len(found) == sum(map(cell_len, text))


@pytest.mark.parametrize("mapping", ["RUN", "TRIAL", "VERDICT"])
def test_states_and_verdicts_stay_apart_in_ascii(mapping: str) -> None:
    signs = [ascii_text(sign) for sign in getattr(glyph, mapping).values()]
    assert len(set(signs)) == len(signs)


def test_dots_become_what_is_nearest() -> None:
    assert [ascii_text(chr(0x2800 + bits)) for bits in (0, 0x01, 0x80, 0xFF)] == [" ", "'", ".", ":"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_panel_and_dialog_is_drawn_in_ascii(mid_run: RunFolder, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW, ascii_only=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        for key in ("down", "i", "v", "p", "c", "y", "m", "l", "g", "minus", "question_mark", "escape", "ctrl+p"):
            await pilot.press(key)
            await still(pilot)
            for line in lines(app):
                assert line.isascii(), (key, line)


async def test_ascii_is_switched_while_it_runs(mid_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ASCII_VARIABLE == capabilities.ASCII
    monkeypatch.setenv(ASCII_VARIABLE, "1")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        await still(pilot)
        assert all(line.isascii() for line in lines(app))
        found = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        found["ASCII off"]()
        await still(pilot)
        assert any("≈" in line for line in lines(app))


async def test_without_colours_the_cursor_has_a_sign(mid_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: link_of(app).opened)
        grid = sweep_of(app).query_one(Grid)
        await pilot.press("down")
        await still(pilot)
        assert grid.render_line(1).text[:2] == ">−"
        await pilot.press("plus")
        await still(pilot)
        # The value, and its verdict and the cursor under it.
        assert [grid.render_line(line).text[3:7] for line in (3, 4)] == ["−40 ", "[− ]"]
        for _ in range(8):
            await pilot.press("minus")
        assert not grid.cell_size.half


def downgraded(color: Color, system: ColorSystem) -> int | None:
    return color.rich_color.downgrade(system).number


@pytest.mark.parametrize("dark", [True, False])
def test_sixteen_colours_keep_better_worse_and_noise_apart(dark: bool) -> None:
    numbers = {
        step: downgraded(scale_color(step, dark=dark, few=True), ColorSystem.STANDARD)
        for step in range(-STEPS, STEPS + 1)
    }
    sides = [{numbers[s] for s in steps} for steps in (range(-STEPS, 0), [0], range(1, STEPS + 1))]
    assert [len(side) for side in sides] == [2, 1, 2]
    assert len(set.union(*sides)) == 5
    ramp = [downgraded(Palette(dark, few=True).color("level", s), ColorSystem.STANDARD) for s in range(LEVELS + 1)]
    assert len(set(ramp)) == 4


@pytest.mark.parametrize("dark", [True, False])
def test_256_colours_keep_better_worse_and_noise_apart(dark: bool) -> None:
    numbers = {
        step: downgraded(scale_color(step, dark=dark), ColorSystem.EIGHT_BIT) for step in range(-STEPS, STEPS + 1)
    }
    sides = [{numbers[s] for s in steps} for steps in (range(-STEPS, 0), [0], range(1, STEPS + 1))]
    assert not sides[0] & sides[2]
    assert not sides[1] & (sides[0] | sides[2])
    assert len(sides[0]) >= 3
    assert len(sides[2]) >= 3


@pytest.mark.parametrize("ramp", RAMPS)
@pytest.mark.parametrize("few", [True, False])
def test_levels_get_lighter_and_can_be_written_on(ramp: Any, few: bool) -> None:
    colors = [Palette(True, few, ramp).color("level", step) for step in range(LEVELS + 1)]
    light = [contrast(color, Color.parse("#000000")) for color in colors]
    assert light == sorted(light)
    assert light[-1] > light[0] + 5
    for color in colors:
        assert contrast(ink_color(color), color) >= 4.4
