"""Figures as text."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.theme import Theme

from tests.harness.interface import NOW
from xsample_tui.tui.theme import colors, themes
from xsample_tui.tui.view_models import number_format


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(number_format).failed == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (math.nan, "–"), (0.49, "±0"), (-0.5, "±0"), (0.51, "+1"), (-1234, "−1,234"), (1e6, "+1,000,000")],
)
def test_gain(value: float | None, text: str) -> None:
    assert number_format.gain(value) == text


def test_finish_names_the_day_when_it_is_another() -> None:
    assert number_format.finish(NOW + 60, NOW) == "14:14"
    assert number_format.finish(NOW + 86_400, NOW) == "Tue 14:13"
    assert number_format.finish(NOW + 10 * 86_400, NOW) == "01 Oct 14:13"


@given(st.floats(0, 1e7))
def test_a_scale_ends_at_the_first_round_number_that_holds_its_gains(largest: float) -> None:
    limit = int(colors.round_end(largest, 5))
    assert limit >= largest
    assert str(limit).rstrip("0") in ("1", "2", "5")
    assert limit == 5 or colors.round_end(limit / 2.6, 5) < limit


@given(st.floats(0.01, 1000), st.integers(5, 1000))
def test_steps_are_symmetric_and_never_the_middle(gain: float, limit: int) -> None:
    step = colors.step_of(gain, limit)
    assert 1 <= step <= colors.STEPS
    assert colors.step_of(-gain, limit) == -step


@pytest.mark.parametrize("dark", [True, False])
def test_glyphs_can_be_read_on_every_colour_of_the_scale(dark: bool) -> None:
    for step in range(-colors.STEPS, colors.STEPS + 1):
        ground = colors.scale_color(step, dark=dark)
        assert colors.contrast(colors.ink_color(ground), ground) >= 4.5, f"step {step}"


def test_contrast_is_that_of_the_standard() -> None:
    white, black, grey = (Color.parse(c) for c in ("#ffffff", "#000000", "#777777"))
    assert colors.contrast(white, black) == pytest.approx(21)
    assert colors.contrast(white, grey) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [themes.DARK, themes.LIGHT], ids=["dark", "light"])
def test_words_can_be_read_in_both_themes(theme: Theme) -> None:
    assert theme.background is not None
    assert theme.panel is not None
    for color in (theme.primary, theme.secondary, theme.success, theme.warning, theme.error, theme.foreground):
        for ground in (theme.background, theme.panel):
            assert colors.contrast(Color.parse(str(color)), Color.parse(ground)) >= 4.4, color
