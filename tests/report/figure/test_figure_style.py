"""The figures' colours: readable, and apart from one another for everyone."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from xsample_tui.report.figure.figure_style import LOOKS, FigureStyle, readable_on

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(color: str) -> NDArray[np.float64]:
    values = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lab(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE L*a*b* of linear RGB under D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    scaled = matrix @ np.clip(values, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_text_and_lines_can_be_read(look: FigureStyle) -> None:
    assert contrast(look.ink, look.paper) >= 7
    assert contrast(look.muted, look.paper) >= 4.5
    assert all(contrast(color, look.paper) >= 3 for color in look.series)
    assert contrast(look.ink, look.noise) >= 4.5


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("kind", BLINDNESS)
def test_better_worse_and_noise_stay_apart_for_everyone(look: FigureStyle, kind: str) -> None:
    seen = [lab(BLINDNESS[kind] @ linear(color)) for color in (look.better[1], look.worse[1], look.noise)]
    # A difference of 2.3 is just noticed; these are to be distinguished at a glance.
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 20


def test_numbers_in_cells_can_be_read_on_every_colour() -> None:
    for look in LOOKS:
        for share in np.linspace(0, 1, 101):
            color = look.gains(float(share))
            text = readable_on(color)
            assert contrast(text, "#" + "".join(f"{round(255 * v):02x}" for v in color[:3])) >= 4.5
