"""The colours of data: even in lightness, the same on every terminal of a depth, and fit to be written on."""

from __future__ import annotations

from itertools import pairwise

import pytest
from rich.color import ColorSystem
from rich.palette import Palette
from textual.color import Color
from textual.theme import Theme

from tests.harness.drawn_colors import drawn
from xsample_tui.tui.theme.colors import (
    LEVELS,
    STEPS,
    ThemeColors,
    contrast,
    ink_color,
    level_of,
    lightness,
    scale_color,
)
from xsample_tui.tui.theme.ramps import DEPTHS, GAIN_STOPS, LEVEL_STOPS, RAMPS, Depth, Ramp
from xsample_tui.tui.theme.themes import themes

# What xterm draws for the 16 colours, which rich, as most terminals, has darker.
XTERM = Palette(
    [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ]
)


def levels(ramp: Ramp, depth: Depth) -> list[Color]:
    palette = ThemeColors(True, depth, ramp)
    return [palette.color("level", step) for step in range(LEVELS + 1)]


@pytest.mark.parametrize("ramp", RAMPS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_levels_get_lighter_with_every_step_on_every_terminal(ramp: Ramp, depth: Depth) -> None:
    colors = [drawn(color, depth) for color in levels(ramp, depth)]
    light = [lightness(color) for color in dict.fromkeys(colors)]
    assert light == sorted(light)
    assert light[-1] > light[0] + 60
    assert len(light) >= {"truecolor": LEVELS + 1, "256": 7, "16": 4}[depth]
    # No colour comes back: the steps of one colour are next to each other.
    assert sum(one != other for one, other in pairwise(colors)) == len(light) - 1


@pytest.mark.parametrize("ramp", RAMPS)
def test_steps_look_alike_where_every_colour_can_be_had(ramp: Ramp) -> None:
    light = [lightness(color) for color in levels(ramp, "truecolor")]
    steps = [after - before for before, after in pairwise(light)]
    assert min(steps) > 2
    assert max(steps) < (8 if ramp == "viridis" else 12)


@pytest.mark.parametrize("ramp", RAMPS)
def test_sixteen_colours_get_lighter_on_xterm_too(ramp: Ramp) -> None:
    found = []
    for color in dict.fromkeys(levels(ramp, "16")):
        number = color.rich_color.downgrade(ColorSystem.STANDARD).number
        assert number is not None
        found.append(lightness(Color(*XTERM[number])))
    assert found == sorted(found)


@pytest.mark.parametrize("depth", ["256", "16"])
def test_named_colours_are_drawn_as_they_are_named(depth: Depth) -> None:
    names = {stop for ramp in RAMPS for stop in LEVEL_STOPS[ramp][depth]}
    names |= {stop for dark in (True, False) for stops in GAIN_STOPS[dark][depth].values() for stop in stops}
    for theme in themes(depth):
        names |= {str(value) for value in theme.variables.values() if value.startswith("#")}
        names |= {str(getattr(theme, field)) for field in ("primary", "accent", "background", "surface", "panel")}
    # Of 24 greys, rich reaches the next one of some.
    greys = {name for name in names if len(set(Color.parse(name).rgb)) == 1 and depth == "256"}
    assert all(abs(drawn(Color.parse(name), depth).r - Color.parse(name).r) <= 12 for name in greys)
    coloured = names - greys
    assert {name: drawn(Color.parse(name), depth).hex.lower() for name in coloured} == {
        name: name for name in coloured
    }


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("depth", DEPTHS)
def test_better_worse_and_noise_stay_apart_and_get_stronger(dark: bool, depth: Depth) -> None:
    found = {step: drawn(scale_color(step, dark=dark, depth=depth), depth) for step in range(-STEPS, STEPS + 1)}
    sides = [{found[s] for s in steps} for steps in (range(-STEPS, 0), [0], range(1, STEPS + 1))]
    assert not sides[0] & sides[2]
    assert not sides[1] & (sides[0] | sides[2])
    assert min(len(sides[0]), len(sides[2])) >= {"truecolor": STEPS, "256": 4, "16": 2}[depth]
    for sign in (1, -1):
        light = [lightness(found[sign * step]) for step in range(1, STEPS + 1)]
        assert light == sorted(light, reverse=not dark)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_colour_of_data_can_be_written_on(depth: Depth) -> None:
    for ramp in RAMPS:
        for color in levels(ramp, depth):
            assert contrast(ink_color(color), drawn(color, depth)) >= 4.5
    for dark in (True, False):
        for step in range(-STEPS, STEPS + 1):
            color = scale_color(step, dark=dark, depth=depth)
            assert contrast(ink_color(color), drawn(color, depth)) >= 4.5


def test_yellow_has_black_letters() -> None:
    yellow = ThemeColors(True, "16").color("level", LEVELS)
    assert yellow.hex.lower() == "#ffff55"
    assert ink_color(yellow).hex == "#000000"


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("at", [0, 1], ids=["dark", "light"])
def test_words_can_be_read_on_every_surface(depth: Depth, at: int) -> None:
    theme: Theme = themes(depth)[at]
    words = [
        theme.primary,
        theme.secondary,
        theme.success,
        theme.warning,
        theme.error,
        theme.accent,
        theme.foreground,
    ]
    words += [theme.variables["foreground-muted"], theme.variables["foreground-disabled"]]
    for ground in (theme.background, theme.surface, theme.panel):
        for word in words:
            front, below = (drawn(Color.parse(str(color)), depth) for color in (word, ground))
            assert contrast(front, below) >= 4.5, (word, ground)


def test_surfaces_are_greys_in_256_colours() -> None:
    for theme in themes("256"):
        for surface in (theme.background, theme.surface, theme.panel, theme.variables["footer-background"]):
            assert len(set(drawn(Color.parse(str(surface)), "256").rgb)) == 1


def test_levels_go_either_way_and_hold_what_is_not_finite() -> None:
    assert [level_of(value, 2.0, 6.0) for value in (1, 2, 4, 6, 9)] == [0, 0, LEVELS // 2, LEVELS, LEVELS]
    assert [level_of(value, 6.0, 2.0) for value in (6, 2)] == [0, LEVELS]
    assert level_of(float("inf"), 6.0, 2.0) == level_of(float("nan"), 2.0, 6.0) == 0
    assert level_of(3.0, 3.0, 3.0) == LEVELS // 2
