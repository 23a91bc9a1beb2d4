"""ASCII, sixteen and 256 colours, and no colours: nothing is lost."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.harness.interface import NOW, app_on, session_of, still, sweep_of, until
from xsample_tui.core.interface_settings import ASCII
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.heatmap.heatmap import Heatmap
from xsample_tui.tui.sweep.learning_curve import LearningCurve
from xsample_tui.tui.theme import symbols
from xsample_tui.tui.view_models.ascii_text import ascii_text, print_what_streams_can


def lines(app: Any) -> list[str]:
    """Return what is on the screen."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


@given(st.text().filter(str.isprintable))
def test_any_text_becomes_ascii_of_the_same_width(text: str) -> None:
    found = ascii_text(text)
    assert found.isascii()
    assert len(found) == sum(map(cell_len, text))


@pytest.mark.parametrize(
    ("shown", "drawn"),
    [
        ("beyond noise (±1,061)  done", "beyond noise +-1,061   done"),
        ("  ±0", "   0"),
        ("images: ±0.001 is noise", "images:+-0.001 is noise"),
        ("0.9 ± 0.1 (SD)", "0.9 +-0.1 (SD)"),
        ("≈", "~"),
    ],
)
def test_plus_or_minus_does_not_read_as_noise(shown: str, drawn: str) -> None:
    assert ascii_text(shown) == drawn


@pytest.mark.parametrize("errors", ["strict", "backslashreplace", "surrogateescape"])
def test_a_stream_without_other_characters_writes_their_words(errors: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii", errors)
    print_what_streams_can([stream])
    stream.write("12.0 ± 0.5, ±0.001 → 3…, ≈")
    stream.flush()
    assert stream.buffer.getvalue() == b"12.0 +- 0.5, +-0.001 -> 3..., ~"


@pytest.mark.parametrize("mapping", ["RUN", "TRIAL", "VERDICT"])
def test_states_and_verdicts_stay_apart_in_ascii(mapping: str) -> None:
    signs = [ascii_text(sign) for sign in getattr(symbols, mapping).values()]
    assert len(set(signs)) == len(signs)


def test_dots_become_what_is_nearest() -> None:
    assert [ascii_text(chr(0x2800 + bits)) for bits in (0, 0x01, 0x80, 0xFF)] == [" ", "'", ".", ":"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_panel_and_dialog_is_drawn_in_ascii(mid_run: RunFolder, size: tuple[int, int]) -> None:
    app = app_on(mid_run, clock=lambda: NOW, ascii_only=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        for key in ("down", "i", "v", "p", "c", "y", "m", "L", "g", "minus", "question_mark", "escape", "ctrl+p"):
            await pilot.press(key)
            await still(pilot)
            for line in lines(app):
                assert line.isascii(), (key, line)


async def test_the_legend_of_the_curve_has_the_signs_that_are_drawn(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW, ascii_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await still(pilot)
        curve = sweep_of(app).query_one(LearningCurve)
        text = [ascii_text(strip.text) for strip in curve.draw()]
        plot = [re.split(r"[|+]", line, maxsplit=1)[1] for line in text if "|" in line or "+" in line]
        legend, drawn = " ".join(line for line in text if "|" not in line and "+" not in line), set("".join(plot))
        for words in ("val acc", "baselines' mean", "train acc", "other windows"):
            sign = legend[legend.index(words) - 2]
            assert sign in drawn
            drawn.discard(sign)
        assert drawn <= {" "}


async def test_ascii_is_switched_while_it_runs(mid_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ASCII, "1")
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
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
        await until(pilot, lambda: session_of(app).opened)
        grid = sweep_of(app).query_one(Heatmap)
        await pilot.press("down")
        await still(pilot)
        assert grid.render_line(2).text[3:5] == ">−"
        await pilot.press("plus")
        await still(pilot)
        # The value, and its verdict and the cursor under it.
        assert [grid.render_line(line).text[3:7] for line in (3, 4)] == [" −40", "[ −]"]
        for _ in range(8):
            await pilot.press("minus")
        assert not grid.cell_size.half
